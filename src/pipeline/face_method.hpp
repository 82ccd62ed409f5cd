// The ways of finding faces and landmarks that one can choose from, behind one interface.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "auriga/extract.hpp"

#include "base/stage_clock.hpp"
#include "models/model_store.hpp"
#include "pipeline/analysis.hpp"
#include "tracking/video_tracker.hpp"

namespace auriga {

// Holds the models of a detector and a landmarker; used by one video or picture at a time.
class FaceMethod {
 public:
  virtual ~FaceMethod() = default;

  // What the parameters of its faces belong to; lives as long as this object.
  virtual TrackedShapes shapes() const = 0;
  // A tracker that has seen nothing. The last one must be gone.
  virtual std::unique_ptr<VideoTracker> video() = 0;
  // All faces of a picture, most certain detection first. Those that the landmarker has no
  // landmarks for are left out. Valid until the next call.
  virtual const std::vector<TrackedFace>& picture(ImageView bgr, StageClock& clock) = 0;
};

// RetinaFace and PFLD. `model`: the shape model that fits are made with; must outlive the method.
// Fills in the devices of `setup`.
std::unique_ptr<FaceMethod> make_pfld_method(const ExtractOptions& options, ModelStore& files,
                                             const ShapeModel& model, Setup& setup);

// BlazeFace and the face mesh. As make_pfld_method.
std::unique_ptr<FaceMethod> make_mesh_method(const ExtractOptions& options, ModelStore& files,
                                             const ShapeModel& model, Setup& setup);

// MTCNN and OpenFace's landmark models: component clnf or ceclm, or the main file of the options.
std::unique_ptr<FaceMethod> make_clm_method(const ExtractOptions& options,
                                            const std::string& component, ModelStore& files);

// Landmarks from a table; videos only.
std::unique_ptr<FaceMethod> make_table_method(const std::filesystem::path& table,
                                              const ShapeModel& model);

}  // namespace auriga
