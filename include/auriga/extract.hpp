// Action units from videos and pictures: the whole pipeline behind one class.
//
//   auriga::ExtractOptions options;
//   options.model_folders = {"models"};
//   auriga::Extractor extractor(options);
//   auriga::VideoResult result = extractor.video("face.mp4", [](const auriga::FaceInFrame& face) {
//   ... }); result.action_units.read(row, intensities, presences);
//
// The reports of ONNX Runtime to its maker are switched off. Builds of it that report also leave
// files in the temporary folder unless ORT_DISABLE_TELEMETRY=1 is in the environment of the
// process, which the command `auriga` sees to by itself.
#pragma once

#include <array>
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
#include "auriga/packs.hpp"

namespace auriga {

// How the landmark models of OpenFace (CLM, CLNF, CE-CLM) are fitted; what is not set has
// OpenFace's default for the model.
struct ClmOptions {
  std::filesystem::path model;  // main file, e.g. main_clnf_general.txt; empty: the pack's
  bool wild = false;            // OpenFace's -wild: larger search areas, for difficult pictures
  std::optional<float> sigma, regularisation, weight_factor;  // -sigma -reg -w_reg
  std::optional<int> iterations;                              // -n_iter, 1..1000
  std::optional<bool> multi_view;  // -multi_view: several start rotations in pictures
  bool validate = true;            // -validate_detections
  // Mend the evident defects of OpenFace's search (docs/parity.md lists them) instead of repeating
  // them.
  bool mended = false;
};

// A crop of the face for people to look at; the action units have their own.
struct CropOptions {
  float scale = 0.7f;  // px per mm, 0.01..100
  int size = 112;      // width and height, px, 1..4096
  bool mask = true;    // black outside the face
  bool grey = false;
};

struct ExtractOptions {
  // Folders that are model packs or hold model packs, searched in order.
  std::vector<std::filesystem::path> model_folders;
  // Use model files whose size or SHA-256 is not that of the published file.
  bool accept_altered_models = false;

  // openface: MTCNN + CE-CLM (CLNF where its files are not there) + OpenFace's action units.
  // pyfaceau: RetinaFace + PFLD + OpenFace's action units. open: BlazeFace + face mesh + the open
  // estimator of action units. Empty: the first of them whose models are there.
  std::string preset;
  // mtcnn, retinaface, blazeface; empty: as the preset or the landmarker wants.
  std::string detector;
  // clnf, ceclm (with mtcnn), pfld (with retinaface), mesh (with blazeface); empty: as the preset
  // or the detector wants.
  std::string landmarker;
  // What tells the action units: openface, or open (with mesh). Empty: as the preset wants.
  std::string au;
  bool all_aus = false;  // open: also the action units that measurement does not support
  // A table with landmarks to use instead of detecting: columns x_0..x_67, y_0..y_67 and, if there,
  // frame, success, confidence (any OpenFace dialect).
  std::filesystem::path landmarks_csv;
  ClmOptions clm;
  // Judge the landmarks of PFLD and of the mesh with OpenFace's validator, too. The others do so
  // anyway (ClmOptions).
  bool validate = false;

  int faces = 1;  // followed at the same time in a video, 1..16
  // Per face the person's neutral face is learnt; without, values of every frame by itself with the
  // static models, as OpenFace does for several faces.
  bool calibrate = true;

