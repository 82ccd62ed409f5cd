// Judges a fit: does the picture under the landmarks look like a face (spec validation.md)?
#pragma once

#include <filesystem>
#include <memory>
#include <span>

#include "auriga/image.hpp"
#include "auriga/source.hpp"

#include "shape/rotation.hpp"

namespace auriga {

// The convolutional network of OpenFace's `validator_cnn*.txt`, one per view of the head.
//
// Not thread-safe: one object per thread; they may share a model. certainty() allocates nothing.
class Validator {
 public:
  // A fit counts as a success when its certainty is above this.
  static constexpr float kBoundary = 0.725f;

  // The networks of all views. Immutable: any number of threads may share one.
  struct Model;

  // Throws Error(model) when the file is missing, truncated, of another type than 3 or of a
  // structure that cannot be computed.
  static std::shared_ptr<const Model> load(const std::filesystem::path& file);

  // Costs buffers only. `model`: not null.
  explicit Validator(std::shared_ptr<const Model> model);
  ~Validator();
  Validator(Validator&&) noexcept;
  Validator& operator=(Validator&&) noexcept;

  int landmarks() const;  // n

  // Certainty in [0, 1]: one of a few values, the centres of bins. 0 where the face has no extent
  // in the picture or a number is not finite. `grey`: 8 bits, 1 channel; `landmarks`: n x, then n
  // y, px.
  float certainty(ImageView grey, const EulerAngles& rotation_rad,
                  std::span<const float> landmarks);
  // What it reads of a picture of that size, px.
  static Region reach(std::span<const float> landmarks, int width, int height);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace auriga
