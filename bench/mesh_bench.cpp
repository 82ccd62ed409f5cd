// Time of the open preset: detectors, mesh, tracking, features and networks of the action units.
//   mesh_bench VIDEO FOLDER_WITH_MODEL_PACKS [--benchmark_...]
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>

#include "auriga/error.hpp"

#include "au/mesh/mesh_features.hpp"
#include "au/mesh/mesh_models.hpp"
#include "detect/blazeface.hpp"
#include "frames_bench.hpp"
#include "landmarks/face_mesh.hpp"
#include "landmarks/roi_crop.hpp"
#include "media/video_source.hpp"
#include "models/model_store.hpp"
#include "models/pdm.hpp"
#include "shape/shape_model.hpp"
#include "tracking/follower.hpp"
#include "tracking/mesh_landmarker.hpp"

namespace auriga {
namespace {

constexpr int kFrames = 64;
constexpr float kNoFace = 1;  // a threshold that nothing is above

// The first frames of a video and the mesh in each of them.
struct Faces {
  FoundPack pack;
  BlazeFace detector;
  FaceMeshNetwork network;
  MeshTo68 map;
  Pdm pdm;
  ShapeModel model;
  MeshLandmarker landmarker;
  MeshAuModels units;
  std::vector<Image> images;
  std::vector<FaceMesh> meshes;

  Faces(const std::string& video, const std::filesystem::path& models)
      : pack(ModelStore({models}).pack("mesh")),
        detector(BlazeFace::load(pack.file("face_detection_short_range.onnx"),
                                 pack.file("face_detection_full_range.onnx"), Device::cpu)),
        network(FaceMeshNetwork::load(pack.folder, Device::cpu)),
        map(pack.file("mesh_to_68.txt")),
        pdm(read_pdm(pack.file("shape_68.txt"))),
        model(pdm),
        landmarker([this](ImageView bgr, const FaceRoi& roi,
                          FaceMesh& found) { return network.find(bgr, roi, found); },
                   map, model),
        units(read_mesh_au_models(pack.file("action_units.json"))) {
    const auto source = open_video(video);
    Follower follower = make_follower();
    StageClock clock;
    for (Frame frame; static_cast<int>(images.size()) < kFrames && source->next(frame);) {
      const TrackedFace& face = follower.next(frame.bgr(), clock).front();
      if (!face.success) continue;
      images.emplace_back(frame.bgr());
      meshes.push_back(*face.mesh);
    }
    if (images.empty())
      throw Error(ErrorCode::input, video + ": expected a video with a face, found none");
  }
  Follower make_follower() {
    return {[this](ImageView bgr) { return std::span<const FaceBox>(detector.detect(bgr)); },
            landmarker};
  }
  std::size_t size() const { return images.size(); }
};

Faces* faces = nullptr;

template <typename Stage>
void over_frames(benchmark::State& state, Stage stage) {
  one_after_the_other(state, faces->size(), stage);
}

void blazeface_near(benchmark::State& state) {
  over_frames(state, [](std::size_t i) { faces->detector.detect(faces->images[i]); });
}
BENCHMARK(blazeface_near)->Unit(benchmark::kMillisecond);

// As in a video without a face.
void blazeface_near_and_far(benchmark::State& state) {
  over_frames(state, [](std::size_t i) { faces->detector.detect(faces->images[i], kNoFace); });
}
BENCHMARK(blazeface_near_and_far)->Unit(benchmark::kMillisecond);

// As for pictures.
void blazeface_with_tiles(benchmark::State& state) {
  over_frames(state, [](std::size_t i) { faces->detector.detect_all(faces->images[i]); });
}
BENCHMARK(blazeface_with_tiles)->Unit(benchmark::kMillisecond);

void crop(benchmark::State& state) {
  std::vector<float> planes(kRoiCropSize);
  over_frames(state, [&](std::size_t i) {
    crop_roi(faces->images[i], roi_around(faces->meshes[i]), planes.data());
  });
}
BENCHMARK(crop)->Unit(benchmark::kMillisecond);

void mesh(benchmark::State& state) {
  FaceMesh found;
  over_frames(state, [&](std::size_t i) {
    faces->network.find(faces->images[i], roi_around(faces->meshes[i]), found);
  });
}
BENCHMARK(mesh)->Unit(benchmark::kMillisecond);

// One frame of a face that is followed, with its share of the checks by the detector.
void mesh_tracking(benchmark::State& state) {
  Follower follower = faces->make_follower();
  StageClock clock;
  over_frames(state, [&](std::size_t i) { follower.next(faces->images[i], clock); });
}
BENCHMARK(mesh_tracking)->Unit(benchmark::kMillisecond);

void mesh_features(benchmark::State& state) {
  MeshFeatures features;
  std::vector<float> values(static_cast<std::size_t>(MeshFeatures::count()));
  over_frames(state,
              [&](std::size_t i) { features.compute(faces->images[i], faces->meshes[i], values); });
}
BENCHMARK(mesh_features)->Unit(benchmark::kMillisecond);

void mesh_action_units(benchmark::State& state) {
  MeshFeatures features;
  std::vector<float> values(static_cast<std::size_t>(MeshFeatures::count()));
  features.compute(faces->images[0], faces->meshes[0], values);
  std::vector<double> intensities(faces->units.units.size());
  over_frames(state, [&](std::size_t) {
    mesh_intensities(faces->units, values, faces->units.neutral, intensities);
    benchmark::DoNotOptimize(intensities.data());
  });
}
BENCHMARK(mesh_action_units)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace auriga

int main(int argc, char** argv) { return auriga::run_benchmarks(argc, argv, auriga::faces); }
