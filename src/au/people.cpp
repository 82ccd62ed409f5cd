#include "au/people.hpp"

#include <cassert>
#include <utility>

#include "auriga/error.hpp"

namespace auriga {

People::People(std::shared_ptr<const AuEstimator> estimator, Options options)
    : estimator_(std::move(estimator)), options_(std::move(options)) {
  assert(options_.calibrate || options_.calibrations.empty());
  for (const Calibration& calibration : options_.calibrations) estimator_->check(calibration);
}

const Calibration* People::given(int face_id) const {
  const auto i = static_cast<std::size_t>(face_id);
  return face_id >= 0 && i < options_.calibrations.size() ? &options_.calibrations[i] : nullptr;
}

void People::add(int face_id, const AuEvidence& evidence, int i) {
  std::unique_ptr<AuPerson>& person = people_[face_id];
  if (!person)
    person = estimator_->person({options_.calibrate, options_.final_values, options_.now,
                                 options_.shown_neutral, given(face_id)});
  if (options_.final_values) rows_.push_back({person.get(), person->rows()});
  person->add(evidence, i);
  latest_ = person.get();
}

void People::now(std::span<double> intensities, std::span<double> presences) const {
  assert(options_.now && latest_);
  latest_->now(intensities, presences);
}

void People::finish() {
  for (auto& [id, person] : people_) person->finish();
}

Calibration People::calibration(int face_id) const {
  if (const auto person = people_.find(face_id); person != people_.end())
    return person->second->calibration();
  if (const Calibration* const calibration = given(face_id)) return *calibration;
  throw Error(ErrorCode::usage, "there is no person with the face id " + std::to_string(face_id) +
                                    " in this stream, which has " + std::to_string(people_.size()) +
                                    " so far");
}

std::vector<std::pair<int, NeutralFacts>> People::neutral() const {
  std::vector<std::pair<int, NeutralFacts>> all;
  for (const auto& [id, person] : people_)
    if (const auto facts = person->neutral()) all.emplace_back(id, *facts);
  return all;
}

void People::read(std::size_t row, std::span<double> intensities,
                  std::span<double> presences) const {
  assert(row < rows_.size());
  rows_[row].person->row(rows_[row].index, intensities, presences);
}

}  // namespace auriga
