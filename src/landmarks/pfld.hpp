// Finds the 68 landmarks of a face in a box with PFLD (ONNX).
#pragma once

#include <filesystem>
#include <optional>

#include "auriga/face.hpp"
#include "auriga/image.hpp"

#include "landmarks/face_crop.hpp"
#include "nn/session.hpp"

namespace auriga {

// The square that the network sees around a detected box: 1.1 times the longer side, about the
// centre, in whole pixels (spec seed-pipeline 2.1). Nothing when the box is not finite, empty or
// beyond any image.
std::optional<Square> square_around(const FaceBox& box);

// Not thread-safe: one object per thread. Allocates nothing but what the runtime needs inside.
class Pfld {
 public:
  // Throws Error(model) when `model` is not this network, Error(usage) when `device` cannot be had.
  explicit Pfld(const std::filesystem::path& model, const DeviceChoice& device = {},
                int threads = 1);

  // Landmarks in pixels of `bgr` (3 channels), for a face that fills `square`. The square may
  // overhang the frame; the network then sees black there, and the landmarks keep their place.
  // Nothing when the square has no pixel in the frame or the network's answer is not finite or lies
  // further than one side beyond the square. The network names landmarks for any picture: that they
  // exist does not mean that there is a face.
  std::optional<Landmarks> landmarks(ImageView bgr, const Square& square);
  std::optional<Landmarks> landmarks(ImageView bgr, const SubpixelSquare& square);
  std::optional<Landmarks> landmarks(ImageView bgr, const FaceBox& box);

  const Session& session() const { return session_; }

 private:
  template <typename AnySquare>
  std::optional<Landmarks> find(ImageView bgr, const AnySquare& square);

  Session session_;
};

}  // namespace auriga
