#include "head_renderer.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace auriga::training {
namespace {

Vec3 operator+(const Vec3& a, const Vec3& b) { return {a[0] + b[0], a[1] + b[1], a[2] + b[2]}; }
Vec3 operator-(const Vec3& a, const Vec3& b) { return {a[0] - b[0], a[1] - b[1], a[2] - b[2]}; }
Vec3 operator*(const Vec3& a, float s) { return {a[0] * s, a[1] * s, a[2] * s}; }
Vec3 operator*(const Vec3& a, const Vec3& b) { return {a[0] * b[0], a[1] * b[1], a[2] * b[2]}; }
float dot(const Vec3& a, const Vec3& b) { return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]; }
Vec3 cross(const Vec3& a, const Vec3& b) {
  return {a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]};
}
Vec3 unit_length(const Vec3& a) { return a * (1 / (std::sqrt(dot(a, a)) + 1e-9f)); }
Vec3 mix(const Vec3& a, const Vec3& b, float share) { return a + (b - a) * share; }
float clip(float v) { return std::clamp(v, 0.f, 1.f); }
float square(float v) { return v * v; }
Vec3 vertex(std::span<const float> v, int i) {
  const auto at = static_cast<std::size_t>(i) * 3;
  return {v[at], v[at + 1], v[at + 2]};
}

// Smooth random values on a lattice, 0..1, that repeats.
template <int kSide>
class ValueNoise {
 public:
  ValueNoise(std::uint64_t seed, float cell_cm) : per_cm_(1 / cell_cm) {
    RandomStream random(seed);
    for (float& v : values_) {
      v = static_cast<float>(random.uniform());
    }
  }
  float operator()(const Vec3& p) const {
    std::array<int, 3> i{}, j{};
    Vec3 t{};
    for (std::size_t k = 0; k < 3; ++k) {
      const float q = p[k] * per_cm_ + 1024 * kSide;
      const int whole = static_cast<int>(q);
      t[k] = q - static_cast<float>(whole);
      i[k] = whole & (kSide - 1);
      j[k] = (whole + 1) & (kSide - 1);
    }
    const auto at = [&](int x, int y, int z) {
      return values_[static_cast<std::size_t>((x * kSide + y) * kSide + z)];
    };
    const auto along_z = [&](int x, int y) {
      const float a = at(x, y, i[2]);
      return a + t[2] * (at(x, y, j[2]) - a);
    };
    const auto along_yz = [&](int x) {
      const float a = along_z(x, i[1]);
      return a + t[1] * (along_z(x, j[1]) - a);
    };
    const float a = along_yz(i[0]);
    return a + t[0] * (along_yz(j[0]) - a);
  }

 private:
  float per_cm_;
  std::array<float, static_cast<std::size_t>(kSide) * kSide * kSide> values_{};
};
const ValueNoise<16> kCoarse(51, 2.2f);
const ValueNoise<32> kMiddle(52, .35f);
const ValueNoise<32> kFine(53, .10f);

struct Point {
  float x, y;
};

// Distance to a polyline, and where along it, 0..1, the nearest point is.
struct Nearest {
  float distance, along;
};
Nearest nearest(Point p, std::span<const Point> line) {
  Nearest best{std::numeric_limits<float>::max(), 0};
  for (std::size_t i = 0; i + 1 < line.size(); ++i) {
    const float dx = line[i + 1].x - line[i].x, dy = line[i + 1].y - line[i].y;
    const float t = clip(((p.x - line[i].x) * dx + (p.y - line[i].y) * dy) / (dx * dx + dy * dy));
    const float d = std::hypot(p.x - line[i].x - t * dx, p.y - line[i].y - t * dy);
    if (d < best.distance) {
      best = {d, (static_cast<float>(i) + t) / static_cast<float>(line.size() - 1)};
    }
  }
  return best;
}

bool inside(Point p, std::span<const Point> polygon) {
  bool in = false;
  for (std::size_t i = 0, j = polygon.size() - 1; i < polygon.size(); j = i++) {
    const Point a = polygon[i], b = polygon[j];
    if ((a.y > p.y) != (b.y > p.y) && p.x < (b.x - a.x) * (p.y - a.y) / (b.y - a.y) + a.x) {
      in = !in;
    }
  }
  return in;
}

