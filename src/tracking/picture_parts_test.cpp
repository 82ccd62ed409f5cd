// Trackers that have parts of a picture see what they see of the whole, and ask for the whole where
// they detect faces only. What is beside a part in memory is another one, so that a look beyond it
// would be seen in the numbers.
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "auriga/source.hpp"

#include "clm/clm_model.hpp"
#include "detect/blazeface.hpp"
#include "detect/mtcnn.hpp"
#include "detect/retinaface.hpp"
#include "landmarks/face_mesh.hpp"
#include "landmarks/pfld.hpp"
#include "media/picture.hpp"
#include "media/video_source.hpp"
#include "models/pdm.hpp"
#include "support/golden.hpp"
#include "tracking/follower.hpp"
#include "tracking/mesh_landmarker.hpp"
#include "tracking/multi_face.hpp"
#include "tracking/openface_tracker.hpp"
#include "tracking/pfld_landmarker.hpp"
#include "tracking/validated_tracker.hpp"
#include "validation/validator.hpp"

namespace auriga {
namespace {

namespace fs = std::filesystem;

using MakeTracker = std::function<std::unique_ptr<VideoTracker>()>;

void expect_same_of_parts(const MakeTracker& make, int least_faces) {
  const fs::path video = test::test_data() / "videos/multi_face.avi";
  const auto source = open_video(video), again = open_video(video);
  const std::unique_ptr<VideoTracker> of_whole = make(), of_parts = make();
  StageClock clock;
  Frame whole, parts;
  int in_parts = 0, seen = 0;
  for (int frame = 0; frame < 60 && source->next(whole) && again->next(parts); ++frame) {
    SCOPED_TRACE(frame);
    const std::span<const TrackedFace> expected = of_whole->next(whole.bgr(), clock),
                                       found = of_parts->next(Picture(parts), clock);
    ASSERT_EQ(found.size(), expected.size());
    bool detector_ran = found.empty();
    for (std::size_t i = 0; i < found.size(); ++i) {
      ASSERT_EQ(found[i].id, expected[i].id);
      ASSERT_EQ(found[i].success, expected[i].success);
      ASSERT_EQ(found[i].confidence, expected[i].confidence);
      ASSERT_EQ(found[i].right, expected[i].right);
      ASSERT_EQ(found[i].landmarks.x, expected[i].landmarks.x);
      ASSERT_EQ(found[i].landmarks.y, expected[i].landmarks.y);
      ASSERT_EQ(found[i].shape.p, expected[i].shape.p);
      ASSERT_EQ(found[i].mesh.has_value(), expected[i].mesh.has_value());
      if (found[i].mesh) {
        ASSERT_EQ(found[i].mesh->x, expected[i].mesh->x);
      }
      seen += found[i].success;
      detector_ran |= found[i].detector_ran;
    }
    if (detector_ran) continue;
    EXPECT_TRUE(parts.converts_parts()) << "all of it was converted";
    ++in_parts;
  }
  EXPECT_GE(in_parts, 45);
  EXPECT_GE(seen, 55 * least_faces);
}

constexpr const char* kOpenFace = "models/openface-2.2";

class PictureParts : public testing::TestWithParam<int> {
 protected:
  void SetUp() override { AURIGA_NEEDS("videos/multi_face.avi"); }

  // Of three one is not found at once.
  static int least_faces() { return GetParam() == 1 ? 1 : 2; }
  // One face, or that many at a time.
  static std::unique_ptr<VideoTracker> follower(const FaceFinder& find, Landmarker& landmarker,
                                                const ShapeModel& model) {
    if (GetParam() == 1) return std::make_unique<Follower>(find, landmarker);
    return follow_faces(find, landmarker, model, {}, GetParam());
  }
};

TEST_P(PictureParts, AreEnoughForTheMesh) {
  AURIGA_NEEDS_OPEN_PACK();
  const fs::path pack = test::open_pack();
  const auto detectors = BlazeFace::load(pack / "face_detection_short_range.onnx",
                                         pack / "face_detection_full_range.onnx", Device::cpu);
  BlazeFace detector(detectors);
  FaceMeshNetwork network(FaceMeshNetwork::load(pack, Device::cpu));
  const MeshTo68 map(pack / "mesh_to_68.txt");
  const Pdm pdm = read_pdm(pack / "shape_68.txt");
  const ShapeModel model(pdm);
  MeshLandmarker landmarker([&](const Picture& bgr, const FaceRoi& roi,
                                FaceMesh& mesh) { return network.find(bgr, roi, mesh); },
                            map, model);
  expect_same_of_parts(
      [&] {
        return follower(
            [&](ImageView bgr) { return std::span<const FaceBox>(detector.detect(bgr)); },
            landmarker, model);
      },
      least_faces());
}

TEST_P(PictureParts, AreEnoughForPfldAndTheValidator) {
  AURIGA_NEEDS("models/onnx/pfld.onnx");
  AURIGA_NEEDS("models/openface-2.2/model/detection_validation/validator_cnn_68.txt");
  const fs::path openface = test::test_data() / kOpenFace;
  RetinaFace detector{RetinaFace::load(
      test::test_data() / "models/onnx/retinaface_mobilenet025.onnx", Device::cpu)};
  Pfld network{Pfld::load(test::test_data() / "models/onnx/pfld.onnx", Device::cpu)};
  const Pdm pdm = read_pdm(openface / "AU_predictors/In-the-wild_aligned_PDM_68.txt");
  const ShapeModel model(pdm);
  PfldLandmarker landmarker(network, model);
  Validator validator(
      Validator::load(openface / "model/detection_validation/validator_cnn_68.txt"));
  expect_same_of_parts(
      [&] {
        return std::make_unique<ValidatedTracker>(
            follower([&](ImageView bgr) { return std::span<const FaceBox>(detector.detect(bgr)); },
                     landmarker, model),
            validator, model);
      },
      least_faces());
}

TEST_P(PictureParts, AreEnoughForOpenFacesModels) {
  AURIGA_NEEDS("models/openface-2.2/model/main_clnf_general.txt");
  const fs::path folder = test::test_data() / kOpenFace / "model";
  const auto model = read_clm_model(folder / "main_clnf_general.txt");
  Validator validator(Validator::load(model->validator));
  Mtcnn detector(Mtcnn::load(folder / "mtcnn_detector/MTCNN_detector.txt"));
  const FaceFinder find = [&](ImageView bgr) -> std::span<const FaceBox> {
    return detector.detect(bgr);
  };
  expect_same_of_parts(
      [&]() -> std::unique_ptr<VideoTracker> {
        if (GetParam() == 1)
          return std::make_unique<OpenFaceTracker>(model, &validator, find, OpenFaceOptions{});
        return follow_faces(model, &validator, find, OpenFaceOptions{}, GetParam());
      },
      least_faces());
}

INSTANTIATE_TEST_SUITE_P(Faces, PictureParts, testing::Values(1, 3));

}  // namespace
}  // namespace auriga
