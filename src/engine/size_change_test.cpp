// Streams whose pictures change their size: the same head stays where it is.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/fake_streams.hpp"
#include "shape/camera.hpp"

namespace auriga {
namespace {

using test::StoredFrame;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// Bilinear, pixel centres to pixel centres.
Image scaled(const Image& from, int width, int height) {
  Image to(width, height, 3);
  const auto place = [](int i, int n, int of, int& first) {
    const double at = std::clamp((i + 0.5) * of / n - 0.5, 0.0, of - 1.0);
    first = std::min(static_cast<int>(at), of - 2);
    return at - first;
  };
  for (int y = 0; y < height; ++y) {
    int row = 0, column = 0;
    const double fy = place(y, height, from.height(), row);
    for (int x = 0; x < width; ++x) {
      const double fx = place(x, width, from.width(), column);
      for (int c = 0; c < 3; ++c) {
        const auto at = [&](int dy, int dx) {
          return static_cast<double>(from.row(row + dy)[3 * (column + dx) + c]);
        };
        const double value = (1 - fy) * ((1 - fx) * at(0, 0) + fx * at(0, 1)) +
                             fy * ((1 - fx) * at(1, 0) + fx * at(1, 1));
        to.row(y)[3 * x + c] = static_cast<std::uint8_t>(std::lround(value));
      }
    }
  }
  return to;
}

// The middle of a picture.
Image middle(const Image& from, int width, int height) {
  Image to(width, height, 3);
  const int left = (from.width() - width) / 2, top = (from.height() - height) / 2;
  for (int y = 0; y < height; ++y)
    std::copy_n(from.row(top + y) + std::ptrdiff_t{3} * left, to.stride(), to.row(y));
  return to;
}

// A third each of 480x360, 320x240 and 640x480.
std::vector<StoredFrame> thirds(std::size_t frames = 45) {
  std::vector<StoredFrame> stored = test::demo_frames(frames);
  for (std::size_t i = 0; i < stored.size(); ++i) {
    constexpr int kWidth[] = {480, 320, 640};
    const int width = kWidth[3 * i / stored.size()];
    stored[i].bgr = scaled(stored[i].bgr, width, 3 * width / 4);
  }
  return stored;
}

class Rows : public Sink {
 public:
  explicit Rows(Needs needs = {.gaze = true}) : needs_(needs) {}
  Needs needs() const override { return needs_; }
  void row(const FaceRow& row) override { results.push_back(row.result); }
  std::vector<FrameResult> results;

  // Of frames [first, end) of the face with that id; fails where it is lost.
  template <typename Get>
  double mean(std::int64_t first, std::int64_t end, const Get& get, int face_id = 0) const {
    double sum = 0;
    int n = 0;
    for (const FrameResult& result : results) {
      if (result.frame < first || result.frame >= end || result.face_id != face_id) continue;
      EXPECT_TRUE(result.success) << "frame " << result.frame;
      sum += get(result);
      ++n;
    }
    EXPECT_EQ(n, end - first) << "face " << face_id;
    return sum / n;
  }

 private:
  Needs needs_;
};

RunReport run_through(const Engine& engine, const std::vector<StoredFrame>& frames, Rows& rows,
                      const SessionOptions& options = {}) {
  test::FakeSource source(frames);
  Session session(engine, options);
  Sink* const sinks[] = {&rows};
  return run(source, session, sinks);
}

double tx(const FrameResult& result) { return result.pose.translation_mm[0]; }
double tz(const FrameResult& result) { return result.pose.translation_mm[2]; }
double gaze_x(const FrameResult& result) { return result.gaze.angle_rad[0]; }

class SizeChange : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    if (GetParam() == std::string("open")) {
      AURIGA_NEEDS_OPEN_PACK();
    } else {
      AURIGA_NEEDS("models/openface-2.2");
      AURIGA_NEEDS("models/onnx");
    }
  }
  static Engine engine() {
    return Engine::load(test::folders_for(GetParam()), {.preset = GetParam()});
  }
};

TEST_P(SizeChange, TheHeadStaysWhereItIs) {
  if (IsSkipped()) return;
  const Engine engine = this->engine();
  const std::vector<StoredFrame> frames = thirds();
  Rows rows;
  const RunReport report = run_through(engine, frames, rows);

  // Each third beside the same frames at one size.
  std::vector<StoredFrame> even = test::demo_frames(frames.size());
  for (StoredFrame& frame : even) frame.bgr = scaled(frame.bgr, 480, 360);
  Rows expected;
  EXPECT_THAT(run_through(engine, even, expected).warnings, IsEmpty());
  for (std::int64_t first : {0, 15, 30}) {
    EXPECT_NEAR(rows.mean(first, first + 15, tx), expected.mean(first, first + 15, tx), 10)
        << first;
    EXPECT_NEAR(rows.mean(first, first + 15, tz), expected.mean(first, first + 15, tz), 40)
        << first;
    EXPECT_NEAR(rows.mean(first, first + 15, gaze_x), expected.mean(first, first + 15, gaze_x), 0.1)
        << first;
  }
  for (const FrameResult& result : rows.results) {  // pixels are those of the frame
    const Image& bgr = frames[static_cast<std::size_t>(result.frame)].bgr;
    const Camera camera = camera_from_frame_size(bgr.width(), bgr.height());
    EXPECT_EQ(result.camera.fx, camera.fx);
    EXPECT_EQ(result.camera.cx, camera.cx);
    const Landmarks& same = expected.results[static_cast<std::size_t>(result.frame)].landmarks;
    EXPECT_NEAR(result.landmarks.x[30] / static_cast<float>(bgr.width()), same.x[30] / 480, 0.01)
        << result.frame;
  }

  ASSERT_EQ(report.facts.sizes.size(), 3u);
  EXPECT_EQ(report.facts.size_changes, 2);
  EXPECT_EQ(report.facts.sizes[1].frame, 15);
  EXPECT_EQ(report.facts.sizes[1].timestamp_s, frames[15].timestamp_s);
  EXPECT_EQ(report.facts.sizes[2].width, 640);
  EXPECT_EQ(report.facts.sizes[2].height, 480);
  EXPECT_THAT(report.warnings,
              ElementsAre(HasSubstr("changes 2 times: 480x360, 320x240 from frame 16 (")));
}