// Furrows on the mean face, person's left; the right mirrors it. cm. Drawn by hand.
struct Fold {
  Furrow furrow;
  float width;  // standard deviation across, cm
  std::vector<Point> line;
};
const std::vector<Fold>& folds() {
  static const std::vector<Fold> all = {
      {kForeheadInner, .08f, {{0, 7.15f}, {1.2f, 7.2f}, {2.4f, 7.3f}}},
      {kForeheadInner, .08f, {{0, 7.85f}, {1.2f, 7.9f}, {2.4f, 8.0f}}},
      {kForeheadInner, .08f, {{0, 8.5f}, {1.2f, 8.55f}, {2.2f, 8.6f}}},
      {kForeheadOuter, .08f, {{2.2f, 7.3f}, {3.4f, 7.3f}, {4.6f, 6.9f}}},
      {kForeheadOuter, .08f, {{2.2f, 8.0f}, {3.4f, 8.0f}, {4.5f, 7.6f}}},
      {kGlabella, .09f, {{.5f, 4.9f}, {.42f, 5.6f}, {.55f, 6.3f}}},
      {kGlabella, .07f, {{.15f, 5.1f}, {.12f, 5.8f}}},
      {kNasalRoot, .08f, {{0, 4.45f}, {.7f, 4.5f}}},
      {kNasalRoot, .08f, {{0, 4.0f}, {.6f, 4.05f}}},
      {kNasalRoot, .09f, {{.75f, 3.4f}, {1.15f, 2.6f}, {1.35f, 1.8f}}},
      {kCrowsFeet, .06f, {{4.75f, 3.6f}, {5.3f, 4.0f}, {5.8f, 4.3f}}},
      {kCrowsFeet, .06f, {{4.8f, 3.35f}, {5.4f, 3.35f}, {6.0f, 3.4f}}},
      {kCrowsFeet, .06f, {{4.7f, 3.1f}, {5.2f, 2.8f}, {5.7f, 2.4f}}},
      {kBelowEye, .08f, {{1.9f, 2.75f}, {2.6f, 2.35f}, {3.5f, 2.3f}, {4.4f, 2.65f}}},
      {kBelowEye, .10f, {{1.8f, 2.3f}, {2.7f, 1.7f}, {3.8f, 1.6f}}},
      {kNasolabial, .12f, {{1.5f, .25f}, {2.0f, -.8f}, {2.6f, -1.9f}, {3.0f, -3.1f}}},
      {kDimple, .16f, {{2.95f, -3.2f}, {3.0f, -3.8f}}},
      {kMouthCorner, .10f, {{2.65f, -3.7f}, {2.85f, -4.3f}, {2.9f, -5.0f}}},
      {kChin, .13f, {{0, -5.2f}, {.9f, -5.15f}, {1.5f, -4.9f}}},
      {kChin, .16f, {{.35f, -6.0f}, {.5f, -6.3f}}},
      {kChin, .16f, {{1.0f, -5.9f}, {.9f, -6.4f}}},
  };
  return all;
}

// The front of the mean face as a map: |x| 0..8 cm, y -10..11 cm.
constexpr int kMapPerCm = 24, kMapWidth = 8 * kMapPerCm, kMapHeight = 21 * kMapPerCm;
constexpr float kMapBottom = -10;
enum Layer { kLips, kBrowDistance, kBrowAlong, kLidDistance, kOrbit, kFirstFurrow };
constexpr std::size_t kLayers = static_cast<std::size_t>(kFirstFurrow) + kFurrows;

const float* map_at(const std::vector<float>& map, float x, float y) {
  const int column = std::min(static_cast<int>(std::abs(x) * kMapPerCm), kMapWidth - 1);
  const int row = std::clamp(static_cast<int>((y - kMapBottom) * kMapPerCm), 0, kMapHeight - 1);
  return map.data() +
         (static_cast<std::size_t>(row) * kMapWidth + static_cast<std::size_t>(column)) * kLayers;
}

