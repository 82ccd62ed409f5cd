// What a Session holds: the stages of one stream, to be called by push() or by run().
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <oneapi/tbb/task_arena.h>

#include "auriga/scene.hpp"
#include "auriga/session.hpp"

#include "au/people.hpp"
#include "au/shown_neutral.hpp"
#include "base/stage_clock.hpp"
#include "engine/frame_batch.hpp"
#include "engine/loaded_models.hpp"
#include "engine/size_history.hpp"
#include "tracking/person_look.hpp"
#include "tracking/person_watch.hpp"
#include "tracking/scene_cuts.hpp"
#include "tracking/turn_watch.hpp"
#include "tracking/video_tracker.hpp"

namespace auriga {

// The order of calls: prepare(), then per frame follow(), analyse(), conclude(). follow() and
// conclude() strictly in the order of frames, each one call at a time; analyse() on any thread.
class Session::Stream {
 public:
  Stream(std::shared_ptr<const Engine::Models> models, const SessionOptions& options);

  const Setup& setup() const { return models_->setup(); }
  const UnitNames& units() const { return units_; }
  Camera camera(int width, int height) const;
  bool still() const { return options_.still; }
  int faces() const { return options_.faces; }  // followed at a time
  // The table that landmarks come from; null: they are found.
  const LandmarksCsv* landmarks_table() const { return models_->method().table(); }
  // Whether values are smoothed over frames. After prepare().
  bool smooths() const { return smooths_; }

  // Before the first frame: what is needed besides SessionOptions::needs, and whether light() is.
  void prepare(const Needs& needs, bool measure_light = false);
  bool prepared() const { return people_ != nullptr; }
  bool finished() const { return finished_; }

  // Whether nobody wants all of the picture of a frame in which a face is followed. After
  // prepare().
  bool looks_at_parts() const;

  std::unique_ptr<FrameBatch> batch() const;
  // The faces of the frame that was added last.
  void follow(FrameBatch& batch);
  void analyse(FrameBatch& batch) const { batch.analyse(); }

  // What became of a frame.
  struct Concluded {
    std::span<const FaceRow> rows;  // valid until the next call
    bool success = false;           // of at least one face
    bool detector_ran = false;
    int detections = 0;  // faces that the detector saw
  };
  // Of frame `frame` of the batch, whose faces begin at `face`.
  Concluded conclude(FrameBatch& batch, int frame, int face);

  FinalUnits finish();
  // Complete after finish().
  SceneFacts scene() const;
  Calibration calibration(int face_id) const;
  bool show_neutral(bool shown);
  void forget_neutral();
  Calibration shown_neutral(int face_id) const;
  std::vector<std::pair<int, NeutralFacts>> neutral() const {
    return people_ ? people_->neutral() : std::vector<std::pair<int, NeutralFacts>>();
  }

  // Of the frames so far, by ascending face id.
  std::vector<std::pair<int, FaceLight>> light() const;
  // Of the frames so far.
  const SizeHistory& sizes() const { return sizes_; }
  std::vector<std::string> warnings() const;
  std::optional<TurnedVideo> turn() const {
    return turn_watch_ ? turn_watch_->verdict() : std::nullopt;
  }

  // A frame at a time, on the calling thread.
  std::span<const FaceRow> push(const FrameView& frame);

 private:
  std::span<const TrackedFace> watched(const FrameView& frame, const Picture& picture,
                                       std::span<const TrackedFace> faces);
  // The faces of a frame whose picture is missing.
  std::span<const TrackedFace> lost();

  std::shared_ptr<const Engine::Models> models_;
  SessionOptions options_;
  bool calibrate_;
  bool smooths_ = false;
  std::shared_ptr<const AuEstimator> estimator_;
  UnitNames units_;
  Needs needs_;    // of whoever reads the rows
  Camera camera_;  // of the last frame
  SizeHistory sizes_;
  std::unique_ptr<VideoTracker> tracker_;
  bool split_;
  SceneCuts cuts_;
  std::unique_ptr<PersonLooker> looker_;  // with one followed face
  std::unique_ptr<PersonWatch> watch_;
  TrackedFace person_;
  std::span<const TrackedFace> followed_;  // what it said last
  std::vector<TrackedFace> lost_;
  std::optional<TurnWatch> turn_watch_;  // asks the tracker's networks
  std::shared_ptr<People> people_;
  std::optional<ShownNeutral> neutral_;  // once it was shown
  std::vector<double> values_;           // of the rows of a frame: intensities and presences
  std::vector<FaceRow> rows_;
  bool measure_light_ = false;
  std::map<int, std::vector<FaceLight>> light_;  // by face id
  std::unique_ptr<FrameBatch> pushed_;
  tbb::task_arena alone_{1};  // parts of a pushed frame are not shared with other threads
  bool finished_ = false;
};

}  // namespace auriga
