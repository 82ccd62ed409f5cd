#include "parity/rounding.hpp"

#include <algorithm>
#include <random>
#include <span>

#include "base/grey.hpp"
#include "detect/mtcnn.hpp"
#include "media/video_source.hpp"
#include "parity/report.hpp"
#include "tracking/openface_video.hpp"

namespace auriga::parity {
namespace {

void nudge(ShapePose& pose, std::mt19937& random) {
  const auto amount = [&] {
    return static_cast<float>(kNudge * (random() / 2147483648.0 - 1));  // the same everywhere
  };
  for (float* value : {&pose.scale, &pose.tx, &pose.ty}) *value *= 1 + amount();
  for (float* angle : {&pose.rx, &pose.ry, &pose.rz}) *angle += amount();
}

}  // namespace

NudgedVideo nudged_runs(const std::filesystem::path& data, const std::filesystem::path& video) {
  const std::filesystem::path folder = data / "models/openface-2.2/model";
  const auto model = read_clm_model(folder / "main_clnf_general.txt");
  Validator validator(Validator::load(model->validator));
  Mtcnn detector(Mtcnn::load(folder / "mtcnn_detector/MTCNN_detector.txt"));
  const FaceFinder find = [&](ImageView bgr) {
    return std::span<const FaceBox>(detector.detect(bgr));
  };
  std::vector<OpenFaceVideo<ClmFitter>> runs;  // the first one is the plain one
  for (int run = 0; run <= kNudgedRuns; ++run)
    runs.emplace_back(ClmFitter(model, &validator), OpenFaceOptions{});

  NudgedVideo result;
  Differences all;
  std::mt19937 random(1);
  StageClock clock;
  Frame frame;
  Image grey;
  const auto source = open_video(video);
  while (source->next(frame)) {
    to_grey(frame.bgr(), grey);
    const bool success = runs[0].next(frame.bgr(), grey, find, clock);
    const std::vector<float>& plain = runs[0].state().whole.landmarks;
    NudgedFrame& worst = result.frames.emplace_back();
    for (int run = 1; run <= kNudgedRuns; ++run) {
      nudge(runs[run].state().whole.pose, random);
      const bool nudged_success = runs[run].next(frame.bgr(), grey, find, clock);
      worst.successes += nudged_success;
      if (!success || !nudged_success) continue;
      const std::vector<float>& nudged = runs[run].state().whole.landmarks;
      Differences points;
      const std::size_t n = plain.size() / 2;
      for (std::size_t i = 0; i < n; ++i) {
        points.add_distance(nudged[i] - plain[i], nudged[n + i] - plain[n + i]);
        all.add_distance(nudged[i] - plain[i], nudged[n + i] - plain[n + i]);
      }
      worst.rms = std::max(worst.rms, points.rms());
      worst.max = std::max(worst.max, points.max());
    }
  }
  result.rms = all.rms();
  return result;
}

}  // namespace auriga::parity
