#include "au/shown_neutral.hpp"

#include <utility>

#include "auriga/error.hpp"

namespace auriga {

void ShownNeutral::begin() {
  showing_.clear();
  under_way_ = true;
}

bool ShownNeutral::end() {
  if (!under_way_) return false;
  under_way_ = false;
  bool learnt = false;
  for (const auto& [id, person] : showing_) {
    Calibration calibration;
    try {
      calibration = person->calibration();
    } catch (const Error&) {
      continue;  // none of its rows could be looked at
    }
    compared_[id] =
        estimator_->person({.final_values = false, .now = true, .begin_with = &calibration});
    learnt = true;
  }
  showing_.clear();
  latest_ = nullptr;
  return learnt;
}

void ShownNeutral::forget() {
  under_way_ = false;
  showing_.clear();
  compared_.clear();
  latest_ = nullptr;
}

void ShownNeutral::add(int face_id, const AuEvidence& evidence, int i) {
  if (under_way_) {
    std::unique_ptr<AuPerson>& person = showing_[face_id];
    if (!person) person = estimator_->person({.final_values = false, .shown_neutral = true});
    person->add(evidence, i);
  }
  const auto compared = compared_.find(face_id);
  latest_ = compared == compared_.end() ? nullptr : compared->second.get();
  if (latest_ != nullptr) compared->second->add(evidence, i);
}

bool ShownNeutral::now(std::span<double> intensities, std::span<double> presences) const {
  if (latest_ == nullptr) return false;
  latest_->now(intensities, presences);
  return true;
}

std::optional<Calibration> ShownNeutral::calibration(int face_id) const {
  const auto compared = compared_.find(face_id);
  if (compared == compared_.end()) return std::nullopt;
  return compared->second->calibration();
}

}  // namespace auriga
