// Finds faces with BlazeFace, MediaPipe's detectors for near and for far faces (ONNX).
#pragma once

#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "auriga/face.hpp"
#include "auriga/image.hpp"

#include "nn/device.hpp"
#include "nn/network.hpp"

namespace auriga {

// Boxes are the network's own: from the brows to the chin and about as wide as high. `points` of a
// FaceBox: pupils, nose tip, and the middle of the mouth twice, for the network does not tell its
// corners.
//
// Not thread-safe: one object per thread; they may share a model.
class BlazeFace {
 public:
  // The weights of both networks. Any number of threads may share one.
  class Model {
   public:
    // Of the short-range network.
    Device device() const { return short_range_->device(); }
    // Why another device than the wanted one is in use; empty: it is not.
    const std::string& fallback_reason() const { return short_range_->fallback_reason(); }

   private:
    friend class BlazeFace;
    Model(const std::filesystem::path& short_range, std::filesystem::path full_range,
          const DeviceChoice& device, int threads);
    // Loads it for the first who asks; the others wait for that.
    std::shared_ptr<const Network> full_range() const;

    std::shared_ptr<const Network> short_range_;
    std::filesystem::path full_range_file_;
    DeviceChoice device_;
    int threads_;
    mutable std::mutex mutex_;                           // for what follows
    mutable std::shared_ptr<const Network> full_range_;  // null: nobody has asked for it yet
  };

  // face_detection_short_range.onnx and face_detection_full_range.onnx of the open pack; the second
  // is loaded once for all objects, when the first of them needs it. `threads`: that share one run,
  // the caller's included. Throws Error(model) when a file is not this network, Error(usage) when
  // `device` cannot be had; for the second file, detect() and detect_all() do.
  static std::shared_ptr<const Model> load(const std::filesystem::path& short_range,
                                           const std::filesystem::path& full_range,
                                           const DeviceChoice& device = {}, int threads = 1);

  // Costs buffers only. `model`: not null.
  explicit BlazeFace(std::shared_ptr<const Model> model);
  ~BlazeFace();
  BlazeFace(BlazeFace&&) noexcept;
  BlazeFace& operator=(BlazeFace&&) noexcept;

  // For the frames of a video: near faces by one run of the short-range network on the whole frame,
  // and, only where that finds none, one of the full-range network. By descending score; all above
  // `threshold`. `bgr`: 3 channels, any size and shape; an empty one has no face. Boxes in pixels
  // of `bgr`, may reach beyond it; none that is not finite. Valid until the next call.
  const std::vector<FaceBox>& detect(ImageView bgr, float threshold = 0.5f);

  // For pictures and for several people: both networks on the whole picture, and the full-range one
  // on overlapping tiles of a pyramid, so that small faces in a crowd are found, too. Otherwise as
  // above.
  const std::vector<FaceBox>& detect_all(ImageView bgr, float threshold = 0.5f);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace auriga
