// `auriga summary` from the command line on tables written by hand; demo_test.cpp has a real one.
#include <string>
#include <vector>

#include <fmt/format.h>
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

std::string demo() { return (repository() / "examples/demo.mp4").string(); }

class Summary : public testing::Test {
 protected:
  std::string path(const std::string& name) const { return (folder_.path() / name).string(); }
  std::string write(const std::string& name, const std::string& text) const {
    write_text(path(name), text);
    return path(name);
  }
  Outcome run(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), "summary");
    return auriga(arguments);
  }
  // All landmarks at one place.
  std::string with_landmarks(int frame, int place) const {
    std::string header = "frame,success,AU12_r", row = fmt::format("{},1,2", frame);
    for (const char* axis : {"x", "y"})
      for (int i = 0; i < 68; ++i) {
        header += fmt::format(",{}_{}", axis, i);
        row += fmt::format(",{}", place);
      }
    return header + "\n" + row + "\n";
  }

  const TemporaryFolder folder_;
  const std::string table_ =
      write("out.csv",
            "frame,face_id,timestamp,success,AU12_r,AU12_c\n1,0,0.0,1,0,0\n1,3,0.0,1,1,1\n"
            "2,0,0.1,1,2,1\n");
};

TEST_F(Summary, TellsTheTableAndTheEstimatorOfItsManifest) {
  const Outcome plain = run({table_});
  EXPECT_EQ(plain.exit_code, 0) << plain.err;
  EXPECT_THAT(plain.out, AllOf(HasSubstr("AU12 lip corner puller"), HasSubstr("face 3: in 1 of 2"),
                               Not(HasSubstr("action units by"))));
  write("out.manifest.json", "{\"estimator\": \"somebody-1\"}");
  EXPECT_THAT(run({table_}).out, HasSubstr("action units by somebody-1"));
  const auto json = nlohmann::json::parse(run({table_, "--json"}).out);
  EXPECT_EQ(json["estimator"], "somebody-1");
  EXPECT_EQ(json["faces"].size(), 2u);
}

