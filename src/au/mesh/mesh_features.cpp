#include "au/mesh/mesh_features.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <cstddef>
#include <string>

#include <Eigen/Core>
#include <Eigen/LU>
#include <Eigen/SVD>

#include "base/same_math.hpp"

namespace auriga {
namespace {

// Forehead, temples, bridge of the nose and eye corners of a mean face, made symmetric: what of it
// expression moves little.
struct Anchor {
  int point;
  double x, y, z;
};
constexpr std::array<Anchor, 36> kAnchors{{
    {6, 0, 0.113439, -0.287845},           {8, 0, -0.071579, -0.212675},
    {9, 0, -0.171714, -0.209909},          {10, 0, -0.483133, -0.082465},
    {21, -0.731988, -0.096728, 0.357628},  {33, -0.5, 0.10768, 0.007896},
    {54, -0.665608, -0.241212, 0.24253},   {67, -0.390826, -0.438044, 0.002222},
    {103, -0.557305, -0.358634, 0.115697}, {109, -0.210264, -0.475092, -0.065506},
    {122, -0.064413, 0.133776, -0.264426}, {127, -0.772938, 0.233084, 0.556012},
    {133, -0.195383, 0.121216, -0.056836}, {151, 0, -0.326737, -0.152212},
    {162, -0.76467, 0.05437, 0.474349},    {168, 0, 0.026811, -0.224069},
    {174, -0.109596, 0.244754, -0.304682}, {195, 0, 0.249372, -0.431385},
    {196, -0.061901, 0.201099, -0.343598}, {197, 0, 0.184144, -0.35764},
    {198, -0.156262, 0.357729, -0.320765}, {234, -0.762773, 0.3957, 0.578579},
    {251, 0.731988, -0.096728, 0.357628},  {263, 0.5, 0.10768, 0.007896},
    {284, 0.665608, -0.241212, 0.24253},   {297, 0.390826, -0.438044, 0.002222},
    {332, 0.557305, -0.358634, 0.115697},  {338, 0.210264, -0.475092, -0.065506},
    {351, 0.064413, 0.133776, -0.264426},  {356, 0.772938, 0.233084, 0.556012},
    {362, 0.195383, 0.121216, -0.056836},  {389, 0.76467, 0.05437, 0.474349},
    {399, 0.109596, 0.244754, -0.304682},  {419, 0.061901, 0.201099, -0.343598},
    {420, 0.156262, 0.357729, -0.320765},  {454, 0.762773, 0.3957, 0.578579},
}};
constexpr int kLeftCorner = 33, kRightCorner = 263;  // outer eye corners
constexpr double kNearestCorners = 2;                // px

using Points = std::initializer_list<int>;

// Points of the left and of the right of the picture.
struct Pair {
  Points left, right;
};

// The aligned mesh. Means of coordinates over points, and distances seen from the front.
class Aligned {
 public:
  Aligned(const double* x, const double* y, const double* z) : x_(x), y_(y), z_(z) {}

  double x(Points points) const { return mean(x_, points); }
  double y(Points points) const { return mean(y_, points); }
  double z(Points points) const { return mean(z_, points); }
  double distance(int a, int b) const {
    const double dx = x_[a] - x_[b], dy = y_[a] - y_[b];
    return std::sqrt(dx * dx + dy * dy);
  }

 private:
  static double mean(const double* v, Points points) {
    double sum = 0;
    for (const int i : points) sum += v[i];
    return sum / static_cast<double>(points.size());
  }
  const double *x_, *y_, *z_;
};

// One side of it. Coordinates of the side's points.
struct Side {
  const Aligned& mesh;
  bool left;

