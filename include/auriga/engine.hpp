// Models, loaded once and shared by any number of streams.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "auriga/packs.hpp"
#include "auriga/row.hpp"
#include "auriga/sink.hpp"

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

// Where model files are.
struct Folders {
  // Folders that are model packs or hold model packs, searched in order.
  std::vector<std::filesystem::path> models;
  // Where it is remembered which files were verified; empty: nowhere, they are verified each time.
  std::filesystem::path cache;
  // Use model files whose size or SHA-256 is not that of the published file.
  bool accept_altered = false;
};

// Which recipe, and how its models are used. What is empty is as the recipe wants, or as what is
// given allows.
struct RecipeChoice {
  // openface: MTCNN + CE-CLM (CLNF where its files are not there) + OpenFace's action units.
  // pyfaceau: RetinaFace + PFLD + OpenFace's action units. open: BlazeFace + face mesh + the open
  // estimator of action units. Empty: the first of them whose models are there.
  std::string preset;
  std::string detector;  // mtcnn, retinaface, blazeface
  std::string
      landmarker;        // clnf, ceclm (with mtcnn), pfld (with retinaface), mesh (with blazeface)
  std::string au;        // what tells the action units: openface, or open (with mesh)
  bool all_aus = false;  // open: also the action units that measurement does not support
  // A table with landmarks to use instead of detecting: columns x_0..x_67, y_0..y_67 and, if there,
  // frame, success, confidence (any OpenFace dialect).
  std::filesystem::path landmarks_csv;
  // Use it even with a video that its size, rows or times contradict: run() warns then, instead of
  // throwing.
  bool landmarks_of_any_video = false;
  ClmOptions clm;
  // Judge the landmarks of PFLD and of the mesh with OpenFace's validator, too. The others do so
  // anyway (ClmOptions).
  bool validate = false;
  // auto, cpu, coreml, cuda, tensorrt, openvino, xnnpack; some with an option (docs/hardware.md)
  std::string device = "auto";
  std::string predictor = "batched";  // or sequential, to check it
};

// A recipe and whether it would work.
struct RecipeInfo {
  std::string name, title;
  std::vector<std::string> missing;  // components of model packs that are not there; empty: works
  // Of a recipe that works: what finds the landmarks, and why another one than one would expect.
  std::string landmarker, note;
};

// What is used to compute the results.
struct Setup {
  std::string preset, detector, landmarker;
  std::string estimator;  // of the action units: openface-2.2, or open- and its version
  std::vector<std::string> experimental_aus;  // told, but not supported by measurement
  // Of those that OpenFace tells (17 intensities, and AU28) the ones that the estimator does not.
  std::vector<std::string> untold_aus;
  bool has_gaze = false;         // the landmarker finds eyes
  bool has_mesh = false;         // the landmarker finds the face mesh
  bool has_blendshapes = false;  // and its network for blendshapes is there
  // Tables leave the cells of frames in which the face was lost empty; false: they have 0 or the
  // last known values, as OpenFace's have.
  bool lost_cells_empty = false;
  bool splits_people = false;  // unless SessionOptions::split_people says otherwise
  std::string note;  // why something else is used than one would expect; empty: nothing to say
  std::string device_requested, device_used, device_fallback_reason;
  std::vector<ModelFile> models;
};

// The faces of a still picture, most certain detection first, and what their rows refer to.
class Faces {
 public:
  Faces(Faces&&) noexcept;
  Faces& operator=(Faces&&) noexcept;
  ~Faces();

  std::size_t size() const;
  FaceRow operator[](std::size_t i) const;
  const UnitNames& units() const;

 private:
  friend class Engine;
  struct Owner;
  explicit Faces(std::unique_ptr<Owner> owner);
  std::unique_ptr<Owner> owner_;
};

// A loaded recipe. Immutable: any number of sessions on any threads share one, and copies are the
// same one. Networks run on the caller's thread.
//
// The one thing that is changed of the host process: before the first network is made
// ORT_DISABLE_TELEMETRY=1 is put into the environment, unless the host has set that variable. Only
// it keeps ONNX Runtime from reporting to its maker and leaving files in the temporary folder.
class Engine {
 public:
  // The recipes in the order in which one is chosen, and what each lacks. Loads no model.
  static std::vector<RecipeInfo> available(const Folders& folders);

  // Throws Error(usage) for choices that do not exist or contradict each other, Error(model) for
  // missing, altered or broken model files.
  static Engine load(const Folders& folders, const RecipeChoice& choice = {});

  const Setup& setup() const;

  // All faces of a picture (3 channels BGR), with the static models; all of FaceRow is there.
  Faces picture(ImageView bgr) const;

  class Models;

 private:
  friend class Session;
  explicit Engine(std::shared_ptr<const Models> models);
  std::shared_ptr<const Models> models_;
};

// What was removed of a cache.
struct RemovedCache {
  std::filesystem::path folder;
  int files = 0;
  std::int64_t bytes = 0;
};

// Removes the packed patch experts that engines keep in Folders::cache; they are made again when
// they are needed. Nothing for an empty path. Throws Error(output) when a file cannot be removed.
RemovedCache remove_packed_models(const std::filesystem::path& cache);

// Version of the library, e.g. "0.1.0".
const char* version();

}  // namespace auriga
