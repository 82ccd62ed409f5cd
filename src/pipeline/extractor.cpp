#include <algorithm>
#include <atomic>
#include <deque>
#include <utility>

#include <oneapi/tbb/concurrent_queue.h>
#include <oneapi/tbb/global_control.h>
#include <oneapi/tbb/parallel_pipeline.h>
#include <oneapi/tbb/task_arena.h>

#include "auriga/error.hpp"
#include "auriga/extract.hpp"

#include "au/calibration.hpp"
#include "base/sha256.hpp"
#include "detect/retinaface.hpp"
#include "landmarks/pfld.hpp"
#include "media/frame_source.hpp"
#include "media/image_file.hpp"
#include "media/read_ahead.hpp"
#include "models/packs.hpp"
#include "nn/device.hpp"
#include "pipeline/analysis.hpp"
#include "pipeline/table_faces.hpp"
#include "shape/camera.hpp"
#include "tracking/face_tracker.hpp"

namespace auriga {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void bad_usage(const std::string& message) { throw Error(ErrorCode::usage, message); }

// `choice` must be `here`, the only one of its kind in this version; those of later versions are
// refused by name.
void require_choice(const std::string& option, std::string& choice, const std::string& here,
                    std::initializer_list<const char*> later) {
  if (choice.empty()) choice = here;
  if (choice == here) return;
  for (const char* name : later)
    if (choice == name)
      bad_usage(option + " " + choice + " is not part of this version of auriga; use " + here);
  bad_usage("unknown " + option + " '" + choice + "'; use " + here);
}

void check(ExtractOptions& options) {
  if (!options.landmarks_csv.empty() && !(options.detector.empty() && options.landmarker.empty()))
    bad_usage(
        "--landmarks takes the landmarks from a table; it cannot be combined with --detector or "
        "--landmarker");
  require_choice("--preset", options.preset, "pyfaceau", {"openface", "open"});
  require_choice("--detector", options.detector, "retinaface", {"mtcnn", "blazeface"});
  require_choice("--landmarker", options.landmarker, "pfld", {"clnf", "mesh"});
  if (options.predictor != "batched" && options.predictor != "sequential")
    bad_usage("unknown --predictor '" + options.predictor + "'; use batched or sequential");
  if (options.workers < 1 || options.workers > 256)
    bad_usage("--workers expects 1 to 256, found " + std::to_string(options.workers));
  if (options.redetect_every < 0)
    bad_usage("--redetect-every expects a number of frames, found " +
              std::to_string(options.redetect_every));
  if (const auto& camera = options.camera)
    if (!(camera->fx > 0) || !(camera->fy > 0))
      bad_usage("the focal lengths --fx and --fy must be above zero");
}

// Frames that travel together: enough to fill the matrix product, few enough to keep memory small
// for large frames.
int batch_capacity(const SourceInfo& info) {
  constexpr std::int64_t kMostFrames = 8, kMostBytes = 24 << 20;
  const std::int64_t frame_bytes =
      std::max<std::int64_t>(1, std::int64_t{3} * info.width * info.height);
  return static_cast<int>(std::clamp(kMostBytes / frame_bytes, std::int64_t{1}, kMostFrames));
}

// Reports the time of the thread that decodes, which ReadAhead owns.
class TimedSource : public FrameSource {
 public:
  TimedSource(std::unique_ptr<FrameSource> source, StageClock& clock)
      : source_(std::move(source)), clock_(clock) {}
  bool next(Frame& frame) override {
    return clock_.time(Stage::decode, [&] { return source_->next(frame); });
  }
  const SourceInfo& info() const override { return source_->info(); }
  SourceStatus status() const override { return source_->status(); }

 private:
  std::unique_ptr<FrameSource> source_;
  StageClock& clock_;
};

StreamInfo describe(const SourceInfo& info, const std::optional<Camera>& camera,
                    const AuPredictor& predictor) {
  return {info.description,
          info.width,
          info.height,
          info.fps,
          info.expected_frames,
          camera ? *camera : camera_from_frame_size(info.width, info.height),
          predictor.names(AuKind::intensity),
          predictor.names(AuKind::presence)};
}

}  // namespace

class Extractor::Impl {
 public:
  explicit Impl(ExtractOptions options);

  const Setup& setup() const { return setup_; }
  VideoResult video(const fs::path& input, const OnFrame& on_frame, const Begin& begin);
  void stop() noexcept { stop_ = true; }
  PictureResult picture(const fs::path& input);

 private:
  FoundPack use(const std::string& component);
  const AnalysisModels& models(bool dynamic);

  ExtractOptions options_;
  Setup setup_;
  PredictorKind predictor_;
  fs::path au_folder_;
  std::unique_ptr<AnalysisModels> dynamic_models_, static_models_;
  std::unique_ptr<LandmarksCsv> table_;
  std::unique_ptr<RetinaFace> detector_;
  std::unique_ptr<Pfld> landmarker_;
  std::atomic<bool> stop_ = false;
};

