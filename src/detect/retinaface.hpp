// Finds faces with RetinaFace (MobileNet-0.25 backbone, ONNX).
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "auriga/face.hpp"
#include "auriga/image.hpp"

#include "nn/device.hpp"
#include "nn/network.hpp"
#include "nn/runner.hpp"

namespace auriga {

// The network sees the whole frame at its own size, minus the mean colour, without scaling or
// padding (spec seed-pipeline 1). Memory grows with the frame, about 46 bytes per pixel, and stays
// allocated for the next frame.
//
// Not thread-safe: one object per thread; they may share a model. Allocates only when frames become
// larger.
class RetinaFace {
 public:
  // Frames with more pixels are shrunk by a whole factor first. The default takes 1920 x 1080 as it
  // is, in about 100 MB; 4 million pixels take 180 MB.
  static constexpr int kMaxPixels = 2'100'000;

  // The weights. Immutable: any number of threads may share one.
  class Model {
   public:
    Device device() const { return network_->device(); }
    // Why another device than the wanted one is in use; empty: it is not.
    const std::string& fallback_reason() const { return network_->fallback_reason(); }

   private:
    friend class RetinaFace;
    explicit Model(std::shared_ptr<const Network> network) : network_(std::move(network)) {}
    std::shared_ptr<const Network> network_;
  };

  // `threads`: that share one run, the caller's included. Throws Error(model) when `file` is not
  // this network, Error(usage) when `device` cannot be had.
  static std::shared_ptr<const Model> load(const std::filesystem::path& file,
                                           const DeviceChoice& device = {}, int threads = 1);

  // Costs buffers only. `model`: not null.
  explicit RetinaFace(const std::shared_ptr<const Model>& model, int max_pixels = kMaxPixels);

  // Faces with a score above `threshold`, by descending score, without those that overlap a better
  // one by an IoU of more than 0.4. `bgr`: 3 channels, any size; an empty one has no face. Boxes
  // are in pixels of `bgr` and may reach beyond it. A box that is not finite is dropped. The
  // reference is valid until the next call. Throws Error(model) when the network does not give the
  // anchors of RetinaFace.
  const std::vector<FaceBox>& detect(ImageView bgr, float threshold = 0.5f);

 private:
  Runner runner_;
  int max_pixels_;
  std::int64_t largest_pixels_ = 0;  // of the frames so far
  Image shrunk_;
  std::vector<FaceBox> candidates_;
  std::vector<FaceBox> faces_;
};

}  // namespace auriga
