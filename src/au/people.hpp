// The action units of all faces of a stream.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "au/estimator.hpp"

namespace auriga {

// Rows come in the order of the table; every face id is a person of its own. With OpenFace's models
// per row some 290 bytes, per person some 14 MB until finish(). Without
// PeopleOptions::final_values memory does not grow with the number of rows. One thread at a time;
// size() and read() from any number of threads after finish().
class People : public FinalUnits::Rows {
 public:
  struct Options {
    // As AuPersonOptions has them.
    bool calibrate = true, final_values = true, now = false, shown_neutral = false;
    // The person with face id i begins with the i-th; the others learn. Not without `calibrate`.
    std::vector<Calibration> calibrations;
  };

  // Throws Error(usage) for a calibration that does not fit the estimator.
  People(std::shared_ptr<const AuEstimator> estimator, Options options);

  // The next row: face i of concluded evidence of the estimator. face_id >= 0. Not after finish().
  void add(int face_id, const AuEvidence& evidence, int i);
  // With Options::now: of the row added last, as AuPerson::now().
  void now(std::span<double> intensities, std::span<double> presences) const;
  void finish();  // ends the stream; may be called again without effect

  // Of a person, as AuPerson::calibration(); one that has not been seen gives what it would begin
  // with. Throws Error(usage) for an unknown face id, too.
  Calibration calibration(int face_id) const;
  // AuPerson::neutral() by ascending face id, of those that have it.
  std::vector<std::pair<int, NeutralFacts>> neutral() const;

  // Rows added; 0 without Options::final_values.
  std::size_t size() const override { return rows_.size(); }
  // After finish(): the final values of a row.
  void read(std::size_t row, std::span<double> intensities,
            std::span<double> presences) const override;

 private:
  struct Row {
    const AuPerson* person;
    std::int64_t index;  // among the rows of that person
  };
  const Calibration* given(int face_id) const;

  std::shared_ptr<const AuEstimator> estimator_;
  Options options_;
  std::map<int, std::unique_ptr<AuPerson>> people_;
  std::vector<Row> rows_;
  const AuPerson* latest_ = nullptr;  // of the row added last
};

}  // namespace auriga
