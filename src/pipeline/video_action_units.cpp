#include "pipeline/video_action_units.hpp"

#include <algorithm>

namespace auriga {

VideoActionUnits::VideoActionUnits(const AuEstimator& estimator, bool calibrate)
    : estimator_(estimator),
      calibrate_(calibrate),
      intensities_(estimator.names(AuKind::intensity).size()),
      presences_(estimator.names(AuKind::presence).size()) {}

void VideoActionUnits::add(int face_id, const AuEvidence& evidence) {
  if (calibrate_) {
    std::unique_ptr<PersonActionUnits>& person = people_[face_id];
    if (!person) person = estimator_.person();
    rows_.push_back({face_id, static_cast<std::int32_t>(person->rows())});
    person->add(evidence);
    return;
  }
  rows_.push_back({face_id, 0});
  values_.resize(values_.size() + intensities_ + presences_);
  if (!evidence.ok) return;
  const std::span<double> row = std::span(values_).last(intensities_ + presences_);
  estimator_.still(evidence, row.first(intensities_), row.last(presences_));
}

void VideoActionUnits::finish() {
  for (auto& [id, person] : people_) person->finish();
}

void VideoActionUnits::read(std::size_t row, std::span<double> intensities,
                            std::span<double> presences) const {
  if (calibrate_) {
    people_.at(rows_[row].face_id)->row(rows_[row].index, intensities, presences);
    return;
  }
  const auto values =
      std::span(values_).subspan(row * (intensities_ + presences_), intensities_ + presences_);
  std::copy_n(values.begin(), intensities_, intensities.begin());
  std::copy_n(values.begin() + static_cast<std::ptrdiff_t>(intensities_), presences_,
              presences.begin());
}

}  // namespace auriga
