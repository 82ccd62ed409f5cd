// Faces whose landmarks come from a table instead of a tracker.
#include "auriga/error.hpp"

#include "pipeline/face_method.hpp"
#include "shape/shape_fitter.hpp"
#include "tables/landmarks_csv.hpp"

namespace auriga {
namespace {

// A frame that the table does not have, or whose landmarks the shape model cannot be fitted to, is
// a failed one.
class TableTracker : public VideoTracker {
 public:
  TableTracker(const LandmarksCsv& table, const ShapeModel& model)
      : table_(table), fitter_(model) {}

  std::span<const TrackedFace> next(ImageView /*bgr*/, StageClock& clock) override {
    const LandmarksCsv::Row* row = table_.find(frame_++);
    face_.success = row != nullptr && row->success;
    face_.confidence = row != nullptr ? row->confidence : 0;
    if (face_.success) {
      ShapeFit fit;
      face_.success = clock.time(Stage::fit, [&] { return fitter_.fit(row->landmarks, fit); }) > 0;
      if (face_.success) {
        face_.landmarks = row->landmarks;
        face_.shape = fit;
      }
    }
    face_.analysable = face_.success;
    return {&face_, 1};
  }

 private:
  const LandmarksCsv& table_;
  ShapeFitter fitter_;
  std::int64_t frame_ = 0;
  TrackedFace face_;
};

class TableMethod : public FaceMethod {
 public:
  TableMethod(const std::filesystem::path& table, const ShapeModel& model)
      : table_(table), model_(model) {}

  TrackedShapes shapes() const override { return {&model_, {}}; }
  std::unique_ptr<VideoTracker> video() override {
    return std::make_unique<TableTracker>(table_, model_);
  }
  const std::vector<TrackedFace>& picture(ImageView, StageClock&) override {
    throw Error(ErrorCode::usage,
                "--landmarks works on videos and folders of pictures, not on single pictures");
  }

 private:
  LandmarksCsv table_;
  const ShapeModel& model_;
};

}  // namespace

std::unique_ptr<FaceMethod> make_table_method(const std::filesystem::path& table,
                                              const ShapeModel& model) {
  return std::make_unique<TableMethod>(table, model);
}

}  // namespace auriga
