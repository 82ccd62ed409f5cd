// Fits the weights of tracking_confidence.cpp to scenes in which it is known where the face is.
//
//   calibrate_tracker <detector.onnx> <pfld.onnx> <pdm.txt> <folder of videos> [<table of all
//   frames.csv>]
//
// A face is followed without any doubt through each scene, also where it is covered, left the
// picture or the scene changed to another person, and every frame is labelled: followed when the
// landmarks are within 0.1 IOD of those that the detector leads to, lost when there is no face or
// they are off by more than 0.3 IOD; frames between count for nothing. Each frame enters twice, as
// if the detector had been asked at this frame and as if it had been asked a random number of
// frames ago.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <deque>
#include <filesystem>
#include <fstream>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include <Eigen/Dense>

#include "detect/retinaface.hpp"
#include "landmarks/pfld.hpp"
#include "models/pdm.hpp"
#include "shape/shape_model.hpp"
#include "tracking/face_memory.hpp"
#include "tracking/face_square.hpp"
#include "tracking/pfld_landmarker.hpp"
#include "tracking/scene_maker.hpp"
#include "tracking/tracking_confidence.hpp"

namespace auriga {
namespace {

using test::Backdrop;
using test::Clip;
using test::Cover;
using test::Scene;
using test::Shot;

struct NamedScene {
  std::string name;
  Scene scene;
};

struct Sample {
  std::string scene;
  int frame;
  bool followed;
  TrackingEvidence evidence;
};

constexpr std::array kCovers{Cover::face_black,  Cover::face_noise,  Cover::face_background,
                             Cover::frame_black, Cover::frame_noise, Cover::frame_freeze};

Scene of_size(const Clip& clip) {
  return {clip.frames.front().width(), clip.frames.front().height(), Backdrop::grey, {}};
}

std::vector<NamedScene> make_scenes(const std::deque<Clip>& clips) {
  std::vector<NamedScene> scenes;
  for (std::size_t c = 0; c < clips.size(); ++c) {
    const Clip& clip = clips[c];
    const int frames = static_cast<int>(clip.frames.size());
    const std::string name = "clip" + std::to_string(c);

    Scene plain = of_size(clip);
    for (int i = 0; i < frames; ++i) plain.shots.push_back({&clip, i});
    scenes.push_back({name, plain});

    Scene doubled = of_size(clip);  // twice the speed
    for (int i = 0; i < frames; i += 2) doubled.shots.push_back({&clip, i});
    scenes.push_back({name + " doubled", doubled});

    for (Cover cover : kCovers) {
      Scene covered = of_size(clip);
      for (int i = 0; i < frames; ++i)
        covered.shots.push_back({&clip, i, i % 15 < 9 ? Cover::none : cover});
      scenes.push_back({name + " cover" + std::to_string(static_cast<int>(cover)), covered});
    }

    for (Backdrop backdrop : {Backdrop::grey, Backdrop::noise, Backdrop::blurred}) {
      Scene pan{640, 480, backdrop, {}}, leave{640, 480, backdrop, {}};
      const double width = clip.frames.front().width() * 0.5,
                   height = clip.frames.front().height() * 0.5;
      double x = 0, y = 0, vx = 4, vy = 3;
      for (int i = 0; i < frames; ++i) {
        pan.shots.push_back({&clip, i, Cover::none, x, y, 0.5});
        x += vx, y += vy;
        if (x < 0 || x > 640 - width) vx = -vx * 1.3, x += 2 * vx;
        if (y < 0 || y > 480 - height) vy = -vy * 1.2, y += 2 * vy;
        if (std::abs(vx) > 30) vx = vx > 0 ? 4 : -4;
        if (std::abs(vy) > 25) vy = vy > 0 ? 3 : -3;
        // Out through each border in turn and in again, at 4 to 28 px per frame.
        const int turn = i / 40;
        const double way = (4 + 8 * (turn % 4)) * (i % 40 < 20 ? i % 40 : 40 - i % 40);
        leave.shots.push_back({&clip, i, Cover::none,
                               160 + (turn % 2 == 0 ? (turn % 4 == 0 ? way : -way) : 0),
                               120 + (turn % 2 == 1 ? (turn % 4 == 1 ? way : -way) : 0), 0.5});
      }
      scenes.push_back({name + " pan", pan});
      scenes.push_back({name + " leave", leave});
    }

    Scene light = of_size(clip);
    for (int i = 0; i < frames; ++i)
      light.shots.push_back({&clip, i, Cover::none, 0, 0, 1, 0.8 + 0.6 * std::sin(0.15 * i)});
    scenes.push_back({name + " light", light});

    Scene cut{640, 480, Backdrop::grey, {}};
    for (int i = 0; i < frames; ++i) {
      const Clip& shown =
          i % 20 < 10 ? clip : clips[(c + 1 + static_cast<std::size_t>(i) / 20) % clips.size()];
      cut.shots.push_back({&shown, i % static_cast<int>(shown.frames.size())});
    }
    scenes.push_back({name + " cut", cut});
  }
  return scenes;
}

class Sampler {
 public:
  Sampler(RetinaFace& detector, Pfld& network, const ShapeModel& model)
      : detector_(detector), landmarker_(network, model) {}

