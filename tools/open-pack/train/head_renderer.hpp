// Pictures of heads: a small rasteriser, and skin, brows, eyes and furrows by formulas.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "auriga/image.hpp"

#include "head_model.hpp"
#include "random_stream.hpp"

namespace auriga::training {

using Vec3 = std::array<float, 3>;
using Matrix3 = std::array<Vec3, 3>;  // rows

// Rotation about x, then y, then z (R = Rx Ry Rz), rad, in the axes of HeadModel.
Matrix3 rotation(double rx, double ry, double rz);

// Lines and folds that deepen with an expression.
enum Furrow {
  kForeheadInner,
  kForeheadOuter,
  kGlabella,
  kNasalRoot,
  kCrowsFeet,
  kBelowEye,
  kNasolabial,
  kDimple,
  kMouthCorner,
  kChin,
  kFurrows
};

// How a person looks apart from the shape. Colours are linear RGB, 0..1.
struct Person {
  Vec3 skin, lip, hair, iris, shirt;
  float brow_thickness, brow_opacity, brow_lift, brow_tilt;
  float blush, liner, hairline, beard;
  Vec3 texture_shift;                       // where the pattern of the skin begins, cm
  std::array<float, kFurrows> furrow_rest;  // depth without any expression, 0..1
  std::array<float, kFurrows> furrow_gain;  // more of it at full expression
};
Person sample_person(RandomStream& random);

// How a picture is taken.
struct Scene {
  int size = 256;            // px, square
  float height_cm = 28;      // that the picture shows at the head
  float distance_cm = 70;    // of the camera
  float x_cm = 0, y_cm = 0;  // of the head off the middle
  Vec3 light{};              // towards it; x right, y up, z to the camera
  float ambient, key, fill;
  Vec3 background{};
  float background_pattern;            // 0..1
  Vec3 gain{1, 1, 1};                  // of the camera's channels
  float gamma;                         // of the camera, about 1.9
  float blur_px, grain, colour_noise;  // standard deviations; noise in grey levels
};
Scene sample_scene(RandomStream& random);

// Depth of each furrow, 0..1, on the person's left (0) and right (1).
using Furrows = std::array<std::array<float, 2>, kFurrows>;

class HeadRenderer {
 public:
  // `head` must outlive the renderer. Takes a second: works out how much light gets where.
  explicit HeadRenderer(const HeadModel& head);

  // `vertices` in head coordinates. `random` is for noise. Returns the picture; `landmarks`
  // receives where the 68 are, px, x and y in turn, whole coordinates at pixel centres.
  const Image& render(std::span<const float> vertices, const Matrix3& turn, const Person& person,
                      const Furrows& furrows, const Scene& scene, RandomStream& random,
                      std::array<float, 136>& landmarks);

 private:
  struct Surface {  // what a pixel shows
    int triangle = -1;
    float b1 = 0, b2 = 0;  // weights of the triangle's second and third corner
    float depth = 0;
  };
  struct Albedo {
    Vec3 colour;
    float shine;
  };

  void rasterise(std::span<const float> projected, int width, int height);
  void find_normals(std::span<const float> vertices);
  void find_occlusion();
  void make_maps();
  Albedo albedo(const Vec3& at, HeadPart part, const Person& person, const Furrows& furrows) const;
  void degrade(const Scene& scene, RandomStream& random);

  const HeadModel& head_;
  std::vector<float> occlusion_;  // per vertex, 0 (no light) .. 1
  std::array<Vec3, 2> eyes_{};    // centres, at +x and at -x
  std::vector<float> map_;        // features of the face's front, see head_renderer.cpp
  std::vector<float> bell_;       // normal numbers for noise
  std::vector<Surface> surfaces_;
  std::vector<float> projected_, normals_, colours_, row_;
  Image picture_;
};

}  // namespace auriga::training