constexpr int kFirstLeftEye = 21451, kFirstRightEye = 23021, kEyeballVertices = 770;
constexpr std::size_t kBellSize = std::size_t{1} << 16;

}  // namespace

Matrix3 rotation(double rx, double ry, double rz) {
  const auto f = [](double v) { return static_cast<float>(v); };
  const double cx = std::cos(rx), sx = std::sin(rx), cy = std::cos(ry), sy = std::sin(ry),
               cz = std::cos(rz), sz = std::sin(rz);
  return {{{f(cy * cz), f(-cy * sz), f(sy)},
           {f(sx * sy * cz + cx * sz), f(cx * cz - sx * sy * sz), f(-sx * cy)},
           {f(sx * sz - cx * sy * cz), f(cx * sy * sz + sx * cz), f(cx * cy)}}};
}

Person sample_person(RandomStream& random) {
  const auto u = [&](double low, double high) {
    return static_cast<float>(random.uniform(low, high));
  };
  const auto n = [&] { return static_cast<float>(random.normal()); };
  Person p{};
  const float tone = u(0, 1);
  p.skin = mix({.86f, .66f, .56f}, {.30f, .17f, .12f}, tone);
  p.skin = p.skin * Vec3{1 + .04f * n(), 1 + .05f * n(), 1 + .065f * n()};
  p.lip = p.skin * Vec3{.85f + .08f * n(), .58f + .08f * n(), .63f + .08f * n()};
  const float fair = square(u(0, 1));
  p.hair = Vec3{.45f, .33f, .2f} * fair + Vec3{.03f, .03f, .03f};
  p.iris = {u(.04, .39), u(.04, .39), u(.04, .39)};
  p.shirt = {u(0, .7), u(0, .7), u(0, .7)};
  p.brow_thickness = u(.6, 1.35);
  p.brow_opacity = u(.5, .97);
  p.brow_lift = .10f * n();
  p.brow_tilt = .06f * n();
  p.blush = u(0, 1.5);
  p.liner = u(.3, 1.1);
  p.hairline = u(8.4, 10.2);
  p.beard = std::max(0.f, u(-1.3, .8));
  p.texture_shift = {u(0, 30), u(0, 30), u(0, 30)};
  const float age = u(0, 1);
  for (std::size_t k = 0; k < kFurrows; ++k) {
    p.furrow_rest[k] = .30f * square(age) * u(0, 1);
    p.furrow_gain[k] = (.10f + .55f * age) * u(.2, 1);
  }
  p.furrow_rest[kNasolabial] += .12f * u(0, 1);
  return p;
}

Scene sample_scene(RandomStream& random) {
  const auto u = [&](double low, double high) {
    return static_cast<float>(random.uniform(low, high));
  };
  const auto n = [&] { return static_cast<float>(random.normal()); };
  Scene s{};
  s.size = random.chance(.25) ? 112 + random.below(80) : 192 + random.below(97);
  s.height_cm = u(23, 34);
  constexpr std::array kDistances = {40.f, 55.f, 75.f, 110.f};
  s.distance_cm = kDistances[static_cast<std::size_t>(random.below(4))];
  s.x_cm = u(-2, 2);
  s.y_cm = u(-2, 2);
  s.light = {.8f * n(), .4f + .5f * n(), std::max(.2f, .8f + .2f * n())};
  s.ambient = u(.2, .65);
  s.key = u(.15, .95);
  s.fill = u(.05, .45);
  const float level = u(0, .8);
  s.background = {level * u(.2, 1), level * u(.2, 1), level * u(.2, 1)};
  s.background_pattern = u(0, .8);
  const float exposure = u(.75, 1.15);
  s.gain = {exposure * (1 + .06f * n()), exposure * (1 + .03f * n()), exposure * (1 + .08f * n())};
  s.gamma = u(1.6, 2.3);
  s.blur_px = random.chance(.6) ? u(.3, 1.3) : 0;
  s.grain = u(0, 6);
  s.colour_noise = u(0, 4);
  return s;
}