  void follow(const NamedScene& named, std::vector<Sample>& samples) {
    memory_.clear();
    int lost_for = 0;
    float last_support = 0.8f;
    for (int i = 0; i < named.scene.frames(); ++i) {
      test::draw(named.scene, i, picture_);
      const std::optional<Landmarks> truth = test::true_landmarks(named.scene, i);
      const float inside = truth ? share_inside(*truth) : 0;
      // Found again, when it is there, a while after it was lost; before, what is followed is
      // something else.
      if (memory_.empty() || lost_for >= 4) {
        if (inside < 0.9f || !look(face_square(*truth))) continue;
        memory_.restart(look_.view);
        lost_for = 0;
        continue;
      }
      if (!look(memory_.expected_square())) {
        lost_for = 4;
        continue;
      }
      const double error = truth ? test::mean_error(look_.view.landmarks, *truth) : 1;
      const bool followed = error < 0.1 && inside > 0.6f, lost = error > 0.3 || inside < 0.3f;
      TrackingEvidence evidence = memory_.compare(look_.view);
      const float support = ask_detector();
      if (followed || lost) {
        evidence.support = support;
        samples.push_back({named.name, i, followed, evidence});
        evidence.support = faded(last_support, std::uniform_int_distribution(1, 90)(random_));
        samples.push_back({named.name, i, followed, evidence});
      }
      if (followed) last_support = support;
      lost_for = lost ? lost_for + 1 : 0;
      if (!lost) {
        memory_.follow(look_.view);
        if (i % 30 == 0) memory_.confirm(look_.view);
      }
    }
  }

 private:
  bool look(const SubpixelSquare& square) {
    landmarker_.look(picture_, PfldLandmarker::region_of(square), look_, clock_);
    return look_.seen;
  }

  static float share_inside_of(const Landmarks& l, int width, int height) {
    int inside = 0;
    for (std::size_t i = 0; i < kLandmarks; ++i) {
      inside += l.x[i] >= 0 && l.y[i] >= 0 && l.x[i] < static_cast<float>(width) &&
                l.y[i] < static_cast<float>(height);
    }
    return static_cast<float>(inside) / kLandmarks;
  }
  float share_inside(const Landmarks& l) const {
    return share_inside_of(l, picture_.width(), picture_.height());
  }

  float ask_detector() {
    float best = -1;
    for (const FaceBox& box : detector_.detect(picture_)) {
      const float support = detector_support(box, look_.view.landmarks);
      if (support > 0) best = std::max(best, support);
    }
    return best;
  }

