// PFLD as a Landmarker: for RetinaFace's detections, with their five points.
#pragma once

#include "landmarks/face_crop.hpp"
#include "landmarks/pfld.hpp"
#include "media/picture.hpp"
#include "shape/shape_model.hpp"
#include "tracking/face_view.hpp"
#include "tracking/landmarker.hpp"

namespace auriga {

// As PFLD finds landmarks anywhere, every frame is judged by evidence (tracking_confidence.hpp),
// above all by what the face looked like before; the probability is FaceLook::confidence, and a
// face is followed while it is above kFollowed. What the detector says counts as evidence, too.
class PfldLandmarker : public Landmarker {
 public:
  // Both must outlive this object. `model`: of 68 points in iBUG order.
  PfldLandmarker(Pfld& network, const ShapeModel& model);

  // The region that is this square: (x, y) of a region is the corner, the angle 0.
  static FaceRegion region_of(const SubpixelSquare& square);
  // How much landmarks change, IOD, when they are looked for a little aside from where they are.
  // Large for what is none of a face.
  static float change(Pfld& network, const Picture& bgr, const Landmarks& landmarks);

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
  // By what is seen alone, with a second look now and then, and in doubt.
  double trust(const Picture& bgr, FaceLook& look);

  Pfld& network_;
  FaceViewer viewer_;
  FaceView still_;  // of look_at_still()
};

}  // namespace auriga
