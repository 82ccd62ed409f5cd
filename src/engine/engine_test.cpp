// Engine: which recipe is loaded, and what is refused.
#include "auriga/engine.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "auriga/error.hpp"

#include "engine/fake_streams.hpp"

namespace auriga {
namespace {

using test::StoredFrame;
using testing::AllOf;
using testing::Contains;
using testing::HasSubstr;
using testing::Not;

class OpenEngine : public testing::Test {
 protected:
  void SetUp() override { AURIGA_NEEDS_OPEN_PACK(); }
  const Folders folders_ = test::folders_for("open");
};

// Where there are only the open models they are used, and the setup says so.
TEST_F(OpenEngine, IsTheDefaultWithoutOpenFacesFiles) {
  if (IsSkipped()) return;
  const Engine engine = Engine::load(folders_);
  const auriga::Setup& setup = engine.setup();
  EXPECT_EQ(setup.preset + " " + setup.detector + " " + setup.landmarker, "open blazeface mesh");
  EXPECT_THAT(setup.estimator, testing::StartsWith("open-"));
  EXPECT_THAT(setup.note, HasSubstr("auriga models import DIR"));
  EXPECT_TRUE(setup.has_gaze);
  EXPECT_TRUE(setup.has_mesh);
  EXPECT_TRUE(setup.experimental_aus.empty());
  EXPECT_THAT(setup.untold_aus, testing::IsSupersetOf({"AU04", "AU26", "AU28"}));
  EXPECT_THAT(setup.untold_aus, Not(Contains("AU12")));
  EXPECT_FALSE(setup.models.empty());
  const UnitNames units = Session(engine).units();
  EXPECT_EQ(units.intensities, units.presences);
  EXPECT_THAT(units.intensities,
              testing::IsSupersetOf({"AU01", "AU02", "AU06", "AU12", "AU25", "AU45"}));
}

TEST_F(OpenEngine, TellsExperimentalActionUnitsOnlyOnRequest) {
  if (IsSkipped()) return;
  const Engine all = Engine::load(folders_, {.all_aus = true}), usual = Engine::load(folders_);
  EXPECT_THAT(all.setup().experimental_aus, Contains("AU05"));
  EXPECT_THAT(all.setup().experimental_aus, Not(Contains("AU12")));
  const std::vector<std::string> every = Session(all).units().intensities,
                                 names = Session(usual).units().intensities;
  EXPECT_EQ(every.size(), 17u);
  EXPECT_EQ(names.size() + all.setup().experimental_aus.size(), 17u);
  // The supported ones are the same either way.
  const std::vector<StoredFrame> frames = test::demo_frames(40);
  const std::vector<double> a = test::pushed(all, {}, frames).units,
                            b = test::pushed(usual, {}, frames).units;
  for (std::size_t row = 0; row < frames.size(); ++row)
    for (std::size_t i = 0; i < names.size(); ++i) {
      const auto at =
          static_cast<std::size_t>(std::find(every.begin(), every.end(), names[i]) - every.begin());
      EXPECT_EQ(b[row * 2 * names.size() + i], a[row * 34 + at]);
      EXPECT_EQ(b[row * 2 * names.size() + names.size() + i], a[row * 34 + 17 + at]);
    }
}

TEST_F(OpenEngine, RefusesWhatCannotBe) {
  if (IsSkipped()) return;
  const auto refused = [&](auto change, ErrorCode code, const std::string& text) {
    Folders folders = folders_;
    RecipeChoice choice;
    change(folders, choice);
    try {
      Engine::load(folders, choice);
      ADD_FAILURE() << "no error; expected: " << text;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), code) << error.what();
      EXPECT_THAT(error.what(), HasSubstr(text));
    }
  };
  const ErrorCode usage = ErrorCode::usage;
  refused([](auto&, auto& o) { o.au = "open", o.landmarker = "pfld"; }, usage,
          "--au open needs the face mesh");
  refused([](auto&, auto& o) { o.au = "open", o.landmarks_csv = "a.csv"; }, usage,
          "--au open needs the face mesh");
  refused([](auto&, auto& o) { o.au = "own"; }, usage, "unknown --au 'own'; use openface or open");
  refused([](auto&, auto& o) { o.preset = "own"; }, usage,
          "unknown --preset 'own'; use openface or pyfaceau or open");
  refused([](auto&, auto& o) { o.detector = "own"; }, usage,
          "unknown --detector 'own'; use mtcnn or retinaface or blazeface");
  refused([](auto&, auto& o) { o.predictor = "own"; }, usage,
          "unknown --predictor 'own'; use batched or sequential");
  refused([](auto&, auto& o) { o.detector = "blazeface", o.landmarker = "pfld"; }, usage,
          "--landmarker pfld works with --detector retinaface, not with blazeface");
  refused([](auto&, auto& o) { o.preset = "open", o.landmarker = "clnf"; }, usage,
          "--preset open does not go with --landmarker clnf");
  refused([](auto&, auto& o) { o.landmarks_csv = "a.csv", o.landmarker = "clnf"; }, usage,
          "--landmarks takes the landmarks from a table");
  refused([](auto&, auto& o) { o.all_aus = true, o.preset = "pyfaceau"; }, usage,
          "--all-aus is for the open estimator");
  refused([](auto&, auto& o) { o.device = "cuda", o.landmarker = "clnf"; }, usage,
          "--device cuda is for the networks of --landmarker pfld or mesh");
  refused([](auto&, auto& o) { o.au = "openface", o.landmarker = "mesh"; }, ErrorCode::model,
          "auriga models import DIR --pack openface-2.2");
  refused([](auto& folders, auto&) { folders.models = {}; }, ErrorCode::model, "./dev setup");
}

