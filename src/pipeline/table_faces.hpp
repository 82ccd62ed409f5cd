// Faces whose landmarks come from a table instead of a tracker.
#pragma once

#include "output/landmarks_csv.hpp"
#include "shape/shape_fitter.hpp"
#include "tracking/tracked_face.hpp"

namespace auriga {

// Asked once per frame, in frame order. A frame that the table does not have, or whose landmarks
// the shape model cannot be fitted to, is a failed one. Not thread-safe; allocates nothing.
class TableFaces {
 public:
  // Both must outlive this object.
  TableFaces(const LandmarksCsv& table, const ShapeModel& model) : table_(table), fitter_(model) {}

  const TrackedFace& next(std::int64_t frame);

 private:
  const LandmarksCsv& table_;
  ShapeFitter fitter_;
  TrackedFace face_;
};

}  // namespace auriga
