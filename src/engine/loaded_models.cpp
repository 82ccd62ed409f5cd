#include "engine/loaded_models.hpp"

#include <utility>

#include "au/linear/linear_estimator.hpp"
#include "au/mesh/mesh_estimator.hpp"
#include "files/sha256.hpp"
#include "models/pdm.hpp"
#include "models/triangulation.hpp"
#include "nn/device.hpp"

namespace auriga {
namespace {

constexpr const char* kDynamicList = "main_dynamic_svms.txt";
constexpr const char* kStaticList = "main_static_svms.txt";

// SHA-256 over those of the files.
std::string digest(const std::vector<ModelFile>& files) {
  Sha256 hash;
  for (const ModelFile& file : files) hash.update(file.sha256);
  return hash.hex_digest();
}

}  // namespace

Engine::Models::Models(const Folders& folders, const RecipeChoice& choice) : choice_(choice) {
  const DeviceChoice device = parse_device(choice.device);
  ModelStore files(folders.models, folders.accept_altered, folders.cache);
  const ChosenRecipe recipe = choose_recipe(choice, files);
  const LandmarkerRow& landmarker = *recipe.landmarker;
  setup_.note = recipe.note;
  setup_.preset = recipe.preset;
  setup_.detector = landmarker.detector;
  setup_.landmarker =
      choice.clm.model.empty() ? std::string(landmarker.name) : choice.clm.model.stem().string();
  setup_.has_mesh = landmarker.mesh;
  setup_.lost_cells_empty = setup_.splits_people = recipe.estimator == Estimator::open;
  setup_.device_requested = choice.device;

  if (recipe.estimator == Estimator::open)
    load_open(files);
  else
    load_linear(files);
  setup_.estimator = estimator_->name();
  setup_.experimental_aus = estimator_->experimental();

  method_ = landmarker.make({choice_, device, files, shape_->model});
  setup_.device_used = method_->device_used();
  setup_.device_fallback_reason = method_->device_fallback_reason();
  setup_.has_gaze = landmarker.mesh || method_->shapes().eyes[0] != nullptr;
  setup_.models = files.used();
}

void Engine::Models::load_open(ModelStore& files) {
  const std::filesystem::path shape = files.folder("mesh-shape");
  au_folder_ = files.folder("mesh-au");
  shape_ = std::make_unique<FaceShape>(read_pdm(shape / "shape_68.txt"),
                                       read_triangulation(shape / "triangles_68.txt", kLandmarks));
  MeshAuModels units = read_mesh_au_models(au_folder_ / "action_units.json");
  if (!choice_.all_aus)
    std::erase_if(units.units, [](const MeshAuModel& unit) { return unit.experimental; });
  estimator_ = make_mesh_estimator(std::move(units), digest(files.used()));
  static_estimator_ = estimator_;  // there are no other models for who is not calibrated
}

// The shape that the models were trained with is part of their set.
void Engine::Models::load_linear(ModelStore& files) {
  au_folder_ = files.folder("au") / "AU_predictors";
  au_digest_ = digest(files.used());
  AuModelSet set = read_au_model_set(au_folder_ / kDynamicList, true);
  estimator_ = make_linear(set);
  shape_ = std::make_unique<FaceShape>(std::move(set.pdm), std::move(set.triangles));
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
    static_estimator_ = make_linear(read_au_model_set(au_folder_ / kStaticList, false));
  return static_estimator_;
}

}  // namespace auriga
