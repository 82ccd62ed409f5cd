#include <algorithm>
#include <array>
#include <cstddef>
#include <map>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/grey.hpp"
#include "clm/clm_fitter.hpp"
#include "detect/mtcnn.hpp"
#include "gaze/gaze.hpp"
#include "media/image_file.hpp"
#include "media/video_source.hpp"
#include "parity/golden_stage.hpp"
#include "parity/sections.hpp"
#include "shape/camera.hpp"
#include "shape/head_pose.hpp"
#include "shape/shape_fitter.hpp"
#include "tracking/openface_result.hpp"
#include "tracking/openface_tracker.hpp"

namespace auriga::parity {
namespace {

namespace fs = std::filesystem;

constexpr const char* kModel = "models/openface-2.2/model";
constexpr ClmWindows kFollow = {0, 9, 7, 0};  // in a video, after a frame that succeeded

// "sample1.jpg", or "video01.mp4#frame0".
Image golden_picture(const fs::path& data, const std::string& name) {
  const std::size_t mark = name.find("#frame0");
  if (mark == std::string::npos) return read_image(data / "images" / name);
  Frame frame;
  open_video(data / "videos" / name.substr(0, mark))->next(frame);
  return Image(frame.bgr());
}

// What follows from a fit, and how far it is from what the reference had.
struct Derived {
  Differences pose_mm, pose_rad, landmarks_mm, eyes_mm, gaze, angles;

