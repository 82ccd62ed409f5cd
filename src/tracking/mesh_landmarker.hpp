// The face mesh as a Landmarker: for BlazeFace's detections.
#pragma once

#include <functional>
#include <optional>

#include "auriga/face.hpp"
#include "auriga/image.hpp"

#include "landmarks/face_mesh.hpp"
#include "media/picture.hpp"
#include "shape/shape_model.hpp"
#include "tracking/face_view.hpp"
#include "tracking/landmarker.hpp"

namespace auriga {

// A mesh network, as the landmarker sees it: FaceMeshNetwork::find, so a logit.
using MeshFinder =
    std::function<std::optional<float>(const Picture& bgr, const FaceRoi& roi, FaceMesh& mesh)>;

// Least probabilities, 0..1, that there is a face.
struct MeshPresence {
  float follow = 0.5f;
  float begin = 0.8f;  // of a face that is begun with, and in still pictures
};

// FaceLook::confidence is the network's probability that there is a face; it is near to 1 for half
// a face, too, so that it tells whether to go on looking and not whether the landmarks are right
// (mesh_confidence). Where it says that there is no face there is nothing to ask the detector
// about. The detector is asked where the network is
// not sure, the looks change or the scene does; but a head that is turned or half covered is no
// face to the detector, so a face that nothing else speaks against is followed without its support.
class MeshLandmarker : public Landmarker {
 public:
  // `map` and `model` (68 points in iBUG order) must outlive this object. Throws Error(usage) for
  // what is no probability.
  MeshLandmarker(MeshFinder find, const MeshTo68& map, const ShapeModel& model,
                 const MeshPresence& least = {});

  void look(const Picture& bgr, const FaceRegion& region, FaceLook& look,
            StageClock& clock) override;
  bool look_at(const Picture& bgr, const FaceBox& box, const FaceMemory& memory, FaceLook& look,
               StageClock& clock) override;
  bool look_at_still(const Picture& bgr, const FaceBox& box, TrackedFace& face) override;
  FaceRegion next_region(const FaceLook& look, const FaceMemory& memory,
                         const FaceRegion* last) const override;
  Doubt judge(FaceLook& look, const FaceMemory& memory, const Situation& situation) const override;
  float overlap(const FaceBox& box, const FaceLook& look) const override;
  bool realign(const Picture& bgr, const FaceBox& box, const FaceMemory& memory,
               const FaceLook& look, FaceLook& other, StageClock& clock) override;
  Verdict hear(const FaceBox* box, const Doubt& doubt, bool cut, const FaceMemory& memory,
               FaceLook& look) const override;

 private:
  // `looks`: >= 2, each in the region that the one before asks for. False: no face there.
  bool look_at_still(const Picture& bgr, const FaceRoi& roi, int looks, TrackedFace& face);
  bool look_again(const Picture& bgr, const FaceRoi& roi, int looks, FaceLook& look,
                  StageClock& clock);

  MeshFinder find_;
  const MeshTo68& map_;
  FaceViewer viewer_;
  MeshPresence least_;
  FaceLook turned_;  // of look_at()
  FaceView still_;   // of look_at_still()
};

}  // namespace auriga
