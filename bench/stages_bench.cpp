// Time per frame of each stage after the landmarks, on the faces of a video.
//   stages_bench VIDEO FOLDER_WITH_MODEL_PACKS [--benchmark_...]
#include <optional>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>

#include "auriga/error.hpp"

#include "appearance/face_aligner.hpp"
#include "appearance/fhog.hpp"
#include "au/linear/geometry.hpp"
#include "au/linear/linear_person.hpp"
#include "au/linear/predictor.hpp"
#include "detect/retinaface.hpp"
#include "frames_bench.hpp"
#include "landmarks/pfld.hpp"
#include "media/video_source.hpp"
#include "models/au_models.hpp"
#include "models/model_store.hpp"
#include "shape/camera.hpp"
#include "shape/head_pose.hpp"
#include "shape/shape_fitter.hpp"

namespace auriga {
namespace {

constexpr int kFrames = 64;

// The faces of the first frames, with the result of every stage.
struct Faces {
  AuModelSet set;
  ShapeModel model;
  std::vector<Image> images, crops;
  std::vector<Landmarks> landmarks;
  std::vector<ShapeFit> fits;
  std::vector<float> fhog;       // frames x 4464
  std::vector<double> geometry;  // frames x 238

  Faces(const std::string& video, const std::filesystem::path& models)
      : set(read_au_model_set(
            ModelStore({models}).pack("au").file("AU_predictors/main_dynamic_svms.txt"), true)),
        model(set.pdm) {
    RetinaFace detector(RetinaFace::load(
        ModelStore({models}).pack("retinaface").file("retinaface_mobilenet025.onnx"), Device::cpu));
    Pfld pfld(Pfld::load(ModelStore({models}).pack("pfld").file("pfld.onnx"), Device::cpu));
    ShapeFitter fitter(model);
    FaceAligner aligner(set.pdm, set.triangles);
    const GeometryDescriptor descriptor(set.pdm);
    const auto source = open_video(video);
    for (Frame frame; static_cast<int>(images.size()) < kFrames && source->next(frame);) {
      const auto& boxes = detector.detect(frame.bgr());
      if (boxes.empty()) continue;
      const auto points = pfld.landmarks(frame.bgr(), boxes.front());
      ShapeFit fit;
      if (!points || fitter.fit(*points, fit) == 0) continue;
      Image crop;
      aligner.align(frame.bgr(), *points, fit, crop);
      fhog.resize(fhog.size() + kAppearanceFeatures);
      geometry.resize(geometry.size() + kGeometryFeatures);
      compute_fhog(crop, std::span<float, kFhogSize>(fhog.end() - kFhogSize, fhog.end()));
      descriptor.compute(fit, std::span<double, kGeometryFeatures>(
                                  geometry.end() - kGeometryFeatures, geometry.end()));
      images.emplace_back(frame.bgr());
      crops.push_back(crop);
      landmarks.push_back(*points);
      fits.push_back(fit);
    }
    if (images.empty())
      throw Error(ErrorCode::input, video + ": expected a video with a face, found none");
  }
  std::size_t size() const { return images.size(); }
};

Faces* faces = nullptr;

template <typename Stage>
void over_frames(benchmark::State& state, Stage stage) {
  one_after_the_other(state, faces->size(), stage);
}

void shape_fit(benchmark::State& state) {
  ShapeFitter fitter(faces->model);
  ShapeFit fit;
  over_frames(state, [&](std::size_t i) {
    benchmark::DoNotOptimize(fitter.fit(faces->landmarks[i], fit));
  });
}
BENCHMARK(shape_fit)->Unit(benchmark::kMillisecond);

void pose(benchmark::State& state) {
  const Camera camera = camera_from_frame_size(640, 480);
  over_frames(state, [&](std::size_t i) {
    benchmark::DoNotOptimize(head_pose(faces->model, faces->fits[i], faces->landmarks[i], camera));
  });
}
BENCHMARK(pose)->Unit(benchmark::kMillisecond);

void align_and_mask(benchmark::State& state) {
  FaceAligner aligner(faces->set.pdm, faces->set.triangles);
  Image crop;
  over_frames(state, [&](std::size_t i) {
    aligner.align(faces->images[i], faces->landmarks[i], faces->fits[i], crop);
  });
}
BENCHMARK(align_and_mask)->Unit(benchmark::kMillisecond);

void fhog(benchmark::State& state) {
  std::vector<float> values(kFhogSize);
  over_frames(state, [&](std::size_t i) {
    compute_fhog(faces->crops[i], std::span<float, kFhogSize>(values));
  });
}
BENCHMARK(fhog)->Unit(benchmark::kMillisecond);

void geometry(benchmark::State& state) {
  const GeometryDescriptor descriptor(faces->set.pdm);
  std::vector<double> values(kGeometryFeatures);
  over_frames(state, [&](std::size_t i) {
    descriptor.compute(faces->fits[i], std::span<double, kGeometryFeatures>(values));
  });
}
BENCHMARK(geometry)->Unit(benchmark::kMillisecond);

// Medians of all 4702 features, kept once in two frames, and the history of scores.
void calibration(benchmark::State& state) {
  const AuPredictor predictor(faces->set);
  std::optional<LinearPerson> person(std::in_place, predictor);
  const std::vector<double> scores(static_cast<std::size_t>(predictor.models()));
  over_frames(state, [&](std::size_t i) {
    if (person->rows() >= LinearPerson::kRepredicted) person.emplace(predictor);
    person->add(true, std::span(faces->fhog).subspan(i * kAppearanceFeatures, kAppearanceFeatures),
                std::span(faces->geometry).subspan(i * kGeometryFeatures, kGeometryFeatures),
                scores);
  });
}
BENCHMARK(calibration)->Unit(benchmark::kMillisecond);

// All 35 models, per frame; the argument is the number of frames in a batch.
void models(benchmark::State& state, PredictorKind kind) {
  const AuPredictor predictor(faces->set, kind);
  const auto batch = std::min(static_cast<std::size_t>(state.range(0)), faces->size());
  std::vector<double> scores(batch * static_cast<std::size_t>(predictor.models()));
  for (auto _ : state)
    predictor.scores(std::span(faces->fhog).first(batch * kAppearanceFeatures),
                     std::span(faces->geometry).first(batch * kGeometryFeatures),
                     static_cast<int>(batch), scores);
  state.SetItemsProcessed(static_cast<std::int64_t>(batch) * state.iterations());
}
BENCHMARK_CAPTURE(models, batched, PredictorKind::batched)
    ->Arg(1)
    ->Arg(8)
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(models, sequential, PredictorKind::sequential)
    ->Arg(8)
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace auriga

int main(int argc, char** argv) { return auriga::run_benchmarks(argc, argv, auriga::faces); }
