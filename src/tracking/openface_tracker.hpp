// Follows one face through a video as OpenFace does: with a constrained local model that starts
// from where the face was in the frame before.
#pragma once

#include <memory>

#include "clm/clm_fitter.hpp"
#include "media/grey_canvas.hpp"
#include "tracking/face_finder.hpp"
#include "tracking/frame_size.hpp"
#include "tracking/openface_options.hpp"
#include "tracking/openface_video.hpp"
#include "tracking/video_tracker.hpp"

namespace auriga {

// The rules are those of OpenFaceVideo. Of the TrackedFace: `success` is what OpenFace returns for
// the frame, `analysable` whether the landmarks passed the validation, `confidence` the validator's
// certainty (without one 1 or 0), `shape` the tracker's own fit. The eyes are there when the model
// has parts for both. Empty frames are frames without a face.
//
// OpenFace goes on from the same pixels where frames become larger or smaller. Here it goes on from
// the same place of the picture, or, where the proportions change, as at the start of a video.
class OpenFaceTracker : public VideoTracker {
 public:
  // `find` gives the boxes of faces; of several the widest is followed. `validator` may be null and
  // must outlive the tracker; detector and validator may serve several trackers in turn. Throws
  // Error(usage) for impossible options, Error(model) unless `model` is one of 68 points and at
  // most 34 modes.
  OpenFaceTracker(std::shared_ptr<const ClmModel> model, Validator* validator, FaceFinder find,
                  const OpenFaceOptions& options = {});

  // One face, with id 0. Adds the time of detector and landmarks (which includes the validation) to
  // `clock`.
  std::span<const TrackedFace> next(const Picture& bgr, StageClock& clock) override;

  // The same for a frame in which the face is known to be in `box`, in the convention of the
  // finder: what was followed before is left.
  std::span<const TrackedFace> next_in_box(const Picture& bgr, const FaceBox& box,
                                           StageClock& clock);

  // Forgets everything: the next frame is the first of a video.
  void reset();

 private:
  void notice_size(const Picture& picture);
  void reset_face();
  std::span<const TrackedFace> track(const Picture& picture, const FaceBox* box, StageClock& clock);

  OpenFaceVideo<ClmFitter> video_;
  FaceFinder find_;
  FrameSize size_;
  GreyCanvas grey_;
  TrackedFace face_;
};

}  // namespace auriga
