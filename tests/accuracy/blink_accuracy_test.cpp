// Blinks of renders whose lids are known, at many frame rates (docs/clinic.md has the numbers).
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include <fmt/core.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "auriga/engine.hpp"
#include "auriga/session.hpp"

#include "side_renders.hpp"
#include "support/golden.hpp"
#include "tables/blinks.hpp"

namespace auriga::accuracy {
namespace {

constexpr double kPi = 3.14159265358979;
constexpr double kCloses_s = 0.09, kStays_s = 0.03, kOpens_s = 0.17;

// A lid that goes down `depth` of its way (1: closed) and up again, by halves of a cosine.
struct Lid {
  double begins_s, depth;
  double closure(double at) const {
    const double down = (at - begins_s) / kCloses_s,
                 up = (at - begins_s - kCloses_s - kStays_s) / kOpens_s;
    if (down <= 0 || up >= 1 || depth == 0) return 0;
    return depth * (down < 1 ? 0.5 - 0.5 * std::cos(kPi * down)
                    : up > 0 ? 0.5 + 0.5 * std::cos(kPi * up)
                             : 1);
  }
  // Of the trapezoid that EyeBlink is: its sides leave out so much of a half of a cosine.
  static constexpr double kLeft = 0.1755;
  double start_s() const { return begins_s + kLeft * kCloses_s; }
  double apex_s() const {
    return begins_s + kCloses_s + kStays_s / 2 + kLeft * (kOpens_s - kCloses_s) / 2;
  }
  double end_s() const { return begins_s + kCloses_s + kStays_s + (1 - kLeft) * kOpens_s; }
};

struct KnownBlink {
  Lid left, right;
};
const std::vector<KnownBlink>& known() {
  static const std::vector<KnownBlink> all = {
      {{0.70, 1}, {0.70, 1}},        // complete
      {{1.45, 0.55}, {1.45, 0.55}},  // partial
      {{2.20, 0}, {2.20, 1}},        // of the right eye
      {{3.00, 1}, {2.96, 1}},        // the right eye first
      {{3.75, 0.6}, {3.75, 1}},      // of which the left eye takes part
      {{4.50, 1}, {4.56, 1}}};       // the left eye first
  return all;
}
constexpr double kSeconds = 5.4;
constexpr double kClip = 240;  // frames a second
constexpr int kRestPictures = 12;
constexpr int kClosure = 1;  // of side_movements()

std::array<double, 2> closures(double at) {
  std::array<double, 2> both{};
  for (const KnownBlink& blink : known()) {
    both[0] += blink.left.closure(at);
    both[1] += blink.right.closure(at);
  }
  return both;
}

// The clip, by frame of kClip.
class Clip {
 public:
  explicit Clip(SideHead head) {
    head.pose(-1, 0, 0);
    for (int i = 0; i < kRestPictures; ++i) pictures_.push_back(head.picture());
    for (int frame = 0; frame < kSeconds * kClip; ++frame) {
      const auto [left, right] = closures(frame / kClip);
      if (left == 0 && right == 0) {
        shown_.push_back(static_cast<std::size_t>(frame % kRestPictures));
        continue;
      }
      head.pose(kClosure, left, right);
      shown_.push_back(pictures_.size());
      pictures_.push_back(head.picture());
    }
  }
  std::size_t frames() const { return shown_.size(); }
  const Image& operator[](std::size_t frame) const { return pictures_[shown_[frame]]; }