  RetinaFace& detector_;
  PfldLandmarker landmarker_;
  FaceMemory memory_;
  FaceLook look_;
  Image picture_;
  StageClock clock_;
  std::mt19937 random_{1};
};

using Row = Eigen::Matrix<double, 1, kEvidenceTerms>;

Row terms(const Sample& sample) {
  const std::array<double, kEvidenceTerms> values = evidence_terms(sample.evidence);
  return Eigen::Map<const Row>(values.data());
}

// Newton's method, both classes of equal weight, with a slight pull to zero.
Row fit(const std::vector<Sample>& samples) {
  constexpr double kPull = 1e-4;
  const double followed = static_cast<double>(
      std::count_if(samples.begin(), samples.end(), [](const Sample& s) { return s.followed; }));
  const double lost = static_cast<double>(samples.size()) - followed;
  Row weights = Row::Zero();
  for (int iteration = 0; iteration < 50; ++iteration) {
    Eigen::Matrix<double, kEvidenceTerms, kEvidenceTerms> hessian =
        kPull * decltype(hessian)::Identity();
    Row gradient = kPull * weights;
    for (const Sample& sample : samples) {
      const Row x = terms(sample);
      const double p = 1 / (1 + std::exp(-x.dot(weights))),
                   mass = 0.5 / (sample.followed ? followed : lost);
      gradient += mass * (p - sample.followed) * x;
      hessian += mass * p * (1 - p) * x.transpose() * x;
    }
    const Row step = hessian.ldlt().solve(gradient.transpose()).transpose();
    weights -= step;
    if (step.norm() < 1e-9) break;
  }
  return weights;
}

void report(const char* name, const std::vector<Sample>& samples, const Row& weights) {
  std::array<std::array<int, 10>, 2> histogram{};
  std::array<int, 2> wrong{}, all{};
  for (const Sample& sample : samples) {
    const double p = 1 / (1 + std::exp(-terms(sample).dot(weights)));
    ++histogram[sample.followed][static_cast<std::size_t>(std::min(9.0, p * 10))];
    ++all[sample.followed];
    wrong[sample.followed] += (p > kFollowed) != sample.followed;
  }
  for (int k : {0, 1}) {
    std::printf("%-10s %-8s %6d, wrong %5d (%.2f %%):", name, k ? "followed" : "lost", all[k],
                wrong[k], 100.0 * wrong[k] / std::max(1, all[k]));
    for (int n : histogram[k]) std::printf(" %5d", n);
    std::printf("\n");
  }
}

}  // namespace
}  // namespace auriga

int main(int argc, char** argv) {
  using namespace auriga;
  if (argc < 5) {
    std::fprintf(stderr,
                 "usage: calibrate_tracker <detector.onnx> <pfld.onnx> <pdm.txt> <folder of "
                 "videos> [<table.csv>]\n");
    return 2;
  }
  RetinaFace detector(RetinaFace::load(argv[1]));
  Pfld landmarker(Pfld::load(argv[2]));
  const Pdm pdm = read_pdm(argv[3]);
  const ShapeModel model(pdm);
  const std::filesystem::path videos = argv[4];
  std::deque<Clip> clips;
  clips.push_back(
      test::read_clip(videos / "2015-10-15-15-14.avi", 430, 200, 1, detector, landmarker));
  clips.push_back(test::read_clip(videos / "changeLighting.wmv", 0, 88, 1, detector, landmarker));
  clips.push_back(test::read_clip(videos / "video01.mp4", 0, 120, 1, detector, landmarker));
  clips.push_back(test::read_clip(videos / "multi_face.avi", 30, 200, 1, detector, landmarker));
  clips.push_back(test::read_clip(videos / "multi_face.avi", 480, 160, 1, detector, landmarker));

  std::vector<Sample> samples;
  Sampler sampler(detector, landmarker, model);
  for (const NamedScene& scene : make_scenes(clips)) sampler.follow(scene, samples);

  std::vector<Sample> asked, unasked;
  for (std::size_t i = 0; i < samples.size(); ++i)
    (i % 2 == 0 ? asked : unasked).push_back(samples[i]);
  const Row weights = fit(samples);
  std::printf("weights:");
  for (double w : weights) std::printf(" %.3f", w);
  std::printf("\n");
  report("asked", asked, weights);
  report("unasked", unasked, weights);
  for (std::size_t c = 0; c < clips.size();
       ++c) {  // does it hold for people that it was not fitted to?
    const std::string name = "clip" + std::to_string(c);
    std::vector<Sample> others, own;
    for (const Sample& sample : samples)
      (sample.scene.starts_with(name) ? own : others).push_back(sample);
    report(("without " + name).c_str(), own, fit(others));
  }
  if (argc > 5) {
    std::ofstream table(argv[5]);
    table << "scene,frame,followed,resemblance,continuity,residual,jump,outside,support\n";
    for (const Sample& s : samples) {
      const TrackingEvidence& e = s.evidence;
      table << s.scene << ',' << s.frame << ',' << s.followed << ',' << e.resemblance << ','
            << e.continuity << ',' << e.residual << ',' << e.jump << ',' << e.outside << ','
            << e.support << '\n';
    }
  }
}
