// `auriga openface`: the command lines of FeatureExtraction, FaceLandmarkVidMulti and
// FaceLandmarkImg over auriga, so that existing scripts work by changing the program's name, or
// with a link of that name.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "auriga/engine.hpp"
#include "auriga/session.hpp"

#include "openface_arguments.hpp"
#include "outputs.hpp"

namespace auriga::app {

// The main file of a landmark model: `file` as given if it exists, else the first that exists of
// `file` and `model/file` below the model packs in `folders`. Throws Error(model) that lists where
// was looked.
std::filesystem::path find_landmark_model(const std::string& file,
                                          const std::vector<std::filesystem::path>& folders);

Folders to_folders(const OpenFaceArguments& arguments);
RecipeChoice to_recipe(const OpenFaceArguments& arguments, const Folders& folders);
SessionOptions to_session(const OpenFaceArguments& arguments);

// `has_gaze`: without, the columns of the gaze are left out, as OpenFace does.
OutputOptions to_output_options(const OpenFaceArguments& arguments, bool has_gaze);

}  // namespace auriga::app
