#include "viewer/mark_tiers.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <map>
#include <string>
#include <utility>

#include <fmt/core.h>

namespace auriga {
namespace {

// From frames to seconds and back, by the rows of all faces.
class Clock {
 public:
  explicit Clock(const AuTable& table) {
    if (table.timed)
      for (const FaceTrack& face : table.faces)
        for (std::size_t row = 0; row < face.frames.size(); ++row)
          times_.emplace(face.frames[row], face.times[row]);
    step_ = table.timed && table.step > 0 ? table.step : 1.0 / 30;
  }

  // When the frame begins.
  double begin(std::int64_t frame) const {
    if (times_.empty()) return static_cast<double>(frame - 1) * step_;
    const auto next = times_.lower_bound(frame);
    if (next != times_.end() && next->first == frame) return next->second;
    const auto& [known, time] = next == times_.begin() ? *next : *std::prev(next);
    return std::max(0.0, time + static_cast<double>(frame - known) * step_);
  }
  double end(std::int64_t frame) const {
    const auto next = times_.find(frame + 1);
    return next != times_.end() ? next->second : begin(frame) + step_;
  }
  double step() const { return step_; }

 private:
  std::map<std::int64_t, double> times_;
  double step_;
};

}  // namespace

std::vector<Tier> mark_tiers(const std::vector<Mark>& marks, const AuTable& table) {
  const Clock clock(table);
  std::vector<Tier> tiers;
  for (const MarkKind kind :
       {MarkKind::exclude, MarkKind::label, MarkKind::point, MarkKind::note}) {
    std::vector<Annotation> all;
    for (const Mark& mark : marks) {
      if (mark.kind != kind) continue;
      Annotation one;
      if (mark.first) {
        one.first = *mark.first;
        one.last = *mark.last;
        one.start_s = clock.begin(one.first);
        one.end_s = clock.end(one.last);
      } else {
        one.start_s = *mark.start_s;
        one.end_s = *mark.end_s;
      }
      // A moment.
      one.end_s = std::max(one.end_s, one.start_s + clock.step());
      one.label = mark.label.empty() ? std::string(name_of(kind)) : mark.label;
      all.push_back(std::move(one));
    }
    std::stable_sort(all.begin(), all.end(), [](const Annotation& a, const Annotation& b) {
      return a.start_s < b.start_s;
    });
    std::vector<Tier> lanes;
    for (Annotation& one : all) {
      auto lane = std::find_if(lanes.begin(), lanes.end(), [&](const Tier& tier) {
        // Forms count in milliseconds: two that meet may not overlap after rounding.
        return std::round(tier.annotations.back().end_s * 1000) <= std::round(one.start_s * 1000);
      });
      if (lane == lanes.end()) {
        const std::string name(name_of(kind));
        lanes.push_back({lanes.empty() ? name : fmt::format("{} {}", name, lanes.size() + 1), {}});
        lane = std::prev(lanes.end());
      }
      lane->annotations.push_back(std::move(one));
    }
    tiers.insert(tiers.end(), std::make_move_iterator(lanes.begin()),
                 std::make_move_iterator(lanes.end()));
  }
  return tiers;
}

}  // namespace auriga
