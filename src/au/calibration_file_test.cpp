#include <cmath>
#include <cstring>
#include <filesystem>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "auriga/calibration.hpp"
#include "auriga/error.hpp"

#include "support/golden.hpp"

namespace auriga {
namespace {

using testing::AllOf;
using testing::HasSubstr;

const std::string kSmall = R"({
  "auriga_calibration": 1,
  "estimator": "open-0.2",
  "landmarker": "mesh",
  "models": "abc",
  "source": "anna.mp4",
  "frames": 12,
  "appearance": [],
  "geometry": [],
  "features": {
    "chin": 0.25,
    "gap": 0.1
  },
  "offsets": {}
}
)";

Calibration read(const std::string& text) {
  const test::TemporaryFolder folder;
  test::write_text(folder.path() / "anna.json", text);
  return read_calibration(folder.path() / "anna.json");
}

Calibration written_and_read(const Calibration& calibration) {
  const test::TemporaryFolder folder;
  write_calibration(calibration, folder.path() / "anna.json");
  return read_calibration(folder.path() / "anna.json");
}

TEST(CalibrationFile, IsReadAndWrittenAsDocumented) {
  const Calibration calibration = read(kSmall);
  EXPECT_EQ(calibration.estimator, "open-0.2");
  EXPECT_EQ(calibration.landmarker, "mesh");
  EXPECT_EQ(calibration.models, "abc");
  EXPECT_EQ(calibration.source, "anna.mp4");
  EXPECT_EQ(calibration.frames, 12);
  EXPECT_THAT(calibration.features,
              testing::ElementsAre(testing::Pair("chin", 0.25F), testing::Pair("gap", 0.1F)));
  const test::TemporaryFolder folder;
  write_calibration(calibration, folder.path() / "anna.json");
  EXPECT_EQ(test::read_text(folder.path() / "anna.json"), kSmall);
}

// Numbers of all sizes, compared bit by bit.
TEST(CalibrationFile, KeepsEveryBit) {
  std::mt19937_64 random(8);
  const auto any_double = [&] {
    for (;;) {
      const std::uint64_t bits = random();
      double value;
      std::memcpy(&value, &bits, sizeof value);
      if (std::isfinite(value)) return value;
    }
  };
  const auto any_float = [&] {
    for (;;) {
      const auto bits = static_cast<std::uint32_t>(random());
      float value;
      std::memcpy(&value, &bits, sizeof value);
      if (std::isfinite(value)) return value;
    }
  };
  Calibration calibration = read(kSmall);
  calibration.frames = (std::int64_t{1} << 53) - 1;
  calibration.source = "Zoë \"A\\B\"\n/tmp/\x01.mp4";
  calibration.features.clear();
  for (int i = 0; i < 4464; ++i) calibration.appearance.push_back(any_double());
  for (int i = 0; i < 238; ++i)
    calibration.geometry.push_back(std::uniform_real_distribution<>(-60, 60)(random));
  using Limits = std::numeric_limits<double>;
  for (const double value : {-0.0, Limits::max(), -Limits::max(), Limits::min(),
                             Limits::denorm_min(), 0.1, 1.0, 1e16, 1e-5, 123456789.0})
    calibration.geometry.push_back(value);
  for (int i = 0; i < 20000; ++i)
    calibration.features.emplace_back("f" + std::to_string(100000 + i), any_float());
  using Floats = std::numeric_limits<float>;
  calibration.features.emplace_back("g", Floats::max());
  calibration.features.emplace_back("h", Floats::denorm_min());
  calibration.features.emplace_back("i", 7.038531e-26F);  // see append_number
  calibration.offsets = {{"AU01", -0.3}, {"AU02", any_double()}};
  const Calibration found = written_and_read(calibration);
  EXPECT_EQ(found, calibration);
  EXPECT_EQ(std::memcmp(found.geometry.data(), calibration.geometry.data(),
                        calibration.geometry.size() * sizeof(double)),
            0)
      << "-0.0";
}

TEST(CalibrationFile, MakesTextOfWhatIsNone) {
  Calibration calibration = read(kSmall);
  calibration.source = "caf\xe9.mp4";
  EXPECT_EQ(written_and_read(calibration).source, "caf\xef\xbf\xbd.mp4");
}

