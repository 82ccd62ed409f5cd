#include "tracking/scene_cuts.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>

namespace auriga {
namespace {

constexpr int kPixels = 4;                // of a cell
constexpr double kFlat = 2 * kPixels;     // standard deviation below which there is no picture
constexpr float kChanged = 12 * kPixels;  // of a cell
constexpr float kNoSpread = 4 * kPixels;  // between the quartiles, below which it says nothing
constexpr float kMostContrast = 1.6f;  // ratio, either way, that counts as light and not as content
constexpr int kMostColumns = 5, kMostRows = 3;  // that a moving picture is followed, per frame

// Of the share of the cells: from which on somebody else may be shown, in a quiet picture and in
// any; and below which the picture is the one of before.
constexpr float kSudden = 0.15f, kMuch = 0.3f, kReturned = 0.1f;
constexpr float kDrifted = 0.35f;
constexpr int kDriftEvery = 5;       // frames
constexpr int kStill = 2 * kPixels;  // largest difference of a cell
constexpr float kCutInStill = 0.12f;
constexpr int kQuiet = 3;        // frames in which nothing moved
constexpr int kDoubtfulFor = 3;  // frames after a candidate

float quantile(std::span<float> values, double share) {
  const auto at =
      values.begin() + static_cast<std::ptrdiff_t>(share * static_cast<double>(values.size() - 1));
  std::nth_element(values.begin(), at, values.end());
  return *at;
}

}  // namespace

SceneCuts::Change SceneCuts::add(const Picture& bgr, std::int64_t frame, double timestamp_s) {
  if (!read(bgr, now_)) return {};
  if (!any_) {
    any_ = true;
    last_ = reference_ = now_;
    return {};
  }
  int difference = 0;
  for (std::size_t i = 0; i < now_.size(); ++i)
    difference = std::max(difference, std::abs(now_[i] - last_[i]));
  Change said;
  said.still = difference < kStill;
  const float before = *std::max_element(recent_.begin(), recent_.end());
  float change = said.still ? 0 : share_changed(last_, now_, {});
  if (change >= kMuch || change - before >= kSudden)
    change = std::min(change, share_changed(last_, now_, best_shift(last_, now_)));
  // Where nothing moved any change is one of the picture.
  const float least = still_for_ >= kQuiet ? kCutInStill : kCut;
  still_for_ = said.still ? still_for_ + 1 : 0;
  said.share = change;
  said.cut = change - before >= least;
  said.moved = said.cut || change >= kMuch || change - before >= kSudden;

  doubt_candidates(change);
  if (said.cut) candidates_.push_back({{frame, timestamp_s}, last_, change - least, 0});
  std::copy_backward(recent_.begin(), recent_.end() - 1, recent_.end());
  recent_[0] = change;

  if (said.moved) {
    reference_ = now_;
    since_reference_ = 0;
  } else if (++since_reference_ % kDriftEvery == 0 &&
             share_changed(reference_, now_, {}) >= kDrifted) {
    said.moved = true;
    reference_ = now_;
  }
  last_ = now_;
  return said;
}

void SceneCuts::finish() {
  for (const Candidate& candidate : candidates_) accept(candidate);
  candidates_.clear();
}

// What the next frame, which has changed by so much, makes of those found before.
void SceneCuts::doubt_candidates(float change) {
  std::erase_if(candidates_, [&](Candidate& candidate) {
    ++candidate.frames_after;
    const bool goes_on = candidate.frames_after < kDoubtfulFor && change > candidate.most_after;
    if (goes_on || share_changed(candidate.before, now_, {}) < kReturned) return true;
    if (candidate.frames_after < kDoubtfulFor) return false;
    accept(candidate);
    return true;
  });
}

void SceneCuts::accept(const Candidate& candidate) {
  ++count_;
  if (cuts_.size() < kMostListed) cuts_.push_back(candidate.cut);
}

// Four pixels of each cell, of the green. False where there is no picture.
bool SceneCuts::read(const Picture& bgr, Levels& levels) {
  if (bgr.empty()) return false;
  levels.fill(0);
  std::array<int, 2 * kColumns> x;
  std::array<int, 2 * kRows> y;
  const auto places = [](std::span<int> at, int size) {
    const auto n = static_cast<std::int64_t>(at.size());
    for (std::int64_t i = 0; i < n; ++i)
      at[static_cast<std::size_t>(i)] = static_cast<int>(size * (2 * i + 1) / (2 * n));
  };
  places(x, bgr.width());
  places(y, bgr.height());
  bgr.pixels(x, y, pixels_);
  for (int row = 0; row < 2 * kRows; ++row) {
    const std::uint8_t* pixels = pixels_.row(row);
    int* cells = &levels[static_cast<std::size_t>(row / 2 * kColumns)];
    for (int column = 0; column < 2 * kColumns; ++column)
      cells[column / 2] += pixels[3 * column + 1];
  }
  std::int64_t sum = 0, squares = 0;
  for (const int level : levels) sum += level, squares += level * level;
  constexpr double n = kColumns * kRows;
  const double mean = static_cast<double>(sum) / n;
  return static_cast<double>(squares) / n - mean * mean > kFlat * kFlat;
}

// How the picture has moved as a whole: where the cells that both have differ least.
SceneCuts::Shift SceneCuts::best_shift(const Levels& from, const Levels& to) {
  Shift best;
  float least = std::numeric_limits<float>::max();
  for (int rows = -kMostRows; rows <= kMostRows; ++rows) {
    for (int columns = -kMostColumns; columns <= kMostColumns; ++columns) {
      const int height = kRows - std::abs(rows), width = kColumns - std::abs(columns);
      const int* a =
          &from[static_cast<std::size_t>(std::max(0, -rows) * kColumns + std::max(0, -columns))];
      const int* b =
          &to[static_cast<std::size_t>(std::max(0, rows) * kColumns + std::max(0, columns))];
      int sum = 0, differences = 0;
      for (int y = 0; y < height; ++y)
        for (int x = 0; x < width; ++x) sum += b[y * kColumns + x] - a[y * kColumns + x];
      const int n = height * width, mean = sum / n;
      for (int y = 0; y < height; ++y)
        for (int x = 0; x < width; ++x)
          differences += std::abs(b[y * kColumns + x] - a[y * kColumns + x] - mean);
      const float each = static_cast<float>(differences) / static_cast<float>(n);
      if (each < least) least = each, best = {columns, rows};
    }
  }
  return best;
}

// Of the cells that both have, once moved by `shift`; the smaller one of with and without a change
// of contrast.
float SceneCuts::share_changed(const Levels& from, const Levels& to, const Shift& shift) {
  std::array<float, kColumns * kRows> a, b, work;
  std::size_t n = 0;
  for (int y = std::max(0, -shift.rows); y < std::min(kRows, kRows - shift.rows); ++y)
    for (int x = std::max(0, -shift.columns); x < std::min(kColumns, kColumns - shift.columns);
         ++x) {
      const int at = y * kColumns + x, moved = (y + shift.rows) * kColumns + x + shift.columns;
      a[n] = static_cast<float>(from[static_cast<std::size_t>(at)]);
      b[n++] = static_cast<float>(to[static_cast<std::size_t>(moved)]);
    }
  const std::span<float> some(work.data(), n);
  const auto spread = [&](const auto& levels) {
    std::copy_n(levels.begin(), n, some.begin());
    const float upper = quantile(some, 0.75);
    return upper - quantile(some, 0.25);
  };
  const auto share = [&](float gain) {
    for (std::size_t i = 0; i < n; ++i) some[i] = b[i] - gain * a[i];
    const float middle = quantile(some, 0.5);  // leaves the same values in another order
    return static_cast<float>(
               std::count_if(some.begin(), some.end(),
                             [&](float d) { return std::abs(d - middle) > kChanged; })) /
           static_cast<float>(n);
  };
  const float plain = share(1);
  if (plain == 0) return plain;  // as mostly: the quartiles need not be known
  const float of_a = spread(a), of_b = spread(b);
  if (of_a < kNoSpread) return plain;
  return std::min(plain, share(std::clamp(of_b / of_a, 1 / kMostContrast, kMostContrast)));
}

}  // namespace auriga
