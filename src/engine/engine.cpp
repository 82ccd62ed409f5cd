#include "auriga/engine.hpp"

#include <utility>

#include "auriga/session.hpp"

#include "clm/packed_cache.hpp"
#include "engine/loaded_models.hpp"
#include "models/model_store.hpp"
#include "recipes/recipe.hpp"

namespace auriga {

std::vector<RecipeInfo> Engine::available(const Folders& folders) {
  const ModelStore files(folders.models, folders.accept_altered, folders.cache);
  std::vector<RecipeInfo> recipes;
  for (const PresetRow& preset : presets()) {
    RecipeInfo info{std::string(preset.name), std::string(preset.title), {}, {}, {}};
    for (const std::string_view component : preset.components)
      if (!files.has({std::string(component)})) info.missing.emplace_back(component);
    if (info.missing.empty()) {
      RecipeChoice choice;
      choice.preset = info.name;
      const ChosenRecipe chosen = choose_recipe(choice, files);
      info.landmarker = chosen.landmarker->name;
      info.note = chosen.note;
    }
    recipes.push_back(std::move(info));
  }
  return recipes;
}

Engine Engine::load(const Folders& folders, const RecipeChoice& choice) {
  return Engine(std::make_shared<const Models>(folders, choice));
}

Engine::Engine(std::shared_ptr<const Models> models) : models_(std::move(models)) {}

const Setup& Engine::setup() const { return models_->setup(); }

// A session of one picture; its rows refer to what it holds.
struct Faces::Owner {
  Session session;
  std::span<const FaceRow> rows;
};

Faces::Faces(std::unique_ptr<Owner> owner) : owner_(std::move(owner)) {}
Faces::Faces(Faces&&) noexcept = default;
Faces& Faces::operator=(Faces&&) noexcept = default;
Faces::~Faces() = default;

std::size_t Faces::size() const { return owner_->rows.size(); }
FaceRow Faces::operator[](std::size_t i) const { return owner_->rows[i]; }
const UnitNames& Faces::units() const { return owner_->session.units(); }

Faces Engine::picture(ImageView bgr) const {
  SessionOptions options;
  options.still = true;
  options.needs = {.fhog = true,
                   .aligned = true,
                   .mesh = true,
                   .blendshapes = true,
                   .gaze = true,
                   .units_now = true};
  options.final_units = false;
  auto owner = std::make_unique<Faces::Owner>(Faces::Owner{Session(*this, options), {}});
  owner->rows = owner->session.push({0, 0, bgr});
  return Faces(std::move(owner));
}

RemovedCache remove_packed_models(const std::filesystem::path& cache) {
  if (cache.empty()) return {};
  const Removed removed = clean_packed(cache);
  return {packed_folder(cache), removed.files, static_cast<std::int64_t>(removed.bytes)};
}

const char* version() { return AURIGA_VERSION; }

}  // namespace auriga