HeadRenderer::HeadRenderer(const HeadModel& head) : head_(head) {
  for (const int side : {0, 1}) {
    Vec3 sum{};
    const int first = side == 0 ? kFirstLeftEye : kFirstRightEye;
    for (int i = first; i < first + kEyeballVertices; ++i) {
      sum = sum + vertex(head_.mean, i);
    }
    sum = sum * (1.f / kEyeballVertices);
    eyes_[sum[0] > 0 ? 0 : 1] = sum;
  }
  RandomStream random(7);
  bell_.resize(kBellSize);
  for (float& v : bell_) {
    v = static_cast<float>(random.normal());
  }
  find_occlusion();
  make_maps();
}

void HeadRenderer::make_maps() {
  const auto mark = [&](int i) {
    const Vec3 v = vertex(head_.mean, head_.landmarks[static_cast<std::size_t>(i)]);
    return Point{v[0], v[1]};
  };
  std::vector<Point> lips, brow, lid;
  for (int i = 48; i < 60; ++i) {
    lips.push_back(mark(i));
  }
  for (int i = 26; i >= 22; --i) {  // person's left, from the temple to the nose
    brow.push_back({mark(i).x, mark(i).y - .08f});
  }
  for (int i = 42; i < 46; ++i) {
    lid.push_back(mark(i));
  }
  Point orbit{0, 0};
  for (const Point& p : lid) {
    orbit = {orbit.x + p.x / 4, orbit.y + p.y / 4};
  }
  std::vector<Point> closed_lips = lips;
  closed_lips.push_back(lips.front());

  map_.assign(static_cast<std::size_t>(kMapWidth) * kMapHeight * kLayers, 0);
  float* cell = map_.data();
  for (int row = 0; row < kMapHeight; ++row) {
    for (int column = 0; column < kMapWidth; ++column, cell += kLayers) {
      const Point p{(static_cast<float>(column) + .5f) / kMapPerCm,
                    (static_cast<float>(row) + .5f) / kMapPerCm + kMapBottom};
      const float edge = nearest(p, closed_lips).distance * (inside(p, lips) ? -1.f : 1.f);
      cell[kLips] = clip(.5f - edge / .12f);
      const Nearest on_brow = nearest(p, brow);
      cell[kBrowDistance] = on_brow.distance;
      cell[kBrowAlong] = on_brow.along;
      cell[kLidDistance] = nearest(p, lid).distance;
      cell[kOrbit] = std::exp(-square((p.x - orbit.x) / 2.3f) - square((p.y - orbit.y) / 1.35f));
      for (const Fold& fold : folds()) {
        const Nearest n = nearest(p, fold.line);
        // Ends taper, but not where the line crosses the middle of the face.
        const float begin = fold.line.front().x < .01f ? 1 : clip(n.along / .2f + .15f);
        const float depth = std::exp(-.5f * square(n.distance / fold.width)) * begin *
                            clip((1 - n.along) / .2f + .15f);
        const float shade = .25f * std::exp(-.5f * square(n.distance / (3 * fold.width)));
        float& layer = cell[static_cast<std::size_t>(kFirstFurrow) + fold.furrow];
        layer = std::max(layer, std::max(depth, shade));
      }
    }
  }
}

void HeadRenderer::find_normals(std::span<const float> vertices) {
  normals_.assign(vertices.size(), 0);
  for (const std::array<int, 3>& t : head_.triangles) {
    const Vec3 a = vertex(vertices, t[0]);
    const Vec3 n = cross(vertex(vertices, t[1]) - a, vertex(vertices, t[2]) - a);
    for (const int corner : t) {
      for (std::size_t k = 0; k < 3; ++k) {
        normals_[static_cast<std::size_t>(corner) * 3 + k] += n[k];
      }
    }
  }
}

