// What an Engine holds.
#pragma once

#include <filesystem>
#include <memory>
#include <mutex>
#include <string>

#include "auriga/engine.hpp"

#include "au/estimator.hpp"
#include "engine/face_shape.hpp"
#include "models/au_models.hpp"
#include "models/model_store.hpp"
#include "recipes/face_method.hpp"
#include "recipes/recipe.hpp"

namespace auriga {

// Any number of threads may use one.
class Engine::Models {
 public:
  // Errors as Engine::load's.
  Models(const Folders& folders, const RecipeChoice& choice);

  const Setup& setup() const { return setup_; }
  const FaceMethod& method() const { return *method_; }
  const FaceShape& shape() const { return *shape_; }
  // `calibrated`: with models that subtract a person's median, where there are such. The others are
  // read when first asked for. Throws Error(model).
  std::shared_ptr<const AuEstimator> estimator(bool calibrated) const;

 private:
  void load_open();
  AuModelSet read_linear();
  std::shared_ptr<const AuEstimator> make_linear(const AuModelSet& set) const;

  mutable ModelStore files_;
  RecipeChoice choice_;
  Setup setup_;
  std::filesystem::path au_folder_;
  std::string au_digest_;
  std::unique_ptr<const FaceShape> shape_;
  std::shared_ptr<const AuEstimator> estimator_;
  mutable std::mutex reading_;
  mutable std::shared_ptr<const AuEstimator> static_estimator_;  // guarded by reading_
  std::shared_ptr<const FaceMethod> method_;                     // last: refers to the shape
};

}  // namespace auriga
