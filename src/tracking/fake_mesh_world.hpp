// Faces that do what a test tells them, a detector and a mesh network that see them, and pictures
// of them: for tests of the trackers on the face mesh.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <random>
#include <span>
#include <vector>

#include "auriga/face.hpp"
#include "auriga/image.hpp"

#include "landmarks/face_mesh.hpp"
#include "models/pdm.hpp"
#include "shape/shape_model.hpp"
#include "support/golden.hpp"
#include "tracking/face_finder.hpp"
#include "tracking/mesh_landmarker.hpp"

namespace auriga::test {

// Somebody with a face of random blotches that are their own.
struct MeshActor {
  float x = 0, y = 0;  // centre of the face, px
  float width = 80;    // px
  unsigned looks = 0;
  bool visible = true;
  float presence = 1;  // what the network says of the face
  float score = 0.9f;  // what the detector says
  unsigned mood = 0;   // other than 0: the blotches change, to a correlation of some 0.7
};

class MeshWorld {
 public:
  MeshWorld() : pdm_(read_pdm(repository() / "models/open/shape_68.txt")), model_(pdm_) {
    std::vector<float> x(pdm_.mean.begin(), pdm_.mean.begin() + kLandmarks);
    std::vector<float> y(pdm_.mean.begin() + kLandmarks, pdm_.mean.begin() + 2 * kLandmarks);
    const auto [left, right] = std::minmax_element(x.begin(), x.end());
    const auto [top, bottom] = std::minmax_element(y.begin(), y.end());
    const float width = *right - *left, cx = (*left + *right) / 2, cy = (*top + *bottom) / 2;
    for (std::size_t i = 0; i < kLandmarks; ++i) {
      x[i] = (x[i] - cx) / width;
      y[i] = (y[i] - cy) / width;
    }
    // Every point of the mesh where the landmarks that it counts in are; the others on a ring.
    for (std::size_t k = 0; k < kMeshPoints; ++k) {
      FaceMesh unit;
      unit.x[k] = 1;
      const Landmarks weights = map_.landmarks(unit);
      float sum = 0, sum_x = 0, sum_y = 0;
      for (std::size_t i = 0; i < kLandmarks; ++i) {
        const float weight = std::max(0.0f, weights.x[i]);
        sum += weight, sum_x += weight * x[i], sum_y += weight * y[i];
      }
      const double angle = 0.1 * static_cast<double>(k);
      mean_.x[k] = sum > 0 ? sum_x / sum : static_cast<float>(0.5 * std::cos(angle));
      mean_.y[k] = sum > 0 ? sum_y / sum : static_cast<float>(0.5 * std::sin(angle));
    }
  }

  const MeshTo68& map() const { return map_; }
  const ShapeModel& model() const { return model_; }

  FaceMesh mesh_at(float x, float y, float width) const {
    FaceMesh mesh;
    for (std::size_t k = 0; k < kMeshPoints; ++k) {
      mesh.x[k] = x + width * mean_.x[k];
      mesh.y[k] = y + width * mean_.y[k];
      mesh.z[k] = width * 0.1f;
    }
    return mesh;
  }
  FaceMesh mesh_of(const MeshActor& actor) const { return mesh_at(actor.x, actor.y, actor.width); }
  Landmarks landmarks_of(const MeshActor& actor) const { return map_.landmarks(mesh_of(actor)); }
  static FaceBox box_of(const MeshActor& actor) {
    const float side = actor.width;
    FaceBox box{actor.x - side / 2, actor.y - side / 2, side, side, actor.score, {}};
    box.points = {Point2{actor.x - side / 4, actor.y - side / 5},
                  {actor.x + side / 4, actor.y - side / 5}};
    return box;
  }

  FaceFinder find() {
    return [this](ImageView) -> std::span<const FaceBox> {
      ++detections;
      boxes_.clear();
      for (const MeshActor& actor : actors)
        if (actor.visible && actor.score > 0) boxes_.push_back(box_of(actor));
      boxes_.insert(boxes_.end(), ghosts.begin(), ghosts.end());
      return boxes_;
    };
  }

