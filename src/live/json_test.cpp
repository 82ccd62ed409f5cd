#include <cmath>
#include <limits>
#include <set>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "auriga/live.hpp"

#include "support/live_schema.hpp"

namespace auriga {
namespace {

using nlohmann::json;

class LiveJson : public testing::Test {
 protected:
  LiveJson() {
    result.success = true;
    result.face_id = 2;
    result.confidence = 0.9876;
    result.pose.rotation_rad = {0.1f, -0.00001f, 0};
    result.gaze.direction[0] = {0, 0.5f, -0.8f};
    result.gaze.direction[1] = {0.1f, 0.5f, -0.8f};
    result.landmarks.x[67] = 12.3456f;
  }
  LivePacket packet() {
    faces.clear();
    faces.push_back({result, intensities, presences, result.pose, result.gaze});
    return {.frame = 7,
            .captured_s = 0.25,
            .captured_unix_s = 1796071642.373687,
            .sent_unix_s = 1796071642.379,
            .latency_ms = 5.3129,
            .lost = 3,
            .width = 640,
            .height = 480,
            .faces = faces};
  }

  FrameResult result;
  std::vector<double> intensities = {1.5, 0}, presences = {1, 0};
  UnitNames units{{"AU01", "AU12"}, {"AU12", "AU28"}};
  std::vector<LiveFace> faces;
  const json schema = test::live_schema();
};

TEST_F(LiveJson, OfAFaceIsAsTheSchemaSays) {
  const std::string text = live_json(packet(), units);
  EXPECT_EQ(text.back(), '\n');
  EXPECT_EQ(text.find('\n'), text.size() - 1);
  const json line = json::parse(text);
  EXPECT_EQ(test::violation(schema, line), "");
  EXPECT_EQ(line["frame"], 7);
  EXPECT_EQ(line["captured_unix_s"], 1796071642.373687);
  EXPECT_EQ(line["latency_ms"], 5.313);
  EXPECT_EQ(line["lost"], 3);
  EXPECT_EQ(line["face"], 2);
  EXPECT_EQ(line["au_r"], (json{{"AU01", 1.5}, {"AU12", 0}}));
  EXPECT_EQ(line["au_c"], (json{{"AU12", 1}, {"AU28", 0}}));
  EXPECT_EQ(line["pose"]["rotation_rad"], (json{0.1, 0, 0}));
  EXPECT_EQ(line["landmarks"]["x"][67], 12.35);
}

TEST_F(LiveJson, OfALostFaceHasNoValues) {
  result.success = false;
  const json line = json::parse(live_json(packet(), units));
  EXPECT_EQ(test::violation(schema, line), "");
  EXPECT_FALSE(line["success"]);
  for (const char* member : {"au_r", "au_c", "pose", "gaze", "landmarks"})
    EXPECT_TRUE(line[member].is_null()) << member;
}

TEST_F(LiveJson, OfNoFaceIsALineToo) {
  LivePacket none = packet();
  none.faces = {};
  const json line = json::parse(live_json(none, units));
  EXPECT_EQ(test::violation(schema, line), "");
  EXPECT_TRUE(line["face"].is_null());
}

TEST_F(LiveJson, HasALineForEachFaceAndOnlyWhatJsonCanSay) {
  intensities[0] = std::numeric_limits<double>::quiet_NaN();
  LivePacket two = packet();
  faces.push_back(faces.front());
  two.faces = faces;
  const std::string text = live_json(two, units);
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 2);
  EXPECT_TRUE(json::parse(text.substr(0, text.find('\n')))["au_r"]["AU01"].is_null());
}

TEST_F(LiveJson, SaysThatThereIsNoGaze) {
  result.gaze = {};
  EXPECT_TRUE(json::parse(live_json(packet(), units))["gaze"].is_null());
}

TEST_F(LiveJson, HasBlendshapesWhereTheyAre) {
  Blendshapes blendshapes{};
  blendshapes[25] = 0.5f;
  LivePacket one = packet();
  faces[0].blendshapes = &blendshapes;
  const json line = json::parse(live_json(one, units));
  EXPECT_EQ(test::violation(schema, line), "");
  EXPECT_EQ(line["blendshapes"]["jawOpen"], 0.5);
  EXPECT_EQ(line["blendshapes"].size(), 52u);
}

// The check itself.
TEST_F(LiveJson, SchemaFindsFaults) {
  const json good = json::parse(live_json(packet(), units));
  json line = good;
  line.erase("lost");
  EXPECT_THAT(test::violation(schema, line), testing::HasSubstr("lost"));
  line = good;
  line["frame"] = 1.5;
  EXPECT_THAT(test::violation(schema, line), testing::HasSubstr("frame"));
  line = good;
  line["pose"]["rotation_rad"].push_back(1);
  EXPECT_THAT(test::violation(schema, line), testing::HasSubstr("rotation_rad"));
  line = good;
  line["neutral"] = "perhaps";
  EXPECT_THAT(test::violation(schema, line), testing::HasSubstr("neutral"));
  line = good;
  line["unknown"] = 1;
  EXPECT_THAT(test::violation(schema, line), testing::HasSubstr("unknown"));
}

}  // namespace
}  // namespace auriga