// Law: pushing frame by frame tells the same.
TEST_P(SizeChange, IsSeenByWhoeverPushes) {
  if (IsSkipped()) return;
  const Engine engine = this->engine();
  const std::vector<StoredFrame> frames = thirds(12);
  Rows rows;
  const RunReport report = run_through(engine, frames, rows);
  Session session(engine, {.needs = {.gaze = true}});
  for (const StoredFrame& frame : frames) {
    const FrameResult& read = rows.results[static_cast<std::size_t>(frame.index)];
    const FrameResult& pushed = session.push(frame.view()).front().result;
    EXPECT_EQ(pushed.pose.translation_mm, read.pose.translation_mm) << frame.index;
    EXPECT_EQ(pushed.gaze.angle_rad, read.gaze.angle_rad) << frame.index;
    EXPECT_EQ(pushed.camera.fx, read.camera.fx) << frame.index;
    EXPECT_EQ(session.warnings().size(), frame.index < 4 ? 0u : 1u) << frame.index;
  }
  EXPECT_EQ(session.warnings(), report.warnings);
}

// Law: a given camera is that of the first size, and is scaled as the picture is.
TEST_P(SizeChange, AGivenCameraIsScaled) {
  if (IsSkipped()) return;
  const std::vector<StoredFrame> frames = thirds(30);
  Rows rows;
  SessionOptions options;
  options.focal_px = {600, 610};
  options.centre_px = {250, 170};
  const RunReport report = run_through(engine(), frames, rows, options);
  EXPECT_EQ(report.stream.camera.fx, 600);
  EXPECT_EQ(rows.results[0].camera.fx, 600);
  EXPECT_EQ(rows.results[0].camera.cy, 170);
  EXPECT_FLOAT_EQ(rows.results[10].camera.fx, 400);
  EXPECT_FLOAT_EQ(rows.results[29].camera.fy, 610 / 0.75F);
  EXPECT_FLOAT_EQ(rows.results[29].camera.cx, 250 / 0.75F);
  EXPECT_NEAR(rows.mean(0, 10, tx), rows.mean(20, 30, tx), 15);
  EXPECT_THAT(report.warnings, ElementsAre(HasSubstr("given camera")));
}

// A telephone is turned in a call: portrait instead of landscape, and back.
TEST_P(SizeChange, ProportionsMayChange) {
  if (IsSkipped()) return;
  std::vector<StoredFrame> frames = test::demo_frames(36);
  const int height = frames[0].bgr.height();
  for (StoredFrame& frame : frames)
    if (frame.index / 12 == 1) frame.bgr = middle(frame.bgr, 3 * height / 4, height);
  Rows rows;
  const RunReport report = run_through(engine(), frames, rows);
  const double first = rows.mean(0, 12, tx);
  EXPECT_NEAR(rows.mean(12, 24, tx), first, 15);
  EXPECT_NEAR(rows.mean(24, 36, tx), first, 15);
  EXPECT_EQ(report.people, 1);
  EXPECT_EQ(report.facts.size_changes, 2);
}

TEST_P(SizeChange, PeopleKeepTheirIds) {
  if (IsSkipped()) return;
  std::vector<StoredFrame> frames = test::demo_frames(45);
  for (StoredFrame& frame : frames) {
    const Image one = scaled(frame.bgr, 320, 240);
    Image two(640, frame.index < 30 ? 240 : 300, 3);
    std::fill_n(two.data(), two.size_bytes(), std::uint8_t{0});
    for (int y = 0; y < 240; ++y)
      for (int x = 0; x < 320; ++x) {
        std::copy_n(one.row(y) + std::ptrdiff_t{3} * x, 3, two.row(y) + std::ptrdiff_t{3} * x);
        std::copy_n(one.row(y) + std::ptrdiff_t{3} * x, 3,
                    two.row(y) + std::ptrdiff_t{3} * (639 - x));  // mirrored
      }
    frame.bgr = frame.index / 15 == 1 ? scaled(two, 960, 360) : two;
  }
  Rows rows;
  SessionOptions options;
  options.faces = 2;
  const RunReport report = run_through(engine(), frames, rows, options);
  EXPECT_EQ(report.people, 2);
  for (int face : {0, 1}) {
    const double first = rows.mean(0, 15, tx, face);
    EXPECT_NEAR(rows.mean(15, 30, tx, face), first, 15) << face;
    EXPECT_NEAR(rows.mean(30, 45, tx, face), first, 30) << face;  // of another estimated camera
  }
}

INSTANTIATE_TEST_SUITE_P(Presets, SizeChange, testing::Values("open", "openface", "pyfaceau"),
                         [](const auto& of) { return std::string(of.param); });

}  // namespace
}  // namespace auriga