// The pack that serves `component`, verified and entered into the setup.
FoundPack Extractor::Impl::use(const std::string& component) {
  FoundPack pack =
      require_component(options_.model_folders, component, options_.accept_altered_models);
  if (!options_.accept_altered_models) {
    const auto problems = verify_pack(pack, {component});
    if (!problems.empty()) {
      std::string message = "the model pack " + pack.manifest->name + " is not as published:";
      for (const std::string& problem : problems) message += "\n  " + problem;
      throw Error(ErrorCode::model, message +
                                        "\nget a fresh copy of these files, or use them as they "
                                        "are with --accept-altered-models");
    }
  }
  for (const PackFile& file : pack.manifest->files)
    if (file.component == component)
      setup_.models.push_back(
          {pack.folder / file.path,
           options_.accept_altered_models ? sha256_of_file(pack.folder / file.path) : file.sha256});
  return pack;
}

Extractor::Impl::Impl(ExtractOptions options) : options_(std::move(options)) {
  check(options_);
  const Device device = parse_device(options_.device);
  predictor_ = options_.predictor == "batched" ? PredictorKind::batched : PredictorKind::sequential;
  setup_.preset = options_.preset;
  setup_.estimator = "openface-2.2";
  setup_.device_requested = options_.device;
  au_folder_ = use("au").folder / "AU_predictors";
  if (!options_.landmarks_csv.empty()) {
    table_ = std::make_unique<LandmarksCsv>(options_.landmarks_csv);
    setup_.detector = "none";
    setup_.landmarker = "table";
    setup_.device_used = "none";
    return;
  }
  setup_.detector = options_.detector;
  setup_.landmarker = options_.landmarker;
  detector_ =
      std::make_unique<RetinaFace>(use("retinaface").file("retinaface_mobilenet025.onnx"), device);
  landmarker_ = std::make_unique<Pfld>(use("pfld").file("pfld.onnx"), device);
  setup_.device_used = device_word(landmarker_->session().device());
  setup_.device_fallback_reason = landmarker_->session().fallback_reason();
}

const AnalysisModels& Extractor::Impl::models(bool dynamic) {
  std::unique_ptr<AnalysisModels>& models = dynamic ? dynamic_models_ : static_models_;
  if (!models) {
    const char* list = dynamic ? "main_dynamic_svms.txt" : "main_static_svms.txt";
    models =
        std::make_unique<AnalysisModels>(read_au_model_set(au_folder_ / list, dynamic), predictor_);
  }
  return *models;
}

