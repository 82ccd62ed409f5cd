#include "kernels.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <random>
#include <span>
#include <utility>

#include <fmt/core.h>

#include "appearance/face_aligner.hpp"
#include "appearance/face_aligner_reference.hpp"
#include "appearance/fhog.hpp"
#include "appearance/fhog_reference.hpp"
#include "au/linear/fake_models.hpp"
#include "au/linear/predictor.hpp"
#include "au/running_median.hpp"
#include "au/running_median_reference.hpp"
#include "base/simd.hpp"
#include "base/stage_clock.hpp"
#include "clm/ccnf_experts.hpp"
#include "clm/fake_patch_experts.hpp"
#include "clm/patch_experts_reference.hpp"
#include "files/atomic_file.hpp"
#include "shape/fake_pdm.hpp"
#include "shape/shape_fitter.hpp"
#include "shape/shape_fitter_reference.hpp"
#include "temporary_folder.hpp"

namespace auriga {
namespace {

constexpr int kInputs = 8;  // of each kernel
using app::TemporaryFolder;

// Unlike a comparison it does not lose a NaN.
template <typename T>
double larger(double worst, T a, T b) {
  const double difference = std::abs(static_cast<double>(a) - static_cast<double>(b));
  return std::isnan(worst) || difference <= worst ? worst : difference;
}

// The kernel that calls plain(i) and fast(i) of a State with one input after the other;
// difference() is that of their last results. For the comparison both begin anew.
template <typename State, typename... Arguments>
Kernel kernel_of(std::string name, double tolerance, Arguments... arguments) {
  struct Turns {
    explicit Turns(Arguments... of_state) : state(of_state...) {}
    State state;  // its parts point at each other: never moved
    std::size_t plain = 0, fast = 0;
  };
  const auto turns = std::make_shared<Turns>(arguments...);
  Kernel kernel;
  kernel.name = std::move(name);
  kernel.tolerance = tolerance;
  kernel.plain = [turns] { turns->state.plain(turns->plain++ % kInputs); };
  kernel.fast = [turns] { turns->state.fast(turns->fast++ % kInputs); };
  kernel.difference = [arguments...] {
    State state(arguments...);
    double worst = 0;
    for (std::size_t i = 0; i < kInputs; ++i) {
      state.plain(i);
      state.fast(i);
      worst = larger(worst, state.difference(), 0.0);
    }
    return worst;
  };
  return kernel;
}

// The 35 models over a batch of frames.
struct Models {
  static constexpr int kFrames = 8;  // that travel together through the pipeline
  AuModelSet set = test::synthetic_models(17, 18, 1);
  AuPredictor batched{set, PredictorKind::batched}, sequential{set, PredictorKind::sequential};
  std::vector<float> fhog;       // inputs x frames x 4464
  std::vector<double> geometry;  // inputs x frames x 238
  std::vector<double> found, expected;

  Models() : found(static_cast<std::size_t>(kFrames * batched.models())), expected(found) {
    std::mt19937 random(2);
    for (int i = 0; i < kInputs * kFrames; ++i) {
      const test::Descriptor one = test::random_descriptor(random);
      fhog.insert(fhog.end(), one.fhog.begin(), one.fhog.end());
      geometry.insert(geometry.end(), one.geometry.begin(), one.geometry.end());
    }
  }
  void run(const AuPredictor& predictor, std::size_t i, std::vector<double>& out) const {
    predictor.scores(
        std::span(fhog).subspan(i * kFrames * kAppearanceFeatures, kFrames * kAppearanceFeatures),
        std::span(geometry).subspan(i * kFrames * kGeometryFeatures, kFrames * kGeometryFeatures),
        kFrames, out);
  }
  void plain(std::size_t i) { run(sequential, i, expected); }
  void fast(std::size_t i) { run(batched, i, found); }
  double difference() const {
    double worst = 0;
    for (std::size_t k = 0; k < found.size(); ++k) worst = larger(worst, found[k], expected[k]);
    return worst;
  }
};

// The person's neutral face: one more frame for the medians of all features, which have seen a few
// seconds already.
struct Medians {
  static constexpr int kBefore = 64;
  std::vector<test::Descriptor> descriptors;
  RunningMedian appearance{kAppearanceFeatures, 1000, -0.005, 1};
  RunningMedian geometry{kGeometryFeatures, 10000, -60, 60};
  test::ScannedMedian plain_appearance{kAppearanceFeatures, 1000, -0.005, 1};
  test::ScannedMedian plain_geometry{kGeometryFeatures, 10000, -60, 60};