TEST_F(OpenEngine, SaysWhatWouldWork) {
  if (IsSkipped()) return;
  const std::vector<RecipeInfo> recipes = Engine::available(folders_);
  ASSERT_EQ(recipes.size(), 3u);
  EXPECT_EQ(recipes[0].name, "openface");
  EXPECT_THAT(recipes[0].missing, testing::ElementsAre("au", "mtcnn", "clnf", "validator"));
  EXPECT_EQ(recipes[1].name, "pyfaceau");
  EXPECT_THAT(recipes[1].missing, testing::ElementsAre("au", "retinaface", "pfld"));
  EXPECT_EQ(recipes[2].name, "open");
  EXPECT_THAT(recipes[2].missing, testing::IsEmpty());
}

class OpenFaceEngine : public testing::Test {
 protected:
  void SetUp() override {
    AURIGA_NEEDS("models/openface-2.2");
    AURIGA_NEEDS("models/onnx");
  }
};

TEST_F(OpenFaceEngine, IsTheDefaultWhereItsModelsAre) {
  if (IsSkipped()) return;
  const auto chosen = [](const RecipeChoice& choice) {
    const auriga::Setup setup = Engine::load(test::folders_for("openface"), choice).setup();
    return setup.preset + " " + setup.detector + " " + setup.landmarker + " " + setup.estimator;
  };
  EXPECT_EQ(chosen({}), "openface mtcnn clnf openface-2.2");
  EXPECT_EQ(chosen({.detector = "retinaface"}), "pyfaceau retinaface pfld openface-2.2");
  EXPECT_EQ(chosen({.detector = "mtcnn"}), "openface mtcnn clnf openface-2.2");
  EXPECT_EQ(chosen({.landmarker = "pfld"}), "pyfaceau retinaface pfld openface-2.2");
  EXPECT_THAT(
      Engine::load(test::folders_for("openface")).setup().note,
      AllOf(HasSubstr("CE-CLM"), HasSubstr("OpenFace's with CLNF"), HasSubstr("cen_patches_")));
  EXPECT_EQ(Engine::load(test::folders_for("openface"), {.landmarker = "clnf"}).setup().note, "");
}

TEST_F(OpenFaceEngine, MixesTheFaceMeshWithOpenFacesActionUnits) {
  if (IsSkipped()) return;
  AURIGA_NEEDS_OPEN_PACK();
  if (IsSkipped()) return;
  const Engine engine =
      Engine::load(test::folders_for("mixed"), {.landmarker = "mesh", .au = "openface"});
  EXPECT_EQ(engine.setup().estimator, "openface-2.2");
  EXPECT_EQ(engine.setup().landmarker, "mesh");
  const UnitNames units = Session(engine).units();
  EXPECT_EQ(units.intensities.size(), 17u);
  EXPECT_EQ(units.presences.size(), 18u);
}

// No stream influences another, whatever happened before.
TEST_F(OpenFaceEngine, HasNoMemory) {
  if (IsSkipped()) return;
  AURIGA_NEEDS("videos/changeLighting.wmv");
  if (IsSkipped()) return;
  const std::vector<StoredFrame> frames =
      test::stored_frames(*open_source(test::test_data() / "videos/changeLighting.wmv"), 40);
  for (const char* preset : {"openface", "pyfaceau"}) {
    const Engine used = Engine::load(test::folders_for(preset), {.preset = preset});
    const Engine fresh = Engine::load(test::folders_for(preset), {.preset = preset});
    test::pushed(used, {}, test::demo_frames(20));
    used.picture(frames[3].bgr);
    EXPECT_TRUE(test::pushed(used, {}, frames) == test::pushed(fresh, {}, frames)) << preset;
  }
}

}  // namespace
}  // namespace auriga
