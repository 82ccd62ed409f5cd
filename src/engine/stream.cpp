#include "engine/stream.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include <fmt/core.h>

#include "auriga/error.hpp"

#include "au/calibration_check.hpp"
#include "shape/camera.hpp"
#include "tracking/multi_face.hpp"

namespace auriga {
namespace {

[[noreturn]] void bad_usage(const std::string& message) { throw Error(ErrorCode::usage, message); }

}  // namespace

void check(const SessionOptions& options, bool landmarks_from_table) {
  if (options.faces < 1 || options.faces > kMostFaces)
    bad_usage("--multi-face expects 1 to " + std::to_string(kMostFaces) + ", found " +
              std::to_string(options.faces));
  if (landmarks_from_table) {
    if (options.faces > 1)
      bad_usage("--multi-face cannot be combined with --landmarks: a table is read for one face");
    if (options.still)
      bad_usage("--landmarks works on videos and folders of pictures, not on single pictures");
  }
  if (options.faces > 1 && options.split_people)
    bad_usage(
        "--split-people and --no-split-people are about one followed face; with --multi-face every "
        "face has an id of its own");
  if (options.redetect_every < 0)
    bad_usage("--redetect-every expects a number of frames, found " +
              std::to_string(options.redetect_every));
  if (const auto& focal = options.focal_px)
    if (!((*focal)[0] > 0) || !((*focal)[1] > 0))
      bad_usage("the focal lengths --fx and --fy must be above zero");
}

Session::Stream::Stream(std::shared_ptr<const Engine::Models> models, const SessionOptions& options)
    : models_(std::move(models)),
      options_((check(options, models_->setup().landmarker == "table"), options)),
      calibrate_(!options.still && options.calibrate && !options.static_aus),
      estimator_(models_->estimator(calibrate_)),
      units_(estimator_->units()),
      needs_(options.needs),
      split_(options.split_people.value_or(setup().splits_people)) {
  if (options_.calibrations.empty()) return;
  if (!calibrate_)
    bad_usage(
        "a calibration has no use where nobody is calibrated (pictures, --au-static, --calibration "
        "none)");
  for (const Calibration& calibration : options_.calibrations) {
    const std::string problem =
        mismatch(calibration, {estimator_->name(), setup().landmarker, estimator_->models()},
                 "the calibration");
    if (!problem.empty()) bad_usage(problem);
    estimator_->check(calibration);
  }
}

Camera Session::Stream::camera(int width, int height) const {
  const Camera estimated = camera_from_frame_size(width, height);
  // What is given is about the frames that the stream begins with.
  Camera first = estimated;
  if (const PictureSize* size = still() ? nullptr : sizes_.first())
    first = camera_from_frame_size(size->width, size->height);
  Camera camera = estimated;
  if (options_.focal_px) {
    camera.fx = (*options_.focal_px)[0] * (estimated.fx / first.fx);
    camera.fy = (*options_.focal_px)[1] * (estimated.fy / first.fy);
  }
  if (options_.centre_px) {
    camera.cx = (*options_.centre_px)[0] * (estimated.cx / first.cx);
    camera.cy = (*options_.centre_px)[1] * (estimated.cy / first.cy);
  }
  return camera;
}

void Session::Stream::prepare(const Needs& needs, bool measure_light) {
  if (prepared()) bad_usage("the session has seen frames already; open another one for a stream");
  needs_ = needs_ | needs;
  measure_light_ = measure_light && !options_.still;
  tracker_ = options_.still ? models_->method().still()
                            : models_->method().follow({options_.faces, options_.redetect_every});
  if (options_.watch_turn && !options_.still)
    if (PictureProbe* probe = tracker_->probe()) turn_watch_.emplace(*probe);
  if (!options_.still && options_.faces == 1) {
    const FaceShape& shape = models_->shape();
    looker_ = std::make_unique<PersonLooker>(shape.pdm, shape.triangles, shape.model);
    watch_ = std::make_unique<PersonWatch>(
        [looker = looker_.get()](const Picture& bgr, const TrackedFace& face, PersonLook& look) {
          return looker->look(bgr, face, look);
        });
  }
  // Models that subtract no median leave nothing to learn, but values are smoothed over time; an
  // estimator that has no such models takes every frame by itself.
  const bool over_time = !options_.still && options_.calibrate &&
                         (calibrate_ || estimator_ != models_->estimator(true));
  smooths_ = over_time;
  people_ =
      std::make_shared<People>(estimator_, People::Options{.calibrate = over_time,
                                                           .final_values = options_.final_units,
                                                           .now = needs_.units_now,
                                                           .shown_neutral = options_.shown_neutral,
                                                           .calibrations = options_.calibrations});
  if (needs_.sides)
    for (auto& half : halves_)
      half = std::make_shared<People>(estimator_,
                                      People::Options{.calibrate = over_time,
                                                      .final_values = options_.final_units,
                                                      .shown_neutral = options_.shown_neutral});
}

bool Session::Stream::looks_at_parts() const { return !(needs_ | estimator_->needs()).picture; }

std::unique_ptr<FrameBatch> Session::Stream::batch() const {
  AnalysisOptions analysis;
  analysis.needs = needs_ | estimator_->needs();
  analysis.crop = options_.crop;
  analysis.still = options_.still;
  analysis.all_blendshapes = needs_.blendshapes;
  analysis.light = measure_light_;
  return std::make_unique<FrameBatch>(models_->shape(), models_->method().shapes(), *estimator_,
                                      models_->method().blendshapes(), analysis);
}

void Session::Stream::follow(FrameBatch& batch) {
  const int i = batch.frames() - 1;
  const FrameView& frame = batch.frame(i);
  if (frame.missing) return batch.add_faces(lost(), camera_);
  const Picture picture = batch.picture(i);
  if (sizes_.add(frame)) camera_ = camera(frame.bgr.width, frame.bgr.height);
  const std::span<const TrackedFace> faces = tracker_->next(picture, batch.clock(i));
  followed_ = batch.clock(i).time(Stage::fit, [&] { return watched(frame, picture, faces); });
  batch.add_faces(followed_, camera_);
  if (turn_watch_) turn_watch_->see(frame, picture, faces, batch.clock(i));
}

// The tracker, which sees no such frame, goes on from the one before.
std::span<const TrackedFace> Session::Stream::lost() {
  tracker_->pass_over();
  lost_.assign(followed_.begin(), followed_.end());
  if (lost_.empty() && !options_.still && options_.faces == 1) lost_.emplace_back();
  for (TrackedFace& face : lost_) {
    face.success = face.analysable = face.detector_ran = false;
    face.confidence = 0;
  }
  return lost_;
}

// The faces that are followed, with the ids of those who they are.
std::span<const TrackedFace> Session::Stream::watched(const FrameView& frame,
                                                      const Picture& picture,
                                                      std::span<const TrackedFace> faces) {
  if (options_.still) return faces;
  const SceneCuts::Change change = cuts_.add(picture, frame.index, frame.timestamp_s);
  if (!watch_ || faces.size() != 1) return faces;
  const int person = watch_->follow(picture, frame.index, frame.timestamp_s, change, faces.front());
  if (!split_) return faces;
  person_ = faces.front();
  person_.id = person;
  return {&person_, 1};
}

SceneFacts Session::Stream::scene() const {
  SceneFacts scene;
  scene.cut_count = cuts_.count();
  scene.cuts = cuts_.cuts();
  if (!watch_) return scene;
  scene.change_count = watch_->change_count();
  scene.changes = watch_->changes();
  scene.portraits = watch_->saw_portraits();
  scene.split = split_;
  return scene;
}

Session::Stream::Concluded Session::Stream::conclude(FrameBatch& batch, int frame, int face) {
  Concluded concluded;
  const std::size_t intensities = units_.intensities.size(), presences = units_.presences.size();
  int faces = 0;
  while (face + faces < batch.faces() && batch.face(face + faces).frame == frame) ++faces;
  values_.resize(static_cast<std::size_t>(faces) * (intensities + presences));
  rows_.clear();
  for (int i = 0; i < faces; ++i) {
    const FaceWork& work = batch.face(face + i);
    const std::span<double> values = std::span(values_).subspan(
        static_cast<std::size_t>(i) * (intensities + presences), intensities + presences);
    const std::span<double> now = needs_.units_now ? values : std::span<double>();
    batch.clock(frame).time(Stage::calibrate, [&] {
      people_->add(work.face.id, batch.evidence(), face + i);
      if (needs_.sides)
        for (const PictureHalf half : kPictureHalves)
          halves_[static_cast<std::size_t>(half)]->add(work.face.id, batch.evidence(half),
                                                       face + i);
      if (neutral_) neutral_->add(work.face.id, batch.evidence(), face + i);
      if (needs_.units_now &&
          !(neutral_ && neutral_->now(values.first(intensities), values.last(presences))))
        people_->now(values.first(intensities), values.last(presences));
    });
    if (work.light.frames > 0) light_[work.result.face_id].push_back(work.light);
    concluded.success |= work.result.success;
    concluded.detector_ran |= work.face.detector_ran;
    concluded.detections = std::max(concluded.detections, work.face.detections);
    rows_.push_back(
        {.result = work.result,
         .intensities = now.empty() ? now : now.first(intensities),
         .presences = now.empty() ? now : now.last(presences),
         .fhog = needs_.fhog ? batch.fhog(face + i) : std::span<const float>(),
         .aligned = needs_.aligned ? batch.aligned(face + i) : ImageView(),
         .mesh = work.face.mesh ? &*work.face.mesh : nullptr,
         .blendshapes = needs_.blendshapes && work.blendshapes ? &*work.blendshapes : nullptr});
  }
  concluded.rows = rows_;
  return concluded;
}

std::vector<std::pair<int, FaceLight>> Session::Stream::light() const {
  std::vector<std::pair<int, FaceLight>> all;
  for (const auto& [id, looks] : light_) {
    const auto median = [&looks = looks](double FaceLight::*member) {
      std::vector<double> values;
      for (const FaceLight& look : looks) values.push_back(look.*member);
      const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
      std::nth_element(values.begin(), middle, values.end());
      return *middle;
    };
    all.push_back({id,
                   {static_cast<std::int64_t>(looks.size()), median(&FaceLight::brightness),
                    median(&FaceLight::contrast), median(&FaceLight::sharpness)}});
  }
  return all;
}

FinalUnits Session::Stream::finish() {
  finished_ = true;
  cuts_.finish();
  if (!people_ || !options_.final_units) return {};
  people_->finish();
  std::vector<FinalUnits> sides;
  if (needs_.sides)
    for (const auto& half : halves_) {
      half->finish();
      sides.emplace_back(units_, half);
    }
  return {units_, people_, std::move(sides)};
}

Calibration Session::Stream::calibration(int face_id) const {
  if (!calibrate_)
    bad_usage(
        "nobody is calibrated (pictures, --au-static, --calibration none), so that there is "
        "no calibration to keep");
  if (!people_) bad_usage("no frame has been seen: there is no calibration to keep");
  Calibration calibration = people_->calibration(face_id);
  calibration.landmarker = setup().landmarker;
  return calibration;
}

bool Session::Stream::show_neutral(bool shown) {
  if (!calibrate_)
    bad_usage(
        "nobody is calibrated (pictures, --au-static, --calibration none), so that a neutral face "
        "has no use");
  if (!neutral_) neutral_.emplace(estimator_);
  if (!shown) return neutral_->end();
  neutral_->begin();
  return true;
}

void Session::Stream::forget_neutral() {
  if (neutral_) neutral_->forget();
}

Calibration Session::Stream::shown_neutral(int face_id) const {
  std::optional<Calibration> calibration;
  if (neutral_) calibration = neutral_->calibration(face_id);
  if (!calibration)
    bad_usage("the face with id " + std::to_string(face_id) + " has shown no neutral face");
  calibration->landmarker = setup().landmarker;
  return *calibration;
}

std::vector<std::string> Session::Stream::warnings() const {
  std::vector<std::string> warnings;
  if (!still() && sizes_.changes() > 0)
    warnings.push_back(sizes_.text() + "; landmarks are in pixels of their frame, and the " +
                       (options_.focal_px ? "given" : "estimated") +
                       " camera that head pose, 3-D landmarks and gaze refer to follows the size");
  if (const std::optional<TurnedVideo> turn = this->turn()) {
    const char* seems = turn->degrees == 180 ? "the picture seems to be upside down"
                                             : "the picture seems to lie on its side";
    warnings.push_back(
        turn->whole ? fmt::format("{}, and as it is results are not to be trusted; --rotate {} "
                                  "turns it",
                                  seems, turn->degrees)
                    : fmt::format("from frame {} ({:.3f} s) on {}, and results there are not to be "
                                  "trusted; --rotate {} turns the whole video",
                                  turn->frame + 1, turn->timestamp_s, seems, turn->degrees));
  }
  return warnings;
}

std::span<const FaceRow> Session::Stream::push(const FrameView& frame) {
  if (finished_) bad_usage("the session has ended; open another one for a stream");
  if (frame.bgr.empty() || frame.bgr.channels != 3)
    throw Error(ErrorCode::input,
                "frame " + std::to_string(frame.index) +
                    ": expected a picture with 3 channels "
                    "(BGR), found " +
                    (frame.bgr.empty() ? std::string("none") : std::to_string(frame.bgr.channels)));
  if (!prepared()) prepare({});
  if (!pushed_) pushed_ = batch();
  pushed_->clear();
  pushed_->add_frame(frame);
  alone_.execute([&] {
    follow(*pushed_);
    analyse(*pushed_);
  });
  return conclude(*pushed_, 0, 0).rows;
}

}  // namespace auriga