  Medians() {
    std::mt19937 random(3);
    const test::Descriptor face = test::random_descriptor(random);
    std::normal_distribution<double> change(0, 1);  // of a face that moves
    for (int i = 0; i < kInputs; ++i) {
      descriptors.push_back(face);
      for (float& value : descriptors.back().fhog)
        value += 0.02f * static_cast<float>(change(random));
      for (double& value : descriptors.back().geometry) value += 0.5 * change(random);
    }
    for (int i = 0; i < kBefore; ++i) {
      plain(static_cast<std::size_t>(i % kInputs));
      fast(static_cast<std::size_t>(i % kInputs));
    }
  }
  void plain(std::size_t i) {
    plain_appearance.update(descriptors[i].fhog, true);
    plain_geometry.update(descriptors[i].geometry, true);
  }
  void fast(std::size_t i) {
    appearance.update(std::span<const float>(descriptors[i].fhog), true);
    geometry.update(std::span<const double>(descriptors[i].geometry), true);
  }
  double difference() const {
    std::vector<double> found(kAppearanceFeatures + kGeometryFeatures);
    appearance.read(std::span(found).first(kAppearanceFeatures));
    geometry.read(std::span(found).last(kGeometryFeatures));
    double worst = 0;
    for (std::size_t k = 0; k < found.size(); ++k)
      worst = larger(worst, found[k],
                     k < kAppearanceFeatures ? plain_appearance.median()[k]
                                             : plain_geometry.median()[k - kAppearanceFeatures]);
    return worst;
  }
};

// A grid of points over a face of 140 mm, and as many triangles as the real mask has.
struct Grid {
  Pdm pdm;
  std::vector<Triangle> triangles;

  Grid() {
    constexpr int kSide = 8;  // the four points that are left lie in the middle
    pdm.points = kLandmarks;
    pdm.mean.resize(3 * kLandmarks);
    for (int i = 0; i < kSide * kSide; ++i) {
      pdm.mean[i] = 20.0f * static_cast<float>(i % kSide) - 70;
      pdm.mean[kLandmarks + i] = 20.0f * static_cast<float>(i / kSide) - 70;
      if (i % kSide == kSide - 1 || i / kSide == kSide - 1) continue;
      triangles.push_back({i, i + 1, i + kSide});
      triangles.push_back({i + 1, i + kSide, i + kSide + 1});
    }
  }
};

// A face of a frame of 640 x 480, turned upright and masked.
struct Alignment {
  Grid grid;
  FaceAligner aligner{grid.pdm, grid.triangles};
  Image frame{640, 480, 3};
  std::array<Landmarks, kInputs> landmarks;
  std::array<ShapeFit, kInputs> fits;
  Image found, expected;