std::string replaced(const std::string& from, const std::string& to) {
  std::string text = kSmall;
  const auto at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

TEST(CalibrationFile, SaysWhatIsWrongWhere) {
  struct Case {
    std::string text, place, expected, found;
  };
  const std::vector<Case> cases = {
      {"", "anna.json: ", "JSON", "what is not"},
      {"{", "anna.json: ", "JSON", "what is not"},
      {kSmall + "x", "anna.json: ", "JSON", "what is not"},
      {"[]", "top level", "an object with the member 'auriga_calibration'", "[]"},
      {"{}", "top level", "the member 'auriga_calibration'", "none of that name"},
      {replaced("\"auriga_calibration\": 1", "\"auriga_calibration\": 2"), "auriga_calibration",
       "1, the format that this version", "2"},
      {replaced("\"auriga_calibration\": 1", "\"auriga_calibration\": \"1\""), "auriga_calibration",
       "a number", "\"1\""},
      {replaced("\"open-0.2\"", "null"), "estimator", "a text", "null"},
      {replaced("\"source\"", "\"sauce\""), "top level", "the member 'source'", "none"},
      {replaced("\"offsets\": {}", "\"offsets\": {}, \"extra\": 1"), "top level", "only members",
       "'extra'"},
      {replaced("\"frames\": 12", "\"frames\": 12.5"), "frames", "a whole number", "12.5"},
      {replaced("\"frames\": 12", "\"frames\": -1"), "frames", "a number from 0", "-1"},
      {replaced("\"frames\": 12", "\"frames\": 12, \"frames\": 13"),
       "anna.json: ", "members of different names", "'frames' twice"},
      {replaced("\"gap\": 0.1", "\"chin\": 0.1"), "anna.json: ", "members of different names",
       "'chin' twice"},
      {replaced("\"appearance\": []", "\"appearance\": [1, \"2\"]"), "appearance[1]", "a number",
       "\"2\""},
      {replaced("\"appearance\": []", "\"appearance\": {}"), "appearance", "0 to 10000 numbers",
       "{}"},
      {replaced("\"appearance\": []", "\"appearance\": [NaN]"), "anna.json: ", "JSON", "what is"},
      {replaced("\"appearance\": []", "\"appearance\": [1e999]"), "anna.json: ", "JSON", "1e999"},
      {replaced("\"geometry\": []", "\"geometry\": [[]]"), "geometry[0]", "a number", "[]"},
      {replaced("\"gap\": 0.1", "\"gap\": 1e39"), "features 'gap'", "a number from -3.40282e+38",
       "1e+39"},
      {replaced("\"gap\": 0.1", "\"gap\": null"), "features 'gap'", "a number", "null"},
      {replaced("\"offsets\": {}", "\"offsets\": []"), "offsets", "an object of numbers", "[]"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.text);
    try {
      read(c.text);
      ADD_FAILURE() << "accepted";
    } catch (const Error& e) {
      EXPECT_EQ(e.code(), ErrorCode::input);
      EXPECT_THAT(e.what(), AllOf(HasSubstr("anna.json"), HasSubstr(c.place),
                                  HasSubstr("expected " + c.expected), HasSubstr(c.found),
                                  HasSubstr("docs/calibration.md")));
    }
  }
  // Nested so deep that nothing may recurse into it.
  EXPECT_THROW(read(std::string(500000, '[') + std::string(500000, ']')), Error);
  EXPECT_THROW(read(replaced("\"frames\": 12",
                             "\"frames\": " + std::string(400000, '[') + std::string(400000, ']'))),
               Error);
  // An array of too many numbers, and a file that is too large.
  std::string many = "0";
  for (int i = 0; i < 10000; ++i) many += ",0";
  EXPECT_THROW(read(replaced("\"geometry\": []", "\"geometry\": [" + many + "]")), Error);
  EXPECT_THROW(read(kSmall + std::string(2 << 20, ' ')), Error);
  const test::TemporaryFolder folder;
  EXPECT_THROW(read_calibration(folder.path() / "none.json"), Error);
}

TEST(CalibrationFile, IsNotWrittenWithWhatIsNoNumber) {
  const test::TemporaryFolder folder;
  const auto file = folder.path() / "anna.json";
  write_calibration(read(kSmall), file);
  const auto refused = [&](const Calibration& calibration, const std::string& place) {
    try {
      write_calibration(calibration, file);
      ADD_FAILURE() << "written";
    } catch (const Error& e) {
      EXPECT_EQ(e.code(), ErrorCode::output);
      EXPECT_THAT(e.what(), AllOf(HasSubstr(file.string()), HasSubstr(place)));
    }
  };
  Calibration calibration = read(kSmall);
  calibration.appearance = {0, std::nan("")};
  refused(calibration, "appearance[1]");
  calibration = read(kSmall);
  calibration.features[1].second = INFINITY;
  refused(calibration, "features 'gap'");
  EXPECT_EQ(test::read_text(file), kSmall) << "the file that was there is as it was";
  EXPECT_THROW(write_calibration(read(kSmall), folder.path() / "none" / "anna.json"), Error);
}

// The part of docs/calibration.md that shows a file is one.
TEST(CalibrationFile, OfTheDocumentationIsRead) {
  const std::string page = test::read_text(test::repository() / "docs/calibration.md");
  const auto begin = page.find("```json\n");
  ASSERT_NE(begin, std::string::npos);
  const auto end = page.find("```", begin + 8);
  const Calibration calibration = read(page.substr(begin + 8, end - begin - 8));
  EXPECT_EQ(calibration.estimator, "open-0.3");
  EXPECT_FALSE(calibration.features.empty());
}

}  // namespace
}  // namespace auriga
