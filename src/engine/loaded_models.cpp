#include "engine/loaded_models.hpp"

#include <algorithm>
#include <exception>
#include <iterator>
#include <optional>
#include <utility>

#include <oneapi/tbb/task_group.h>

#include "au/linear/linear_estimator.hpp"
#include "au/mesh/mesh_estimator.hpp"
#include "files/columns.hpp"
#include "files/sha256.hpp"
#include "models/pdm.hpp"
#include "models/triangulation.hpp"
#include "nn/device.hpp"

namespace auriga {
namespace {

constexpr const char* kDynamicList = "main_dynamic_svms.txt";
constexpr const char* kStaticList = "main_static_svms.txt";
// Of the files of the component `au` the one that no digest in a calibration has ever contained. No
// calibration depends on it.
constexpr const char* kOfStaticOnly = "AU_1_static.dat";

constexpr const char* kNoBlendshapes =
    "without blendshapes, because the model pack open lacks face_blendshapes.onnx: the brows "
    "(AU01, AU02) and the neutral face are told from the mesh alone, and there is no "
    "--blendshapes; "
    "`auriga models fetch open` or, in a source checkout, `./dev setup` gets it";

// SHA-256 over those of the files.
std::string digest(const std::vector<ModelFile>& files) {
  Sha256 hash;
  for (const ModelFile& file : files) hash.update(file.sha256);
  return hash.hex_digest();
}

std::vector<std::string> untold(const UnitNames& told) {
  std::vector<std::string> untold;
  const auto add = [&](const std::vector<std::string>& all, const std::vector<std::string>& ours) {
    std::set_difference(all.begin(), all.end(), ours.begin(), ours.end(),
                        std::back_inserter(untold));
  };
  add(openface_aus().intensities, told.intensities);
  add(openface_aus().presences, told.presences);
  std::sort(untold.begin(), untold.end());
  untold.erase(std::unique(untold.begin(), untold.end()), untold.end());
  return untold;
}

}  // namespace

Engine::Models::Models(const Folders& folders, const RecipeChoice& choice)
    : files_(folders.models, folders.accept_altered, folders.cache), choice_(choice) {
  const DeviceChoice device = parse_device(choice.device);
  const ChosenRecipe recipe = choose_recipe(choice, files_);
  const LandmarkerRow& landmarker = *recipe.landmarker;
  setup_.note = recipe.note;
  setup_.preset = recipe.preset;
  setup_.detector = landmarker.detector;
  setup_.landmarker =
      choice.clm.model.empty() ? std::string(landmarker.name) : choice.clm.model.stem().string();
  setup_.has_mesh = landmarker.mesh;
  setup_.lost_cells_empty = setup_.splits_people = recipe.estimator == Estimator::open;
  setup_.device_requested = choice.device;

  std::optional<AuModelSet> linear;
  if (recipe.estimator == Estimator::open)
    load_open();
  else
    linear = read_linear();
  tbb::task_group beside;
  if (linear) beside.run([&] { estimator_ = make_linear(*linear); });
  std::exception_ptr failed;
  try {
    method_ = landmarker.make({choice_, device, files_, shape_->model});
  } catch (...) {
    failed = std::current_exception();
  }
  beside.wait();
  if (failed) std::rethrow_exception(failed);
  setup_.estimator = estimator_->name();
  setup_.experimental_aus = estimator_->experimental();
  setup_.untold_aus = untold(estimator_->units());
  setup_.device_used = method_->device_used();
  setup_.device_fallback_reason = method_->device_fallback_reason();
  setup_.has_blendshapes = method_->blendshapes() != nullptr;
  if (recipe.estimator == Estimator::open && !setup_.has_blendshapes)
    setup_.note += (setup_.note.empty() ? "" : "; ") + std::string(kNoBlendshapes);
  setup_.has_gaze = landmarker.mesh || method_->shapes().eyes[0] != nullptr;
  setup_.models = files_.used();
}

void Engine::Models::load_open() {
  const std::filesystem::path shape = files_.folder("mesh-shape");
  au_folder_ = files_.folder("mesh-au");
  const auto triangles = read_triangulation(files_.take(shape / "triangles_68.txt"), kLandmarks);
  shape_ = std::make_unique<FaceShape>(read_pdm(files_.take(shape / "shape_68.txt")), triangles);
  MeshAuModels units = read_mesh_au_models(files_.take(au_folder_ / "action_units.json"));
  estimator_ =
      make_mesh_estimator(std::move(units), {.hash = digest(files_.used()),
                                             .experimental = choice_.all_aus,
                                             .blendshapes = files_.has({kBlendshapesComponent})});
  static_estimator_ = estimator_;  // there are no other models for who is not calibrated
}

// The shape that the models were trained with is part of their set.
AuModelSet Engine::Models::read_linear() {
  au_folder_ = files_.folder("au") / "AU_predictors";
  std::vector<ModelFile> named = files_.used();
  std::erase_if(named, [](const ModelFile& file) { return file.path.filename() == kOfStaticOnly; });
  au_digest_ = digest(named);
  const FindFile find = files_.finder();
  AuModelSet set = read_au_model_set(find(au_folder_ / kDynamicList), true, find);
  // Read later, or never; but results name all files that may have made them.
  find_au_model_set(find(au_folder_ / kStaticList), find);
  shape_ = std::make_unique<FaceShape>(set.pdm, set.triangles);
  return set;
}

std::shared_ptr<const AuEstimator> Engine::Models::make_linear(const AuModelSet& set) const {
  const PredictorKind kind =
      choice_.predictor == "batched" ? PredictorKind::batched : PredictorKind::sequential;
  return make_linear_estimator(set, kind, {"openface-2.2", au_digest_});
}

std::shared_ptr<const AuEstimator> Engine::Models::estimator(bool calibrated) const {
  if (calibrated) return estimator_;
  const std::lock_guard lock(reading_);
  if (!static_estimator_)
    static_estimator_ = make_linear(
        read_au_model_set(files_.take(au_folder_ / kStaticList), false, files_.finder()));
  return static_estimator_;
}

}  // namespace auriga
