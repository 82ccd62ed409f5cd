#include <algorithm>
#include <functional>
#include <string>
#include <vector>

#include "auriga/error.hpp"

#include "recipes/recipe.hpp"

namespace auriga {
namespace {

[[noreturn]] void bad_usage(const std::string& message) { throw Error(ErrorCode::usage, message); }

// `names` in the order in which they are offered.
void require_one_of(const std::string& option, const std::string& choice,
                    const std::vector<std::string_view>& names) {
  if (choice.empty() || std::find(names.begin(), names.end(), choice) != names.end()) return;
  std::string list;
  for (const std::string_view name : names)
    list += (list.empty() ? "" : " or ") + std::string(name);
  bad_usage("unknown " + option + " '" + choice + "'; use " + list);
}

template <typename Rows, typename Field>
std::vector<std::string_view> names_in(const Rows& rows, Field field) {
  std::vector<std::string_view> names;
  for (const auto& row : rows)
    if (std::find(names.begin(), names.end(), std::invoke(field, row)) == names.end())
      names.push_back(std::invoke(field, row));
  return names;
}

void check(const RecipeChoice& choice) {
  const bool table = !choice.landmarks_csv.empty();
  if (table && (!choice.detector.empty() || !choice.landmarker.empty()))
    bad_usage(
        "--landmarks takes the landmarks from a table; it cannot be combined with --detector or "
        "--landmarker");
  require_one_of("--preset", choice.preset, names_in(presets(), &PresetRow::name));
  require_one_of("--detector", choice.detector, names_in(landmarkers(), &LandmarkerRow::detector));
  require_one_of("--landmarker", choice.landmarker, names_in(landmarkers(), &LandmarkerRow::name));
  require_one_of("--au", choice.au, {name_of(Estimator::openface), name_of(Estimator::open)});
  if (choice.au == name_of(Estimator::open) && table)
    bad_usage("--au open needs the face mesh; a table of landmarks works with --au openface");
  require_one_of("--predictor", choice.predictor, {"batched", "sequential"});
}

std::vector<std::string> texts(Components components) {
  return {components.begin(), components.end()};
}

// The landmarker of that name, or of those with the detector the one that needs the fewest files.
const LandmarkerRow& asked_for(const RecipeChoice& choice) {
  std::string name = choice.landmarker;
  if (name.empty() && !choice.clm.model.empty()) name = "clnf";
  const LandmarkerRow* found = nullptr;
  for (const LandmarkerRow& row : landmarkers())
    if (name.empty() ? row.detector == choice.detector : row.name == name) found = &row;
  if (!choice.detector.empty() && choice.detector != found->detector)
    bad_usage("--landmarker " + std::string(found->name) + " works with --detector " +
              std::string(found->detector) + ", not with " + choice.detector);
  if (!choice.preset.empty() && choice.preset != found->preset)
    bad_usage("--preset " + choice.preset + " does not go with --landmarker " +
              std::string(found->name) + "; leave one of them out");
  return *found;
}

// The best preset that is there.
std::string_view best_preset(const RecipeChoice& choice, const ModelStore& files,
                             std::string& note) {
  const PresetRow& open = open_preset();
  if (choice.au == name_of(Estimator::open)) return open.name;
  for (const PresetRow& preset : presets())
    if (&preset != &open && files.has(texts(preset.components))) return preset.name;
  const bool open_is_there = files.has(texts(open.components));
  if (choice.au.empty() && files.finds(std::string(presets().front().pack))) {
    // Damaged or incomplete: an error that says so is better than other numbers.
    const PresetRow& wanted =
        files.finds(std::string(presets()[1].pack)) ? presets()[1] : presets().front();
    if (open_is_there)
      files.require(texts(wanted.components),
                    "or do without: --preset open uses the open models, which are complete (not "
                    "all action units, and not OpenFace's numbers)");
    return wanted.name;
  }
  if (choice.au.empty() && open_is_there)
    note =
        "the open models, because OpenFace's are not there: not all action units, and not "
        "OpenFace's numbers; `auriga models fetch openface` gets OpenFace's, `auriga models import "
        "DIR` takes them from a download";
  return open.name;
}

}  // namespace

ChosenRecipe choose_recipe(const RecipeChoice& choice, const ModelStore& files) {
  check(choice);
  ChosenRecipe chosen;
  if (!choice.landmarks_csv.empty()) {
    chosen.preset = choice.preset;
    chosen.landmarker = &table_landmarker();
  } else if (!choice.detector.empty() || !choice.landmarker.empty() || !choice.clm.model.empty()) {
    chosen.landmarker = &asked_for(choice);
    chosen.preset = chosen.landmarker->preset;
  } else {
    chosen.preset = choice.preset.empty() ? best_preset(choice, files, chosen.note) : choice.preset;
    // The best landmarker that is there, or else the one that needs the fewest files.
    for (const LandmarkerRow& row : landmarkers()) {
      if (row.preset != chosen.preset) continue;
      chosen.landmarker = &row;
      if (files.has(texts(row.components))) break;
    }
    if (!chosen.landmarker->missing.empty()) chosen.note = chosen.landmarker->missing;
  }
  const LandmarkerRow& landmarker = *chosen.landmarker;
  chosen.estimator = choice.au.empty()                       ? landmarker.estimator
                     : choice.au == name_of(Estimator::open) ? Estimator::open
                                                             : Estimator::openface;
  if (chosen.estimator == Estimator::open && !landmarker.mesh)
    bad_usage("--au open needs the face mesh: --landmarker mesh, not " +
              std::string(landmarker.name));
  if (choice.all_aus && chosen.estimator != Estimator::open)
    bad_usage("--all-aus is for the open estimator (--au open); OpenFace's tells all anyway");
  const Device device = parse_device(choice.device).device;
  if (!landmarker.networks && device != Device::automatic && device != Device::cpu)
    bad_usage(
        "--device " + choice.device + " is for the networks of --landmarker pfld or mesh; " +
        (choice.landmarks_csv.empty() ? std::string(landmarker.name) : "a table of landmarks") +
        " is computed on the CPU");
  return chosen;
}

}  // namespace auriga
