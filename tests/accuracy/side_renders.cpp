#include "side_renders.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>

#include "head_model.hpp"
#include "head_renderer.hpp"
#include "random_stream.hpp"

namespace auriga::accuracy {
namespace {

using training::HeadModel;

constexpr int kRest = 45, kActive = 9, kBetween = 5;  // frames
constexpr int kSize = 256;                            // px
// Shapes without sides are divided in the middle of the face within this, cm to each side.
constexpr float kSoft = 0.6F;

float share_of_left(float x) {
  const float t = std::clamp((x + kSoft) / (2 * kSoft), 0.0F, 1.0F);
  return t * t * (3 - 2 * t);
}

void move(const HeadModel& head, const std::string& name, std::array<double, 2> activation,
          std::vector<float>& vertices) {
  const auto is_there = [&](const std::string& one) {
    return std::find(head.expression_names.begin(), head.expression_names.end(), one) !=
           head.expression_names.end();
  };
  const auto size = static_cast<std::size_t>(head.vertices) * 3;
  const bool sided = is_there(name + "_L");
  for (const std::size_t side : {0, 1}) {
    const auto shape =
        static_cast<std::size_t>(head.expression(sided ? name + (side == 0 ? "_L" : "_R") : name));
    for (std::size_t i = 0; i < size; ++i) {
      const float left = share_of_left(head.mean[i / 3 * 3]);
      const float share = sided ? 1 : side == 0 ? left : 1 - left;
      vertices[i] +=
          static_cast<float>(activation[side]) * share * head.expressions[shape * size + i];
    }
  }
}

}  // namespace

const std::vector<SideMovement>& side_movements() {
  static const std::vector<SideMovement> all = {{"brow", {"browInnerUp", "browOuterUp"}},
                                                {"closure", {"eyeBlink"}},
                                                {"smile", {"mouthSmile"}},
                                                {"snarl", {"noseSneer"}},
                                                {"pucker", {"mouthPucker"}}};
  return all;
}

std::vector<SideFrame> side_clip(const std::filesystem::path& head_file, unsigned person,
                                 double yaw_rad) {
  const HeadModel head = training::read_head_model(head_file);
  training::HeadRenderer renderer(head);
  training::RandomStream random(1000 + person);
  training::Person who = training::sample_person(random);
  who.beard = 0;
  training::Scene scene = training::sample_scene(random);
  scene.size = kSize;
  scene.height_cm = 27;
  scene.distance_cm = 75;
  scene.x_cm = scene.y_cm = 0;
  scene.light = {0, 0.4F, 1};
  scene.ambient = 0.5F;
  scene.key = 0.6F;
  scene.fill = 0.2F;
  scene.gain = {1, 1, 1};
  scene.gamma = 1.9F;
  scene.blur_px = 0.4F;
  scene.grain = 1.5F;
  scene.colour_noise = 1;
  std::vector<float> identity(static_cast<std::size_t>(head.identity_modes()));
  for (float& one : identity) one = static_cast<float>(0.4 * random.normal());
  std::vector<float> rest;
  training::deform(head.mean, head.identities, identity, rest);

  std::vector<SideFrame> clip;
  training::Furrows furrows{};
  for (std::size_t k = 0; k < furrows.size(); ++k)
    furrows[k] = {who.furrow_rest[k], who.furrow_rest[k]};
  std::array<float, 136> landmarks{};
  const auto add = [&](int movement, double left, double right, int frames) {
    std::vector<float> vertices = rest;
    if (movement >= 0)
      for (const std::string& shape : side_movements()[static_cast<std::size_t>(movement)].shapes)
        move(head, shape, {left, right}, vertices);
    for (int i = 0; i < frames; ++i) {
      SideFrame frame{movement, left, right, {}};
      frame.bgr = renderer.render(vertices, training::rotation(0, yaw_rad, 0), who, furrows, scene,
                                  random, landmarks);
      clip.push_back(std::move(frame));
    }
  };
  add(-1, 0, 0, kRest);
  for (int movement = 0; movement < static_cast<int>(side_movements().size()); ++movement)
    for (const double level : {0.0, 0.25, 0.5, 0.75, 1.0}) {
      add(movement, level, 1, kActive);
      add(-1, 0, 0, kBetween);
    }
  return clip;
}

Image symmetric(const Image& picture) {
  Image result(picture);
  for (int y = 0; y < result.height(); ++y)
    for (int x = 0; x < result.width() / 2; ++x)
      std::memcpy(result.row(y) + std::ptrdiff_t{3} * (result.width() - 1 - x),
                  result.row(y) + std::ptrdiff_t{3} * x, 3);
  return result;
}

}  // namespace auriga::accuracy
