#include "pipeline/video_action_units.hpp"

#include <algorithm>

namespace auriga {

void VideoActionUnits::add(int face_id, bool ok, std::span<const float> fhog,
                           std::span<const double> geometry, std::span<const double> scores) {
  if (calibrate_) {
    const auto [person, ignored] =
        people_.try_emplace(face_id, predictor_, CalibrationMode::offline);
    rows_.push_back({face_id, static_cast<std::int32_t>(person->second.rows())});
    person->second.add(ok, fhog, geometry, scores);
    return;
  }
  rows_.push_back({face_id, 0});
  const std::size_t intensities = predictor_.names(AuKind::intensity).size();
  const std::size_t presences = predictor_.names(AuKind::presence).size();
  values_.resize(values_.size() + intensities + presences);
  if (!ok) return;
  const std::span<double> row = std::span(values_).last(intensities + presences);
  still_image_values(predictor_, scores, row.first(intensities), row.last(presences));
}

void VideoActionUnits::finish() {
  for (auto& [id, person] : people_) person.finish();
}

void VideoActionUnits::read(std::size_t row, std::span<double> intensities,
                            std::span<double> presences) const {
  if (calibrate_) {
    people_.at(rows_[row].face_id).row(rows_[row].index, intensities, presences);
    return;
  }
  const std::size_t width = intensities.size() + presences.size();
  const std::span<const double> values = std::span(values_).subspan(row * width, width);
  std::copy_n(values.begin(), intensities.size(), intensities.begin());
  std::copy_n(values.begin() + static_cast<std::ptrdiff_t>(intensities.size()), presences.size(),
              presences.begin());
}

}  // namespace auriga