// projected: x, y (px, corner of the picture at 0, 0) and nearness of each vertex.
void HeadRenderer::rasterise(std::span<const float> projected, int width, int height) {
  surfaces_.assign(static_cast<std::size_t>(width) * static_cast<std::size_t>(height),
                   {-1, 0, 0, std::numeric_limits<float>::lowest()});
  for (std::size_t i = 0; i < head_.triangles.size(); ++i) {
    const std::array<int, 3>& t = head_.triangles[i];
    const Vec3 a = vertex(projected, t[0]), b = vertex(projected, t[1]),
               c = vertex(projected, t[2]);
    const float area = (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]);
    if (std::abs(area) < 1e-9f) {
      continue;
    }
    const auto first = [](float v) { return std::max(0, static_cast<int>(std::ceil(v - .5f))); };
    const auto last = [](float v, int n) {
      return std::min(n - 1, static_cast<int>(std::floor(v - .5f)));
    };
    const int x0 = first(std::min({a[0], b[0], c[0]})),
              x1 = last(std::max({a[0], b[0], c[0]}), width);
    const int y0 = first(std::min({a[1], b[1], c[1]})),
              y1 = last(std::max({a[1], b[1], c[1]}), height);
    for (int y = y0; y <= y1; ++y) {
      for (int x = x0; x <= x1; ++x) {
        const float px = static_cast<float>(x) + .5f - a[0],
                    py = static_cast<float>(y) + .5f - a[1];
        const float b1 = (px * (c[1] - a[1]) - py * (c[0] - a[0])) / area;
        const float b2 = ((b[0] - a[0]) * py - (b[1] - a[1]) * px) / area;
        const float b0 = 1 - b1 - b2;
        if (b0 < -1e-5f || b1 < -1e-5f || b2 < -1e-5f) {
          continue;
        }
        const float depth = b0 * a[2] + b1 * b[2] + b2 * c[2];
        Surface& s = surfaces_[static_cast<std::size_t>(y) * static_cast<std::size_t>(width) +
                               static_cast<std::size_t>(x)];
        if (depth > s.depth) {
          s = {static_cast<int>(i), b1, b2, depth};
        }
      }
    }
  }
}

// From how many of 160 directions above its surface a vertex of the mean head can be seen.
void HeadRenderer::find_occlusion() {
  constexpr int kDirections = 160, kSize = 400;
  constexpr float kPerCm = 10, kTolerance_cm = .25f;
  find_normals(head_.mean);
  RandomStream random(0);
  std::vector<float> seen(static_cast<std::size_t>(head_.vertices)), all(seen.size());
  projected_.resize(head_.mean.size());
  for (int k = 0; k < kDirections; ++k) {
    const auto n = [&] { return static_cast<float>(random.normal()); };
    const Vec3 d = unit_length({n(), n(), n()});
    const Vec3 u = unit_length(cross(d, {.3f, 1, .2f}));
    const Vec3 v = cross(d, u);
    for (int i = 0; i < head_.vertices; ++i) {
      const Vec3 p = vertex(head_.mean, i);
      float* q = projected_.data() + static_cast<std::size_t>(i) * 3;
      q[0] = dot(p, u) * kPerCm + kSize / 2;
      q[1] = dot(p, v) * kPerCm + kSize / 2;
      q[2] = dot(p, d);
    }
    rasterise(projected_, kSize, kSize);
    for (int i = 0; i < head_.vertices; ++i) {
      const auto at = static_cast<std::size_t>(i);
      const float facing = dot(unit_length(vertex(normals_, i)), d);
      if (facing <= 0) {
        continue;
      }
      const Vec3 q = vertex(projected_, i);
      const int x = std::clamp(static_cast<int>(q[0]), 0, kSize - 1);
      const int y = std::clamp(static_cast<int>(q[1]), 0, kSize - 1);
      all[at] += facing;
      if (q[2] >
          surfaces_[static_cast<std::size_t>(y) * kSize + static_cast<std::size_t>(x)].depth -
              kTolerance_cm) {
        seen[at] += facing;
      }
    }
  }
  occlusion_.resize(seen.size());
  for (std::size_t i = 0; i < seen.size(); ++i) {
    occlusion_[i] = seen[i] / std::max(all[i], 1e-6f);
  }
}