  void add(const ClmModel& model, const TrackedFace& face, const GoldenStage& golden,
           std::size_t frame) {
    const std::array<int, 2> parts = eye_parts(model);
    const HeadPose pose = head_pose(model.shape, face.shape, face.landmarks, golden.camera);
    const auto points =
        auriga::landmarks_3d(model.shape, face.shape, face.landmarks, golden.camera);
    std::array<std::array<float, 3>, 2> directions;
    const auto expected = [&](const test::Table& table, const std::string& column) {
      return table.number(frame, column);
    };
    for (std::size_t e = 0; e < 2; ++e) {
      const ShapeModel& shape = model.parts.at(static_cast<std::size_t>(parts[e])).model->shape;
      const auto eye = eye_landmarks_3d(shape, face.eyes[e], golden.camera);
      directions[e] = gaze_direction(static_cast<int>(e), eye, points, pose);
      for (std::size_t axis = 0; axis < 3; ++axis) {
        const auto mm =
            numbers(golden.eyes, frame, fmt::format("eye_lmk_{}_{}", "XYZ"[axis], e * kEyePoints),
                    kEyePoints);
        for (std::size_t i = 0; i < kEyePoints; ++i) eyes_mm.add(eye[axis][i], mm[i]);
        gaze.add(directions[e][axis],
                 expected(golden.pose_gaze, fmt::format("gaze_{}_{}", e, "xyz"[axis])));
      }
    }
    const auto angle = gaze_angles(directions[0], directions[1]);
    angles.add(angle[0], expected(golden.pose_gaze, "gaze_angle_x"));
    angles.add(angle[1], expected(golden.pose_gaze, "gaze_angle_y"));
    for (std::size_t axis = 0; axis < 3; ++axis) {
      pose_mm.add(pose.translation_mm[axis],
                  expected(golden.pose_gaze, fmt::format("pose_T{}", "xyz"[axis])));
      pose_rad.add(pose.rotation_rad[axis],
                   expected(golden.pose_gaze, fmt::format("pose_R{}", "xyz"[axis])));
      const auto mm =
          numbers(golden.landmarks_3d, frame, fmt::format("{}_0", "XYZ"[axis]), kLandmarks);
      for (std::size_t i = 0; i < kLandmarks; ++i) landmarks_mm.add(points[axis][i], mm[i]);
    }
  }
};

void add_points(Differences& differences, const std::vector<float>& ours,
                const std::vector<float>& theirs) {
  const std::size_t n = theirs.size() / 2;
  for (std::size_t i = 0; i < n; ++i)
    differences.add_distance(ours.at(i) - theirs[i], ours.at(n + i) - theirs[n + i]);
}

// All that is measured on one video.
struct Measured {
  std::size_t frames = 0, fitted = 0;
  std::size_t judged_equal = 0;     // the validator alone
  std::size_t certainty_equal = 0;  // after a fit
  std::size_t success_equal = 0;
  Differences landmarks, eyes, inner_face, shape_pose, shape_modes;
  Differences followed;  // landmarks of a tracker that has only seen the video
  std::size_t followed_certainty_equal = 0;
  Derived of_golden_fit, of_our_fit;
};

Measured measure(const fs::path& data, const std::string& video) {
  const std::string stem = fs::path(video).stem().string();
  const GoldenStage golden(data / "golden" / ("stage_" + stem));
  const auto model = read_clm_model(data / kModel / "main_clnf_general.txt");
  Validator validator(Validator::load(model->validator));
  ClmFitter clm(model, &validator);
  ClmState fitted;
  ShapeFitter fitter(model->shape);
  Mtcnn detector(Mtcnn::load(data / kModel / "mtcnn_detector/MTCNN_detector.txt"));
  OpenFaceTracker tracker(model, &validator, [&](ImageView bgr) {
    return std::span<const FaceBox>(detector.detect(bgr));
  });
  StageClock clock;
  const auto source = open_video(data / "videos" / video);
  Frame frame;
  Image grey;
  Measured measured;
  TrackedFace face;
  for (std::size_t k = 0; k < golden.frames(); ++k) {
    if (!source->next(frame)) throw std::runtime_error(video + " ends too early");
    to_grey(frame.bgr(), grey);
    ++measured.frames;
    const ClmState state = golden.state(k);
    const ShapePose& pose = state.whole.pose;
    const float certainty = static_cast<float>(golden.tracker.number(k, "certainty"));
    measured.judged_equal +=
        validator.certainty(grey, {pose.rx, pose.ry, pose.rz}, state.whole.landmarks) == certainty;

    const Landmarks landmarks = golden.landmarks(k);
    const TrackedFace& followed = tracker.next(frame.bgr(), clock).front();
    for (std::size_t i = 0; i < kLandmarks; ++i)
      measured.followed.add_distance(followed.landmarks.x[i] - landmarks.x[i],
                                     followed.landmarks.y[i] - landmarks.y[i]);
    measured.followed_certainty_equal += static_cast<float>(followed.confidence) == certainty;

    ShapeFit fit;
    fitter.fit(landmarks, fit);
    const std::vector<float> rigid = numbers(golden.calc_params, k, "p_scale", 6),
                             modes = numbers(golden.calc_params, k, "p_0", kShapeModes);
    const float ours[] = {fit.scale, fit.rx, fit.ry, fit.rz, fit.tx, fit.ty};
    for (std::size_t i = 0; i < 6; ++i) measured.shape_pose.add(ours[i], rigid[i]);
    for (std::size_t i = 0; i < kShapeModes; ++i) measured.shape_modes.add(fit.p[i], modes[i]);

    if (k > 0) {
      fitted = clm.detect(grey, {}, kFollow, {}, golden.state(k - 1));
      ++measured.fitted;
      measured.success_equal += fitted.success == (golden.tracker.number(k, "model_success") == 1);
      measured.certainty_equal += fitted.certainty == certainty;
      add_points(measured.landmarks, fitted.whole.landmarks, state.whole.landmarks);
      for (std::size_t p = 0; p < 3; ++p)
        add_points(p == 0 ? measured.inner_face : measured.eyes, fitted.parts[p].landmarks,
                   state.parts[p].landmarks);
      read_face(*model, fitted, fitted.success, face);
      measured.of_our_fit.add(*model, face, golden, k);
    }

    read_face(*model, state, true, face);
    measured.of_golden_fit.add(*model, face, golden, k);
  }
  return measured;
}

}  // namespace

std::string detections(const fs::path& data, Bounds& bounds) {
  const test::Table golden(data / "golden/mtcnn_detections.csv"),
      golden_counts(data / "golden/mtcnn_detections_stages.csv");
  std::map<std::string, std::vector<std::size_t>> rows;
  std::map<std::string, std::vector<std::pair<std::string, int>>> counts;
  for (std::size_t row = 0; row < golden.rows(); ++row)
    rows[golden.text(row, "file")].push_back(row);
  for (std::size_t row = 0; row < golden_counts.rows(); ++row)
    counts[golden_counts.text(row, "file")].emplace_back(
        golden_counts.text(row, "stage"), static_cast<int>(golden_counts.number(row, "count")));

  Mtcnn detector(Mtcnn::load(data / kModel / "mtcnn_detector/MTCNN_detector.txt"));
  std::size_t same_counts = 0, same_number = 0;
  Differences position, score;
  for (const auto& [name, expected] : counts) {
    const std::vector<FaceBox>& faces = detector.detect(golden_picture(data, name));
    const auto ours = detector.stage_counts();
    same_counts += std::equal(ours.begin(), ours.end(), expected.begin(), expected.end());
    const std::vector<std::size_t>& boxes = rows[name];
    same_number += faces.size() == boxes.size();
    for (std::size_t i = 0; i < std::min(faces.size(), boxes.size()); ++i) {
      position.add(faces[i].x, golden.number(boxes[i], "x"));
      position.add(faces[i].y, golden.number(boxes[i], "y"));
      position.add(faces[i].w, golden.number(boxes[i], "w"));
      position.add(faces[i].h, golden.number(boxes[i], "h"));
      score.add(faces[i].score, golden.number(boxes[i], "confidence"));
    }
  }
  MarkdownTable table({"MTCNN", "measured", "bound", "kept"});
  const double pictures = static_cast<double>(counts.size());
  table.add({fmt::format("pictures with as many faces ({} faces in {} pictures)", golden.rows(),
                         counts.size()),
             std::to_string(same_number), "all",
             bounds.at_least("MTCNN, pictures with as many faces", static_cast<double>(same_number),
                             pictures)});
  table.add({"pictures with the same number of boxes after every stage of every scale",
             std::to_string(same_counts), "all",
             bounds.at_least("MTCNN, stage counts", static_cast<double>(same_counts), pictures)});
  table.add({"boxes in the same order, largest difference, px", number(position.max()), "0.01",
             bounds.at_most("MTCNN, boxes", position.max(), 0.01)});
  table.add({"scores, largest difference", number(score.max()), "0.0001",
             bounds.at_most("MTCNN, scores", score.max(), 1e-4)});
  return table.text();
}

std::string stages(const fs::path& data, Bounds& bounds) {
  std::string text;
  for (const std::string video : {"2015-10-15-15-14.avi", "video01.mp4"}) {
    const Measured m = measure(data, video);
    MarkdownTable table({"`" + video + "`", "measured", "bound", "kept"});
    const auto at_most = [&](const std::string& what, double measured, double bound) {
      table.add({what, number(measured), number(bound),
                 bounds.at_most(video + ", " + what, measured, bound)});
    };
    const auto share = [&](const std::string& what, double measured, double bound) {
      table.add({what, percent(measured), percent(bound),
                 bounds.at_least(video + ", " + what, measured, bound)});
    };
    const auto equal = [&](const std::string& what, std::size_t measured, std::size_t of) {
      table.add({what, fmt::format("{} of {}", measured, of), "all",
                 bounds.at_least(video + ", " + what, static_cast<double>(measured),
                                 static_cast<double>(of))});
    };
    const auto only = [&](const std::string& what, const std::string& measured) {
      table.add({what, measured, "", ""});
    };
    share("landmarks within 0.05 px", m.landmarks.share_within(0.05), 0.99);
    only("landmarks, mean and largest distance, px",
         number(m.landmarks.mean()) + ", " + number(m.landmarks.max()));
    share("points of the inner face within 0.05 px", m.inner_face.share_within(0.05), 0.99);
    share("points of the eyes within 0.05 px", m.eyes.share_within(0.05), 0.99);
    only("points of the eyes, mean and largest distance, px",
         number(m.eyes.mean()) + ", " + number(m.eyes.max()));
    equal("success of the fit equal", m.success_equal, m.fitted);
    equal("certainty of the fit equal", m.certainty_equal, m.fitted);
    at_most("head position from our fit, largest difference, mm", m.of_our_fit.pose_mm.max(), 0.5);
    at_most("head rotation from our fit, largest difference, rad", m.of_our_fit.pose_rad.max(),
            1e-3);
    share("gaze vectors from our fit within 0.005, components",
          m.of_our_fit.gaze.share_within(0.005), 0.99);
    only("gaze vectors from our fit, mean and largest difference",
         number(m.of_our_fit.gaze.mean()) + ", " + number(m.of_our_fit.gaze.max()));
    at_most("followed for 120 frames: landmarks, root mean square, px", m.followed.rms(), 0.15);
    only("followed for 120 frames: landmarks within 0.05 px; largest distance, px",
         percent(m.followed.share_within(0.05)) + "; " + number(m.followed.max()));
    only("followed for 120 frames: certainty equal",
         fmt::format("{} of {}", m.followed_certainty_equal, m.frames));
    equal("certainty of the reference's landmarks equal (validator alone)", m.judged_equal,
          m.frames);
    at_most("CalcParams: scale, angles, translation, largest difference", m.shape_pose.max(), 1e-4);
    at_most("CalcParams: modes, largest difference", m.shape_modes.max(), 1e-3);
    at_most("head position from the reference's fit, mm", m.of_golden_fit.pose_mm.max(), 1e-3);
    at_most("head rotation from the reference's fit, rad", m.of_golden_fit.pose_rad.max(), 1e-5);
    at_most("3-D landmarks from the reference's fit, mm", m.of_golden_fit.landmarks_mm.max(), 1e-3);
    at_most("3-D eye landmarks from the reference's fit, mm", m.of_golden_fit.eyes_mm.max(), 1e-3);
    at_most("gaze vectors from the reference's fit", m.of_golden_fit.gaze.max(), 1e-4);
    at_most("gaze angles from the reference's fit, rad", m.of_golden_fit.angles.max(), 1e-4);
    text += table.text() + "\n";
  }
  return text;
}

}  // namespace auriga::parity
