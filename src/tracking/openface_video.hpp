// OpenFace's video mode: when to follow, when to ask the detector, what to call a success (spec
// tracking.md section 3).
#pragma once

#include <cstdint>
#include <span>
#include <utility>

#include "auriga/face.hpp"
#include "auriga/image.hpp"

#include "base/grey_view.hpp"
#include "base/stage_clock.hpp"
#include "clm/clm_fitter.hpp"
#include "detect/mtcnn.hpp"
#include "media/picture.hpp"
#include "tracking/face_finder.hpp"
#include "tracking/openface_options.hpp"
#include "tracking/openface_start.hpp"

namespace auriga {

// `Fitter` is ClmFitter; a template so that every state can be tested with a fitter that succeeds
// and fails as it is told. OpenFace's template matching, which nothing there switches on, is left
// out. Not thread-safe; allocates nothing per frame after warm-up but what the detector needs.
template <typename Fitter>
class OpenFaceVideo {
 public:
  OpenFaceVideo(Fitter fitter, const OpenFaceOptions& options)
      : fitter_(std::move(fitter)), options_(options), state_(unseen(fitter_.model())) {
    check(options_);
  }

  // The next frame: `grey` is that of `bgr`. What OpenFace returns and calls a success, which is
  // also true when a face has just been found, whatever became of its landmarks;
  // state().success tells that.
  bool next(const Picture& bgr, GreyView grey, const FaceFinder& find, StageClock& clock) {
    detections_ = 0;
    detector_ran_ = false;
    const bool first = !initialised_;
    if (initialised_) {
      const ClmWindows& windows = state_.success ? options_.follow_windows : options_.first_windows;
      clock.time(Stage::landmarks, [&] {
        state_ =
            fitter_.detect(grey, options_.fit, windows, conclusion_of(options_), std::move(state_));
      });
      failures_ = state_.success ? -1 : failures_ + 1;
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
    return state_.success;
  }

  // The same for a frame in which the face is known to be in `box`: it is followed from there, not
  // begun with.
  bool next_in_box(const Picture& bgr, GreyView grey, const FaceBox& box, const FaceFinder& find,
                   StageClock& clock) {
    if (box.w > 0) {
      state_ = put_on_box(model(), box, {}, std::move(state_));
      initialised_ = true;
    }
    return next(bgr, grey, find, clock);
  }

  // As before the first frame.
  void reset() {
    state_ = unseen(model(), std::move(state_));
    initialised_ = detector_ran_ = false;
    detections_ = 0;
    failures_ = -1;
  }

  const ClmModel& model() const { return fitter_.model(); }
  const ClmState& state() const { return state_; }
  ClmState& state() { return state_; }               // where the next frame begins
  bool initialised() const { return initialised_; }  // a face has been found and not been given up
  std::int64_t failures() const { return failures_; }  // in a row, less one: -1 is fine
  bool detector_ran() const { return detector_ran_; }  // on the last frame
  int detections() const { return detections_; }       // that it saw there

 private:
  static constexpr std::int64_t kMostFailures = 100;

  bool detection_is_due() const {
    const std::int64_t every = options_.reinit_every;
    if (!initialised_) return (failures_ + 1) % (6 * every) == 0;
    return !state_.success && every > 0 && failures_ % every == 0;
  }

  const FaceBox* detect(const Picture& bgr, const FaceFinder& find, StageClock& clock) {
    detector_ran_ = true;
    return clock.time(Stage::detect, [&] {
      const std::span<const FaceBox> found = find(bgr.whole());
      detections_ = static_cast<int>(found.size());
      return widest(found);
    });
  }

  // Landmarks from scratch. A face that was followed goes back to where it was when that fails;
  // verdict and parts stay those of the attempt, as in OpenFace.
  bool begin(GreyView grey, const FaceBox& box, bool first, StageClock& clock) {
    before_ = state_.whole;
    const bool success = clock.time(Stage::landmarks, [&] {
      auto started = start_(fitter_, grey, box, options_, true, std::move(state_));
      state_ = std::move(started.state);
      return started.success;
    });
    if (success || first) return true;
    before_.view = state_.whole.view;
    std::swap(state_.whole, before_);
    return false;
  }

  Fitter fitter_;
  OpenFaceOptions options_;
  OpenFaceStart<Fitter> start_;
  ClmState state_;
  ClmShape before_;
  bool initialised_ = false, detector_ran_ = false;
  int detections_ = 0;
  std::int64_t failures_ = -1;
};

}  // namespace auriga
