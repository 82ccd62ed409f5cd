#include "recipe_settings.hpp"

namespace auriga::app {

ExtractOptions to_extract_options(const Folders& folders, const RecipeChoice& recipe,
                                  const SessionOptions& session, const Threads& threads) {
  ExtractOptions options;
  options.model_folders = folders.models;
  options.accept_altered_models = folders.accept_altered;
  options.preset = recipe.preset;
  options.detector = recipe.detector;
  options.landmarker = recipe.landmarker;
  options.au = recipe.au;
  options.all_aus = recipe.all_aus;
  options.landmarks_csv = recipe.landmarks_csv;
  options.clm = recipe.clm;
  options.validate = recipe.validate;
  options.device = recipe.device;
  options.predictor = recipe.predictor;
  options.faces = session.faces;
  options.calibrate = session.calibrate;
  options.static_aus = session.static_aus;
  options.redetect_every = session.redetect_every;
  options.focal_px = session.focal_px;
  options.centre_px = session.centre_px;
  options.workers = threads.workers;
  options.batches_in_flight = threads.batches_in_flight;
  return options;
}

}  // namespace auriga::app
