// Action units from videos and pictures: the whole pipeline behind one class.
//
//   auriga::ExtractOptions options;
//   options.model_folders = {"models"};
//   auriga::Extractor extractor(options);
//   auriga::VideoResult result = extractor.video("face.mp4", [](const auriga::FrameView& frame) {
//   ... }); result.action_units.read(row, intensities, presences);
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "auriga/face.hpp"
#include "auriga/frame_result.hpp"
#include "auriga/image.hpp"

namespace auriga {

struct ExtractOptions {
  // Folders that are model packs or hold model packs, searched in order.
  std::vector<std::filesystem::path> model_folders;
  // Use model files whose size or SHA-256 is not that of the published file.
  bool accept_altered_models = false;

  // pyfaceau: RetinaFace + PFLD + OpenFace's action-unit models. Empty: the best preset whose
  // models are there.
  std::string preset;
  std::string detector;    // retinaface; empty: as the preset says
  std::string landmarker;  // pfld; empty: as the preset says
  // A table with landmarks to use instead of detecting: columns x_0..x_67, y_0..y_67 and, if there,
  // frame, success, confidence (any OpenFace dialect).
  std::filesystem::path landmarks_csv;

  std::string device = "auto";        // auto, cpu, coreml, cuda, tensorrt, openvino, xnnpack
  std::string predictor = "batched";  // or sequential, to check it
  int workers = 1;  // threads for the stages that need no order, 1..256; never changes a result
  int redetect_every = 0;   // frames between two checks by the detector; 0: the tracker's default
  bool static_aus = false;  // models without person calibration, also for videos
  std::optional<Camera> camera;  // px; empty: estimated from the frame size as OpenFace does
};

// What is known of the stream before its first frame.
struct StreamInfo {
  std::string format;                // container and codec, for people
  int width = 0, height = 0;         // px, as displayed
  double fps = 0;                    // nominal
  std::int64_t frames_expected = 0;  // 0: unknown
  Camera camera;                     // that head pose and 3-D landmarks refer to
  std::vector<std::string> intensity_names, presence_names;  // of the action units, e.g. AU01
};

// One frame, valid during the call only.
struct FrameView {
  const FrameResult& result;
  // The rest is zero (black) where `result.success` is false.
  std::span<const float> fhog;  // 4464 values: cell row, cell column, channel
  ImageView aligned;            // 112 x 112 BGR, masked
};

// Action units of a whole video, in the order of OpenFace's table.
struct ActionUnits {
  std::size_t rows = 0;  // one per frame
  // Copies the values of one row into spans as long as StreamInfo's lists of names: intensities
  // 0..5, presences 0 or 1.
  std::function<void(std::size_t row, std::span<double> intensities, std::span<double> presences)>
      read;
};

struct ModelFile {
  std::filesystem::path path;
  std::string sha256;
};

// What was used to compute the results.
struct Setup {
  std::string preset, detector, landmarker, estimator;
  std::string device_requested, device_used, device_fallback_reason;
  std::vector<ModelFile> models;
};

struct VideoResult {
  ActionUnits action_units;
  StreamInfo stream;
  std::int64_t frames = 0;         // decoded
  std::int64_t faces = 0;          // frames with success
  std::int64_t detector_runs = 0;  // frames that the face detector looked at
  bool complete = true;            // the whole input was decoded without damage
  std::string partial_reason;
  std::vector<std::string> warnings;
  std::vector<std::pair<std::string, double>> stage_ms;  // processor time per stage, whole video
};

// One face of a still picture.
struct PictureFace {
  FrameResult result;  // face_id = index of the detection, most certain first; confidence = the
                       // detector's score
  std::vector<double> intensities, presences;
  std::vector<float> fhog;
  Image aligned;
};

struct PictureResult {
  StreamInfo stream;
  std::vector<PictureFace> faces;
};

// Loads the models once and serves any number of inputs, one after the other: no input influences
// another. One call at a time; use one object per thread. Starts `workers` threads and one that
// reads ahead, only during a call.
class Extractor {
 public:
  // Throws Error(usage) for options that do not exist or contradict each other, Error(model) for
  // missing, altered or broken model files.
  explicit Extractor(ExtractOptions options);
  ~Extractor();
  Extractor(Extractor&&) noexcept;
  Extractor& operator=(Extractor&&) noexcept;

  const Setup& setup() const;

  using Begin = std::function<void(const StreamInfo&)>;
  using OnFrame = std::function<void(const FrameView&)>;

  // A video file, or a folder of pictures as one sequence. `begin` is called once before the first
  // frame, `on_frame` once per decoded frame, in order and never from two threads at a time; an
  // exception from either ends the call and is passed on. Action units of a video are only final at
  // its end: they are in the result. Throws Error(input) when nothing can be decoded; damage after
  // the first good frame makes the result partial.
  VideoResult video(const std::filesystem::path& input, const OnFrame& on_frame = {},
                    const Begin& begin = {});

  // Ends the running call of `video` after the frames that are under way; its result is partial.
  // From any thread, also from `on_frame`. Without effect while none runs.
  void stop() noexcept;

  // All faces of a JPEG or PNG picture, with the static models. Throws Error(input).
  PictureResult picture(const std::filesystem::path& input);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

// Version of the library, e.g. "0.1.0".
const char* version();

}  // namespace auriga
