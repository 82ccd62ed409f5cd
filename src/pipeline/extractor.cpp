#include <algorithm>
#include <atomic>
#include <deque>
#include <mutex>
#include <optional>
#include <set>
#include <utility>

#include <oneapi/tbb/concurrent_queue.h>
#include <oneapi/tbb/global_control.h>
#include <oneapi/tbb/parallel_pipeline.h>
#include <oneapi/tbb/task_arena.h>

#include "auriga/error.hpp"
#include "auriga/extract.hpp"

#include "base/sha256.hpp"
#include "base/turn.hpp"
#include "media/image_file.hpp"
#include "media/image_sequence.hpp"
#include "media/read_ahead.hpp"
#include "media/video_source.hpp"
#include "models/packs.hpp"
#include "nn/device.hpp"
#include "pipeline/analysis.hpp"
#include "pipeline/face_method.hpp"
#include "pipeline/video_action_units.hpp"
#include "shape/camera.hpp"

namespace auriga {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void bad_usage(const std::string& message) { throw Error(ErrorCode::usage, message); }

std::string detector_for(const std::string& landmarker) {
  return landmarker == "pfld" ? "retinaface" : landmarker == "mesh" ? "blazeface" : "mtcnn";
}

std::string preset_of(const std::string& landmarker) {
  return landmarker == "pfld" ? "pyfaceau" : landmarker == "mesh" ? "open" : "openface";
}

// Fills in the detector or the landmarker that goes with the other.
void complete_pair(std::string& detector, std::string& landmarker) {
  if (landmarker.empty())
    landmarker = detector == "retinaface" ? "pfld" : detector == "blazeface" ? "mesh" : "clnf";
  if (detector.empty()) detector = detector_for(landmarker);
  if (detector != detector_for(landmarker))
    bad_usage("--landmarker " + landmarker + " works with --detector " + detector_for(landmarker) +
              ", not with " + detector);
}

void require_one_of(const std::string& option, const std::string& choice,
                    std::initializer_list<const char*> choices) {
  if (choice.empty()) return;
  std::string list;
  for (const char* name : choices) {
    if (choice == name) return;
    list += (list.empty() ? "" : " or ") + std::string(name);
  }
  bad_usage("unknown " + option + " '" + choice + "'; use " + list);
}

void check(const ExtractOptions& options) {
  const bool pair = !options.detector.empty() || !options.landmarker.empty();
  if (!options.landmarks_csv.empty() && pair)
    bad_usage(
        "--landmarks takes the landmarks from a table; it cannot be combined with --detector or "
        "--landmarker");
  require_one_of("--preset", options.preset, {"openface", "pyfaceau", "open"});
  require_one_of("--detector", options.detector, {"mtcnn", "retinaface", "blazeface"});
  require_one_of("--landmarker", options.landmarker, {"clnf", "ceclm", "pfld", "mesh"});
  require_one_of("--au", options.au, {"openface", "open"});
  if (options.au == "open" && !options.landmarks_csv.empty())
    bad_usage("--au open needs the face mesh; a table of landmarks works with --au openface");
  if (options.predictor != "batched" && options.predictor != "sequential")
    bad_usage("unknown --predictor '" + options.predictor + "'; use batched or sequential");
  const auto in_range = [](const char* option, int value, int least, int most) {
    if (value < least || value > most)
      bad_usage(std::string(option) + " expects " + std::to_string(least) + " to " +
                std::to_string(most) + ", found " + std::to_string(value));
  };
  in_range("--workers", options.workers, 1, 256);
  in_range("--in-flight", options.batches_in_flight, 0, 4096);
  in_range("--multi-face", options.faces, 1, 16);
  if (options.faces > 1 && !options.landmarks_csv.empty())
    bad_usage("--multi-face cannot be combined with --landmarks: a table is read for one face");
  if (options.most_frames < 0)
    bad_usage("most_frames expects a number of frames, found " +
              std::to_string(options.most_frames));
  if (options.redetect_every < 0)
    bad_usage("--redetect-every expects a number of frames, found " +
              std::to_string(options.redetect_every));
  if (const auto& focal = options.focal_px)
    if (!((*focal)[0] > 0) || !((*focal)[1] > 0))
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

// Lets oneTBB use `workers` threads more, the caller's included, while it lives. Without that it
// would use no more threads than cores, and say so on standard error. Its limit is one for the
// whole process, so that calls of several extractors at a time add up.
class ThreadsInUse {
 public:
  explicit ThreadsInUse(int workers) : helpers_(workers - 1) { add(helpers_); }
  ~ThreadsInUse() { add(-helpers_); }
  ThreadsInUse(const ThreadsInUse&) = delete;
  ThreadsInUse& operator=(const ThreadsInUse&) = delete;

 private:
  static void add(int helpers) {
    static std::mutex mutex;
    static int all = 0;
    static std::optional<tbb::global_control> limit;
    const std::lock_guard lock(mutex);
    all += helpers;
    limit.reset();
    if (all > 0)
      limit.emplace(tbb::global_control::max_allowed_parallelism,
                    static_cast<std::size_t>(all) + 1);
  }

  int helpers_;
};

}  // namespace

class Extractor::Impl : ModelFiles {
 public:
  explicit Impl(ExtractOptions options);

