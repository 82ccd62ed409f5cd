// Finds the 68 landmarks of a face in a box with PFLD (ONNX).
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "auriga/face.hpp"
#include "auriga/image.hpp"

#include "landmarks/face_crop.hpp"
#include "media/picture.hpp"
#include "nn/device.hpp"
#include "nn/network.hpp"
#include "nn/runner.hpp"

namespace auriga {

// The square that the network sees around a detected box: 1.1 times the longer side, about the
// centre, in whole pixels (spec seed-pipeline 2.1). Nothing when the box is not finite, empty or
// beyond any image.
std::optional<Square> square_around(const FaceBox& box);

// Not thread-safe: one object per thread; they may share a model. Allocates nothing but what the
// runtime needs inside.
class Pfld {
 public:
  // The weights. Immutable: any number of threads may share one.
  class Model {
   public:
    Device device() const { return network_->device(); }
    // Why another device than the wanted one is in use; empty: it is not.
    const std::string& fallback_reason() const { return network_->fallback_reason(); }

   private:
    friend class Pfld;
    explicit Model(std::shared_ptr<const Network> network) : network_(std::move(network)) {}
    std::shared_ptr<const Network> network_;
  };

  // `threads`: that share one run, the caller's included. Throws Error(model) when `file` is not
  // this network, Error(usage) when `device` cannot be had.
  static std::shared_ptr<const Model> load(const std::filesystem::path& file,
                                           const DeviceChoice& device = {}, int threads = 1);

  // Costs buffers only. `model`: not null.
  explicit Pfld(const std::shared_ptr<const Model>& model);

  // Landmarks in pixels of `bgr` (3 channels), for a face that fills `square`. The square may
  // overhang the frame; the network then sees black there, and the landmarks keep their place.
  // Nothing when the square has no pixel in the frame or the network's answer is not finite or lies
  // further than one side beyond the square. The network names landmarks for any picture: that they
  // exist does not mean that there is a face.
  std::optional<Landmarks> landmarks(const Picture& bgr, const Square& square);
  std::optional<Landmarks> landmarks(const Picture& bgr, const SubpixelSquare& square);
  std::optional<Landmarks> landmarks(const Picture& bgr, const FaceBox& box);

 private:
  template <typename AnySquare>
  std::optional<Landmarks> find(const Picture& bgr, const AnySquare& square);

  Runner runner_;
};

}  // namespace auriga
