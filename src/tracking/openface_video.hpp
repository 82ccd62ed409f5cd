// OpenFace's video mode: when to follow, when to ask the detector, what to call a success (spec
// tracking.md section 3).
#pragma once

#include <algorithm>
#include <cstdint>
#include <utility>

#include "auriga/face.hpp"
#include "auriga/image.hpp"

#include "base/stage_clock.hpp"
#include "clm/clm.hpp"
#include "detect/mtcnn.hpp"
#include "shape/shape_model.hpp"
#include "tracking/face_finder.hpp"
#include "tracking/openface_options.hpp"
#include "tracking/openface_start.hpp"

namespace auriga {

// `Model` is Clm; a template so that every state can be tested with a model that succeeds and fails
// as it is told. OpenFace's template matching, which nothing there switches on, is left out. Not
// thread-safe; allocates nothing per frame after warm-up but what the detector needs.
template <typename Model>
class OpenFaceVideo {
 public:
  OpenFaceVideo(Model model, const OpenFaceOptions& options)
      : model_(std::move(model)), options_(options) {
    check(options_);
  }

  // The next frame: `grey` is that of `bgr`. What OpenFace returns and calls a success, which is
  // also true when a face has just been found, whatever became of its landmarks;
  // model().success() tells that.
  bool next(ImageView bgr, ImageView grey, const FaceFinder& find, StageClock& clock) {
    detector_ran_ = false;
    const bool first = !initialised_;
    if (initialised_) {
      const ClmWindows& windows =
          model_.success() ? options_.follow_windows : options_.first_windows;
      const bool followed = clock.time(Stage::landmarks, [&] {
        model_.detect(grey, options_.fit, {windows, options_.refine_parts, options_.validate});
        return judge(model_, options_);
      });
      failures_ = followed ? -1 : failures_ + 1;
    }
    if (detection_is_due()) {
      if (const FaceBox* box = detect(bgr, find, clock)) {
        initialised_ = true;
        if (begin(grey, *box, first, clock)) {
          failures_ = -1;
          return true;
        }
        return false;
      }
    }
    if (!initialised_) ++failures_;
    if (failures_ > kMostFailures) initialised_ = false;
    return model_.success();
  }

  // The same for a frame in which the face is known to be in `box`: it is followed from there, not
  // begun with.
  bool next_in_box(ImageView bgr, ImageView grey, const FaceBox& box, const FaceFinder& find,
                   StageClock& clock) {
    if (box.w > 0) {
      ClmState& state = model_.state();
      std::fill(state.modes.begin(), state.modes.end(), 0.0f);
      state.pose = pose_from_box(model_.model().pdm.mean, {box.x, box.y, box.w, box.h});
      initialised_ = true;
    }
    return next(bgr, grey, find, clock);
  }

  // As before the first frame.
  void reset() {
    model_.reset();
    initialised_ = detector_ran_ = false;
    failures_ = -1;
  }

  const Model& model() const { return model_; }
  Model& model() { return model_; }
  bool initialised() const { return initialised_; }  // a face has been found and not been given up
  std::int64_t failures() const { return failures_; }  // in a row, less one: -1 is fine
  bool detector_ran() const { return detector_ran_; }  // on the last frame

 private:
  static constexpr std::int64_t kMostFailures = 100;

  bool detection_is_due() const {
    const std::int64_t every = options_.reinit_every;
    if (!initialised_) return (failures_ + 1) % (6 * every) == 0;
    return !model_.success() && every > 0 && failures_ % every == 0;
  }

  const FaceBox* detect(ImageView bgr, const FaceFinder& find, StageClock& clock) {
    detector_ran_ = true;
    return clock.time(Stage::detect, [&] { return widest(find(bgr)); });
  }

  // Landmarks from scratch. A face that was followed goes back to where it was when that fails;
  // verdict and parts stay those of the attempt, as in OpenFace.
  bool begin(ImageView grey, const FaceBox& box, bool first, StageClock& clock) {
    before_ = model_.state();
    const bool success =
        clock.time(Stage::landmarks, [&] { return start_(model_, grey, box, options_, true); });
    if (success || first) return true;
    before_.view = model_.state().view;
    std::swap(model_.state(), before_);
    return false;
  }

  Model model_;
  OpenFaceOptions options_;
  OpenFaceStart<Model> start_;
  ClmState before_;
  bool initialised_ = false, detector_ran_ = false;
  std::int64_t failures_ = -1;
};

}  // namespace auriga