// `at`: on the mean head, whatever the shape of the person.
HeadRenderer::Albedo HeadRenderer::albedo(const Vec3& at, HeadPart part, const Person& person,
                                          const Furrows& furrows) const {
  switch (part) {
    case HeadPart::mouth:
      return {{.30f, .09f, .08f}, .1f};
    case HeadPart::gums:
      return {{.55f, .22f, .22f}, .4f};
    case HeadPart::teeth:
      return {{.86f, .82f, .74f}, .5f};
    case HeadPart::eye: {
      const Vec3& centre = eyes_[at[0] > 0 ? 0 : 1];
      const float dx = at[0] - centre[0], dy = at[1] - centre[1];
      const float r = std::hypot(dx, dy), angle = std::atan2(dy, dx);
      const Vec3 white = Vec3{.82f, .79f, .76f} * (1 - .25f * clip((std::abs(dx) - .7f) / .6f));
      const Vec3 iris = person.iris * ((1 + .25f * std::sin(angle * 23 + 3 * std::sin(angle * 7))) *
                                       (r > .5f ? .45f : 1.f));
      const Vec3 colour = mix(white, iris, clip((.60f - r) / .05f));
      return {mix(colour, {.02f, .02f, .02f}, clip((.23f - r) / .04f)), 1.2f};
    }
    default:
      break;
  }
  const auto [x, y, z] = at;
  const Vec3 q = at + person.texture_shift;
  const float middle = kMiddle(q), fine = kFine(q);
  Vec3 colour = person.skin * (.88f + .16f * kCoarse(q) + .10f * middle + .06f * fine);
  const Vec3 hair = person.hair * (.6f + .8f * fine);
  float lips = 0;
  if (z > 5) {
    const float cheek = std::exp(-square((std::abs(x) - 4.2f) / 1.7f) - square((y - .3f) / 1.5f));
    colour = colour * (Vec3{1, 1, 1} + Vec3{.06f, -.10f, -.10f} * (cheek * person.blush));
  }
  if (z > 11) {
    const float nose = std::exp(-square(x / 1.2f) - square(y - .2f));
    colour = colour * (Vec3{1, 1, 1} + Vec3{.03f, -.08f, -.08f} * (nose * person.blush));
  }
  if (z > 7) {
    const float front = clip((z - 7) / .7f);
    const float* cell = map_at(map_, x, y);
    const std::size_t side = x > 0 ? 0 : 1;
    const float other = clip(.5f - std::abs(x) / .6f);  // the sides blend in the middle
    float fold = 0;
    for (std::size_t k = 0; k < kFurrows; ++k) {
      const float depth = furrows[k][side] + other * (furrows[k][1 - side] - furrows[k][side]);
      fold = std::max(fold, depth * cell[kFirstFurrow + k]);
    }
    const float kept = 1 - front * std::min(fold, .75f);
    colour = colour * Vec3{.25f + .75f * kept, kept, kept};
    lips = cell[kLips] * front;
    colour = mix(colour, person.lip * (.9f + .2f * fine), lips);
    const float* brow =
        map_at(map_, x, y - person.brow_lift - person.brow_tilt * (std::abs(x) - 3));
    const float along = brow[kBrowAlong];
    const float thickness =
        person.brow_thickness *
        (along < .35f ? .12f + along / .35f * .14f : .26f + (along - .35f) / .65f * .04f);
    const float strands = kFine(q * Vec3{.5f, 1.6f, 1});
    const float opacity = clip((thickness - brow[kBrowDistance]) / .12f + .5f) * front *
                          clip(.35f + 1.1f * strands) * person.brow_opacity;
    colour = mix(colour, person.hair, opacity);
    const float liner = clip(1.3f - cell[kLidDistance] / .13f) * .85f * front * person.liner;
    colour = mix(colour, person.hair * .6f, clip(liner));
    colour = colour * (1 - .16f * cell[kOrbit] * front);
  }
  const float line = z > 2.5f ? person.hairline + .35f * std::sin(x * 1.1f) - .035f * x * x
                     : z > -1 ? 4.5f - .72f * (2.5f - z)
                              : -1.5f;
  const bool ear = std::abs(x) > 7 && z < 4 && z > -1.5f && y < 5.5f;
  const float covered =
      ear || std::abs(x) > 9.2f ? 0 : clip((y - line + .8f * (middle - .5f)) / .5f);
  colour = mix(colour, hair, covered);
  if (person.beard > 0 && z > 1) {
    const float around_mouth = (std::hypot(x / 3.2f, (y + 3.4f) / 1.9f) - .55f) * 3;
    const float beard = clip((-2 - y) / 1.2f) * (1 - lips) * clip(y + 9.5f) *
                        std::clamp(around_mouth, .35f, 1.f) * person.beard * (.6f + .6f * fine);
    colour = mix(colour, hair, clip(beard));
  }
  const float shirt = clip((-14.2f - y - .12f * std::abs(x)) / .25f);
  colour = mix(colour, person.shirt, shirt);
  return {colour, .30f * (1 - covered) * (1 + .9f * lips) * (1 - shirt)};
}

