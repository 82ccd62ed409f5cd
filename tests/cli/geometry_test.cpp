// How videos are shown, from the command line: square pixels, turns, equal rates, and tables that
// know it of themselves.
#include <algorithm>
#include <cmath>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "cli/command.hpp"
#include "support/golden.hpp"

namespace auriga::test {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using Json = nlohmann::json;

// Makes videos of the same two seconds and runs commands on them, with the open models.
class ShownVideo : public testing::Test {
 protected:
  void SetUp() override {
    if (!fs::exists(open_pack() / "stamp")) GTEST_SKIP() << "the open model pack is not there";
  }

  std::string path(const std::string& name) const { return (folder_.path() / name).string(); }
  // Lossless, so that what is turned twice is the same.
  void make(const std::string& name, const std::vector<std::string>& arguments) const {
    std::vector<std::string> command{
        "ffmpeg", "-v", "error", "-y",
        "-t",     "2",  "-i",    (repository() / "examples/demo.mp4").string()};
    command.insert(command.end(), arguments.begin(), arguments.end());
    if (std::find(arguments.begin(), arguments.end(), "-c:v") == arguments.end())
      command.insert(command.end(), {"-c:v", "ffv1"});
    command.insert(command.end(), {"-an", path(name)});
    const Outcome run = program(command);
    ASSERT_EQ(run.exit_code, 0) << run.err;
  }
  Outcome extract(const std::string& video, const std::string& table,
                  std::vector<std::string> more = {}) const {
    more.insert(more.begin(), {"extract", path(video), "-o", path(table), "--models",
                               open_pack().string(), "-2Dfp", "-aus", "-pose"});
    more.insert(more.end(), {"--preset", "open"});
    return auriga(more);
  }
  // With the landmarks of a table.
  Outcome replay(const std::string& video, const std::string& landmarks, const std::string& table,
                 std::vector<std::string> more = {}) const {
    more.insert(more.begin(), {"extract", path(video), "-o", path(table), "--models",
                               (test_data() / "models").string(), "--landmarks", path(landmarks)});
    return auriga(more);
  }
  void expect_done(const Outcome& run) const { EXPECT_EQ(run.exit_code, 0) << run.err << run.out; }
  std::string text(const std::string& name) const { return read_text(path(name)); }
  Json input(const std::string& table) const {
    return Json::parse(text(fs::path(table).stem().string() + ".manifest.json"))["input"];
  }
  // Mean distance of a column between two tables of the same rows.
  double distance(const std::string& a, const std::string& b, const std::string& column) const {
    const Table first(path(a)), second(path(b));
    EXPECT_EQ(first.rows(), second.rows());
    double sum = 0;
    for (std::size_t i = 0; i < first.rows(); ++i)
      sum += std::abs(first.number(i, column) - second.number(i, column));
    return sum / static_cast<double>(first.rows());
  }