 private:
  std::vector<Image> pictures_;
  std::vector<std::size_t> shown_;  // of pictures_
};

// As the command does with a video whose frames are these of the clip.
Blinks blinks_of(const Engine& engine, const Clip& clip, const std::vector<std::size_t>& frames) {
  SessionOptions options;
  options.final_units = false;
  options.watch_turn = false;
  Session session(engine, options);
  AuTable table;
  FaceTrack& face = table.faces.emplace_back();
  for (std::size_t i = 0; i < frames.size(); ++i) {
    const double at = static_cast<double>(frames[i]) / kClip;
    for (const FaceRow& row : session.push({static_cast<std::int64_t>(i), at, clip[frames[i]]})) {
      face.frames.push_back(row.result.frame + 1);
      face.times.push_back(row.result.timestamp_s);
      face.success.push_back(row.result.success ? 1 : 0);
      face.landmarks.push_back(row.result.landmarks);
    }
  }
  complete_times(table);
  return find_blinks(table, face);
}

struct Rate {
  std::string name;
  double frame_s;  // the longest distance of two frames
  std::vector<std::size_t> frames;
};

std::vector<Rate> rates(std::size_t frames) {
  std::vector<Rate> all;
  for (const double fps : {240, 120, 60, 30, 25}) {
    Rate rate{fmt::format("{:g}", fps), 1 / fps, {}};
    for (double at = 0; at + 0.5 < static_cast<double>(frames); at += kClip / fps)
      rate.frames.push_back(static_cast<std::size_t>(std::lround(at)));
    all.push_back(std::move(rate));
  }
  Rate varying{"40 to 120 in turn", 6 / kClip, {}};
  for (std::size_t at = 0, i = 0; at < frames; at += std::array{2, 6, 3, 5, 2, 4}[i++ % 6])
    varying.frames.push_back(at);
  all.push_back(std::move(varying));
  return all;
}

// How far what was found is from what was rendered, at most.
struct Errors {
  double start_s = 0, apex_s = 0, end_s = 0, delay_s = 0;
  void add(const EyeBlink& found, const Lid& lid) {
    start_s = std::max(start_s, std::abs(found.start_s - lid.start_s()));
    apex_s = std::max(apex_s, std::abs(found.apex_s - lid.apex_s()));
    end_s = std::max(end_s, std::abs(found.end_s - lid.end_s()));
  }
};

// What landmarks are good for, s, beside the distance of two frames, which the middle of a blink
// and its start are within where frames are farther apart. Lids that open look open too early in
// one eye and, for the landmarks take frames to settle, too late in the other.
constexpr double kApexWithin = 0.02, kStartWithin = 0.027, kEndWithin = 0.045, kDelayWithin = 0.023;

TEST(BlinksOfRenders, AreWhatTheLidsDoAtEveryFrameRate) {
  AURIGA_NEEDS("open-pack/ict.npz");
  AURIGA_NEEDS_OPEN_PACK();
  const auto head = head_file();
  if (!head) GTEST_SKIP() << "no build/deps/python: ./dev setup makes it";
  const Engine engine = Engine::load({.models = {test::open_pack()}}, {.preset = "open"});
  const Clip clip(SideHead(*head, 1));
  for (const Rate& rate : rates(clip.frames())) {
    SCOPED_TRACE(rate.name);
    const Blinks found = blinks_of(engine, clip, rate.frames);
    ASSERT_EQ(found.blinks.size(), known().size());
    Errors errors;
    for (std::size_t i = 0; i < known().size(); ++i) {
      SCOPED_TRACE(i);
      const Blink& blink = found.blinks[i];
      const KnownBlink& lids = known()[i];
      ASSERT_EQ(blink.left.has_value(), lids.left.depth > 0);
      ASSERT_EQ(blink.right.has_value(), lids.right.depth > 0);
      for (const auto& [eye, lid] :
           {std::pair(&blink.left, &lids.left), {&blink.right, &lids.right}})
        if (*eye) {
          EXPECT_EQ((*eye)->complete, lid->depth == 1);
          errors.add(**eye, *lid);
        }
      if (!blink.delay_s) continue;
      const double delay = lids.left.begins_s - lids.right.begins_s;
      errors.delay_s = std::max(errors.delay_s, std::abs(*blink.delay_s - delay));
    }
    EXPECT_LE(errors.start_s, std::max(rate.frame_s, kStartWithin));
    EXPECT_LE(errors.apex_s, std::max(rate.frame_s, kApexWithin));
    EXPECT_LE(errors.end_s, rate.frame_s + kEndWithin);
    EXPECT_LE(errors.delay_s, kDelayWithin);
    EXPECT_GT(*found.blinks[3].delay_s, 0);
    EXPECT_LT(*found.blinks[5].delay_s, 0);
    // The deeper a lid goes the more it is seen to close: of 0.55, 0.6, 1.
    const auto left = [&](std::size_t i) { return found.blinks[i].left->closure; };
    const auto right = [&](std::size_t i) { return found.blinks[i].right->closure; };
    EXPECT_LT(left(1), left(4));
    EXPECT_LT(left(4), std::min({left(0), left(3), left(5)}));
    EXPECT_LT(right(1), std::min({right(0), right(2), right(3), right(4), right(5)}));
    fmt::print(
        "{:<18} start {:2.0f} apex {:2.0f} end {:2.0f} delay {:2.0f} ms  duration {:.3f} s  "
        "closures {:.2f} {:.2f} {:.2f} {:.2f} {:.2f} left, {:.2f} {:.2f} {:.2f} {:.2f} "
        "{:.2f} {:.2f} right\n",
        rate.name, 1e3 * errors.start_s, 1e3 * errors.apex_s, 1e3 * errors.end_s,
        1e3 * errors.delay_s, *found.mean_duration_s, left(0), left(1), left(3), left(4), left(5),
        right(0), right(1), right(2), right(3), right(4), right(5));
  }
}

}  // namespace
}  // namespace auriga::accuracy