  // Sees the face that is nearest to the middle of the region, less exactly the further off it is;
  // where there is none its points are a face all the same.
  MeshFinder mesh() {
    return [this](ImageView bgr, const FaceRoi& roi, FaceMesh& mesh) -> std::optional<float> {
      ++looks;
      last_roi = roi;
      if (bgr.empty() || silent) return std::nullopt;
      const MeshActor* seen = nullptr;
      float least = 0.3f * roi.side;
      for (const MeshActor& actor : actors) {
        const float distance = std::hypot(actor.x - roi.x, actor.y - roi.y);
        if (!actor.visible || actor.width > roi.side || actor.width < 0.3f * roi.side) continue;
        if (distance < least) least = distance, seen = &actor;
      }
      if (seen == nullptr) {
        mesh = mesh_at(roi.x, roi.y, roi.side / 1.5f);
        return logit_of(presence_of_nothing);
      }
      mesh = mesh_at(seen->x + sloppiness * (roi.x - seen->x),
                     seen->y + sloppiness * (roi.y - seen->y), seen->width);
      return logit_of(seen->presence);
    };
  }

  const Image& picture(int width = 640, int height = 480) {
    picture_.resize(width, height, 3);
    for (int y = 0; y < height; ++y) {  // an empty room, or another one with three bright windows
      for (int x = 0; x < 3 * width; ++x) {
        picture_.row(y)[x] = static_cast<std::uint8_t>(room == 0 ? 70 + x / 24 + y / 5
                                                                 : x / 320 % 2 * 120 + 200 - y / 4);
      }
    }
    for (const MeshActor& actor : actors)
      if (actor.visible) paint(actor);
    return picture_;
  }

  std::vector<MeshActor> actors;
  std::vector<FaceBox> ghosts;  // what the detector takes for faces
  float presence_of_nothing = 0.02f;
  bool silent = false;            // the network has no answer
  float sloppiness = 0.1f;        // 1: the points are where they are looked for
  unsigned room = 0;              // where it takes place
  int detections = 0, looks = 0;  // so far
  FaceRoi last_roi;

 private:
  // What presence_of() makes this probability of.
  static float logit_of(float presence) {
    float logit = std::clamp(std::log(presence / (1 - presence)), -30.0f, 30.0f);
    for (int i = 0; i < 100 && presence_of(logit) > presence; ++i)
      logit = std::nextafter(logit, -100.0f);
    for (int i = 0; i < 100 && presence_of(logit) < presence; ++i)
      logit = std::nextafter(logit, 100.0f);
    return logit;
  }

  void paint(const MeshActor& actor) {
    constexpr int kBlotches = 6;
    std::mt19937 own(actor.looks), now(2000 + actor.mood);
    std::vector<std::uint8_t> grey(kBlotches * kBlotches);
    for (std::uint8_t& value : grey) {
      const unsigned mine = own() % 256, other = now() % 256;
      value = static_cast<std::uint8_t>(actor.mood == 0 ? mine : (mine + other) / 2);
    }
    const int side = static_cast<int>(1.3f * actor.width);
    for (int v = 0; v < side; ++v) {
      for (int u = 0; u < side; ++u) {
        const int x = static_cast<int>(actor.x) + u - side / 2;
        const int y = static_cast<int>(actor.y) + v - side / 2;
        if (x < 0 || y < 0 || x >= picture_.width() || y >= picture_.height()) continue;
        const int cell = v * kBlotches / side * kBlotches + u * kBlotches / side;
        std::fill_n(picture_.row(y) + 3 * x, 3, grey[static_cast<std::size_t>(cell)]);
      }
    }
  }

  Pdm pdm_;
  ShapeModel model_;
  MeshTo68 map_{repository() / "models/open/mesh_to_68.txt"};
  FaceMesh mean_;  // width 1, centre 0
  std::vector<FaceBox> boxes_;
  Image picture_;
};

}  // namespace auriga::test
