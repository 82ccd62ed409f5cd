// Faces whose landmarks come from a table instead of a tracker.
#include <algorithm>

#include "recipes/recipe.hpp"
#include "tables/landmarks_csv.hpp"
#include "tracking/face_view.hpp"
#include "tracking/landmark_confidence.hpp"

namespace auriga {
namespace {

// A frame that the table does not have, whose landmarks the shape model cannot be fitted to, or in
// whose picture they are hardly those of a face, is a failed one.
class TableTracker : public VideoTracker {
 public:
  TableTracker(const LandmarksCsv& table, const ShapeModel& model)
      : table_(table), viewer_(model) {}

  std::span<const TrackedFace> next(const Picture& bgr, StageClock& clock) override {
    const LandmarksCsv::Row* row = table_.find(frame_++);
    face_.success = row != nullptr && row->success;
    face_.confidence = row != nullptr ? row->confidence : 0;
    if (face_.success) {
      view_.landmarks = row->landmarks;
      face_.success = clock.time(Stage::fit, [&] {
        if (!viewer_.complete(bgr, view_)) return false;
        viewer_.appraise(view_);
        return true;
      });
      if (face_.success) {
        face_.landmarks = row->landmarks;
        face_.shape = view_.shape;
        const double right = plain_confidence(view_);
        face_.success = right >= kTrusted;
        // The table knows more than one look, unless the picture speaks against it.
        if (!face_.success) face_.confidence = std::min(face_.confidence, right);
      }
    }
    face_.analysable = face_.success;
    return {&face_, 1};
  }
  void pass_over() override { ++frame_; }

 private:
  const LandmarksCsv& table_;
  FaceViewer viewer_;
  FaceView view_;
  std::int64_t frame_ = 0;
  TrackedFace face_;
};

class TableMethod : public FaceMethod {
 public:
  explicit TableMethod(const MethodParts& parts)
      : table_(parts.choice.landmarks_csv,
               LandmarksCsvOptions{.of_any_video = parts.choice.landmarks_of_any_video}),
        shape_(parts.shape) {}

  TrackedShapes shapes() const override { return {&shape_, {}}; }
  std::unique_ptr<VideoTracker> follow(const FollowOptions&) const override {
    return std::make_unique<TableTracker>(table_, shape_);
  }
  std::unique_ptr<VideoTracker> still() const override { return nullptr; }
  const LandmarksCsv* table() const override { return &table_; }
  std::string device_used() const override { return "none"; }

 private:
  LandmarksCsv table_;
  const ShapeModel& shape_;
};

}  // namespace

std::shared_ptr<const FaceMethod> make_table_method(const MethodParts& parts) {
  return std::make_shared<TableMethod>(parts);
}

}  // namespace auriga