  Points of(const Pair& pair) const { return left ? pair.left : pair.right; }
  // From the middle of the face outwards.
  double out(const Pair& pair) const { return left ? -mesh.x(of(pair)) : mesh.x(of(pair)); }
  double y(const Pair& pair) const { return mesh.y(of(pair)); }
  double z(const Pair& pair) const { return mesh.z(of(pair)); }
  double distance(const Pair& a, const Pair& b) const {
    return mesh.distance(*of(a).begin(), *of(b).begin());
  }
  // Below the line between the corners of this side's eye.
  double below_eye(const Pair& pair) const { return y(pair) - y({{33, 133}, {362, 263}}); }
  double below_nose(const Pair& pair) const { return y(pair) - mesh.y({2}); }
};

double brow_in(const Side& s) { return -s.below_eye({{55, 107}, {285, 336}}); }
double brow_mid(const Side& s) { return -s.below_eye({{52, 105}, {282, 334}}); }
double brow_out(const Side& s) { return -s.below_eye({{53, 63}, {283, 293}}); }
double brow_tail(const Side& s) { return -s.below_eye({{46, 70}, {276, 300}}); }
double below_eyes(const Aligned& m, Points points) {
  return m.y(points) - m.y({33, 133, 362, 263});
}

// On both sides.
struct PairedFeature {
  std::string_view name;
  double (*value)(const Side&);
};
constexpr PairedFeature kPaired[] = {
    {"brow_in", brow_in},
    {"brow_in2",
     [](const Side& s) {
       return -s.below_eye({{65, 66}, {295, 296}});
     }},
    {"brow_mid", brow_mid},
    {"brow_out", brow_out},
    {"brow_tail", brow_tail},
    {"brow_slope", [](const Side& s) { return brow_in(s) - brow_out(s); }},
    {"brow_arch", [](const Side& s) { return brow_mid(s) - (brow_in(s) + brow_tail(s)) / 2; }},
    {"eye_open",
     [](const Side& s) {
       return (s.distance({{159}, {386}}, {{145}, {374}}) +
               s.distance({{158}, {385}}, {{153}, {380}}) +
               s.distance({{160}, {387}}, {{144}, {373}})) /
              3;
     }},
    {"lid_up",
     [](const Side& s) {
       return -s.below_eye({{159, 158, 160}, {386, 385, 387}});
     }},
    {"lid_lo",
     [](const Side& s) {
       return s.below_eye({{145, 153, 144}, {374, 380, 373}});
     }},
    {"lid_crease",
     [](const Side& s) {
       return s.y({{27, 28, 30}, {257, 258, 260}}) - s.y({{159, 158, 160}, {386, 385, 387}});
     }},
    {"bag",
     [](const Side& s) {
       return s.y({{23, 230}, {253, 450}}) - s.y({{145, 153}, {374, 380}});
     }},
    {"cheek_y",
     [](const Side& s) {
       return s.below_eye({{50, 205, 117}, {280, 425, 346}});
     }},
    // Twice, so that the mean of the sides is from cheek to cheek.
    {"cheek_x",
     [](const Side& s) {
       return 2 * s.out({{50, 205}, {280, 425}});
     }},
    {"cheek_z",
     [](const Side& s) {
       return s.z({{50, 205}, {280, 425}});
     }},
    {"ala_y",
     [](const Side& s) {
       return s.below_eye({{129, 98}, {358, 327}});
     }},
    {"ulip_side",
     [](const Side& s) {
       return s.below_nose({{39, 40}, {269, 270}});
     }},
    {"corner_x",
     [](const Side& s) {
       return s.out({{61}, {291}});
     }},
    {"corner_y",
     [](const Side& s) {
       return s.below_nose({{61}, {291}});
     }},
    {"corner_z",
     [](const Side& s) {
       return s.z({{61}, {291}}) - s.mesh.z({0, 17});
     }},
    {"corner_rel",
     [](const Side& s) {
       return s.y({{61}, {291}}) - s.mesh.y({13, 14});
     }},
    {"gap_side",
     [](const Side& s) {
       return s.distance({{81}, {311}}, {{178}, {402}});
     }},
    {"nl_y",
     [](const Side& s) {
       return s.below_nose({{203, 206}, {423, 426}});
     }},
};

struct SingleFeature {
  std::string_view name;
  double (*value)(const Aligned&);
};
constexpr SingleFeature kSingle[] = {
    {"brow_gap", [](const Aligned& m) { return m.distance(55, 285); }},
    {"brow_gap2", [](const Aligned& m) { return m.distance(107, 336); }},
    {"ala_w", [](const Aligned& m) { return m.distance(129, 358); }},
    {"nose_tip",
     [](const Aligned& m) {
       return below_eyes(m, {1, 4});
     }},
    {"nose_sub", [](const Aligned& m) { return below_eyes(m, {2}); }},
    {"ulip",
     [](const Aligned& m) {
       return m.y({0, 37, 267}) - m.y({2});
     }},
    {"ulip_in",
     [](const Aligned& m) {
       return m.y({13, 82, 312}) - m.y({2});
     }},
    {"corner_w", [](const Aligned& m) { return m.distance(61, 291); }},
    {"gap",
     [](const Aligned& m) {
       return (m.distance(13, 14) + m.distance(82, 87) + m.distance(312, 317)) / 3;
     }},
    {"th_up", [](const Aligned& m) { return m.distance(0, 13); }},
    {"th_lo", [](const Aligned& m) { return m.distance(14, 17); }},
    {"llip",
     [](const Aligned& m) {
       return m.y({17, 84, 314}) - m.y({2});
     }},
    {"llip_in",
     [](const Aligned& m) {
       return m.y({14, 87, 317}) - m.y({2});
     }},
    {"chin",
     [](const Aligned& m) {
       return m.y({152, 175}) - m.y({2});
     }},
    {"chin_boss",
     [](const Aligned& m) {
       return m.y({199, 200}) - m.y({17});
     }},
    {"chin_z",
     [](const Aligned& m) {
       return m.z({152, 199}) - m.z({17});
     }},
    {"lip_z",
     [](const Aligned& m) {
       return m.z({0, 17}) - m.z({2});
     }},
    {"nl", [](const Aligned& m) { return m.distance(203, 423); }},
    {"philtrum_w", [](const Aligned& m) { return m.distance(37, 267); }},
    {"dimple_w", [](const Aligned& m) { return m.distance(57, 287); }},
    {"chw", [](const Aligned& m) { return m.distance(43, 273); }},
    {"jaw_w", [](const Aligned& m) { return m.distance(58, 288); }},
    {"mcheek", [](const Aligned& m) { return m.distance(192, 416); }},
    {"asym", [](const Aligned& m) { return std::abs(m.y({61}) - m.y({291})); }},
};

struct PairedBrowFeature {
  std::string_view name;
  std::array<double, 2> BrowDarkness::*value;
};
constexpr PairedBrowFeature kPairedBrow[] = {
    {"ibrow_in", &BrowDarkness::inner},
    {"ibrow_mid", &BrowDarkness::middle},
    {"ibrow_out", &BrowDarkness::outer},
};
constexpr std::string_view kOthers[] = {"ibrow_gap", "pitch", "yaw", "roll"};

// The order of all features: `whole` is called for each that is not of one side, then `sides` for
// each that is.
template <typename Whole, typename Sides>
void in_order(Whole whole, Sides sides) {
  for (const auto& f : kPaired) whole(f);
  for (const auto& f : kSingle) whole(f);
  for (const auto& f : kPairedBrow) whole(f);
  for (const auto& f : kOthers) whole(f);
  for (const auto& f : kPaired) sides(f);
  for (const auto& f : kPairedBrow) sides(f);
}

std::string_view name_of(std::string_view name) { return name; }
template <typename Feature>
std::string_view name_of(const Feature& feature) {
  return feature.name;
}

std::vector<std::string> make_names() {
  std::vector<std::string> names;
  in_order([&](const auto& f) { names.emplace_back(name_of(f)); },
           [&](const auto& f) {
             for (const char* side : {"_l", "_r"}) names.push_back(std::string(f.name) + side);
           });
  return names;
}

bool is_sound(const FaceMesh& mesh, int points) {
  float low[2] = {mesh.x[0], mesh.y[0]}, high[2] = {mesh.x[0], mesh.y[0]};
  for (std::size_t i = 0; i < static_cast<std::size_t>(points); ++i) {
    // Not true of NaN, either.
    const auto is_near = [](float v) { return std::abs(v) <= BrowMeter::kFarthest; };
    if (!is_near(mesh.x[i]) || !is_near(mesh.y[i]) || !is_near(mesh.z[i])) return false;
    low[0] = std::min(low[0], mesh.x[i]);
    high[0] = std::max(high[0], mesh.x[i]);
    low[1] = std::min(low[1], mesh.y[i]);
    high[1] = std::max(high[1], mesh.y[i]);
  }
  if (std::max(high[0] - low[0], high[1] - low[1]) < MeshFeatures::kSmallest) return false;
  return same::length(mesh.x[kLeftCorner] - mesh.x[kRightCorner],
                      mesh.y[kLeftCorner] - mesh.y[kRightCorner]) >= kNearestCorners;
}

}  // namespace

MeshFeatures::MeshFeatures() = default;

const std::vector<std::string_view>& MeshFeatures::names() {
  static const std::vector<std::string> texts = make_names();
  static const std::vector<std::string_view> views(texts.begin(), texts.end());
  return views;
}

int MeshFeatures::count() { return static_cast<int>(names().size()); }

int MeshFeatures::index(std::string_view name) {
  const auto at = std::find(names().begin(), names().end(), name);
  return at == names().end() ? -1 : static_cast<int>(at - names().begin());
}

// The rotation R and the scale s with the smallest sum of |s R (p - mean p) - (q - mean q)|^2 over
// the anchors p of the mesh and q of the reference (Umeyama 1991).
bool MeshFeatures::align(const FaceMesh& mesh, Seen& seen) {
  using Eigen::Matrix3d, Eigen::Vector3d;
  Vector3d mesh_mean = Vector3d::Zero(), reference_mean = Vector3d::Zero();
  const auto point = [&](int i) {
    const auto k = static_cast<std::size_t>(i);
    return Vector3d(static_cast<double>(mesh.x[k]), static_cast<double>(mesh.y[k]),
                    static_cast<double>(mesh.z[k]));
  };
  for (const Anchor& a : kAnchors) {
    mesh_mean += point(a.point);
    reference_mean += Vector3d(a.x, a.y, a.z);
  }
  mesh_mean /= static_cast<double>(kAnchors.size());
  reference_mean /= static_cast<double>(kAnchors.size());
  Matrix3d products = Matrix3d::Zero();
  double spread = 0;
  for (const Anchor& a : kAnchors) {
    const Vector3d p = point(a.point) - mesh_mean;
    products += (Vector3d(a.x, a.y, a.z) - reference_mean) * p.transpose();
    spread += p.squaredNorm();
  }
  const Eigen::JacobiSVD<Matrix3d> svd(products, Eigen::ComputeFullU | Eigen::ComputeFullV);
  if (svd.info() != Eigen::Success) return false;
  Vector3d values = svd.singularValues();
  // The anchors on a line can be turned about it.
  constexpr double kLine = 1e-6;
  if (!(values[1] > kLine * values[0])) return false;
  Matrix3d rotation = svd.matrixU() * svd.matrixV().transpose();
  if (rotation.determinant() < 0) {
    values[2] = -values[2];
    rotation = svd.matrixU() * Vector3d(1, 1, -1).asDiagonal() * svd.matrixV().transpose();
  }
  const Matrix3d to_reference = values.sum() / spread * rotation;
  for (int i = 0; i < kSurface; ++i) {
    const Vector3d p = to_reference * (point(i) - mesh_mean) + reference_mean;
    const auto k = static_cast<std::size_t>(i);
    seen.x[k] = p[0];
    seen.y[k] = p[1];
    seen.z[k] = p[2];
  }
  seen.angles = {same::atan2(rotation(2, 1), rotation(2, 2)),
                 same::asin(std::clamp(-rotation(2, 0), -1.0, 1.0)),
                 same::atan2(rotation(1, 0), rotation(0, 0))};
  return true;
}

void MeshFeatures::mirror(PictureHalf half, Seen& seen) {
  auto& [x, y, z, angles, brows] = seen;
  const double top_x = (x[kLeftBrowEndOfMesh] + x[kRightBrowEndOfMesh]) / 2;
  const double top_y = (y[kLeftBrowEndOfMesh] + y[kRightBrowEndOfMesh]) / 2;
  const double height = y[kChinOfMesh] - top_y;
  const double slope = height != 0 ? (x[kChinOfMesh] - top_x) / height : 0;
  for (const auto& [left, right] : kMirroredMesh) {
    const std::size_t from = half == PictureHalf::left ? left : right;
    const std::size_t to = half == PictureHalf::left ? right : left;
    x[from] -= top_x + slope * (y[from] - top_y);
    x[to] = -x[from];
    y[to] = y[from];
    z[to] = z[from];
  }
  for (const std::size_t i : kMiddleOfMesh) x[i] = 0;
  angles[1] = angles[2] = 0;
  const auto kept = static_cast<std::size_t>(half == PictureHalf::right);
  for (const auto& f : kPairedBrow) (brows.*f.value)[1 - kept] = (brows.*f.value)[kept];
}

bool MeshFeatures::compute(const Picture& bgr, const FaceMesh& mesh, std::span<float> out) {
  assert(static_cast<int>(out.size()) == count());
  ok_ = !bgr.empty() && is_sound(mesh, kSurface) && align(mesh, seen_);
  if (!ok_) {
    std::fill(out.begin(), out.end(), 0.0F);
    return false;
  }
  seen_.brows = brows_.measure(bgr, {mesh.x[kLeftCorner], mesh.y[kLeftCorner]},
                               {mesh.x[kRightCorner], mesh.y[kRightCorner]});
  tell(seen_, out);
  return true;
}

bool MeshFeatures::compute_half(PictureHalf half, std::span<float> out) const {
  assert(static_cast<int>(out.size()) == count());
  if (!ok_) {
    std::fill(out.begin(), out.end(), 0.0F);
    return false;
  }
  Seen seen = seen_;
  mirror(half, seen);
  tell(seen, out);
  return true;
}

void MeshFeatures::tell(const Seen& seen, std::span<float> out) {
  const auto& [x, y, z, angles, brows] = seen;
  const Aligned aligned(x.data(), y.data(), z.data());
  const Side left{aligned, true}, right{aligned, false};
  auto to = out.begin();
  const auto put = [&to](double v) { *to++ = static_cast<float>(v); };
  const auto mean = [](double a, double b) { return (a + b) / 2; };
  for (const auto& f : kPaired) put(mean(f.value(left), f.value(right)));
  for (const auto& f : kSingle) put(f.value(aligned));
  for (const auto& f : kPairedBrow) put(mean((brows.*f.value)[0], (brows.*f.value)[1]));
  put(brows.between);
  for (const double angle : angles) put(angle);
  for (const auto& f : kPaired) {
    put(f.value(left));
    put(f.value(right));
  }
  for (const auto& f : kPairedBrow) {
    put((brows.*f.value)[0]);
    put((brows.*f.value)[1]);
  }
  assert(to == out.end());
}

}  // namespace auriga