  Alignment() {
    std::mt19937 random(4);
    for (std::size_t i = 0; i < frame.size_bytes(); ++i)
      frame.data()[i] = static_cast<std::uint8_t>(random());
    for (std::size_t k = 0; k < kInputs; ++k) {
      fits[k].tx = test::uniform(random, 250, 390);
      fits[k].ty = test::uniform(random, 200, 280);
      const float scale = test::uniform(random, 0.8f, 2),
                  angle = test::uniform(random, -0.4f, 0.4f);
      const float c = scale * std::cos(angle), s = scale * std::sin(angle);
      for (int i = 0; i < kLandmarks; ++i) {
        const float x = grid.pdm.mean[i], y = grid.pdm.mean[kLandmarks + i];
        landmarks[k].x[i] = c * x - s * y + fits[k].tx;
        landmarks[k].y[i] = s * x + c * y + fits[k].ty;
      }
    }
  }
  void plain(std::size_t i) {
    expected = test::plain_crop(frame, aligner.transform(landmarks[i], fits[i].tx, fits[i].ty),
                                landmarks[i], grid.triangles, aligner.options());
  }
  void fast(std::size_t i) { aligner.align(frame, landmarks[i], fits[i], found); }
  double difference() const {
    if (found.size_bytes() != expected.size_bytes()) return std::numeric_limits<double>::infinity();
    double worst = 0;
    for (std::size_t k = 0; k < found.size_bytes(); ++k)
      worst = larger(worst, found.data()[k], expected.data()[k]);
    return worst;
  }
};

struct Fhog {
  std::vector<Image> crops;
  std::array<float, kFhogSize> found{}, expected{};

  Fhog() {
    std::mt19937 random(5);
    for (int k = 0; k < kInputs; ++k) {
      crops.emplace_back(kFhogCrop, kFhogCrop, 3);
      for (std::size_t i = 0; i < crops[k].size_bytes(); ++i)
        crops[k].data()[i] = static_cast<std::uint8_t>(random());
    }
  }
  void plain(std::size_t i) { expected = test::plain_fhog(crops[i]); }
  void fast(std::size_t i) { compute_fhog(crops[i], found); }
  double difference() const {
    double worst = 0;
    for (std::size_t k = 0; k < found.size(); ++k) worst = larger(worst, found[k], expected[k]);
    return worst;
  }
};

// The pose and the 34 weights of the shape model of 68 landmarks.
struct CalcParams {
  std::mt19937 random{6};
  Pdm pdm = test::synthetic_pdm(kLandmarks, kShapeModes, random);
  ShapeModel model{pdm};
  ShapeFitter fitter{model};
  std::array<std::vector<float>, kInputs> landmarks;
  ShapePose pose, plain_pose;
  std::vector<float> weights = std::vector<float>(kShapeModes), plain_weights = weights;

  CalcParams() {
    for (std::vector<float>& one : landmarks)
      one = test::picture(model, test::random_weights(model, random),
                          test::random_pose(random, 1.5f), random, 0.5f);
  }
  void plain(std::size_t i) { test::fit_plainly(pdm, landmarks[i], plain_pose, plain_weights); }
  void fast(std::size_t i) { fitter.fit(landmarks[i], pose, weights); }
  // Of the landmarks of the fitted shapes, px.
  double difference() const {
    std::vector<float> found(2 * kLandmarks), expected(found);
    project(test::plain_shape(pdm, weights), pose, found);
    project(test::plain_shape(pdm, plain_weights), plain_pose, expected);
    double worst = 0;
    for (std::size_t k = 0; k < found.size(); ++k) worst = larger(worst, found[k], expected[k]);
    return worst;
  }
};

// Response maps of CLNF: how much each place around a landmark looks like it.
struct Responses {
  static constexpr int kPoints = 12;
  int window;
  std::mt19937 random{7};
  Image picture = test::textured_picture(320, 240, random);
  CcnfFile file;
  std::vector<std::unique_ptr<PatchExperts>> experts;
  std::vector<std::vector<float>>
      sigmas;  // of the plain version, kept as the fast one keeps its own
  std::array<std::vector<float>, kInputs> landmarks;
  PatchWorkspace workspace;
  std::vector<float> found, expected;

