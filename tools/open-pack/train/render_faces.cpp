// Renders made-up people with known action units, looks at them with auriga's own face mesh and
// writes features and labels for train.py (README.md of tools/open-pack).
#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "auriga/error.hpp"
#include "auriga/face.hpp"

#include "au/mesh/mesh_features.hpp"
#include "expression_sampler.hpp"
#include "head_model.hpp"
#include "head_renderer.hpp"
#include "landmarks/face_mesh.hpp"

namespace auriga::training {
namespace {

constexpr const char* kUsage =
    "usage: render_faces HEAD.bin PACK OUT.bin PEOPLE [SEED] [--meshes]\n"
    "       render_faces HEAD.bin --sheet OUT.ppm [SEED]\n"
    "       render_faces HEAD.bin --portraits FOLDER PEOPLE [SEED]\n"
    "HEAD.bin: of convert_ict.py. PACK: folder of the open model pack. OUT.bin: for train.py.\n"
    "--meshes: also the 478 points of each face and where its 68 landmarks are. --sheet: 20 "
    "pictures to look at. --portraits: PEOPLE pictures, NNN.bmp, and portraits.csv with the 68 "
    "landmarks of each: x, then y.\n";

constexpr int kNeutralPictures = 3, kPictures = 12;  // of each person
constexpr double kIdentitySpread = .85;              // standard deviations of the identity modes

// How deep the furrows of an expression are.
Furrows furrows_of(const HeadModel& head, const Expression& face, const Person& person) {
  const auto shape = [&](const char* name, int side) {
    const std::string of_side = std::string(name) + (side == kLeft ? "_L" : "_R");
    return face.shapes[static_cast<std::size_t>(head.expression(of_side))];
  };
  Furrows furrows{};
  for (const int side : {kLeft, kRight}) {
    const auto of = [&](const char* name) { return shape(name, side); };
    std::array<float, kFurrows> now{};
    now[kForeheadInner] = of("browInnerUp");
    now[kForeheadOuter] = of("browOuterUp");
    now[kGlabella] = of("browDown");
    now[kNasalRoot] = .8f * of("noseSneer") + .4f * of("browDown");
    now[kCrowsFeet] = .6f * of("cheekSquint") + .5f * of("cheekRaiser") + .3f * of("mouthSmile") +
                      .3f * of("eyeSquint");
    now[kBelowEye] = .6f * of("cheekSquint") + .5f * of("cheekRaiser") + .5f * of("eyeSquint");
    now[kNasolabial] = .8f * of("mouthSmile") + .6f * of("mouthUpperUp") + .7f * of("noseSneer") +
                       .2f * of("mouthFrown");
    now[kDimple] = of("mouthDimple") + .3f * of("mouthSmile");
    now[kMouthCorner] = of("mouthFrown") + .2f * of("mouthStretch");
    now[kChin] = face.shapes[static_cast<std::size_t>(head.expression("mouthShrugLower"))];
    for (std::size_t k = 0; k < kFurrows; ++k) {
      furrows[k][static_cast<std::size_t>(side)] =
          std::min(.8f, person.furrow_rest[k] + person.furrow_gain[k] * std::min(now[k], 1.2f));
    }
  }
  return furrows;
}

struct Pose {
  double pitch = 0, yaw = 0, roll = 0;
};

// A person whom a video would show: usual pose, and how much the head moves about it.
class Subject {
 public:
  Subject(const HeadModel& head, RandomStream& random)
      : head_(head), person(sample_person(random)) {
    std::vector<float> identity(static_cast<std::size_t>(head.identity_modes()));
    for (float& c : identity) {
      c = static_cast<float>(kIdentitySpread * random.normal());
    }
    deform(head.mean, head.identities, identity, shape_);
    usual_ = {random.uniform(-.22, .22), random.uniform(-.4, .4), random.uniform(-.12, .12)};
    movement_ = random.uniform(.03, .16);
  }