const Image& HeadRenderer::render(std::span<const float> vertices, const Matrix3& turn,
                                  const Person& person, const Furrows& furrows, const Scene& scene,
                                  RandomStream& random, std::array<float, 136>& landmarks) {
  const int size = scene.size;
  const auto length = static_cast<float>(size);
  const float focal = length / scene.height_cm * scene.distance_cm;
  projected_.resize(vertices.size());
  for (int i = 0; i < head_.vertices; ++i) {
    const Vec3 p = vertex(vertices, i) + Vec3{0, .5f, 0};
    const float toward = scene.distance_cm - dot(turn[2], p);
    float* q = projected_.data() + static_cast<std::size_t>(i) * 3;
    q[0] = focal * (dot(turn[0], p) + scene.x_cm) / toward + length / 2;
    q[1] = focal * (scene.y_cm - dot(turn[1], p)) / toward + length / 2;
    q[2] = -toward;
  }
  for (std::size_t i = 0; i < 68; ++i) {
    const Vec3 q = vertex(projected_, head_.landmarks[i]);
    landmarks[2 * i] = q[0] - .5f;
    landmarks[2 * i + 1] = q[1] - .5f;
  }
  rasterise(projected_, size, size);
  find_normals(vertices);

  const Vec3 light = unit_length(scene.light);
  const Vec3 fill = unit_length({-light[0], .1f, .8f});
  const Vec3 half = unit_length(light + Vec3{0, 0, 1});
  const Vec3 wrap{.30f, .14f, .10f};
  const Vec3 pattern_shift = person.texture_shift;
  colours_.resize(static_cast<std::size_t>(size) * static_cast<std::size_t>(size) * 3);
  for (int y = 0; y < size; ++y) {
    for (int x = 0; x < size; ++x) {
      const std::size_t at = static_cast<std::size_t>(y) * static_cast<std::size_t>(size) +
                             static_cast<std::size_t>(x);
      const Surface& s = surfaces_[at];
      Vec3 colour;
      if (s.triangle < 0) {
        const float u = static_cast<float>(x) / length * 12,
                    v = static_cast<float>(y) / length * 12;
        const float pattern = kCoarse(Vec3{u, v, 0} + pattern_shift) - .5f;
        colour = scene.background * (.9f - .35f * v / 12 + scene.background_pattern * pattern);
      } else {
        const std::array<int, 3>& t = head_.triangles[static_cast<std::size_t>(s.triangle)];
        const float b0 = 1 - s.b1 - s.b2;
        const auto blend = [&](std::span<const float> of) {
          return vertex(of, t[0]) * b0 + vertex(of, t[1]) * s.b1 + vertex(of, t[2]) * s.b2;
        };
        const auto open_at = [&](int i) { return occlusion_[static_cast<std::size_t>(i)]; };
        const HeadPart part = head_.parts[static_cast<std::size_t>(t[0])];
        const Vec3 n0 = blend(normals_);
        Vec3 n = unit_length({dot(turn[0], n0), dot(turn[1], n0), dot(turn[2], n0)});
        n = n[2] < 0 ? n * -1 : n;
        float open = open_at(t[0]) * b0 + open_at(t[1]) * s.b1 + open_at(t[2]) * s.b2;
        if (part == HeadPart::mouth || part == HeadPart::gums) {
          open = .35f;
        } else if (part == HeadPart::eye || part == HeadPart::teeth) {
          open = std::clamp(open * 1.6f, .25f, .9f);
        } else {
          open = clip(open * 1.15f);
        }
        const Albedo surface = albedo(blend(head_.mean), part, person, furrows);
        const float facing = dot(n, light);
        const float gloss = std::max(dot(n, half), 0.f);
        const float g2 = gloss * gloss, g4 = g2 * g2, g8 = g4 * g4, g16 = g8 * g8, g32 = g16 * g16;
        const float shine =
            surface.shine *
            (.25f * g8 * g4 * g2 + (part == HeadPart::eye ? 1.05f * g32 * g16 * g8 * g4 : 0)) *
            scene.key * .45f * (.3f + .7f * open);
        const float even =
            scene.ambient * (.75f + .25f * n[1]) * open + scene.fill * clip(dot(n, fill)) * open;
        for (std::size_t k = 0; k < 3; ++k) {
          const float direct = clip((facing + wrap[k]) / (1 + wrap[k]));
          colour[k] =
              surface.colour[k] * (even + scene.key * direct * (.35f + .65f * open)) + shine;
        }
      }
      for (std::size_t k = 0; k < 3; ++k) {
        colours_[3 * at + k] = clip(colour[k] * scene.gain[k]);
      }
    }
  }
  degrade(scene, random);
  return picture_;
}

