// The shape of a face that a recipe works with.
#pragma once

#include <utility>
#include <vector>

#include "models/pdm.hpp"
#include "models/triangulation.hpp"
#include "shape/shape_model.hpp"

namespace auriga {

// 68 points in iBUG order: trackers fit it, the aligner warps its triangles. Immutable.
struct FaceShape {
  FaceShape(Pdm points, std::vector<Triangle> faces)
      : pdm(std::move(points)), triangles(std::move(faces)), model(pdm) {}
  FaceShape(const FaceShape&) = delete;
  FaceShape& operator=(const FaceShape&) = delete;

  Pdm pdm;
  std::vector<Triangle> triangles;
  ShapeModel model;
};

}  // namespace auriga
