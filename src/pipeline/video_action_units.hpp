// Action units of all faces of a video.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <vector>

#include "pipeline/au_estimator.hpp"

namespace auriga {

// Rows come in the order of the table; every face id is a person of its own. With OpenFace's models
// per row some 290 bytes, per person some 14 MB. Not thread-safe.
class VideoActionUnits {
 public:
  // calibrate false: every row by itself, as for a still picture. `estimator` must outlive this
  // object.
  VideoActionUnits(const AuEstimator& estimator, bool calibrate);

  void add(int face_id, const AuEvidence& evidence);  // the next row
  void finish();                                      // ends the video

  std::size_t rows() const { return rows_.size(); }
  // After finish(): the final values of a row.
  void read(std::size_t row, std::span<double> intensities, std::span<double> presences) const;

 private:
  struct Row {
    int face_id;
    std::int32_t index;  // among the rows of that face
  };
  const AuEstimator& estimator_;
  bool calibrate_;
  std::size_t intensities_, presences_;
  std::vector<Row> rows_;
  std::map<int, std::unique_ptr<PersonActionUnits>> people_;
  std::vector<double> values_;  // without calibration: intensities and presences, row by row
};

}  // namespace auriga
