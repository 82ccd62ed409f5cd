#include "side_renders.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <stdexcept>

#include <fmt/core.h>
#include <unistd.h>

#include "head_model.hpp"
#include "head_renderer.hpp"
#include "random_stream.hpp"
#include "support/golden.hpp"

namespace auriga::accuracy {

namespace fs = std::filesystem;

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

std::optional<fs::path> head_file() {
  const fs::path file = AURIGA_HEAD_FILE;
  if (fs::exists(file)) return file;
  // The Python that ./dev setup makes has numpy; AURIGA_NO_PYTHON leaves it out.
  const fs::path python = test::repository() / "build/deps/python/bin/python";
  if (!fs::exists(python)) return std::nullopt;
  // Tests run side by side.
  const std::string part = fmt::format("{}.{}", file.string(), getpid());
  const std::string command =
      fmt::format("'{}' '{}' '{}' '{}' >/dev/null", python.string(),
                  (test::repository() / "tools/open-pack/train/convert_ict.py").string(),
                  (test::test_data() / "open-pack/ict.npz").string(), part);
  if (std::system(command.c_str()) != 0)
    throw std::runtime_error("convert_ict.py cannot make the head: " + command);
  fs::rename(part, file);
  return file;
}

struct SideHead::Parts {
  explicit Parts(const fs::path& file) : head(training::read_head_model(file)), renderer(head) {}
  HeadModel head;
  training::HeadRenderer renderer;
  training::RandomStream random{0};
  training::Person who{};
  training::Scene scene{};
  training::Furrows furrows{};
  training::Matrix3 turn{};
  std::vector<float> rest, vertices;
  std::array<float, 136> landmarks{};
};

SideHead::SideHead(const fs::path& head_file, unsigned person, double yaw_rad)
    : parts_(std::make_unique<Parts>(head_file)) {
  auto& [head, renderer, random, who, scene, furrows, turn, rest, vertices, landmarks] = *parts_;
  random = training::RandomStream(1000 + person);
  who = training::sample_person(random);
  who.beard = 0;
  scene = training::sample_scene(random);
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
  training::deform(head.mean, head.identities, identity, rest);
  vertices = rest;
  for (std::size_t k = 0; k < furrows.size(); ++k)
    furrows[k] = {who.furrow_rest[k], who.furrow_rest[k]};
  turn = training::rotation(0, yaw_rad, 0);
}

SideHead::SideHead(SideHead&&) noexcept = default;
SideHead::~SideHead() = default;

void SideHead::pose(int movement, double left, double right) {
  parts_->vertices = parts_->rest;
  if (movement < 0) return;
  for (const std::string& shape : side_movements()[static_cast<std::size_t>(movement)].shapes)
    move(parts_->head, shape, {left, right}, parts_->vertices);
}

const Image& SideHead::picture() {
  Parts& p = *parts_;
  return p.renderer.render(p.vertices, p.turn, p.who, p.furrows, p.scene, p.random, p.landmarks);
}

std::vector<SideFrame> side_clip(SideHead& head) {
  std::vector<SideFrame> clip;
  const auto add = [&](int movement, double left, double right, int frames) {
    head.pose(movement, left, right);
    for (int i = 0; i < frames; ++i) {
      SideFrame frame{movement, left, right, {}};
      frame.bgr = head.picture();
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
