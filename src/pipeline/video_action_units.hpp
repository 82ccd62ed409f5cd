// Action units of all faces of a video.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <vector>

#include "au/calibration.hpp"
#include "au/predictor.hpp"

namespace auriga {

// Rows come in the order of the table; every face id has a calibration of its own. Per row some 290
// bytes, per face with calibration some 14 MB. Not thread-safe.
class VideoActionUnits {
 public:
  // calibrate false: every row by itself, as for a still picture; `predictor` has static models
  // then. `predictor` must outlive this object.
  VideoActionUnits(const AuPredictor& predictor, bool calibrate)
      : predictor_(predictor), calibrate_(calibrate) {}

  // The next row. Arguments as of PersonCalibration::add.
  void add(int face_id, bool ok, std::span<const float> fhog, std::span<const double> geometry,
           std::span<const double> scores);

  // Ends the video.
  void finish();

  std::size_t rows() const { return rows_.size(); }
  // After finish(): the final values of a row.
  void read(std::size_t row, std::span<double> intensities, std::span<double> presences) const;

 private:
  struct Row {
    int face_id;
    std::int32_t index;  // among the rows of that face
  };
  const AuPredictor& predictor_;
  bool calibrate_;
  std::vector<Row> rows_;
  std::map<int, PersonCalibration> people_;
  std::vector<double> values_;  // without calibration: intensities and presences, row by row
};

}  // namespace auriga
