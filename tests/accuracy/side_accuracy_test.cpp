// Sides of faces of known asymmetry (docs/clinic.md has the numbers).
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <map>
#include <numeric>
#include <optional>
#include <string>
#include <vector>

#include <fmt/core.h>
#include <gtest/gtest.h>

#include "auriga/engine.hpp"
#include "auriga/session.hpp"

#include "side_renders.hpp"
#include "sides/side_distances.hpp"
#include "support/golden.hpp"

namespace auriga::accuracy {
namespace {

namespace fs = std::filesystem;

// What a clip shows of both sides of the person: by measure (AU12, brow_height), by frame.
struct Told {
  std::map<std::string, std::array<std::vector<double>, 2>> of;  // left, right
};

Told tell(const Engine& engine, const std::vector<SideFrame>& clip, bool even) {
  SessionOptions options;
  options.watch_turn = false;
  options.needs.sides = options.needs.gaze = options.needs.mesh = true;
  Session session(engine, options);
  Told told;
  std::int64_t index = 0;
  for (const SideFrame& frame : clip) {
    const Image picture = even ? symmetric(frame.bgr) : Image(frame.bgr);
    const auto rows = session.push({index, static_cast<double>(index) / 25, picture});
    ++index;
    const SideDistances distances =
        rows.empty() ? SideDistances{} : side_distances(rows.front().result);
    for (std::size_t i = 0; i < kSideMeasures; ++i) {
      auto& both = told.of[std::string(side_measures()[i].stem)];
      both[0].push_back(distances.of[1][i]);
      both[1].push_back(distances.of[0][i]);
    }
  }
  const FinalUnits units = session.finish();
  const UnitNames& names = units.names();
  std::vector<double> intensities(names.intensities.size()), presences(names.presences.size());
  for (std::size_t row = 0; row < clip.size(); ++row)
    for (const std::size_t half : {0, 1}) {
      units.sides()[half].read(row, intensities, presences);
      for (std::size_t i = 0; i < intensities.size(); ++i)
        told.of[names.intensities[i]][1 - half].push_back(intensities[i]);
    }
  return told;
}

// Of distances at rest; MRD2 of the mesh is the worst.
constexpr double kEvenAtRest = 0.065;
// Of the mouth's corners by the middle between the pupils, of which PFLD sees no irises.
constexpr double kEvenAtRestFromMidline = 0.09;

double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

double correlation(const std::vector<double>& a, const std::vector<double>& b) {
  const auto n = static_cast<double>(a.size());
  const double ma = std::accumulate(a.begin(), a.end(), 0.0) / n;
  const double mb = std::accumulate(b.begin(), b.end(), 0.0) / n;
  double ab = 0, aa = 0, bb = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    ab += (a[i] - ma) * (b[i] - mb);
    aa += (a[i] - ma) * (a[i] - ma);
    bb += (b[i] - mb) * (b[i] - mb);
  }
  return ab / std::sqrt(aa * bb);
}

// Medians over the frames of a movement at one level, less those at rest.
std::array<double, 2> moved(const Told& told, const std::vector<SideFrame>& clip,
                            const std::string& measure, int movement, double level) {
  std::array<double, 2> moved{};
  for (const std::size_t side : {0, 1}) {
    std::vector<double> rest, active;
    const std::vector<double>& values = told.of.at(measure)[side];
    for (std::size_t row = 1; row + 1 < clip.size(); ++row) {
      // Not at the ends, which are smoothed into their neighbours.
      const auto same = [&](const SideFrame& other) {
        return other.movement == clip[row].movement && other.left == clip[row].left;
      };
      if (!same(clip[row - 1]) || !same(clip[row + 1])) continue;
      if (clip[row].movement == -1) rest.push_back(values[row]);
      if (clip[row].movement == movement && clip[row].left == level) active.push_back(values[row]);
    }
    moved[side] = median(active) - median(rest);
  }
  return moved;
}

// What tells a movement, and how well. The aims are: the right side is weaker at every level, r of
// 0.9 and more, even faces even within 3 %. Where landmarkers, which are not symmetric, miss them
// the limit is what was measured, with little to spare, so that it gets no worse.
struct Measure {
  const char* name;
  int direction;             // grows (1) or shrinks (-1)
  double side_up_to = 0.75;  // of the other side's activation: the weaker side is told
  double least_r = 0.9;
  double even_within = 0.03;
};
struct Preset {
  const char* name;
  std::vector<Measure> measures;  // by side_movements()
};
std::ostream& operator<<(std::ostream& out, const Preset& preset) { return out << preset.name; }

const std::vector<SideFrame>& clip_of(const fs::path& head) {
  static const std::vector<SideFrame> clip = [&] {
    SideHead person(head, 1);
    return side_clip(person);
  }();
  return clip;
}

class SidesOfRenders : public testing::TestWithParam<Preset> {
 protected:
  void SetUp() override {
    AURIGA_NEEDS("open-pack/ict.npz");
    AURIGA_NEEDS_OPEN_PACK();
    if (GetParam().name != std::string("open")) {
      AURIGA_NEEDS("models/openface-2.2");
      AURIGA_NEEDS("models/onnx");
    }
    const auto head = head_file();
    if (!head) GTEST_SKIP() << "no build/deps/python: ./dev setup makes it";
    head_ = *head;
    Folders folders;
    folders.models = {GetParam().name == std::string("open") ? test::open_pack()
                                                             : test::test_data() / "models"};
    engine_.emplace(Engine::load(folders, {.preset = GetParam().name}));
  }
  fs::path head_;
  std::optional<Engine> engine_;
};

TEST_P(SidesOfRenders, TheWeakerSideIsTheRightOneAndRatiosFollowTheActivation) {
  const std::vector<SideFrame>& clip = clip_of(head_);
  const Told told = tell(*engine_, clip, false);
  for (std::size_t i = 0; i < side_movements().size(); ++i) {
    const auto& [measure, direction, side_up_to, least_r, even_within] = GetParam().measures[i];
    std::vector<double> levels, ratios;
    for (const double level : {0.0, 0.25, 0.5, 0.75, 1.0}) {
      const auto [left, right] = moved(told, clip, measure, static_cast<int>(i), level);
      levels.push_back(level);
      ratios.push_back(direction * right > 0 ? std::max(0.0, left / right) : 0);
      if (level <= side_up_to)
        EXPECT_LT(direction * left, direction * right)
            << side_movements()[i].name << " by " << measure << " at " << level;
    }
    const double r = correlation(levels, ratios);
    fmt::print("{:<9} {:<8} {:<21} ratios {:.2f} {:.2f} {:.2f} {:.2f} {:.2f}  r {:.3f}\n",
               GetParam().name, side_movements()[i].name, measure, ratios[0], ratios[1], ratios[2],
               ratios[3], ratios[4], r);
    EXPECT_GE(r, least_r) << side_movements()[i].name << " by " << measure;
  }
}

TEST_P(SidesOfRenders, OfAnEvenFaceAreEven) {
  const std::vector<SideFrame>& clip = clip_of(head_);
  const Told told = tell(*engine_, clip, true);
  for (std::size_t i = 0; i < side_movements().size(); ++i) {
    const auto& [measure, direction, side_up_to, least_r, even_within] = GetParam().measures[i];
    // A symmetric picture shows on both sides what the right side of the person did.
    const auto [left, right] = moved(told, clip, measure, static_cast<int>(i), 1.0);
    const double ratio = std::min(left / right, right / left);
    fmt::print("{:<9} {:<8} {:<21} even: {:.3f} {:.3f} ratio {:.3f}\n", GetParam().name,
               side_movements()[i].name, measure, left, right, ratio);
    EXPECT_NEAR(ratio, 1, even_within) << side_movements()[i].name << " by " << measure;
  }
  for (const SideMeasureColumns& columns : side_measures()) {
    if (!columns.has_ratio) continue;
    const auto& both = told.of.at(std::string(columns.stem));
    if (std::isnan(both[0].front())) continue;
    const double left = median(both[0]), right = median(both[1]);
    if (std::max(left, right) < 1) continue;
    fmt::print("{:<9} {:<21} at rest: {:.2f} {:.2f} mm\n", GetParam().name, columns.stem, left,
               right);
    const bool loose =
        columns.stem == "commissure_midline" && GetParam().name == std::string("pyfaceau");
    EXPECT_NEAR(left / right, 1, loose ? kEvenAtRestFromMidline : kEvenAtRest) << columns.stem;
  }
}

INSTANTIATE_TEST_SUITE_P(Presets, SidesOfRenders,
                         testing::Values(Preset{"open",
                                                {{"AU01", 1, 0.75, 0.9, 0.27},
                                                 {"AU45", 1},
                                                 {"AU12", 1, 0.75, 0.9, 0.05},
                                                 {"upper_lip_height", -1},
                                                 {"commissure_midline", -1}}},
                                         Preset{"pyfaceau",
                                                {{"AU01", 1, 0.25, 0.9, 0.045},
                                                 {"AU45", 1, 0.5, 0.9, 0.15},
                                                 {"AU12", 1, 0.75, 0.9, 0.06},
                                                 {"AU09", 1},
                                                 {"commissure_midline", -1, 0.75, 0.9, 0.18}}}),
                         [](const auto& info) { return std::string(info.param.name); });

}  // namespace
}  // namespace auriga::accuracy