VideoResult Extractor::Impl::video(const fs::path& input, const OnFrame& on_frame,
                                   const Begin& begin) {
  stop_ = false;
  StageClock decoding, tracking, ending;
  std::error_code ignored;
  std::unique_ptr<FrameSource> file = fs::is_directory(input, ignored)
                                          ? open_image_sequence(input)
                                          : open_video(input, std::min(options_.workers, 4));
  ReadAhead source(std::make_unique<TimedSource>(std::move(file), decoding));

  const AnalysisModels& models = this->models(!options_.static_aus);
  VideoResult result;
  result.stream = describe(source.info(), options_.camera, models.predictor);
  if (begin) begin(result.stream);

  std::optional<FaceTracker> tracker;
  std::optional<TableFaces> table;
  if (table_) {
    table.emplace(*table_, models.shape);
  } else {
    TrackerOptions tracker_options;
    if (options_.redetect_every > 0) tracker_options.redetect_every = options_.redetect_every;
    tracker.emplace(*detector_, *landmarker_, models.shape, tracker_options);
  }
  auto calibration =
      std::make_shared<PersonCalibration>(models.predictor, CalibrationMode::offline);

  // Batches circulate: taken by the first stage, given back by the last.
  const std::size_t tokens = static_cast<std::size_t>(options_.workers) + 1;
  const int capacity = batch_capacity(source.info());
  std::deque<FrameBatch> batches;
  tbb::concurrent_queue<FrameBatch*> idle;
  for (std::size_t i = 0; i < tokens; ++i) idle.push(&batches.emplace_back(models, capacity));

  const auto track = [&](tbb::flow_control& control) -> FrameBatch* {
    FrameBatch* batch = nullptr;
    idle.try_pop(batch);  // never empty: there are as many batches as tokens
    int size = 0;
    while (size < batch->capacity() && !stop_ && source.next((*batch)[size].frame)) {
      FrameWork& work = (*batch)[size++];
      work.face = tracker ? tracker->track(work.frame.image, tracking)
                          : tracking.time(Stage::fit, [&]() -> const TrackedFace& {
                              return table->next(work.frame.index);
                            });
    }
    batch->set_size(size);
    if (size == 0) control.stop();
    return batch;
  };
  const auto analyse = [&](FrameBatch* batch) {
    batch->analyse(result.stream.camera);
    return batch;
  };
  const auto conclude = [&](FrameBatch* batch) {
    for (int i = 0; i < batch->size(); ++i) {
      const FrameWork& work = (*batch)[i];
      ending.time(Stage::calibrate, [&] {
        calibration->add(work.result.success, batch->fhog(i), batch->geometry(i), batch->scores(i));
      });
      ++result.frames;
      result.faces += work.result.success ? 1 : 0;
      result.detector_runs += work.face.detector_ran ? 1 : 0;
      if (on_frame)
        ending.time(Stage::write, [&] { on_frame({work.result, batch->fhog(i), work.aligned}); });
    }
    idle.push(batch);
  };

  // Without this oneTBB would use no more threads than cores, and say so on standard error.
  const tbb::global_control threads(tbb::global_control::max_allowed_parallelism,
                                    static_cast<std::size_t>(options_.workers));
  tbb::task_arena arena(options_.workers);
  arena.execute([&] {
    tbb::parallel_pipeline(
        tokens,
        tbb::make_filter<void, FrameBatch*>(tbb::filter_mode::serial_in_order, track) &
            tbb::make_filter<FrameBatch*, FrameBatch*>(tbb::filter_mode::parallel, analyse) &
            tbb::make_filter<FrameBatch*, void>(tbb::filter_mode::serial_in_order, conclude));
  });

  const SourceStatus status = source.status();
  result.complete = !status.partial;
  result.partial_reason = status.message;
  if (stop_) {
    result.complete = false;
    result.partial_reason = "stopped on request after " + std::to_string(result.frames) + " frames";
  }
  if (result.faces == 0) result.warnings.push_back("no face was found in any frame");
  ending.time(Stage::calibrate, [&] { calibration->finish(); });

  result.action_units.rows = static_cast<std::size_t>(result.frames);
  result.action_units.read = [calibration](std::size_t row, std::span<double> intensities,
                                           std::span<double> presences) {
    calibration->row(static_cast<std::int64_t>(row), intensities, presences);
  };

  StageClock all = decoding;
  all += tracking;
  all += ending;
  for (const FrameBatch& batch : batches) all += batch.clock;
  for (std::size_t i = 0; i < kStageNames.size(); ++i)
    result.stage_ms.emplace_back(kStageNames[i], all.ms(static_cast<Stage>(i)));
  return result;
}

PictureResult Extractor::Impl::picture(const fs::path& input) {
  if (table_)
    bad_usage("--landmarks works on videos and folders of pictures, not on single pictures: " +
              input.string());
  const AnalysisModels& models = this->models(false);
  FrameBatch batch(models, 1);
  batch.set_size(1);
  FrameWork& work = batch[0];
  work.frame.image = read_image(input);

  PictureResult result;
  SourceInfo info;
  info.width = work.frame.image.width();
  info.height = work.frame.image.height();
  info.description = "picture";
  info.expected_frames = 1;
  result.stream = describe(info, options_.camera, models.predictor);

  ShapeFitter fitter(models.shape);
  const std::vector<FaceBox> boxes = detector_->detect(work.frame.image);
  for (const FaceBox& box : boxes) {
    const auto landmarks = landmarker_->landmarks(work.frame.image, box);
    if (!landmarks || fitter.fit(*landmarks, work.face.shape) == 0) continue;
    work.face.landmarks = *landmarks;
    work.face.success = true;
    work.face.confidence = box.score;
    batch.analyse(result.stream.camera);

    PictureFace face;
    face.result = work.result;
    face.result.face_id = static_cast<int>(result.faces.size());
    face.intensities.resize(result.stream.intensity_names.size());
    face.presences.resize(result.stream.presence_names.size());
    still_image_values(models.predictor, batch.scores(0), face.intensities, face.presences);
    face.fhog.assign(batch.fhog(0).begin(), batch.fhog(0).end());
    face.aligned = work.aligned;
    result.faces.push_back(std::move(face));
  }
  return result;
}

Extractor::Extractor(ExtractOptions options) : impl_(std::make_unique<Impl>(std::move(options))) {}
Extractor::~Extractor() = default;
Extractor::Extractor(Extractor&&) noexcept = default;
Extractor& Extractor::operator=(Extractor&&) noexcept = default;

const Setup& Extractor::setup() const { return impl_->setup(); }

VideoResult Extractor::video(const fs::path& input, const OnFrame& on_frame, const Begin& begin) {
  return impl_->video(input, on_frame, begin);
}

void Extractor::stop() noexcept { impl_->stop(); }

PictureResult Extractor::picture(const fs::path& input) { return impl_->picture(input); }

const char* version() { return AURIGA_VERSION; }

}  // namespace auriga