  explicit Responses(int side)
      : window(side),
        file(test::random_ccnf(1, kPoints, 7, {side}, random)),
        found(static_cast<std::size_t>(kPoints * side * side)),
        expected(found) {
    const TemporaryFolder folder;
    write_file(folder.path() / "ccnf", test::bytes_of(file), Durability::crash);
    experts = read_ccnf_experts({folder.path() / "ccnf"});
    for (const CcnfExpert& expert : file.experts)
      sigmas.push_back(test::plain_sigma(expert, &file.edges.front(), window));
    for (std::vector<float>& one : landmarks)
      one = test::scattered_landmarks(kPoints, picture, random);
  }
  SearchAreas areas(std::size_t i) const { return {picture, landmarks[i], 1.4f, 0.1f}; }
  void plain(std::size_t i) {
    auto out = expected.begin();
    for (int k = 0; k < kPoints; ++k)
      out = std::ranges::copy(
                test::plain_ccnf_response(file.experts[k], sigmas[k],
                                          test::plain_area(areas(i), k, window), window),
                out)
                .out;
  }
  void fast(std::size_t i) { experts[0]->respond(0, window, areas(i), found, workspace); }
  // Relative to the largest value of the map.
  double difference() const {
    const std::size_t pixels = found.size() / kPoints;
    double worst = 0;
    for (std::size_t first = 0; first < found.size(); first += pixels) {
      const auto map = std::span(expected).subspan(first, pixels);
      const float most = *std::ranges::max_element(map);
      for (std::size_t k = 0; k < pixels; ++k)
        worst = larger(worst, found[first + k] / most, map[k] / most);
    }
    return worst;
  }
};

// Processor time of one call, ms.
double time_of(const std::function<void()>& work, double least_ms) {
  work();
  for (std::int64_t calls = 1;; calls *= 2) {
    StageClock clock;
    clock.time(Stage::predict, [&] {
      for (std::int64_t i = 0; i < calls; ++i) work();
    });
    if (const double ms = clock.ms(Stage::predict); ms >= least_ms)
      return ms / static_cast<double>(calls);
  }
}

// Of an even number of values the higher one in the middle.
double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

}  // namespace

std::vector<Kernel> kernels() {
  std::vector<Kernel> list;
  // 4702 products of size 0.1 in double precision round to about 1e-13; 1e-9 is what the project
  // promises.
  list.push_back(kernel_of<Models>("35 models, batch of 8 frames: batched, one by one", 1e-9));
  // Both evaluate the same expression for the middle of a bin.
  list.push_back(kernel_of<Medians>("medians of 4702 features: incremental, full scan", 0));
  // Integers.
  list.push_back(kernel_of<Alignment>("aligned face: mask by spans, by pixels", 0));
  // Sums of up to 256 votes in single precision, then a ratio of sums: a few units of the last
  // place of values below 0.6.
  list.push_back(kernel_of<Fhog>("FHOG: vectors, plain loops", 1e-6));
  // Rounding, and the last step where it makes the numbers of steps differ: below a hundredth of a
  // pixel.
  list.push_back(kernel_of<CalcParams>("CalcParams: sums kept, full Jacobian", 0.01));
  // Single precision over 121 products in front of a steep sigmoid, relative to the largest value
  // of a map: about 5e-6 in either version.
  for (const int window : {7, 9, 11, 15})
    list.push_back(kernel_of<Responses>(
        fmt::format("CLNF response {0} x {0}, 12 landmarks", window), 1e-5, window));
  return list;
}

KernelResult measure(const Kernel& kernel, int repetitions, double least_ms) {
  KernelResult result{kernel.name, 0, 0, kernel.difference(), kernel.tolerance};
  std::vector<double> plain, fast;
  for (int i = 0; i < repetitions; ++i) {
    plain.push_back(time_of(kernel.plain, least_ms));
    fast.push_back(time_of(kernel.fast, least_ms));
  }
  result.plain_ms = median(std::move(plain));
  result.fast_ms = median(std::move(fast));
  return result;
}

}  // namespace auriga
