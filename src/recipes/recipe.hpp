// The ways from a frame to action units, as data. One more is a row here and a file beside this
// one.
#pragma once

#include <filesystem>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "auriga/engine.hpp"

#include "models/model_store.hpp"
#include "nn/device.hpp"
#include "recipes/face_method.hpp"
#include "shape/shape_model.hpp"

namespace auriga {

// What a method is made of.
struct MethodParts {
  const RecipeChoice& choice;
  DeviceChoice device;
  ModelStore& files;
  // 68 points in iBUG order; outlives the method.
  const ShapeModel& shape;
};
using MakeMethod = std::shared_ptr<const FaceMethod>(const MethodParts& parts);

MakeMethod make_clnf_method, make_ceclm_method;  // MTCNN and OpenFace's landmark models
MakeMethod make_pfld_method;                     // RetinaFace and PFLD
MakeMethod make_mesh_method;                     // BlazeFace and the face mesh
MakeMethod make_table_method;                    // landmarks from a table; videos only

using Components = std::span<const std::string_view>;  // of model packs

// What tells the action units.
enum class Estimator { openface, open };
std::string_view name_of(Estimator estimator);

// A landmarker with the detector that it works with.
struct LandmarkerRow {
  std::string_view name, detector, preset;
  Components components;     // that it is made of
  std::string_view missing;  // what is said where the preset has another one, which is not there
  Estimator estimator;       // unless another one is asked for
  bool networks;             // on a device of choice
  bool mesh;                 // finds the face mesh
  MakeMethod* make;
};
// By name in the order of preference within a preset.
std::span<const LandmarkerRow> landmarkers();
const LandmarkerRow& table_landmarker();

// What a person chooses by one name.
struct PresetRow {
  std::string_view name, title;
  std::string_view pack;  // whose presence, complete or not, means that the user wants this preset
  Components components;  // all that must be there
};
// The first whose components are there is the default.
std::span<const PresetRow> presets();
// Those of the open preset, which needs nothing of others.
const PresetRow& open_preset();

// The recipe that is meant.
struct ChosenRecipe {
  std::string_view preset;  // empty with a table of landmarks
  const LandmarkerRow* landmarker = nullptr;
  Estimator estimator = Estimator::openface;
  std::string note;  // why something else than one would expect; empty: nothing to say
};
// Throws Error(usage) for what does not exist or does not go together, Error(model) where models
// are damaged or incomplete and others would do.
ChosenRecipe choose_recipe(const RecipeChoice& choice, const ModelStore& files);

}  // namespace auriga
