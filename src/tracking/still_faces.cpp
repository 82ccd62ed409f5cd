#include "tracking/still_faces.hpp"

#include <span>
#include <utility>

#include "base/grey.hpp"

namespace auriga {

StillFaces::StillFaces(FaceFinder find, Landmarker& landmarker, const ShapeModel& model,
                       Validator* validator)
    : find_(std::move(find)), landmarker_(landmarker), fitter_(model) {
  if (validator != nullptr) judge_.emplace(*validator, model);
}

const std::vector<TrackedFace>& StillFaces::faces(ImageView bgr, StageClock& clock) {
  faces_.clear();
  const std::span<const FaceBox> boxes = clock.time(Stage::detect, [&] { return find_(bgr); });
  for (const FaceBox& box : boxes) {
    TrackedFace face;
    const bool found =
        clock.time(Stage::landmarks, [&] { return landmarker_.look_at_still(bgr, box, face); });
    if (!found || fitter_.fit(face.landmarks, face.shape) == 0) continue;
    face.id = static_cast<int>(faces_.size());
    face.success = face.analysable = face.detector_ran = true;
    if (judge_) {
      if (faces_.empty()) to_grey(bgr, grey_);
      clock.time(Stage::landmarks, [&] { judge_->judge(grey_, face); });
    }
    faces_.push_back(face);
  }
  return faces_;
}

}  // namespace auriga
