#include "tracking/mesh_landmarker.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <string>
#include <utility>

#include "auriga/error.hpp"

#include "tracking/face_square.hpp"
#include "tracking/landmark_confidence.hpp"

namespace auriga {
namespace {

// What raises doubt: presence below which the network is not sure, a sudden change of looks
// (correlation with the frame before), and looks unlike all that the detector has seen with us.
constexpr float kSurelyFace = 0.9f;
constexpr float kSudden = 0.6f;
constexpr float kOtherLooks = 0.4f;

// Score up to which the detector may have seen a face upside down, whose eyes it swaps: such ones
// have 0.5 to 0.88, upright ones mostly more.
constexpr float kSurelyUpright = 0.88f;

// At a detection. The box of a face that is upside down is not in its middle.
constexpr int kLooks = 2;
constexpr int kLooksUpsideDown = 4;

// Overlap of the regions told from a detection and from a mesh below which the mesh is looked for
// anew from the detection.
constexpr float kAligned = 0.6f;

// Of small moves of the region half is followed, which takes 2 to 7 % out of the jitter of the
// landmarks; from this share of the side, or angle, on moves are followed at once.
constexpr float kLeastGain = 0.5f;
constexpr float kWholeMove = 0.06f;
constexpr float kWholeTurn = 0.1f;  // rad

SubpixelSquare square_of(const FaceRoi& roi) {
  return {roi.x - roi.side / 2, roi.y - roi.side / 2, roi.side};
}

float roi_overlap(const FaceRoi& a, const FaceRoi& b) {
  return overlap(square_of(a), square_of(b));
}

// (x, y) of a region is the centre.
FaceRegion region_of(const FaceRoi& roi) { return {roi.x, roi.y, roi.side, roi.angle_rad}; }

FaceRegion eased(const FaceRegion& from, const FaceRegion& to) {
  const float dx = to.x - from.x, dy = to.y - from.y, dside = to.side - from.side;
  const float turn = std::remainder(to.angle_rad - from.angle_rad, 2 * std::numbers::pi_v<float>);
  const float move = std::max({std::abs(dx), std::abs(dy), std::abs(dside) / 2}) / to.side;
  const float share = std::max(move / kWholeMove, std::abs(turn) / kWholeTurn);
  if (share >= 1) return to;
  const float gain = kLeastGain + (1 - kLeastGain) * share;
  return {from.x + gain * dx, from.y + gain * dy, from.side + gain * dside,
          from.angle_rad + gain * turn};
}

// 0 for what is none.
float probability(const std::optional<float>& logit) {
  const float presence = logit ? presence_of(*logit) : 0;
  return presence >= 0 ? presence : 0;
}

FaceRoi upside_down(FaceRoi roi) {
  roi.angle_rad += std::numbers::pi_v<float>;
  return roi;
}

void check(const char* name, float value) {
  if (value >= 0 && value <= 1) return;
  throw Error(ErrorCode::usage, std::string(name) + ": expected a probability of 0 to 1, found " +
                                    std::to_string(value));
}

}  // namespace

MeshLandmarker::MeshLandmarker(MeshFinder find, const MeshTo68& map, const ShapeModel& model,
                               const MeshPresence& least)
    : find_(std::move(find)), map_(map), viewer_(model), least_(least) {
  check("presence to follow", least.follow);
  check("presence to begin", least.begin);
}

void MeshLandmarker::look(const Picture& bgr, const FaceRegion& region, FaceLook& look,
                          StageClock& clock) {
  if (!look.mesh) look.mesh.emplace();
  const std::optional<float> logit = clock.time(Stage::landmarks, [&] {
    return find_(bgr, FaceRoi{region.x, region.y, region.side, region.angle_rad}, *look.mesh);
  });
  look.confidence = probability(logit);
  look.right = 0;
  look.seen = look.confidence >= least_.follow && clock.time(Stage::fit, [&] {
    look.view.landmarks = map_.landmarks(*look.mesh);
    if (!viewer_.complete(bgr, look.view)) return false;
    viewer_.appraise(look.view);
    look.right = mesh_confidence(*logit, look.view);
    return true;
  });
}

// More than once, because the network is surer of itself when it sees the region that it would ask
// for.
bool MeshLandmarker::look_again(const Picture& bgr, const FaceRoi& roi, int looks, FaceLook& look,
                                StageClock& clock) {
  if (!look.mesh) look.mesh.emplace();
  FaceRoi asked = roi;
  for (int i = 1; i < looks; ++i, asked = roi_around(*look.mesh)) {
    const std::optional<float> logit =
        clock.time(Stage::landmarks, [&] { return find_(bgr, asked, *look.mesh); });
    if (!(probability(logit) >= least_.follow)) return false;
  }
  this->look(bgr, region_of(roi_around(*look.mesh)), look, clock);
  look.sure = look.confidence >= least_.begin;
  return look.seen && roi_overlap(roi_around(*look.mesh), roi) >= kSameFace;
}

bool MeshLandmarker::look_at(const Picture& bgr, const FaceBox& box, const FaceMemory&,
                             FaceLook& look, StageClock& clock) {
  const FaceRoi roi = roi_around(box);
  const bool found = look_again(bgr, roi, kLooks, look, clock);
  if (box.score >= kSurelyUpright) return found;
  if (!look_again(bgr, upside_down(roi), kLooksUpsideDown, turned_, clock) ||
      !(turned_.right >= kTrusted) || (found && turned_.right <= look.right))
    return found;
  std::swap(look, turned_);
  return true;
}

bool MeshLandmarker::look_at_still(const Picture& bgr, const FaceBox& box, TrackedFace& face) {
  const FaceRoi roi = roi_around(box);
  const bool found = look_at_still(bgr, roi, kLooks, face);
  if (box.score >= kSurelyUpright) return found;
  TrackedFace turned;
  if (!look_at_still(bgr, upside_down(roi), kLooksUpsideDown, turned) ||
      !(turned.right >= kTrusted) || (found && turned.right <= face.right))
    return found;
  face = turned;
  return true;
}

bool MeshLandmarker::look_at_still(const Picture& bgr, const FaceRoi& roi, int looks,
                                   TrackedFace& face) {
  FaceMesh& mesh = face.mesh.emplace();
  FaceRoi asked = roi;
  for (int i = 1; i + 1 < looks; ++i, asked = roi_around(mesh))
    if (!find_(bgr, asked, mesh)) return false;
  if (!find_(bgr, asked, mesh)) return false;
  const std::optional<float> logit = find_(bgr, roi_around(mesh), mesh);
  if (!logit) return false;
  face.landmarks = still_.landmarks = map_.landmarks(mesh);
  face.confidence = probability(logit);
  if (face.confidence < least_.begin || !viewer_.complete(bgr, still_)) return false;
  viewer_.appraise(still_);
  face.right = mesh_confidence(*logit, still_);
  return true;
}

FaceRegion MeshLandmarker::next_region(const FaceLook& look, const FaceMemory&,
                                       const FaceRegion* last) const {
  const FaceRegion region = region_of(roi_around(*look.mesh));
  return last != nullptr ? eased(*last, region) : region;
}

Doubt MeshLandmarker::judge(FaceLook& look, const FaceMemory& memory,
                            const Situation& situation) const {
  if (!look.seen) return {.lost = true};
  Doubt doubt;
  doubt.sudden = memory.compare(look.view).continuity < kSudden;
  doubt.strange = memory.confirmed_resemblance(look.view.patch) < kOtherLooks;
  doubt.any = look.confidence < kSurelyFace || doubt.sudden || doubt.strange;
  doubt.urgent = situation.cut;
  return doubt;
}

float MeshLandmarker::overlap(const FaceBox& box, const FaceLook& look) const {
  return roi_overlap(roi_around(box), roi_around(*look.mesh));
}

bool MeshLandmarker::realign(const Picture& bgr, const FaceBox& box, const FaceMemory& memory,
                             const FaceLook& look, FaceLook& other, StageClock& clock) {
  return overlap(box, look) < kAligned && look_at(bgr, box, memory, other, clock);
}

Verdict MeshLandmarker::hear(const FaceBox* box, const Doubt& doubt, bool cut, const FaceMemory&,
                             FaceLook& look) const {
  const bool supported = box != nullptr;
  const bool followed = supported || (!cut && !doubt.any);
  if (!followed) look.confidence = look.right = 0;
  return {.supported = supported, .followed = followed};
}

}  // namespace auriga
