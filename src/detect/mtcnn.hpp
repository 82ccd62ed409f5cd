// Finds faces with MTCNN (three cascaded networks), OpenFace's default detector (spec mtcnn.md).
#pragma once

#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "auriga/face.hpp"
#include "auriga/image.hpp"

#include "models/find_file.hpp"

namespace auriga {

// Own inference from OpenFace's `.dat` files. Boxes are in the landmark convention: jaw outline to
// jaw outline, brows to chin.
//
// Rows of the picture flow through the first network, so that memory hardly grows with the frame.
// At most 16384 candidates of a stage are followed; a picture of 2000 x 2000 px with 12 faces has
// 700.
//
// Not thread-safe: one object per thread; they may share a model. Allocates only when frames change
// their size.
class Mtcnn {
 public:
  // The weights of the three networks. Immutable: any number of threads may share one.
  struct Model;

  // `list`: MTCNN_detector.txt, which names the three networks; they are where `find` says. Throws
  // Error(model) when files are missing (it names all of them), damaged, or networks of another
  // structure.
  static std::shared_ptr<const Model> load(const std::filesystem::path& list,
                                           const FindFile& find = as_named);

  // Costs buffers only. `model`: not null.
  explicit Mtcnn(std::shared_ptr<const Model> model);
  ~Mtcnn();
  Mtcnn(Mtcnn&&) noexcept;
  Mtcnn& operator=(Mtcnn&&) noexcept;

  // Faces by descending score, px of `image` (3 channels BGR, or 1), may reach beyond it. Faces
  // below about 60 px are not looked for; pictures with a side below have none. `points` of the
  // boxes are zero. The reference is valid until the next call.
  const std::vector<FaceBox>& detect(ImageView image);

  // For tests and traces: the boxes after each stage of the last call. Of each scale i of the
  // pyramid "pnet_scale<i>_<width>x<height>"; of each "pnet_scale<i>_after_nms0.5"; then
  // "pnet_all_after_nms0.7", "rnet_above_thresh", "rnet_after_nms0.7", "onet_above_thresh",
  // "final_after_nms0.7min".
  std::span<const std::pair<std::string, int>> stage_counts() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// The face that a tracker of one face begins with: the widest, of equally wide ones the first (spec
// mtcnn.md section 7). nullptr: none.
const FaceBox* widest(std::span<const FaceBox> faces);
// The one whose centre is nearest to a point of the picture, px.
const FaceBox* nearest(std::span<const FaceBox> faces, float x, float y);

}  // namespace auriga
