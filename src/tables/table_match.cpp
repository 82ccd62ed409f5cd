#include "tables/table_match.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include <fmt/core.h>

#include "files/manifest.hpp"

namespace auriga {

namespace {

constexpr double kShareOfTimes = 0.5;
constexpr double kRateTolerance = 0.02;

bool is_outside(const Landmarks& face, int width, int height) {
  const auto mean = [](const std::array<float, kLandmarks>& values) {
    return std::accumulate(values.begin(), values.end(), 0.0) / kLandmarks;
  };
  const double x = mean(face.x), y = mean(face.y);
  return !(x >= 0 && y >= 0 && x <= width && y <= height);
}

std::string frames_text(std::int64_t count) {
  return fmt::format("{} {}", count, count == 1 ? "frame" : "frames");
}

}  // namespace

double share_outside(const std::vector<Landmarks>& faces, int width, int height) {
  if (faces.empty()) return 0;
  const auto outside = std::count_if(faces.begin(), faces.end(), [&](const Landmarks& face) {
    return is_outside(face, width, height);
  });
  return static_cast<double>(outside) / static_cast<double>(faces.size());
}

TableMatch::TableMatch(const LandmarksCsv& table, const VideoFacts& video)
    : table_(table), video_(video) {}

std::vector<std::string> TableMatch::of_size() const {
  const auto size = picture_size_of(table_.file());
  if (size && (size->width != video_.width || size->height != video_.height))
    return {fmt::format("its manifest says {} x {} px, the video has {} x {} px", size->width,
                        size->height, video_.width, video_.height)};
  double faces = 0, outside = 0;
  for (const LandmarksCsv::Row& row : table_.rows()) {
    if (!row.success) continue;
    ++faces;
    outside += is_outside(row.landmarks, video_.width, video_.height) ? 1 : 0;
  }
  if (outside <= kMostOutside * faces) return {};
  return {fmt::format("{:.0f} % of its faces lie outside of the picture, {} x {} px",
                      100 * outside / faces, video_.width, video_.height)};
}

void TableMatch::add(std::int64_t frame, double seconds) {
  if (frames_++ == 0) {
    first_ = frame;
    first_s_ = seconds;
  }
  last_ = frame;
  last_s_ = seconds;
  const LandmarksCsv::Row* row = table_.find(frame);
  if (row == nullptr) {
    ++without_row_;
  } else if (!std::isnan(row->timestamp_s)) {
    moments_.push_back({frame, seconds, row->timestamp_s});
  }
}

bool TableMatch::same_times() const {
  if (moments_.empty()) return true;
  const Moment &begin = moments_.front(), &end = moments_.back();
  // Pictures have no times.
  if (!(last_s_ > first_s_) || !(end.told > begin.told)) return true;
  const double step = (last_s_ - first_s_) / static_cast<double>(last_ - first_);
  const auto agree = [&](auto&& seconds_of) {
    const auto near = std::count_if(moments_.begin(), moments_.end(), [&](const Moment& moment) {
      const double told = moment.told - begin.told;
      const double expected = seconds_of(moment) - seconds_of(begin);
      return std::abs(told - expected) <= step / 2 + kRateTolerance * std::abs(expected);
    });
    return static_cast<double>(near) >= kShareOfTimes * static_cast<double>(moments_.size());
  };
  return agree([](const Moment& moment) { return moment.seconds; }) ||
         agree([&](const Moment& moment) { return static_cast<double>(moment.frame) * step; }) ||
         (video_.fps > 0 && agree([&](const Moment& moment) {
            return static_cast<double>(moment.frame) / video_.fps;
          }));
}

TableMatch::Findings TableMatch::at_end(bool whole) const {
  Findings findings;
  const std::int64_t beyond = table_.last_frame() - last_;
  if (beyond > 0) {
    std::string text = fmt::format("it goes on to frame {}, the video has {}",
                                   table_.last_frame() + 1, frames_text(last_ + 1));
    if (!whole) {
      findings.notes.push_back(text + " that could be read");
    } else if (beyond == 1) {
      findings.notes.push_back(std::move(text));
    } else {
      findings.contradictions.push_back(std::move(text));
    }
  }
  if (!same_times()) {
    const Moment &begin = moments_.front(), &end = moments_.back();
    std::string text = fmt::format(
        "its timestamps run from {:.3f} to {:.3f} s where the frames are at {:.3f} to {:.3f} s",
        begin.told, end.told, begin.seconds, end.seconds);
    (std::abs(beyond) <= 1 || !whole ? findings.notes : findings.contradictions)
        .push_back(std::move(text));
  }
  if (without_row_ == frames_ && frames_ > 0)
    findings.contradictions.push_back(
        fmt::format("it has no row for any of the {}", frames_text(frames_)));
  else if (without_row_ > 0)
    findings.notes.push_back(fmt::format("it has no row for {} of {}, which count as failed",
                                         without_row_, frames_text(frames_)));
  return findings;
}

}  // namespace auriga