// colours_ (linear RGB) to picture_ (BGR): the camera's curve, blur, noise.
void HeadRenderer::degrade(const Scene& scene, RandomStream& random) {
  const auto size = static_cast<std::size_t>(scene.size);
  constexpr int kSteps = 2048;
  std::array<float, kSteps + 1> curve{};
  for (int i = 0; i <= kSteps; ++i) {
    curve[static_cast<std::size_t>(i)] =
        255 * std::pow(static_cast<float>(i) / kSteps, 1 / scene.gamma);
  }
  for (float& c : colours_) {
    c = curve[static_cast<std::size_t>(c * kSteps + .5f)];
  }
  if (scene.blur_px > 0) {
    std::array<float, 9> kernel{};
    float sum = 0;
    for (int i = -4; i <= 4; ++i) {
      kernel[static_cast<std::size_t>(i + 4)] =
          std::exp(-.5f * square(static_cast<float>(i) / scene.blur_px));
      sum += kernel[static_cast<std::size_t>(i + 4)];
    }
    // Along rows, then along columns.
    for (const std::size_t step : {std::size_t{3}, 3 * size}) {
      const std::size_t across = step == 3 ? 3 * size : 3;
      row_.resize(3 * (size + 8));
      for (std::size_t line = 0; line < size; ++line) {
        float* first = colours_.data() + line * across;
        for (std::size_t i = 0; i < size + 8; ++i) {
          const std::size_t from = std::min(i < 4 ? 0 : i - 4, size - 1);
          std::copy_n(first + from * step, 3, row_.data() + 3 * i);
        }
        for (std::size_t i = 0; i < size; ++i) {
          for (std::size_t k = 0; k < 3; ++k) {
            float v = 0;
            for (std::size_t j = 0; j < 9; ++j) {
              v += kernel[j] * row_[3 * (i + j) + k];
            }
            first[i * step + k] = v / sum;
          }
        }
      }
    }
  }
  picture_.resize(scene.size, scene.size, 3);
  for (std::size_t y = 0; y < size; ++y) {
    std::uint64_t at = random.bits();
    std::uint8_t* out = picture_.row(static_cast<int>(y));
    for (std::size_t x = 0; x < size; ++x, out += 3) {
      const float* c = colours_.data() + (y * size + x) * 3;
      const auto bell = [&] { return bell_[at++ % kBellSize]; };
      const float grain = scene.grain * bell();
      for (std::size_t k = 0; k < 3; ++k) {
        const float v = c[k] + grain + scene.colour_noise * bell();
        out[2 - k] = static_cast<std::uint8_t>(std::clamp(v + .5f, 0.f, 255.f));
      }
    }
  }
}

}  // namespace auriga::training