  const std::vector<float>& with(const Expression& face) {
    deform(shape_, head_.expressions, face.shapes, vertices_);
    return vertices_;
  }
  Pose pose(RandomStream& random) const {
    return {usual_.pitch + .8 * movement_ * random.normal(),
            usual_.yaw + movement_ * random.normal(),
            usual_.roll + .5 * movement_ * random.normal()};
  }

 private:
  const HeadModel& head_;
  std::vector<float> shape_, vertices_;
  Pose usual_;
  double movement_ = 0;

 public:
  Person person;
};

// Mean distance between the inner edges of the lips, cm.
float lip_gap(const HeadModel& head, std::span<const float> vertices) {
  float sum = 0;
  for (const auto& [upper, lower] : {std::pair{61, 67}, std::pair{62, 66}, std::pair{63, 65}}) {
    float square = 0;
    for (int k = 0; k < 3; ++k) {
      const auto at = [&](int mark) {
        return vertices[static_cast<std::size_t>(
            head.landmarks[static_cast<std::size_t>(mark)] * 3 + k)];
      };
      square += (at(upper) - at(lower)) * (at(upper) - at(lower));
    }
    sum += std::sqrt(square) / 3;
  }
  return sum;
}

// Where a detector would say that the face is.
FaceRoi first_roi(const std::array<float, 136>& landmarks, const Pose& pose, int picture) {
  float x0 = landmarks[0], x1 = x0, y0 = landmarks[1], y1 = y0;
  for (std::size_t i = 0; i < 68; ++i) {
    x0 = std::min(x0, landmarks[2 * i]);
    x1 = std::max(x1, landmarks[2 * i]);
    y0 = std::min(y0, landmarks[2 * i + 1]);
    y1 = std::max(y1, landmarks[2 * i + 1]);
  }
  return {.x = (x0 + x1) / 2,
          .y = (y0 + y1) / 2 - static_cast<float>(picture) / 32,
          .side = 1.9f * std::max(x1 - x0, y1 - y0),
          .angle_rad = static_cast<float>(-pose.roll)};
}

class Output {
 public:
  explicit Output(const std::string& file) : name_(file), file_(std::fopen(file.c_str(), "wb")) {
    if (!file_) {
      throw Error(ErrorCode::output, fmt::format("{}: cannot be written", name_));
    }
  }
  void write(std::string_view bytes) {
    if (std::fwrite(bytes.data(), 1, bytes.size(), file_.get()) != bytes.size()) {
      throw Error(ErrorCode::output, fmt::format("{}: writing failed; is the disk full?", name_));
    }
  }
  void write(std::span<const float> values) {
    write({reinterpret_cast<const char*>(values.data()), values.size_bytes()});
  }
  void close() {
    if (std::fclose(file_.release()) != 0) {
      throw Error(ErrorCode::output, fmt::format("{}: writing failed; is the disk full?", name_));
    }
  }