  const Setup& setup() const { return setup_; }
  VideoResult video(const fs::path& input, const OnFace& on_face, const Begin& begin,
                    const OnFrame& on_frame);
  void stop() noexcept { stop_ = true; }
  PictureResult picture(const fs::path& input);

 private:
  fs::path folder(const std::string& component) override { return pack(component).folder; }
  fs::path file(const std::string& component) override;
  void note(const std::vector<fs::path>& files) override;
  FoundPack pack(const std::string& component);
  using Components = std::initializer_list<const char*>;
  bool has(Components components) const;
  bool finds(const std::string& name) const;
  void refuse_incomplete(Components components) const;
  void choose();
  void choose_preset();
  const AnalysisModels& models(bool dynamic);
  StreamInfo describe(const SourceInfo& info, const AuEstimator& estimator) const;

  ExtractOptions options_;
  Setup setup_;
  PredictorKind predictor_;
  fs::path au_folder_, shape_folder_;
  std::unique_ptr<AnalysisModels> dynamic_models_, static_models_;
  std::unique_ptr<FaceMethod> method_;
  std::atomic<bool> stop_ = false;
};

// The pack that serves `component`, whose files are verified and entered into the setup.
FoundPack Extractor::Impl::pack(const std::string& component) {
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
  for (const FileVersion& file : pack.files(component))
    setup_.models.push_back(
        {pack.folder / file.path, options_.accept_altered_models || file.sha256.empty()
                                      ? sha256_of_file(pack.folder / file.path)
                                      : file.sha256});
  return pack;
}

fs::path Extractor::Impl::file(const std::string& component) {
  const FoundPack found = pack(component);
  return found.folder / found.files(component).front().path;
}

void Extractor::Impl::note(const std::vector<fs::path>& files) {
  for (const fs::path& file : files) setup_.models.push_back({file, sha256_of_file(file)});
}

bool Extractor::Impl::has(Components components) const {
  return std::all_of(components.begin(), components.end(), [&](const std::string& component) {
    return std::any_of(options_.model_folders.begin(), options_.model_folders.end(),
                       [&](const fs::path& folder) {
                         const std::vector<FoundPack> packs = find_packs(folder);
                         return std::any_of(packs.begin(), packs.end(), [&](const FoundPack& pack) {
                           return pack.has(component, options_.accept_altered_models);
                         });
                       });
  });
}

// Which preset, detector, landmarker and estimator.
void Extractor::Impl::choose() {
  std::string &preset = options_.preset, &detector = options_.detector,
              &landmarker = options_.landmarker, &au = options_.au;
  if (!options_.clm.model.empty() && landmarker.empty()) landmarker = "clnf";
  if (!detector.empty() || !landmarker.empty()) {
    complete_pair(detector, landmarker);
    const std::string fitting = preset_of(landmarker);
    if (!preset.empty() && preset != fitting)
      bad_usage("--preset " + preset + " does not go with --landmarker " + landmarker +
                "; leave one of them out");
    preset = fitting;
  } else {
    if (preset.empty()) choose_preset();
    if (preset == "openface" && !has({"ceclm"}))
      setup_.note = "CLNF, because the files of CE-CLM, OpenFace 2.2's default, are not there";
    landmarker = preset == "pyfaceau"  ? "pfld"
                 : preset == "open"    ? "mesh"
                 : setup_.note.empty() ? "ceclm"
                                       : "clnf";
    complete_pair(detector, landmarker);
  }
  if (au.empty()) au = landmarker == "mesh" ? "open" : "openface";
  if (au == "open" && landmarker != "mesh")
    bad_usage("--au open needs the face mesh: --landmarker mesh, not " + landmarker);
}

// The best one that is there.
void Extractor::Impl::choose_preset() {
  std::string& preset = options_.preset;
  if (options_.au == "open") {
    preset = "open";
  } else if (has({"mtcnn", "clnf", "validator", "au"})) {
    preset = "openface";
  } else if (has({"retinaface", "pfld", "au"})) {
    preset = "pyfaceau";
  } else if (options_.au.empty() && finds("openface-2.2")) {
    // Damaged or incomplete: an error that says so is better than other numbers.
    preset = finds("pyfaceau") ? "pyfaceau" : "openface";
    if (has({"blazeface", "mesh", "mesh-shape", "mesh-au"}))
      refuse_incomplete(preset == "pyfaceau" ? Components{"au", "retinaface", "pfld"}
                                             : Components{"au", "mtcnn", "clnf", "validator"});
  } else {
    preset = "open";
    if (options_.au.empty() && has({"blazeface", "mesh", "mesh-shape", "mesh-au"}))
      setup_.note =
          "the open models, because OpenFace's are not there: not all action units, and not "
          "OpenFace's numbers; `auriga models import DIR` takes OpenFace's from an installation";
  }
}

// Whether there is a pack of that name, complete or not.
bool Extractor::Impl::finds(const std::string& name) const {
  const std::vector<FoundPack> packs = find_packs(options_.model_folders);
  return std::any_of(packs.begin(), packs.end(),
                     [&](const FoundPack& pack) { return pack.manifest->name == name; });
}

// What is missing of these, and what would do without them.
void Extractor::Impl::refuse_incomplete(Components components) const {
  for (const char* component : components) {
    try {
      require_component(options_.model_folders, component, options_.accept_altered_models);
    } catch (const Error& error) {
      throw Error(error.code(),
                  std::string(error.what()) +
                      "\nor do without: --preset open uses the open models, which are "
                      "complete (not all action units, and not OpenFace's numbers)");
    }
  }
}

Extractor::Impl::Impl(ExtractOptions options) : options_(std::move(options)) {
  check(options_);
  const Device device = parse_device(options_.device).device;
  predictor_ = options_.predictor == "batched" ? PredictorKind::batched : PredictorKind::sequential;
  setup_.device_requested = options_.device;
  setup_.device_used = "cpu";
  if (options_.landmarks_csv.empty()) choose();
  const std::string& landmarker = options_.landmarker;
  const bool networks = landmarker == "pfld" || landmarker == "mesh";
  if (!networks && device != Device::automatic && device != Device::cpu)
    bad_usage(
        "--device " + options_.device + " is for the networks of --landmarker pfld or mesh; " +
        (landmarker.empty() ? "a table of landmarks" : landmarker) + " is computed on the CPU");
  if (options_.all_aus && options_.au != "open")
    bad_usage("--all-aus is for the open estimator (--au open); OpenFace's tells all anyway");
  if (options_.au == "open") {
    shape_folder_ = folder("mesh-shape");
    au_folder_ = folder("mesh-au");
  } else {
    au_folder_ = folder("au") / "AU_predictors";
  }
  setup_.estimator = "openface-2.2";
  if (options_.au == "open") {
    const MeshAuModels& units = *models(true).mesh;
    setup_.estimator = units.version;
    for (const MeshAuModel& unit : units.units)
      if (unit.experimental) setup_.experimental_aus.push_back(unit.name);
  }
  setup_.preset = options_.preset;
  if (!options_.landmarks_csv.empty()) {
    setup_.device_used = "none";
    setup_.detector = "none";
    setup_.landmarker = "table";
    method_ = make_table_method(options_.landmarks_csv, models(!options_.static_aus).shape);
    return;
  }
  setup_.detector = options_.detector;
  setup_.landmarker = options_.clm.model.empty() ? landmarker : options_.clm.model.stem().string();
  if (landmarker == "pfld")
    method_ = make_pfld_method(options_, *this, models(!options_.static_aus).shape, setup_);
  else if (landmarker == "mesh")
    method_ = make_mesh_method(options_, *this, models(!options_.static_aus).shape, setup_);
  else
    method_ = make_clm_method(options_, landmarker, *this);
  setup_.has_gaze = landmarker == "mesh" || method_->shapes().eyes[0] != nullptr;
}

const AnalysisModels& Extractor::Impl::models(bool dynamic) {
  const bool open = options_.au == "open";  // the same models for both
  std::unique_ptr<AnalysisModels>& models = dynamic || open ? dynamic_models_ : static_models_;
  if (!models && open) {
    MeshAuModels units = read_mesh_au_models(au_folder_ / "action_units.json");
    if (!options_.all_aus)
      std::erase_if(units.units, [](const MeshAuModel& unit) { return unit.experimental; });
    models = std::make_unique<AnalysisModels>(
        read_pdm(shape_folder_ / "shape_68.txt"),
        read_triangulation(shape_folder_ / "triangles_68.txt", kLandmarks), std::move(units));
  } else if (!models) {
    const char* list = dynamic ? "main_dynamic_svms.txt" : "main_static_svms.txt";
    models =
        std::make_unique<AnalysisModels>(read_au_model_set(au_folder_ / list, dynamic), predictor_);
  }
  return *models;
}

StreamInfo Extractor::Impl::describe(const SourceInfo& info, const AuEstimator& estimator) const {
  StreamInfo stream;
  stream.format = info.description;
  stream.width = info.width;
  stream.height = info.height;
  stream.fps = info.fps;
  stream.frames_expected = info.expected_frames;
  stream.camera = camera_from_frame_size(info.width, info.height);
  if (options_.focal_px) {
    stream.camera.fx = (*options_.focal_px)[0];
    stream.camera.fy = (*options_.focal_px)[1];
  }
  if (options_.centre_px) {
    stream.camera.cx = (*options_.centre_px)[0];
    stream.camera.cy = (*options_.centre_px)[1];
  }
  stream.intensity_names = estimator.names(AuKind::intensity);
  stream.presence_names = estimator.names(AuKind::presence);
  return stream;
}

VideoResult Extractor::Impl::video(const fs::path& input, const OnFace& on_face, const Begin& begin,
                                   const OnFrame& on_frame) {
  stop_ = false;
  StageClock all;
  std::error_code ignored;
  const std::unique_ptr<Source> file = fs::is_directory(input, ignored)
                                           ? open_image_sequence(input)
                                           : open_video(input, std::min(options_.workers, 4));
  ReadAhead source(*file);

  const AnalysisModels& models = this->models(options_.calibrate && !options_.static_aus);
  // The open estimator has no models without calibration but the person's neutral face.
  const bool calibrate = options_.calibrate && !(models.mesh && options_.static_aus);
  VideoResult result;
  result.stream = describe(source.info(), *models.estimator);
  if (begin) begin(result.stream);

  const std::unique_ptr<VideoTracker> tracker = method_->video();
  auto action_units = std::make_shared<VideoActionUnits>(*models.estimator, calibrate);
  std::set<int> people;
  // Frames still to be read; below zero: all.
  std::int64_t wanted = options_.most_frames == 0 ? -1 : options_.most_frames;

  // Batches circulate: taken by the first stage, given back by the last.
  const auto tokens = static_cast<std::size_t>(
      options_.batches_in_flight > 0 ? options_.batches_in_flight : options_.workers + 1);
  const int capacity = batch_capacity(source.info());
  std::deque<FrameBatch> batches;
  tbb::concurrent_queue<FrameBatch*> idle;
  for (std::size_t i = 0; i < tokens; ++i)
    idle.push(&batches.emplace_back(models, method_->shapes(), capacity, options_.crop));

  const auto track = [&](tbb::flow_control& control) -> FrameBatch* {
    FrameBatch* batch = nullptr;
    idle.try_pop(batch);  // never empty: there are as many batches as tokens
    const Turn mine(batch), in_order(tracker.get());
    batch->clear();
    while (!batch->full() && !stop_ && wanted != 0 && source.next(batch->next_frame())) {
      Frame& frame = batch->next_frame();
      StageClock& clock = batch->clock(batch->frames()) = {};
      clock.add(Stage::decode, frame.decode_ms);
      batch->add_frame(tracker->next(frame.bgr(), clock));
      --wanted;
    }
    if (batch->frames() == 0) control.stop();
    return batch;
  };
  const auto analyse = [&](FrameBatch* batch) {
    const Turn mine(batch);
    batch->analyse(result.stream.camera);
    return batch;
  };
  const auto take_over = [&](FrameBatch* batch) {
    const Turn mine(batch);
    int face = 0;
    for (int frame = 0; frame < batch->frames(); ++frame) {
      StageClock& clock = batch->clock(frame);
      bool success = false, detector_ran = false;
      for (; face < batch->faces() && batch->face(face).frame == frame; ++face) {
        const FaceWork& work = batch->face(face);
        clock.time(Stage::calibrate,
                   [&] { action_units->add(work.face.id, batch->evidence(face)); });
        success |= work.result.success;
        detector_ran |= work.face.detector_ran;
        if (work.result.success) people.insert(work.face.id);
        if (on_face)
          clock.time(Stage::write, [&] {
            on_face({work.result, batch->fhog(face), batch->picture(face),
                     work.face.mesh ? &*work.face.mesh : nullptr});
          });
      }
      ++result.frames;
      result.faces += success ? 1 : 0;
      result.detector_runs += detector_ran ? 1 : 0;
      if (on_frame)
        clock.time(Stage::write, [&] { on_frame(result.frames, batch->frame(frame).bgr()); });
      all += clock;
      if (!options_.frame_times) continue;
      for (std::size_t stage = 0; stage < kStageNames.size(); ++stage)
        result.frame_ms.push_back(static_cast<float>(clock.ms(static_cast<Stage>(stage))));
    }
  };
  const auto conclude = [&](FrameBatch* batch) {
    const Turn in_order(&all);
    take_over(batch);
    idle.push(batch);
  };

  const ThreadsInUse threads(options_.workers);
  tbb::task_arena arena(options_.workers);
  arena.execute([&] {
    tbb::parallel_pipeline(
        tokens,
        tbb::make_filter<void, FrameBatch*>(tbb::filter_mode::serial_in_order, track) &
            tbb::make_filter<FrameBatch*, FrameBatch*>(tbb::filter_mode::parallel, analyse) &
            tbb::make_filter<FrameBatch*, void>(tbb::filter_mode::serial_in_order, conclude));
  });

  const Turn tracked(tracker.get()), concluded(&all);
  const SourceStatus status = source.status();
  result.complete = !status.partial;
  result.partial_reason = status.message;
  if (stop_) {
    result.complete = false;
    result.partial_reason = "stopped on request after " + std::to_string(result.frames) + " frames";
  }
  if (result.faces == 0) result.warnings.push_back("no face was found in any frame");
  all.time(Stage::calibrate, [&] { action_units->finish(); });

  result.people = static_cast<int>(people.size());
  result.action_units.rows = action_units->rows();
  result.action_units.read = [action_units](std::size_t row, std::span<double> intensities,
                                            std::span<double> presences) {
    action_units->read(row, intensities, presences);
  };

  for (std::size_t i = 0; i < kStageNames.size(); ++i)
    result.stage_ms.emplace_back(kStageNames[i], all.ms(static_cast<Stage>(i)));
  return result;
}

PictureResult Extractor::Impl::picture(const fs::path& input) {
  const AnalysisModels& models = this->models(false);
  FrameBatch batch(models, method_->shapes(), 1, options_.crop);
  Image& image = batch.next_frame().write_bgr();
  read_image(input, image);
  StageClock clock;
  const ThreadsInUse threads(options_.workers);
  tbb::task_arena arena(options_.workers);
  const std::vector<TrackedFace>& faces =
      *arena.execute([&] { return &method_->picture(image, clock); });

  PictureResult result;
  SourceInfo info;
  info.width = image.width();
  info.height = image.height();
  info.description = "picture";
  info.expected_frames = 1;
  result.stream = describe(info, *models.estimator);
  batch.add_frame(faces);
  batch.analyse(result.stream.camera, true);
  for (int i = 0; i < batch.faces(); ++i) {
    PictureFace face;
    face.result = batch.face(i).result;
    face.intensities.resize(result.stream.intensity_names.size());
    face.presences.resize(result.stream.presence_names.size());
    if (const AuEvidence evidence = batch.evidence(i); evidence.ok)
      models.estimator->still(evidence, face.intensities, face.presences);
    face.mesh = batch.face(i).face.mesh;
    face.fhog.assign(batch.fhog(i).begin(), batch.fhog(i).end());
    const ImageView picture = batch.picture(i);
    face.aligned.resize(picture.width, picture.height, picture.channels);
    std::copy_n(picture.data, face.aligned.size_bytes(), face.aligned.data());
    result.faces.push_back(std::move(face));
  }
  return result;
}

Extractor::Extractor(ExtractOptions options) : impl_(std::make_unique<Impl>(std::move(options))) {}
Extractor::~Extractor() = default;
Extractor::Extractor(Extractor&&) noexcept = default;
Extractor& Extractor::operator=(Extractor&&) noexcept = default;

const Setup& Extractor::setup() const { return impl_->setup(); }

VideoResult Extractor::video(const fs::path& input, const OnFace& on_face, const Begin& begin,
                             const OnFrame& on_frame) {
  return impl_->video(input, on_face, begin, on_frame);
}

void Extractor::stop() noexcept { impl_->stop(); }

PictureResult Extractor::picture(const fs::path& input) { return impl_->picture(input); }

const char* version() { return AURIGA_VERSION; }

}  // namespace auriga
