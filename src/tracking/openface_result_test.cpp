#include "tracking/openface_result.hpp"

#include <memory>
#include <numeric>
#include <random>

#include <gtest/gtest.h>

#include "clm/clm_model.hpp"
#include "shape/fake_pdm.hpp"

namespace auriga {
namespace {

// A face whose parts are the eyes and something else.
std::unique_ptr<ClmModel> face_with(std::initializer_list<const char*> parts) {
  std::mt19937 random(2);
  auto model = std::make_unique<ClmModel>(test::synthetic_pdm(kLandmarks, 30, random));
  for (const char* name : parts) {
    ClmPart& part = model->parts.emplace_back();
    part.name = name;
    part.model = std::make_shared<ClmModel>(
        test::synthetic_pdm(part.name == "inner" ? 51 : kEyePoints, 9, random));
  }
  return model;
}

// Every number is another one.
ClmState numbered(const ClmModel& model) {
  ClmState state = unseen(model);
  float next = 1;
  const auto number = [&](ClmShape& shape) {
    for (std::vector<float>* values : {&shape.modes, &shape.landmarks}) {
      std::iota(values->begin(), values->end(), next);
      next += static_cast<float>(values->size());
    }
    for (float* value : {&shape.pose.scale, &shape.pose.rx, &shape.pose.ry, &shape.pose.rz,
                         &shape.pose.tx, &shape.pose.ty})
      *value = next++;
  };
  number(state.whole);
  for (ClmShape& part : state.parts) number(part);
  return state;
}

TEST(ReadFace, SuccessIsOfTheCallTheVerdictOfTheState) {
  const auto model = face_with({});
  ClmState state = unseen(*model);
  TrackedFace face;
  for (const bool of_call : {false, true}) {
    for (const bool of_state : {false, true}) {
      state.success = of_state;
      state.certainty = of_state ? 0.75f : 0.25f;
      read_face(*model, state, of_call, face);
      EXPECT_EQ(face.success, of_call);
      EXPECT_EQ(face.analysable, of_state);
      EXPECT_EQ(face.confidence, of_state ? 0.75 : 0.25);
    }
  }
}

TEST(ReadFace, TakesTheWholeAndTheEyesInTheirOrder) {
  const auto model = face_with({"right_eye_28", "inner", "left_eye_28"});
  const ClmState state = numbered(*model);
  TrackedFace face;
  face.id = 5;
  read_face(*model, state, true, face);
  EXPECT_EQ(face.id, 5);
  EXPECT_EQ(face.landmarks.x[0], state.whole.landmarks[0]);
  EXPECT_EQ(face.landmarks.x[67], state.whole.landmarks[67]);
  EXPECT_EQ(face.landmarks.y[0], state.whole.landmarks[68]);
  EXPECT_EQ(face.landmarks.y[67], state.whole.landmarks[135]);
  EXPECT_EQ(face.shape.scale, state.whole.pose.scale);
  EXPECT_EQ(face.shape.ty, state.whole.pose.ty);
  EXPECT_EQ(face.shape.p[29], state.whole.modes[29]);
  EXPECT_EQ(face.shape.p[30], 0) << "the model has 30 modes";
  EXPECT_FALSE(face.shape_is_calc_params);
  for (std::size_t eye = 0; eye < 2; ++eye) {
    const ClmShape& part = state.parts[eye == 0 ? 2 : 0];
    EXPECT_EQ(face.eyes[eye].x[27], part.landmarks[27]);
    EXPECT_EQ(face.eyes[eye].y[0], part.landmarks[28]);
    EXPECT_EQ(face.eyes[eye].pose.rz, part.pose.rz);
    EXPECT_EQ(face.eyes[eye].modes[8], part.modes[8]);
  }
}

TEST(ReadFace, OneEyeIsNone) {
  const auto model = face_with({"left_eye_28"});
  EXPECT_EQ(eye_parts(*model), (std::array{0, -1}));
  TrackedFace face;
  read_face(*model, numbered(*model), true, face);
  EXPECT_EQ(face.eyes[0].x[0], 0);
}

}  // namespace
}  // namespace auriga
