#include "pipeline/table_faces.hpp"

namespace auriga {

const TrackedFace& TableFaces::next(std::int64_t frame) {
  const LandmarksCsv::Row* row = table_.find(frame);
  face_.success = row != nullptr && row->success;
  face_.confidence = row != nullptr ? row->confidence : 0;
  if (face_.success) {
    ShapeFit fit;
    face_.success = fitter_.fit(row->landmarks, fit) > 0;
    if (face_.success) {
      face_.landmarks = row->landmarks;
      face_.shape = fit;
    }
  }
  return face_;
}

}  // namespace auriga
