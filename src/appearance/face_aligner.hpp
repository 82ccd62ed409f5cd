// Cuts a face out of a frame: upright, of fixed scale, everything outside the face black (spec
// au-core.md section 4).
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "auriga/face.hpp"
#include "auriga/image.hpp"

#include "media/picture.hpp"
#include "models/pdm.hpp"
#include "models/triangulation.hpp"

namespace auriga {

// The defaults are the crop that the action-unit models were trained on; other values are for crops
// that people look at.
struct AlignOptions {
  float scale = 0.7F;  // px of the crop per mm of the mean shape, 0.01..100
  int size = 112;      // width and height of the crop, px, 1..4096
  bool mask = true;    // black outside the triangulated face (brows raised by 30 px at scale 0.7)
};

// Frame to crop, pixels: x' = a x - b y + tx, y' = b x + a y + ty.
struct SimilarityTransform {
  float a = 1, b = 0, tx = 0, ty = 0;
};

// Holds the target shape and the workspace of one crop format. Not thread-safe: one object per
// thread.
class FaceAligner {
 public:
  // `pdm` has 68 points; the aligner keeps what it needs of it. Throws Error(model) for another
  // number of points or a triangle index outside 0..67, Error(usage) for options out of range.
  FaceAligner(const Pdm& pdm, std::vector<Triangle> triangles, const AlignOptions& options = {});

  const AlignOptions& options() const { return options_; }

  // The rotation turns 24 rigid landmarks onto the mean shape (least squares), the scale makes
  // their RMS sizes equal, and the translation sends (tx, ty), the origin of the model in the frame
  // (px), to the crop's middle (size/2, size/2), integer division. The numbers are not finite when
  // the rigid landmarks coincide or are not finite. Thread-safe, allocates nothing.
  SimilarityTransform transform(const Landmarks& landmarks, float tx, float ty) const;

  // Writes the size x size crop of `frame` (8-bit BGR or grey; `crop` gets the same channels),
  // bilinear at positions rounded to 1/32 px, black beyond the frame's border. `fit` is the fit of
  // the shape model to `landmarks`; only tx and ty are read. All black when a landmark, tx or ty is
  // not finite, when the rigid landmarks coincide, or when the crop would reach farther than 2^19
  // px from the frame's origin. Looks at no more of the frame than the crop shows. Allocates only
  // while `crop` grows.
  void align(const Picture& frame, const Landmarks& landmarks, const ShapeFit& fit, Image& crop);

 private:
  void rasterise_mask(const SimilarityTransform& to_crop, const Landmarks& landmarks);

  AlignOptions options_;
  std::vector<Triangle> triangles_;
  // Rigid points of the mean shape, 24 x then 24 y; mean 0, RMS size 1.
  std::array<float, 48> target_{};
  float target_size_ = 0;           // RMS size before normalisation, px
  int mask_stride_ = 0;             // bytes
  std::vector<std::uint8_t> mask_;  // size rows, 255 inside the face, else 0
  std::vector<int> column_x_;       // contribution of the column to the source position, 1/1024 px
  std::vector<int> column_y_;
};

}  // namespace auriga
