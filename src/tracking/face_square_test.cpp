#include "tracking/face_square.hpp"

#include <cmath>
#include <filesystem>
#include <string>

#include <gtest/gtest.h>

#include "models/pdm.hpp"
#include "support/golden.hpp"
#include "tracking/face_memory.hpp"
#include "tracking/face_view.hpp"
#include "tracking/pfld_landmarker.hpp"
#include "tracking/scene_maker.hpp"

namespace auriga {
namespace {

constexpr const char* kPdm = "models/openface-2.2/AU_predictors/In-the-wild_aligned_PDM_68.txt";

// An oval of a jaw, brows and the rest within.
Landmarks some_face() {
  Landmarks face;
  for (int i = 0; i < kLandmarks; ++i) {
    const double angle = 3.14 * i / 16, size = i < 17 ? 60 : 5 + i / 2.0;
    face.x[i] = static_cast<float>(200 - size * std::cos(angle));
    face.y[i] = static_cast<float>(150 + 1.3 * size * std::sin(angle));
  }
  return face;
}

TEST(FaceSquare, TurnsShiftsAndScalesWithTheLandmarks) {
  const Landmarks face = some_face();
  const SubpixelSquare square = face_square(face);
  const double turn = 0.7, scale = 1.7, dx = -40, dy = 25;
  const double c = scale * std::cos(turn), s = scale * std::sin(turn);
  Landmarks moved;
  for (int i = 0; i < kLandmarks; ++i) {
    moved.x[i] = static_cast<float>(c * face.x[i] - s * face.y[i] + dx);
    moved.y[i] = static_cast<float>(s * face.x[i] + c * face.y[i] + dy);
  }
  const SubpixelSquare found = face_square(moved);
  const double x = square.x + square.side / 2, y = square.y + square.side / 2;
  EXPECT_NEAR(found.x + found.side / 2, c * x - s * y + dx, 1e-3);
  EXPECT_NEAR(found.y + found.side / 2, s * x + c * y + dy, 1e-3);
  EXPECT_NEAR(found.side, scale * square.side, 1e-3);
}

TEST(FaceSquare, OfABoxIsCentredOnItAndATenthLargerThanTheLongerSide) {
  const SubpixelSquare square = face_square(FaceBox{10, 20, 30, 40, 1, {}});
  EXPECT_FLOAT_EQ(square.side, 44);
  EXPECT_FLOAT_EQ(square.x + square.side / 2, 25);
  EXPECT_FLOAT_EQ(square.y + square.side / 2, 40);
}

TEST(FaceSquare, OverlapIsIntersectionOverUnion) {
  EXPECT_FLOAT_EQ(overlap({0, 0, 10}, {0, 0, 10}), 1);
  EXPECT_FLOAT_EQ(overlap({0, 0, 10}, {5, 0, 10}), 50 / 150.0f);
  EXPECT_FLOAT_EQ(overlap({0, 0, 10}, {2, 3, 5}), 25 / 100.0f);
  EXPECT_FLOAT_EQ(overlap({0, 0, 10}, {10, 0, 10}), 0);
  EXPECT_FLOAT_EQ(overlap({0, 0, 0}, {0, 0, 0}), 0);
}

// On a still frame, square -> landmarks -> square -> ... must come to rest at the landmarks that
// the detector leads to, also from a square that is a tenth off.
TEST(FaceSquare, OfAStillFrameComesToRestAtTheDetectedFace) {
  AURIGA_NEEDS("models/onnx/pfld.onnx");
  AURIGA_NEEDS(kPdm);
  AURIGA_NEEDS("videos/multi_face.avi");
  const std::filesystem::path data = test::test_data();
  RetinaFace detector(
      RetinaFace::load(data / "models/onnx/retinaface_mobilenet025.onnx", Device::cpu));
  Pfld network(Pfld::load(data / "models/onnx/pfld.onnx", Device::cpu));
  const Pdm pdm = read_pdm(data / kPdm);
  const ShapeModel model(pdm);
  PfldLandmarker landmarker(network, model);
  FaceMemory memory;
  FaceLook look;
  const FaceView& view = look.view;
  StageClock clock;
  double error = 0, move = 0;
  int starts = 0;
  for (const char* video :
       {"2015-10-15-15-14.avi", "changeLighting.wmv", "video01.mp4", "multi_face.avi"}) {
    const test::Clip clip = test::read_clip(data / "videos" / video, 20, 3, 25, detector, network);
    for (std::size_t i = 0; i < clip.frames.size(); ++i) {
      const SubpixelSquare detected = face_square(clip.boxes[i]);
      for (const SubpixelSquare& start :
           {detected, SubpixelSquare{detected.x + 0.1f * detected.side,
                                     detected.y - 0.1f * detected.side, 1.1f * detected.side}}) {
        landmarker.look(clip.frames[i], PfldLandmarker::region_of(start), look, clock);
        ASSERT_TRUE(look.seen);
        memory.restart(view);
        Landmarks last;
        for (int k = 0; k < 12; ++k) {
          last = view.landmarks;
          landmarker.look(clip.frames[i], PfldLandmarker::region_of(memory.expected_square()), look,
                          clock);
          ASSERT_TRUE(look.seen);
          memory.follow(view);
        }
        move += test::mean_error(view.landmarks, last);
        last = view.landmarks;
        const double here = test::mean_error(last, clip.landmarks[i]);
        EXPECT_LT(here, 0.025) << video << " frame "
                               << i;  // of the IOD; twice what PFLD does for a move by one pixel
        error += here;
        ++starts;
      }
    }
  }
  RecordProperty("mean_error_iod", std::to_string(error / starts));
  // PFLD itself gives landmarks that differ by 0.01 IOD when its square moves by a pixel.
  EXPECT_LT(error / starts, 0.0125);
  EXPECT_LT(move / starts, 0.001);
  RecordProperty("last_move_iod", std::to_string(move / starts));
}

}  // namespace
}  // namespace auriga