  const TemporaryFolder folder_;
};

// A face in pixels 4/3 as wide as high is the face that was filmed, not a narrow one.
TEST_F(ShownVideo, SquarePixelsGiveTheFaceThatWasFilmed) {
  make("plain.mkv", {});
  make("dv.mkv", {"-vf", "scale=360:480,setsar=4/3"});
  expect_done(extract("plain.mkv", "plain.csv"));
  const Outcome square = extract("dv.mkv", "square.csv");
  expect_done(square);
  EXPECT_THAT(square.out, HasSubstr("warning: pixels are not square"));
  const Outcome stored = extract("dv.mkv", "stored.csv", {"--pixels", "stored"});
  expect_done(stored);
  EXPECT_THAT(stored.out, HasSubstr("shown as stored (360 x 480 px)"));

  EXPECT_LT(distance("plain.csv", "square.csv", "x_30"), 1);
  EXPECT_LT(distance("plain.csv", "square.csv", "x_0"), 3);
  EXPECT_LT(distance("plain.csv", "square.csv", "AU12_r"), 0.2);
  EXPECT_GT(distance("plain.csv", "stored.csv", "x_30"), 30);

  const Json pixels = input("square.csv")["pixels"];
  EXPECT_EQ(pixels["shown"], "square");
  EXPECT_NEAR(pixels["aspect"].get<double>(), 4 / 3.0, 1e-9);
  EXPECT_NEAR(pixels["scale_x"].get<double>(), 4 / 3.0, 1e-9);
  EXPECT_EQ(pixels["scale_y"], 1);
  EXPECT_EQ(input("square.csv")["width_px"], 480);
  EXPECT_EQ(input("stored.csv")["pixels"]["shown"], "stored");
  EXPECT_EQ(input("stored.csv")["width_px"], 360);

  // A table knows how its video was shown.
  AURIGA_NEEDS("models/openface-2.2");
  for (const std::string name : {"square", "stored"}) {
    expect_done(replay("dv.mkv", name + ".csv", "again.csv"));
    EXPECT_EQ(input("again.csv")["width_px"], input(name + ".csv")["width_px"]) << name;
    EXPECT_LT(distance("again.csv", name + ".csv", "pose_Tx"), 1) << name;
  }
  const Outcome contradicted = replay("dv.mkv", "square.csv", "again.csv", {"--pixels", "stored"});
  EXPECT_EQ(contradicted.exit_code, 2);
  EXPECT_THAT(contradicted.err, AllOf(HasSubstr("expected a table made with --pixels stored, found "
                                                "one made with --pixels square"),
                                      HasSubstr("square.manifest.json")));
  expect_done(replay("dv.mkv", "square.csv", "again.csv", {"--pixels", "square"}));
  // Somebody else's table is of pixels as stored, unless one says otherwise.
  fs::copy_file(path("stored.csv"), path("foreign.csv"));
  expect_done(replay("dv.mkv", "foreign.csv", "again.csv"));
  EXPECT_EQ(input("again.csv")["width_px"], 360);
  expect_done(replay("dv.mkv", "foreign.csv", "again.csv", {"--pixels", "square"}));
  EXPECT_EQ(input("again.csv")["width_px"], 480);
}

TEST_F(ShownVideo, TurnedBackItGivesTheSameTable) {
  make("upright.mkv", {});
  make("on_its_side.mkv", {"-vf", "transpose=cclock"});
  expect_done(extract("upright.mkv", "upright.csv"));
  expect_done(extract("on_its_side.mkv", "turned.csv", {"--rotate", "90"}));
  EXPECT_TRUE(text("turned.csv") == text("upright.csv"));
  EXPECT_EQ(input("turned.csv")["rotation"]["added_deg"], 90);
  EXPECT_EQ(input("upright.csv")["rotation"]["added_deg"], 0);

  const auto picture = [&](const std::string& table, const std::string& video) {
    // The name of the table is in the picture.
    fs::copy_file(path(table + ".csv"), path("table.csv"), fs::copy_options::overwrite_existing);
    fs::copy_file(path(table + ".manifest.json"), path("table.manifest.json"),
                  fs::copy_options::overwrite_existing);
    const Outcome run = auriga(
        {"summary", path("table.csv"), "--video", path(video), "--picture", path("out.png")});
    EXPECT_EQ(run.exit_code, 0) << run.err;
    return text("out.png");
  };
  EXPECT_TRUE(picture("turned", "on_its_side.mkv") == picture("upright", "upright.mkv"));

  EXPECT_EQ(extract("upright.mkv", "x.csv", {"--rotate", "45"}).exit_code, 2);
  AURIGA_NEEDS("models/openface-2.2");
  expect_done(replay("on_its_side.mkv", "turned.csv", "again_turned.csv"));
  expect_done(replay("upright.mkv", "upright.csv", "again_upright.csv"));
  EXPECT_TRUE(text("again_turned.csv") == text("again_upright.csv"));
  EXPECT_EQ(replay("upright.mkv", "upright.csv", "x.csv", {"--rotate", "90"}).exit_code, 2);
  EXPECT_EQ(replay("on_its_side.mkv", "turned.csv", "x.csv", {"--rotate", "180"}).exit_code, 2);
}

TEST_F(ShownVideo, ResampledRowsAreAtEqualDistances) {
  make("a.mkv", {"-vf", "select='not(mod(n,3))+not(mod(n,7))'", "-vsync", "vfr"});
  expect_done(extract("a.mkv", "out.csv", {"--fps", "20"}));
  const Table table(path("out.csv"));
  EXPECT_NEAR(static_cast<double>(table.rows()), 40, 1);
  for (std::size_t i = 0; i < table.rows(); ++i) {
    EXPECT_EQ(table.number(i, "frame"), static_cast<double>(i + 1));
    EXPECT_NEAR(table.number(i, "timestamp"), static_cast<double>(i) / 20, 0.0005001);
  }
  EXPECT_EQ(input("out.csv")["fps"], 20);
  EXPECT_EQ(input("out.csv")["resampled"]["fps"], 20);
  EXPECT_EQ(input("out.csv")["frames_decoded"], table.rows());
  EXPECT_GT(input("out.csv")["resampled"]["repeated_frames"], 0);
  expect_done(extract("a.mkv", "plain.csv"));
  EXPECT_EQ(input("plain.csv")["resampled"]["fps"], nullptr);

  const Outcome summary =
      auriga({"summary", path("out.csv"), "--video", path("a.mkv"), "--picture", path("out.png")});
  EXPECT_EQ(summary.exit_code, 0) << summary.err;
  for (const std::string bad : {"0", "-3", "2000", "x"})
    EXPECT_EQ(extract("a.mkv", "x.csv", {"--fps", bad}).exit_code, 2) << bad;
  fs::create_directory(path("pictures"));
  ASSERT_EQ(program({"ffmpeg", "-v", "error", "-i", path("a.mkv"), "-frames:v", "1",
                     path("pictures/a.png")})
                .exit_code,
            0);
  for (const std::string pictures : {"pictures", "pictures/a.png"}) {
    const Outcome refused = extract(pictures, "x.csv", {"--fps", "25"});
    EXPECT_EQ(refused.exit_code, 2);
    EXPECT_THAT(refused.err, HasSubstr("--fps expects videos, found pictures"));
  }
  AURIGA_NEEDS("models/openface-2.2");
  expect_done(replay("a.mkv", "out.csv", "again.csv"));
  EXPECT_EQ(Table(path("again.csv")).rows(), table.rows());
  EXPECT_EQ(input("again.csv")["resampled"]["fps"], 20);
  EXPECT_EQ(replay("a.mkv", "out.csv", "x.csv", {"--fps", "25"}).exit_code, 2);
  EXPECT_EQ(replay("a.mkv", "plain.csv", "x.csv", {"--fps", "25"}).exit_code, 2);
}

TEST_F(ShownVideo, DeinterlacingIsSaidAndDone) {
  make("a.ts", {"-vf", "tinterlace=interleave_top", "-c:v", "mpeg2video", "-q:v", "2", "-flags",
                "+ildct+ilme"});
  const Outcome woven = extract("a.ts", "woven.csv");
  expect_done(woven);
  EXPECT_THAT(woven.out, HasSubstr("warning: the video is interlaced ("));
  const Outcome whole = extract("a.ts", "whole.csv", {"--deinterlace"});
  expect_done(whole);
  EXPECT_THAT(whole.out, Not(HasSubstr("interlaced (")));
  EXPECT_EQ(input("whole.csv")["deinterlaced"], true);
  EXPECT_EQ(input("woven.csv")["deinterlaced"], false);
  EXPECT_EQ(Table(path("whole.csv")).rows(), Table(path("woven.csv")).rows());
  EXPECT_FALSE(text("whole.csv") == text("woven.csv"));
}

TEST_F(ShownVideo, OpenFaceKeepsItsWayWithAWarning) {
  AURIGA_NEEDS("models/openface-2.2");
  make("dv.mkv", {"-vf", "scale=360:480,setsar=4/3", "-frames:v", "5"});
  const auto openface = [&](const std::vector<std::string>& more) {
    std::vector<std::string> words{
        "openface", "-f",    path("dv.mkv"), "-out_dir",
        path("of"), "-pose", "--models",     (test_data() / "models").string()};
    words.insert(words.end(), more.begin(), more.end());
    return auriga(words);
  };
  const auto found = [&] { return Json::parse(text("of/dv.manifest.json")); };
  const Outcome stored = openface({});
  expect_done(stored);
  EXPECT_EQ(found()["input"]["width_px"], 360);
  EXPECT_THAT(stored.out, HasSubstr("shown as stored (360 x 480 px)"));
  expect_done(openface({"--pixels", "square", "--rotate", "180", "--fps", "10", "--deinterlace"}));
  EXPECT_EQ(found()["input"]["width_px"], 480);
  EXPECT_EQ(found()["input"]["rotation"]["added_deg"], 180);
  EXPECT_EQ(found()["input"]["fps"], 10);
  for (const std::vector<std::string>& bad : std::vector<std::vector<std::string>>{
           {"--pixels", "round"}, {"--rotate", "45"}, {"--fps", "0"}})
    EXPECT_EQ(openface(bad).exit_code, 2) << bad[0];
}

}  // namespace
}  // namespace auriga::test
