#include "tracking/openface_options.hpp"

#include <algorithm>
#include <cmath>
#include <string>

#include "auriga/error.hpp"
#include "auriga/face.hpp"

namespace auriga {
namespace {

[[noreturn]] void bad(const std::string& option, const std::string& expected,
                      const std::string& found) {
  throw Error(ErrorCode::usage, option + ": expected " + expected + ", found " + found);
}

void check_windows(const char* name, const ClmWindows& windows) {
  for (const int window : windows) {
    if (window != 0 && (window < 1 || window > kMostWindow || window % 2 == 0))
      bad(name, "odd sizes of 1 to " + std::to_string(kMostWindow) + ", or 0 to skip a scale",
          std::to_string(window));
  }
  if (std::all_of(windows.begin(), windows.end(), [](int window) { return window == 0; }))
    bad(name, "at least one scale that is not skipped", "none");
}

}  // namespace

OpenFaceOptions wild_options() {
  OpenFaceOptions options;
  options.fit.iterations = 10;
  options.fit.sigma = 1.25f;
  options.fit.regularisation = 35;
  options.fit.weight_factor = 2.5f;
  options.first_windows = {15, 13, 11, 11};
  options.multi_view = true;
  return options;
}

void adapt_to_model(std::string_view stem, OpenFaceOptions& options) {
  if (stem != "main_ceclm_general") return;
  options.fit.sigma *= 1.5f;
  options.fit.regularisation *= 0.9f;
}

void check(const OpenFaceOptions& options) {
  const ClmSettings& fit = options.fit;
  if (fit.iterations < 1 || fit.iterations > 1000)
    bad("iterations of the landmark fit", "1 to 1000", std::to_string(fit.iterations));
  if (!(fit.sigma > 0) || !std::isfinite(fit.sigma))
    bad("sigma of the landmark fit", "a number above 0", std::to_string(fit.sigma));
  if (!(fit.regularisation >= 0) || !std::isfinite(fit.regularisation))
    bad("regularisation of the landmark fit", "a number of at least 0",
        std::to_string(fit.regularisation));
  if (!(fit.weight_factor >= 0) || !std::isfinite(fit.weight_factor))
    bad("weight factor of the landmark fit", "a number of at least 0",
        std::to_string(fit.weight_factor));
  check_windows("first windows", options.first_windows);
  check_windows("follow windows", options.follow_windows);
  if (!(options.validation_boundary >= 0 && options.validation_boundary < 1))
    bad("validation boundary", "a certainty of 0 to below 1",
        std::to_string(options.validation_boundary));
  if (options.reinit_every == 0) bad("frames between detections", "anything but 0", "0");
}

void require_face_model(const ClmModel& model) {
  if (model.pdm.points == kLandmarks && model.pdm.modes <= kShapeModes) return;
  const std::string file = model.files.empty() ? model.name : model.files.front().string();
  throw Error(ErrorCode::model,
              file + ": expected a landmark model of " + std::to_string(kLandmarks) +
                  " points and at most " + std::to_string(kShapeModes) + " modes, found " +
                  std::to_string(model.pdm.points) + " points and " +
                  std::to_string(model.pdm.modes) +
                  " modes; use the main file of a whole face, e.g. main_clnf_general.txt");
}

}  // namespace auriga