  // auto, cpu, coreml, cuda, tensorrt, openvino, xnnpack; some with an option (docs/hardware.md)
  std::string device = "auto";
  std::string predictor = "batched";  // or sequential, to check it
  int workers = 1;                    // threads, 1..256; never changes a result
  // Batches of up to 8 frames that are under way at a time: what memory grows with. 0: workers + 1.
  // Never changes a result.
  int batches_in_flight = 0;
  std::int64_t most_frames = 0;  // of a video, then it counts as ended; 0: all
  bool frame_times = false;      // fill in VideoResult::frame_ms
  int redetect_every = 0;   // frames between two checks by the detector (pfld, mesh); 0: default
  bool static_aus = false;  // models without person calibration, also for videos
  // Of the camera, x and y, px; empty: estimated from the frame size as OpenFace does.
  std::optional<std::array<float, 2>> focal_px, centre_px;
  std::optional<CropOptions> crop;  // empty: FaceInFrame::aligned is what the action units see
};

// What is known of the stream before its first frame.
struct StreamInfo {
  std::string format;                // container and codec, for people
  int width = 0, height = 0;         // px, as displayed
  double fps = 0;                    // nominal
  std::int64_t frames_expected = 0;  // 0: unknown
  Camera camera;                     // that head pose and 3-D landmarks refer to
  // Of the action units that the estimator tells, e.g. AU01, ascending.
  std::vector<std::string> intensity_names, presence_names;
};

// One face in one frame, valid during the call only.
struct FaceInFrame {
  const FrameResult& result;
  // Zero (black) where the landmarks were not good enough for action units.
  std::span<const float> fhog;  // 4464 values: cell row, cell column, channel
  ImageView aligned;            // 112 x 112 BGR, masked, or as ExtractOptions::crop says
  const FaceMesh* mesh;         // null: none (Setup::landmarker is not mesh, or no success)
};

// Action units of a whole video, in the order of StreamInfo's lists of names.
struct ActionUnits {
  std::size_t rows = 0;  // one per FaceInFrame, in the same order
  // Copies the values of one row into spans as long as StreamInfo's lists of names: intensities
  // 0..5, presences 0 or 1.
  std::function<void(std::size_t row, std::span<double> intensities, std::span<double> presences)>
      read;
};

// What was used to compute the results.
struct Setup {
  std::string preset, detector, landmarker;
  std::string estimator;  // of the action units: openface-2.2, or open- and its version
  std::vector<std::string> experimental_aus;  // told, but not supported by measurement
  bool has_gaze = false;                      // the landmarker finds eyes
  std::string note;  // why something else is used than one would expect; empty: nothing to say
  std::string device_requested, device_used, device_fallback_reason;
  std::vector<ModelFile> models;
};

struct VideoResult {
  ActionUnits action_units;
  StreamInfo stream;
  std::int64_t frames = 0;         // decoded
  std::int64_t faces = 0;          // frames with success (of at least one face)
  int people = 0;                  // face ids
  std::int64_t detector_runs = 0;  // frames that the face detector looked at
  bool complete = true;            // the whole input was decoded without damage
  std::string partial_reason;
  std::vector<std::string> warnings;
  std::vector<std::pair<std::string, double>> stage_ms;  // processor time per stage, whole video
  // The same frame by frame, without what is computed once at the end: frames x stages, row-major.
  // What a batch of frames shares is divided among them. Empty unless ExtractOptions::frame_times.
  std::vector<float> frame_ms;
};

// One face of a still picture.
struct PictureFace {
  FrameResult result;  // face_id = index of the detection, most certain first
  std::vector<double> intensities, presences;
  std::vector<float> fhog;
  Image aligned;
  std::optional<FaceMesh> mesh;
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
  using OnFace = std::function<void(const FaceInFrame&)>;
  // Frames done so far, and the picture of the last one (BGR, valid during the call).
  using OnFrame = std::function<void(std::int64_t frames, ImageView bgr)>;

  // A video file, or a folder of pictures as one sequence. `begin` is called once before the first
  // frame; `on_face` once per frame, or with ExtractOptions::faces above 1 once per frame and
  // followed face, by ascending face id; `on_frame` after each frame. All in order and never from
  // two threads at a time; an exception from any ends the call and is passed on. Action units of a
  // video are only final at its end: they are in the result. Throws Error(input) when nothing can
  // be decoded; damage after the first good frame makes the result partial.
  VideoResult video(const std::filesystem::path& input, const OnFace& on_face = {},
                    const Begin& begin = {}, const OnFrame& on_frame = {});

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