TEST_F(Summary, ComparesWithATruth) {
  const std::string truth = write("truth.csv", "frame,AU12\n1,1\n2,2\n");
  const Outcome result = run({table_, "--truth", truth, "--json"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const auto au = nlohmann::json::parse(result.out)["faces"][0]["action_units"][0];
  EXPECT_EQ(au["truth"]["rows"], 2);
  EXPECT_EQ(au["truth"]["mean_abs_difference"], 0.5);
}

TEST_F(Summary, DrawsWithAndWithoutVideo) {
  const Outcome alone = run({table_, "--picture", path("alone.png")});
  ASSERT_EQ(alone.exit_code, 0) << alone.err;
  EXPECT_THAT(alone.out, HasSubstr("wrote " + path("alone.png")));
  const Image timeline = read_png(path("alone.png"));
  EXPECT_EQ(timeline.width(), 1000);
  for (const char* face : {"0", "3"}) {
    const Outcome both =
        run({table_, "--picture", path("both.png"), "--video", demo(), "--face", face, "--json"});
    ASSERT_EQ(both.exit_code, 0) << both.err;
    EXPECT_TRUE(nlohmann::json::accept(both.out)) << "JSON and nothing else";
    EXPECT_GT(read_png(path("both.png")).height(), timeline.height() + 150);
  }
}

// A face that leaves the picture does so in the right video, too.
TEST_F(Summary, DrawsFacesThatAreOutsideOfThePicture) {
  const std::string header_and_row = with_landmarks(1, 200);
  std::string text = header_and_row;
  for (const auto& [frame, place] : {std::pair{2, 210}, {3, 5000}}) {
    const std::string one = with_landmarks(frame, place);
    text += one.substr(one.find('\n') + 1);
  }
  const std::string table = write("leaves.csv", text);
  const Outcome result = run({table, "--picture", path("leaves.png"), "--video", demo()});
  EXPECT_EQ(result.exit_code, 0) << result.err;
}

// PyFaceAU's table where no frame succeeded.
TEST_F(Summary, WithoutAFaceItSaysSo) {
  const Outcome result =
      run({write("none.csv", "frame,timestamp,success\n0,0.0,False\n1,0.033,False\n")});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.out, HasSubstr("no face was found, so there are no action units"));
}

TEST_F(Summary, DrawsFacesOfPictures) {
  const Outcome frame =
      program({"ffmpeg", "-v", "error", "-i", demo(), "-frames:v", "1", path("face.png")});
  ASSERT_EQ(frame.exit_code, 0) << frame.err;
  const std::string table = write("face.csv", "face,confidence,AU12_r,AU12_c\n0,1,2,1\n1,1,0,0\n");
  for (const std::string& video : {path("face.png"), folder_.path().string()}) {
    const Outcome result = run({table, "--picture", path("out.png"), "--video", video});
    EXPECT_EQ(result.exit_code, 0) << result.err;
    fs::remove(path("out.png"));
  }
}

struct BadSummary {
  const char* name;
  std::vector<std::string> arguments;
  int exit_code;
  const char* message;
};

TEST_F(Summary, BadInputIsNamedAndNothingIsWritten) {
  const std::string picture = path("out.png"), no_aus = write("no_aus.csv", "frame,x_0\n1,2\n"),
                    empty = write("empty.csv", ""), text = write("text.mp4", "no video"),
                    late = write("late.csv", "frame,AU12_r\n91,1\n"),
                    other_truth = write("other.csv", "frame,AU12\n7,1\n"),
                    no_face = write("no_face.csv", "frame,success,AU12_r\n1,0,0\n"),
                    outside = write("outside.csv", with_landmarks(3, 5000)),
                    broken = write("broken.csv", "frame,AU12_r,x_0\n1,1,2\n"),
                    videos = path("videos");
  fs::create_directory(videos);
  for (const char* name : {"a.mp4", "b.mp4"}) fs::copy_file(demo(), fs::path(videos) / name);
  const std::vector<BadSummary> cases = {
      {"missing", {path("absent.csv")}, 3, "absent.csv"},
      {"empty", {empty}, 3, "empty.csv"},
      {"no table", {demo()}, 3, "demo.mp4"},
      {"no AUs", {no_aus}, 3, "write the table with -aus"},
      {"no truth", {table_, "--truth", path("absent.csv")}, 3, "absent.csv"},
      {"other truth", {table_, "--truth", other_truth}, 3, "found none in common"},
      {"no table given", {}, 2, "TABLE"},
      {"video alone", {table_, "--video", demo()}, 2, "--picture"},
      {"face alone", {table_, "--face", "3"}, 2, "--picture"},
      {"other face", {table_, "--picture", picture, "--face", "1"}, 2, "found 0, 3"},
      {"no PNG", {table_, "--picture", path("out.jpg")}, 2, ".png"},
      {"no folder", {table_, "--picture", path("absent/out.png")}, 5, "absent/out.png"},
      {"nobody", {no_face, "--picture", picture}, 3, "was a face found?"},
      {"no video", {table_, "--picture", picture, "--video", text}, 3, "text.mp4"},
      {"absent video", {table_, "--picture", picture, "--video", path("a.mp4")}, 3, "a.mp4"},
      {"two videos", {table_, "--picture", picture, "--video", videos}, 2, "one video"},
      {"short video",
       {late, "--picture", picture, "--video", demo()},
       3,
       "with a frame 91, found 90 frames"},
      {"small video",
       {outside, "--picture", picture, "--video", demo()},
       3,
       "outside of which 100 % of the table's faces lie"},
      {"few landmarks", {broken, "--picture", picture, "--video", demo()}, 3, "x_1"},
  };
  for (const BadSummary& bad : cases) {
    const Outcome result = run(bad.arguments);
    EXPECT_EQ(result.exit_code, bad.exit_code) << bad.name << result.err;
    EXPECT_THAT(result.out + result.err, HasSubstr(bad.message)) << bad.name;
    for (const auto& entry : fs::directory_iterator(folder_.path()))
      EXPECT_THAT(entry.path().filename().string(), Not(HasSubstr("out.png"))) << bad.name;
  }
}

TEST_F(Summary, AnOlderPictureStaysWhenTheNewOneFails) {
  const std::string picture = write("out.png", "older");
  const std::string late = write("late.csv", "frame,AU12_r\n91,1\n");
  EXPECT_EQ(run({late, "--picture", picture, "--video", demo()}).exit_code, 3);
  EXPECT_EQ(read_text(picture), "older");
}

}  // namespace
}  // namespace auriga::test