 private:
  struct Close {
    void operator()(std::FILE* file) const noexcept { std::fclose(file); }
  };
  std::string name_;
  std::unique_ptr<std::FILE, Close> file_;
};

void render_sheet(const HeadModel& head, const std::string& file, std::uint64_t seed) {
  constexpr int kColumns = 5, kRows = 4, kSize = 288;
  HeadRenderer renderer(head);
  const ExpressionSampler sampler(head);
  RandomStream random(seed);
  Image sheet(kColumns * kSize, kRows * kSize, 3);
  std::array<float, 136> landmarks{};
  for (int row = 0; row < kRows; ++row) {
    Subject subject(head, random);
    for (int column = 0; column < kColumns; ++column) {
      const Expression face = column == 0 ? sampler.neutral() : sampler.sample(random);
      const Pose pose = subject.pose(random);
      Scene scene = sample_scene(random);
      scene.size = kSize;
      const Image& picture = renderer.render(
          subject.with(face), rotation(pose.pitch, pose.yaw, pose.roll), subject.person,
          furrows_of(head, face, subject.person), scene, random, landmarks);
      for (int y = 0; y < kSize; ++y) {
        for (int x = 0; x < kSize; ++x) {
          for (int k = 0; k < 3; ++k) {
            sheet.row(row * kSize + y)[(column * kSize + x) * 3 + 2 - k] =
                picture.row(y)[x * 3 + k];
          }
        }
      }
    }
  }
  Output out(file);
  out.write(fmt::format("P6 {} {} 255\n", sheet.width(), sheet.height()));
  out.write({reinterpret_cast<const char*>(sheet.data()), sheet.size_bytes()});
  out.close();
}

// Upside down and padded to whole words, as BMP files are.
void write_bmp(ImageView bgr, const std::string& file) {
  const std::uint32_t row = (static_cast<std::uint32_t>(bgr.width) * 3 + 3) / 4 * 4;
  const auto height = static_cast<std::uint32_t>(bgr.height);
  std::string bytes = "BM";
  const auto add = [&](std::uint32_t value, int size) {
    for (int k = 0; k < size; ++k) bytes.push_back(static_cast<char>(value >> (8 * k) & 255));
  };
  for (const std::uint32_t value :
       {54 + row * height, 0u, 54u, 40u, static_cast<std::uint32_t>(bgr.width), height})
    add(value, 4);
  add(1, 2);
  add(24, 2);
  for (const std::uint32_t value : {0u, row * height, 0u, 0u, 0u, 0u}) add(value, 4);
  for (int y = bgr.height - 1; y >= 0; --y) {
    bytes.append(reinterpret_cast<const char*>(bgr.row(y)),
                 static_cast<std::size_t>(bgr.width) * 3);
    bytes.append(row - static_cast<std::uint32_t>(bgr.width) * 3, '\0');
  }
  Output out(file);
  out.write(bytes);
  out.close();
}

// One picture of each of so many people.
void render_portraits(const HeadModel& head, const std::string& folder, int people,
                      std::uint64_t seed) {
  HeadRenderer renderer(head);
  const ExpressionSampler sampler(head);
  std::array<float, 136> landmarks{};
  std::string table;
  for (int i = 0; i < people; ++i) {
    RandomStream random(seed * 1'000'003 + static_cast<std::uint64_t>(i));
    Subject subject(head, random);
    const Expression face = i % 2 == 0 ? sampler.neutral() : sampler.sample(random);
    const Pose pose = subject.pose(random);
    const Scene scene = sample_scene(random);
    const std::string name = fmt::format("{:03}.bmp", i);
    write_bmp(renderer.render(subject.with(face), rotation(pose.pitch, pose.yaw, pose.roll),
                              subject.person, furrows_of(head, face, subject.person), scene, random,
                              landmarks),
              folder + "/" + name);
    table += name;
    for (const std::size_t axis : {0, 1})
      for (std::size_t k = axis; k < landmarks.size(); k += 2)
        table += fmt::format(",{:.2f}", landmarks[k]);
    table += '\n';
  }
  Output out(folder + "/portraits.csv");
  out.write(table);
  out.close();
}

void render_people(const HeadModel& head, const std::string& pack, const std::string& file,
                   int people, std::uint64_t seed, bool meshes) {
  HeadRenderer renderer(head);
  const ExpressionSampler sampler(head);
  FaceMeshNetwork network(FaceMeshNetwork::load(pack, Device::cpu));
  MeshFeatures features;
  Output out(file);
  // First line: the columns. Then rows of float32, little-endian.
  std::string columns = "person picture neutral confidence lip_gap_cm pitch yaw roll";
  for (const char* side : {"left", "right"}) {
    for (const std::string_view name : kUnits) {
      columns += fmt::format(" AU{}_{}", name, side);
    }
  }
  for (const std::string_view name : MeshFeatures::names()) {
    columns += fmt::format(" {}", name);
  }
  for (const char* axis : {"x", "y", "z"}) {
    for (int i = 0; meshes && i < kMeshPoints; ++i) {
      columns += fmt::format(" mesh_{}_{}", axis, i);
    }
  }
  for (int i = 0; meshes && i < 68; ++i) {
    columns += fmt::format(" landmark_x_{} landmark_y_{}", i, i);
  }
  out.write(columns + "\n");

  std::vector<float> row;
  std::vector<float> values(static_cast<std::size_t>(MeshFeatures::count()));
  std::array<float, 136> landmarks{};
  FaceMesh mesh;
  for (int i = 0; i < people; ++i) {
    // A person depends on the seed and the own number only, so runs can be split.
    RandomStream random(seed * 1'000'003 + static_cast<std::uint64_t>(i));
    Subject subject(head, random);
    for (int k = 0; k < kPictures; ++k) {
      const bool neutral = k < kNeutralPictures;
      const Expression face = neutral ? sampler.neutral() : sampler.sample(random);
      const Pose pose = subject.pose(random);
      const Scene scene = sample_scene(random);
      const std::vector<float>& vertices = subject.with(face);
      const Image& picture =
          renderer.render(vertices, rotation(pose.pitch, pose.yaw, pose.roll), subject.person,
                          furrows_of(head, face, subject.person), scene, random, landmarks);
      FaceRoi roi = first_roi(landmarks, pose, scene.size);
      std::optional<float> confidence;
      for (int look = 0; look < 2; ++look) {
        confidence = network.find(picture, roi, mesh);
        if (!confidence) {
          break;
        }
        roi = roi_around(mesh);
      }
      if (!confidence || !features.compute(picture, mesh, values)) {
        continue;
      }
      row.assign({static_cast<float>(i), static_cast<float>(k), neutral ? 1.f : 0.f,
                  presence_of(*confidence), lip_gap(head, vertices), static_cast<float>(pose.pitch),
                  static_cast<float>(pose.yaw), static_cast<float>(pose.roll)});
      for (const Side side : {kLeft, kRight}) {
        row.insert(row.end(), face.units[side].begin(), face.units[side].end());
      }
      row.insert(row.end(), values.begin(), values.end());
      if (meshes) {
        row.insert(row.end(), mesh.x.begin(), mesh.x.end());
        row.insert(row.end(), mesh.y.begin(), mesh.y.end());
        row.insert(row.end(), mesh.z.begin(), mesh.z.end());
        row.insert(row.end(), landmarks.begin(), landmarks.end());
      }
      out.write(row);
    }
  }
  out.close();
}

int run(std::vector<std::string> arguments) {
  const auto meshes = std::find(arguments.begin(), arguments.end(), "--meshes");
  const bool with_meshes = meshes != arguments.end();
  if (with_meshes) {
    arguments.erase(meshes);
  }
  const auto seed = [&](std::size_t i) {
    return arguments.size() > i ? std::strtoull(arguments[i].c_str(), nullptr, 10) : 1;
  };
  if (arguments.size() >= 3 && arguments.size() <= 4 && arguments[1] == "--sheet") {
    render_sheet(read_head_model(arguments[0]), arguments[2], seed(3));
    return 0;
  }
  const bool portraits = arguments.size() >= 4 && arguments[1] == "--portraits";
  const int people = arguments.size() >= 4 ? std::atoi(arguments[3].c_str()) : 0;
  if (people < 1 || arguments.size() > 5) {
    std::fputs(kUsage, stderr);
    return 2;
  }
  if (portraits) {
    render_portraits(read_head_model(arguments[0]), arguments[2], people, seed(4));
    return 0;
  }
  render_people(read_head_model(arguments[0]), arguments[1], arguments[2], people, seed(4),
                with_meshes);
  return 0;
}

}  // namespace
}  // namespace auriga::training

int main(int argc, char** argv) {
  try {
    return auriga::training::run({argv + 1, argv + argc});
  } catch (const auriga::Error& error) {
    std::fprintf(stderr, "render_faces: %s\n", error.what());
    return static_cast<int>(error.code());
  } catch (const std::exception& error) {
    std::fprintf(stderr, "render_faces: %s\n", error.what());
    return 1;
  }
}
