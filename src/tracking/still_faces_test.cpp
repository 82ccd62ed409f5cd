#include "tracking/still_faces.hpp"

#include <cstddef>
#include <filesystem>
#include <optional>
#include <span>
#include <vector>

#include <gtest/gtest.h>

#include "detect/retinaface.hpp"
#include "landmarks/pfld.hpp"
#include "media/image_file.hpp"
#include "models/pdm.hpp"
#include "support/golden.hpp"
#include "tracking/fake_landmarker.hpp"
#include "tracking/fake_mesh_world.hpp"
#include "tracking/mesh_landmarker.hpp"
#include "tracking/pfld_landmarker.hpp"

namespace auriga {
namespace {

constexpr const char* kFolder = "models/openface-2.2/";
constexpr const char* kPdm = "models/openface-2.2/AU_predictors/In-the-wild_aligned_PDM_68.txt";

TEST(StillFaces, OfTheMeshAreThoseThatTheNetworkIsSureOf) {
  test::MeshWorld world;
  // By the detector's order, not by size; the network sees a face in the second one, but is less
  // than sure.
  world.actors = {{100, 200, 60, 1}, {300, 200, 80, 2}, {500, 200, 70, 3}};
  world.actors[1].presence = 0.79f;
  world.actors[2].presence = 0.8f;
  world.ghosts = {test::MeshWorld::box_of({100, 400, 50})};
  MeshLandmarker landmarker(world.mesh(), world.map(), world.model());
  StillFaces stills(world.find(), landmarker, world.model(), nullptr);
  StageClock clock;
  const std::vector<TrackedFace>& faces = stills.faces(world.picture(), clock);
  EXPECT_EQ(world.detections, 1);
  EXPECT_EQ(world.looks, 8) << "twice at each";
  ASSERT_EQ(faces.size(), 2u);
  for (std::size_t i = 0; i < 2; ++i) {
    const TrackedFace& face = faces[i];
    const test::MeshActor& actor = world.actors[2 * i];
    EXPECT_EQ(face.id, static_cast<int>(i));
    EXPECT_TRUE(face.success && face.analysable && face.detector_ran && face.shape_is_calc_params);
    EXPECT_EQ(face.confidence, actor.presence);
    EXPECT_LT(mean_distance(face.landmarks, world.landmarks_of(actor)), 0.05f * actor.width);
    ASSERT_TRUE(face.mesh.has_value());
    EXPECT_EQ(world.map().landmarks(*face.mesh).x, face.landmarks.x);
    ShapeFit fit;
    ShapeFitter(world.model()).fit(face.landmarks, fit);
    EXPECT_EQ(face.shape.p, fit.p);
    EXPECT_EQ(face.shape.scale, fit.scale);
  }
  EXPECT_GT(clock.ms(Stage::landmarks), 0);
  world.actors.clear();
  EXPECT_TRUE(stills.faces(world.picture(), clock).empty());
  world.silent = true;
  EXPECT_TRUE(stills.faces(world.picture(), clock).empty());
}

TEST(StillFaces, OfPfldAreAllWithTheScoreOfTheDetection) {
  AURIGA_NEEDS("models/onnx/pfld.onnx");
  AURIGA_NEEDS(kPdm);
  AURIGA_NEEDS("images/multi_face_img.png");
  const Image image = read_image(test::test_data() / "images/multi_face_img.png");
  RetinaFace detector(RetinaFace::load(
      test::test_data() / "models/onnx/retinaface_mobilenet025.onnx", Device::cpu));
  Pfld network(Pfld::load(test::test_data() / "models/onnx/pfld.onnx", Device::cpu));
  const Pdm pdm = read_pdm(test::test_data() / kPdm);
  const ShapeModel model(pdm);
  PfldLandmarker landmarker(network, model);
  std::vector<FaceBox> boxes = detector.detect(image);
  ASSERT_GT(boxes.size(), 2u);
  boxes.insert(boxes.begin() + 1, FaceBox{-500, -500, 60, 60, 0.9f, {}});  // beyond the picture
  StillFaces stills([&](ImageView) { return std::span<const FaceBox>(boxes); }, landmarker, model,
                    nullptr);
  StageClock clock;
  const std::vector<TrackedFace>& faces = stills.faces(image, clock);
  ASSERT_EQ(faces.size(), boxes.size() - 1);
  for (std::size_t i = 0; i < faces.size(); ++i) {
    const FaceBox& box = boxes[i == 0 ? 0 : i + 1];
    EXPECT_EQ(faces[i].id, static_cast<int>(i));
    EXPECT_TRUE(faces[i].success && faces[i].analysable && faces[i].detector_ran);
    EXPECT_EQ(faces[i].confidence, box.score);
    EXPECT_EQ(faces[i].landmarks.x, network.landmarks(image, box)->x);
    EXPECT_EQ(faces[i].landmarks.y, network.landmarks(image, box)->y);
    EXPECT_FALSE(faces[i].mesh.has_value());
  }
}

// What no shape fits is left out.
TEST(StillFaces, LandmarksInOnePlaceAreNoFace) {
  test::MeshWorld world;
  test::ScriptedLandmarker landmarker;
  landmarker.side = 0;
  const std::vector<FaceBox> boxes{{100, 100, 0, 0, 0.9f}};
  StillFaces stills([&](ImageView) { return std::span<const FaceBox>(boxes); }, landmarker,
                    world.model(), nullptr);
  StageClock clock;
  EXPECT_TRUE(stills.faces(world.picture(), clock).empty());
  EXPECT_EQ(landmarker.calls, "s");
}

// Sees the faces that it is given, one after the other.
class GivenLandmarks : public test::ScriptedLandmarker {
 public:
  std::vector<Landmarks> given;
  bool look_at_still(const Picture&, const FaceBox& box, TrackedFace& face) override {
    face.landmarks = given[static_cast<std::size_t>(box.x)];
    face.confidence = 0.5;
    return true;
  }
};

TEST(StillFaces, AreJudgedByTheValidator) {
  AURIGA_NEEDS("models/openface-2.2/model/detection_validation/validator_cnn.txt");
  AURIGA_NEEDS("golden/stage_video01/tracker.csv");
  const auto folder = test::test_data() / kFolder;
  const Pdm pdm = read_pdm(test::test_data() / kPdm);
  const ShapeModel model(pdm);
  Validator validator(Validator::load(folder / "model/detection_validation/validator_cnn.txt"));
  const test::Table table(test::test_data() / "golden/stage_video01/tracker.csv");
  const Image frame = test::read_png(test::test_data() / "golden/stage_video01/frames/000.png");
  Landmarks good;
  for (std::size_t i = 0; i < kLandmarks; ++i) {
    good.x[i] = static_cast<float>(table.number(0, table.index("x_0") + i));
    good.y[i] = static_cast<float>(table.number(0, table.index("y_0") + i));
  }
  Landmarks off = good;
  for (float& x : off.x) x += 45;
  GivenLandmarks landmarker;
  landmarker.given = {good, off};
  const std::vector<FaceBox> boxes{{0, 0, 80, 80, 0.9f}, {1, 0, 80, 80, 0.8f}};
  StillFaces stills([&](ImageView) { return std::span<const FaceBox>(boxes); }, landmarker, model,
                    &validator);
  StageClock clock;
  for (int i = 0; i < 2; ++i) {
    const std::vector<TrackedFace>& faces = stills.faces(frame, clock);
    ASSERT_EQ(faces.size(), 2u);
    EXPECT_TRUE(faces[0].success && faces[0].analysable);
    EXPECT_NEAR(faces[0].confidence, table.number(0, "certainty"), 1e-6);
    EXPECT_FALSE(faces[1].success || faces[1].analysable);
    EXPECT_LT(faces[1].confidence, Validator::kBoundary);
    EXPECT_EQ(faces[1].id, 1);
  }
}

}  // namespace
}  // namespace auriga
