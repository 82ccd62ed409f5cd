// Time of OpenFace's landmarks: detector, start on the first frame, steady state, validator.
//   openface_bench VIDEO FOLDER_WITH_MODEL_PACKS [--benchmark_...]
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <benchmark/benchmark.h>

#include "auriga/error.hpp"

#include "base/grey.hpp"
#include "clm/clm_fitter.hpp"
#include "detect/mtcnn.hpp"
#include "frames_bench.hpp"
#include "media/video_source.hpp"
#include "models/model_store.hpp"
#include "tracking/openface_tracker.hpp"
#include "validation/validator.hpp"

namespace auriga {
namespace {

constexpr int kFrames = 64;
constexpr ClmWindows kFollow{0, 9, 7, 0};

// The first frames of a video, and the landmark model on each of them.
struct Faces {
  Mtcnn detector;
  std::shared_ptr<const ClmModel> model;
  Validator validator;
  std::vector<Image> images, greys;
  std::vector<ClmState> states;

  Faces(const std::string& video, const std::filesystem::path& models)
      : detector(Mtcnn::load(
            ModelStore({models}).pack("mtcnn").file("model/mtcnn_detector/MTCNN_detector.txt"))),
        model(
            read_clm_model(ModelStore({models}).pack("clnf").file("model/main_clnf_general.txt"))),
        validator(Validator::load(model->validator)) {
    OpenFaceTracker tracker(model, &validator, finder());
    ClmFitter fitter(model, &validator);
    ClmState state;
    const auto source = open_video(video);
    StageClock clock;
    for (Frame frame; static_cast<int>(images.size()) < kFrames && source->next(frame);) {
      const TrackedFace face = tracker.next(frame.bgr(), clock).front();
      if (!face.analysable) continue;
      state.whole.pose = pose_of(face.shape);
      state.whole.modes.assign(face.shape.p.begin(), face.shape.p.begin() + model->pdm.modes);
      images.emplace_back(frame.bgr());
      to_grey(frame.bgr(), greys.emplace_back());
      state = fitter.detect(greys.back(), {}, kFollow, {}, std::move(state));
      states.push_back(state);
    }
    if (images.empty())
      throw Error(ErrorCode::input, video + ": expected a video with a face, found none");
  }
  FaceFinder finder() {
    return [this](ImageView bgr) { return std::span<const FaceBox>(detector.detect(bgr)); };
  }
  std::size_t size() const { return images.size(); }
};

Faces* faces = nullptr;

template <typename Stage>
void over_frames(benchmark::State& state, Stage stage) {
  one_after_the_other(state, faces->size(), stage);
}

void mtcnn(benchmark::State& state) {
  over_frames(state, [](std::size_t i) { faces->detector.detect(faces->images[i]); });
}
BENCHMARK(mtcnn)->Unit(benchmark::kMillisecond);

// Models loaded, nothing computed yet: detector, eleven start rotations, tables of the experts.
void first_frame(benchmark::State& state) {
  for (auto _ : state) {
    state.PauseTiming();
    const auto model = read_clm_model(faces->model->files.front());
    OpenFaceTracker tracker(model, &faces->validator, faces->finder());
    StageClock clock;
    state.ResumeTiming();
    tracker.next(faces->images.front(), clock);
  }
}
BENCHMARK(first_frame)->Unit(benchmark::kMillisecond);

void grey(benchmark::State& state) {
  Image grey;
  over_frames(state, [&](std::size_t i) { to_grey(faces->images[i], grey); });
}
BENCHMARK(grey)->Unit(benchmark::kMillisecond);

// One frame of a face that is followed, from where it was in the frame before; without and with
// parts and validation.
void follow(benchmark::State& state, bool whole) {
  ClmFitter fitter(faces->model, &faces->validator);
  ClmState face;
  over_frames(state, [&](std::size_t i) {
    face = faces->states[i == 0 ? 0 : i - 1];
    face = fitter.detect(faces->greys[i], {}, kFollow, {whole, whole}, std::move(face));
  });
}
BENCHMARK_CAPTURE(follow, face_only, false)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(follow, with_parts_and_validation, true)->Unit(benchmark::kMillisecond);

void validation(benchmark::State& state) {
  over_frames(state, [](std::size_t i) {
    const ClmShape& fit = faces->states[i].whole;
    benchmark::DoNotOptimize(faces->validator.certainty(
        faces->greys[i], {fit.pose.rx, fit.pose.ry, fit.pose.rz}, fit.landmarks));
  });
}
BENCHMARK(validation)->Unit(benchmark::kMillisecond);

// The response maps of one scale; the argument is the side of the map.
void responses(benchmark::State& state) {
  const auto window = static_cast<int>(state.range(0));
  const PatchExperts& experts = *faces->model->scales[1];
  std::vector<float> maps(static_cast<std::size_t>(experts.landmarks() * window * window));
  PatchWorkspace workspace;
  over_frames(state, [&](std::size_t i) {
    const ClmShape& fit = faces->states[i].whole;
    const float to_picture = fit.pose.scale / static_cast<float>(experts.training_scale());
    experts.respond(fit.view, window, {faces->greys[i], fit.landmarks, to_picture, 0}, maps,
                    workspace);
  });
}
BENCHMARK(responses)->Arg(7)->Arg(9)->Arg(11)->Arg(15)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace auriga

int main(int argc, char** argv) { return auriga::run_benchmarks(argc, argv, auriga::faces); }
