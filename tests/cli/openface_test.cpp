// `auriga openface` from the command line: what FeatureExtraction would write, under its names.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "auriga/source.hpp"

#include "cli/command.hpp"
#include "support/golden.hpp"

namespace auriga::test {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

std::string demo() { return (repository() / "examples/demo.mp4").string(); }

class OpenFaceCommand : public testing::Test {
 protected:
  void SetUp() override { AURIGA_NEEDS("models/openface-2.2"); }

  std::string path(const std::string& name) { return (folder_.path() / name).string(); }

  Outcome openface(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "openface");
    return auriga(arguments, {"AURIGA_MODELS=" + (test_data() / "models").string()});
  }

  // Files of the folder, those of its folders left out.
  std::set<std::string> files(const std::string& name) {
    std::set<std::string> found;
    std::error_code none;
    for (const auto& entry : fs::directory_iterator(path(name), none))
      found.insert(entry.path().filename().string());
    return found;
  }

  void ffmpeg(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {"ffmpeg", "-v", "error", "-y"});
    const Outcome run = program(arguments);
    ASSERT_EQ(run.exit_code, 0) << run.err;
  }

  // The first frames, where results may be few.
  std::string clip() {
    if (!fs::exists(path("clip.mp4")))
      ffmpeg({"-i", demo(), "-c", "copy", "-frames:v", "12", path("clip.mp4")});
    return path("clip.mp4");
  }

  TemporaryFolder folder_;
};

// Frames of a browser or a phone: 24 in 1.6 s, some of them 16 ms apart.
TEST_F(OpenFaceCommand, TimestampsAreFrameByAverageRate) {
  if (IsSkipped()) return;
  ffmpeg({"-i", demo(), "-frames:v", "24", "-vf",
          "setpts='(N/15+if(eq(mod(N,7),3),0.034,0)+if(eq(mod(N,5),2),-0.017,0))/TB'", "-vsync",
          "0", "-enc_time_base", "1:90000", "-video_track_timescale", "90000", "-c:v", "libx264",
          "-bf", "0", "-an", path("vfr.mp4")});
  const Outcome run =
      openface({"-f", path("vfr.mp4"), "-pose", "-tracked", "-out_dir", path("out")});
  ASSERT_EQ(run.exit_code, 0) << run.err;
  EXPECT_THAT(run.out, HasSubstr("warning: timestamp is frame / average rate"));
  std::string row, last;
  std::istringstream table(read_text(path("out/vfr.csv")));
  while (std::getline(table, row)) last = row;
  const double timestamp_s = std::stod(last.substr(last.find(',', last.find(',') + 1) + 1));
  EXPECT_NEAR(timestamp_s, 23 / 15.0, 0.1);
  const auto tracked = open_source(path("out/vfr.avi"));
  EXPECT_NEAR(tracked->info().duration_s, 24 / 15.0, 0.1);
}

TEST(OpenFaceCommandLine, WithoutFlagsPointsToTheHelp) {
  const Outcome run = auriga({"openface"});
  EXPECT_EQ(run.exit_code, 0);
  EXPECT_THAT(run.out, HasSubstr("openface --help"));
  const Outcome help = auriga({"openface", "-f", "a", "-h"});
  EXPECT_EQ(help.exit_code, 0);
  EXPECT_THAT(help.out, AllOf(HasSubstr("-simsize N"), HasSubstr("Refused")));
  EXPECT_THAT(auriga({"--help"}).out, HasSubstr("openface"));
}

TEST(OpenFaceCommandLine, RefusesWithExitCode2) {
  for (const char* flag : {"-bboxdir", "-frobnicate", "-out_dir", "-fx"}) {
    const Outcome run = auriga({"openface", "-f", "a.avi", flag});
    EXPECT_EQ(run.exit_code, 2) << flag;
    EXPECT_THAT(run.err, HasSubstr(flag));
  }
  // One dash and two are different flags here; the words behind a flag are no commands.
  EXPECT_EQ(auriga({"openface", "-f", "a.avi", "--aus"}).exit_code, 2);
  EXPECT_EQ(auriga({"openface", "-f", "extract", "-out_dir", "models", "-of"}).exit_code, 2);
  const Outcome twice =
      auriga({"openface", "-f", "a/v.avi", "-f", "b/v.mp4", "-out_dir", "nowhere"});
  EXPECT_EQ(twice.exit_code, 2);
  EXPECT_THAT(twice.err, AllOf(HasSubstr("a/v.avi"), HasSubstr("b/v.mp4"), HasSubstr("-of")));
}

TEST_F(OpenFaceCommand, WritesAllResultsWhenNoneIsNamed) {
  if (IsSkipped()) return;
  const Outcome run = openface({"-f", demo(), "-out_dir", path("out")});
  ASSERT_EQ(run.exit_code, 0) << run.err;
  EXPECT_THAT(run.out, HasSubstr("CLNF"));
  EXPECT_THAT(files("out"), ElementsAre("demo.avi", "demo.csv", "demo.hog", "demo.manifest.json",
                                        "demo_aligned", "demo_of_details.txt"));
  const Table table(path("out/demo.csv"));
  EXPECT_EQ(table.columns().size(), 714u);
  EXPECT_EQ(table.rows(), 90u);
  EXPECT_EQ(read_hog(path("out/demo.hog")).size(), 90u);
  const std::set<std::string> aligned = files("out/demo_aligned");
  EXPECT_EQ(aligned.size(), 90u);
  EXPECT_EQ(*aligned.begin(), "frame_det_00_000001.bmp");
  EXPECT_THAT(read_text(path("out/demo_of_details.txt")),
              AllOf(testing::StartsWith("Input:" + demo() + "\nInput full path:" + demo() +
                                        "\nCamera parameters:"),
                    testing::EndsWith("\nOutput HOG:demo.hog\n"
                                      "Output video:demo.avi\n"
                                      "Output aligned directory:demo_aligned\n"
                                      "Output csv:demo.csv\n"
                                      "Gaze: 1\nAUs: 1\nLandmarks 2D: 1\nLandmarks 3D: 1\n"
                                      "Pose: 1\nShape parameters: 1\n")));
}

TEST_F(OpenFaceCommand, WritesOnlyWhatIsNamed) {
  if (IsSkipped()) return;
  const Outcome run =
      openface({"-f", demo(), "-out_dir", path("out"), "-of", "deep/x.y", "-pose", "--quiet"});
  ASSERT_EQ(run.exit_code, 0) << run.err;
  EXPECT_EQ(run.out, "");
  EXPECT_THAT(files("out/deep"), ElementsAre("x.csv", "x.manifest.json", "x_of_details.txt"));
  EXPECT_EQ(Table(path("out/deep/x.csv")).columns().size(), 11u);
  ASSERT_EQ(openface({"-f", demo(), "-out_dir", path("aligned"), "-simalign"}).exit_code, 0);
  EXPECT_EQ(Table(path("aligned/demo.csv")).columns().size(), 5u);
}

// What people look at may have any form; what the action units are computed from stays.
TEST_F(OpenFaceCommand, CropForPeopleLeavesTheActionUnitsAlone) {
  if (IsSkipped()) return;
  const std::vector<std::string> both = {"-f", clip(), "-aus", "-hogalign", "-simalign"};
  const auto run = [&](std::vector<std::string> more) {
    std::vector<std::string> arguments = both;
    arguments.insert(arguments.end(), more.begin(), more.end());
    const Outcome outcome = openface(arguments);
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  };
  run({"-out_dir", path("plain"), "-format_aligned", "png"});
  run({"-out_dir", path("large"), "-format_aligned", "png", "-simsize", "200", "-nomask"});
  run({"-out_dir", path("grey"), "-format_aligned", "jpg", "-simscale", "0.5", "-g"});
  for (const char* file : {"clip.csv", "clip.hog"})
    for (const char* other : {"large/", "grey/"})
      EXPECT_TRUE(read_text(path(other + std::string(file))) ==
                  read_text(path("plain/" + std::string(file))))
          << other << file;
  const Image plain = read_png(path("plain/clip_aligned/frame_det_00_000001.png")),
              large = read_png(path("large/clip_aligned/frame_det_00_000001.png"));
  EXPECT_EQ(plain.width(), 112);
  ASSERT_EQ(large.width(), 200);
  ASSERT_EQ(large.height(), 200);
  // The same face: -simsize without -simscale keeps what is seen. The middle of both is the same
  // place, up to the pixel that whole numbers cost.
  double plain_mean = 0, large_mean = 0;
  for (int y = 46; y < 66; ++y)
    for (int x = 46; x < 66; ++x) plain_mean += plain.row(y)[3 * x + 1] / 400.0;
  for (int y = 82; y < 118; ++y)
    for (int x = 82; x < 118; ++x) large_mean += large.row(y)[3 * x + 1] / 1296.0;
  EXPECT_NEAR(plain_mean, large_mean, 4);
  EXPECT_EQ(plain.row(111)[0], 0);  // the mask of a corner
  EXPECT_GT(plain_mean, 20);
  EXPECT_EQ(*files("grey/clip_aligned").rbegin(), "frame_det_00_000012.jpg");
}

// OpenFace counts frames at the nominal rate; `extract` has the container's times.
TEST_F(OpenFaceCommand, TimestampIsFrameByFrameRate) {
  if (IsSkipped()) return;
  ffmpeg({"-i", demo(), "-vf", "setpts='if(lt(N,30),N,3*N-60)/(30*TB)'", "-vsync", "vfr", "-c:v",
          "ffv1", "-frames:v", "60", path("v.mkv")});
  ASSERT_EQ(openface({"-f", path("v.mkv"), "-out_dir", path("out"), "-pose"}).exit_code, 0);
  const Table ours(path("out/v.csv"));
  ASSERT_EQ(ours.rows(), 60u);
  const double step = ours.number(59, "timestamp") / 59;
  for (std::size_t row = 0; row < 60; ++row)
    EXPECT_NEAR(ours.number(row, "timestamp"), step * static_cast<double>(row), 0.0011);

  const Outcome extract = auriga({"extract", path("v.mkv"), "--models",
                                  (test_data() / "models").string(), "-pose", "-o", path("e.csv")});
  ASSERT_EQ(extract.exit_code, 0) << extract.err;
  EXPECT_NEAR(Table(path("e.csv")).number(59, "timestamp"), 117 / 30.0, 0.01);
  EXPECT_NEAR(Table(path("e.csv")).number(10, "timestamp"), 10 / 30.0, 0.01);
}

TEST_F(OpenFaceCommand, FoldersAndVideosTakeTurnsAndOneBadInputDoesNotCostTheOthers) {
  if (IsSkipped()) return;
  fs::create_directory(path("pictures"));
  ffmpeg({"-i", demo(), "-frames:v", "5", path("pictures/%03d.png")});
  write_text(path("text.avi"), "I am no video.\n");
  const Outcome run = openface({"-inroot",  folder_.path().string(),
                                "-f",       "text.avi",
                                "-of",      "first",
                                "-fdir",    "pictures",
                                "-of",      "second",
                                "-f",       "pictures",
                                "-fdir",    "text.avi",
                                "-f",       "none.avi",
                                "-fdir",    "nothing",
                                "-out_dir", path("out"),
                                "-aus",     "-of",
                                "3",        "-of",
                                "4"});
  EXPECT_EQ(run.exit_code, 3);
  EXPECT_THAT(files("out"),
              ElementsAre("second.csv", "second.manifest.json", "second_of_details.txt"));
  EXPECT_THAT(
      run.err,
      AllOf(HasSubstr("text.avi: "), HasSubstr("pictures: -f expects a video, found a folder"),
            HasSubstr("text.avi: -fdir expects a folder of pictures, found a file"),
            HasSubstr("none.avi"), HasSubstr("nothing: -fdir expects")));
  const Table table(path("out/second.csv"));
  ASSERT_EQ(table.rows(), 5u);
  for (std::size_t row = 0; row < 5; ++row) EXPECT_EQ(table.text(row, "timestamp"), "0.000");
}

TEST_F(OpenFaceCommand, LandmarkModelsAreFoundInThePacks) {
  if (IsSkipped()) return;
  const auto table = [&](const std::string& model) {
    const Outcome run = openface({"-f", clip(), "-out_dir", path("out"), "-2Dfp", "-mloc", model});
    EXPECT_EQ(run.exit_code, 0) << run.err;
    EXPECT_THAT(run.err, Not(HasSubstr("CLNF")));  // nothing fell back to anything
    return read_text(path("out/clip.csv"));
  };
  const std::string expected = table("model/main_clnf_general.txt");
  EXPECT_EQ(table("main_clnf_general.txt"), expected);
  EXPECT_EQ(table((test_data() / "models/openface-2.2/model/main_clnf_general.txt").string()),
            expected);

  const Outcome missing =
      openface({"-f", clip(), "-out_dir", path("none"), "-mloc", "no/such.txt"});
  EXPECT_EQ(missing.exit_code, 4);
  EXPECT_THAT(missing.err,
              AllOf(HasSubstr("\n  no/such.txt\n"), HasSubstr("openface-2.2/no/such.txt"),
                    HasSubstr("openface-2.2/model/no/such.txt")));
  EXPECT_FALSE(fs::exists(path("none")));
  // Asked for by name, CE-CLM is not replaced by anything else.
  const Outcome ceclm =
      openface({"-f", clip(), "-out_dir", path("none"), "-mloc", "model/main_ceclm_general.txt"});
  EXPECT_EQ(ceclm.exit_code, 4);
  EXPECT_THAT(ceclm.err, HasSubstr("cen_patches_0.25_of.dat"));
}

TEST_F(OpenFaceCommand, FlagsOfTheFitReachTheFit) {
  if (IsSkipped()) return;
  const auto table = [&](std::vector<std::string> flags) {
    flags.insert(flags.end(), {"-f", clip(), "-out_dir", path("out"), "-2Dfp", "-aus"});
    const Outcome run = openface(flags);
    EXPECT_EQ(run.exit_code, 0) << run.err;
    return read_text(path("out/clip.csv"));
  };
  std::set<std::string> different = {table({})};
  for (const std::vector<std::string>& flags :
       std::vector<std::vector<std::string>>{{"-sigma", "2.5"},
                                             {"-reg", "5"},
                                             {"-w_reg", "5"},
                                             {"-n_iter", "1"},
                                             {"-wild"},
                                             {"-validate_detections", "0"},
                                             {"-au_static"}})
    EXPECT_TRUE(different.insert(table(flags)).second) << flags[0] << " changes nothing";
  EXPECT_EQ(table({"-sigma", "2.5", "-wild"}), table({"-wild"}));
  EXPECT_NE(table({"-wild", "-sigma", "2.5"}), table({"-wild"}));
  EXPECT_EQ(table({"-sigma", "1.5", "-reg", "25", "-w_reg", "0", "-n_iter", "5"}), table({}));
}

TEST_F(OpenFaceCommand, FailedFramesAreBlackOrLeftOut) {
  if (IsSkipped()) return;
  ffmpeg({"-f", "lavfi", "-i", "color=gray:duration=1:size=160x120:rate=3", "-c:v", "ffv1",
          path("empty.mkv")});
  const std::vector<std::string> flags = {"-f", path("empty.mkv"), "-simalign", "-simsize",
                                          "40", "-format_aligned", "png"};
  const auto run = [&](const char* out, const char* more) {
    std::vector<std::string> arguments = flags;
    arguments.insert(arguments.end(), {"-out_dir", path(out)});
    if (more != nullptr) arguments.emplace_back(more);
    const Outcome outcome = openface(arguments);
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    return files(out + std::string("/empty_aligned"));
  };
  EXPECT_EQ(run("good", "-nobadaligned").size(), 0u);
  ASSERT_EQ(run("all", nullptr).size(), 3u);
  const Image black = read_png(path("all/empty_aligned/frame_det_00_000002.png"));
  EXPECT_EQ(black.width(), 40);
  EXPECT_EQ(std::count(black.data(), black.data() + black.size_bytes(), 0), 40 * 40 * 3);
}

// As scripts on GitHub call it (DINet, MMSA-FET, avsr-tf1, EmoInfer, SyncTalk and others).
TEST_F(OpenFaceCommand, CommandLinesOfPublicScriptsRun) {
  if (IsSkipped()) return;
  const Outcome run =
      openface({"-f", clip(), "-verbose", "-vis-track", "-oc", "avc1", "-multi-view", "1", "-quiet",
                "-wild", "-aus", "-out_dir", path("out"), "--dialect", "openface-spaced"});
  ASSERT_EQ(run.exit_code, 0) << run.err;
  EXPECT_THAT(run.err, AllOf(HasSubstr("note: -verbose is passed over"), HasSubstr("-vis-track"),
                             HasSubstr("-oc"), HasSubstr("-multi-view"), HasSubstr("-quiet")));
  const std::string table = read_text(path("out/clip.csv"));
  EXPECT_THAT(table, testing::StartsWith("frame, face_id, timestamp, confidence, success, AU01_r"));
  EXPECT_THAT(table, HasSubstr("\n1,  0,  0.000,  0.98,  1, "));
  ASSERT_EQ(openface({"-f", clip(), "-wild", "-aus", "-out_dir", path("plain")}).exit_code, 0);
  std::string squeezed;
  for (const char c : table)
    if (c != ' ') squeezed.push_back(c);
  EXPECT_TRUE(squeezed == read_text(path("plain/clip.csv"))) << "a flag changed a number";
}

// The form of ../shared/golden/csv/changeLighting_multi.csv, a genuine table.
TEST_F(OpenFaceCommand, FaceLandmarkVidMulti) {
  if (IsSkipped()) return;
  AURIGA_NEEDS("golden/csv/changeLighting_multi.csv");
  const std::string video = (test_data() / "videos/changeLighting.wmv").string();
  ffmpeg({"-i", video, "-frames:v", "20", "-c:v", "ffv1", path("light.mkv")});
  const Outcome run = openface({"--program", "FaceLandmarkVidMulti", "-f", path("light.mkv"),
                                "-pose", "-aus", "-out_dir", path("out")});
  ASSERT_EQ(run.exit_code, 0) << run.err;
  const Table ours(path("out/light.csv")),
      genuine(test_data() / "golden/csv/changeLighting_multi.csv");
  EXPECT_EQ(ours.columns(), genuine.columns());
  ASSERT_EQ(ours.rows(), 20u);
  const auto decimals = [](const std::string& cell) {
    const std::size_t point = cell.find('.');
    return point == std::string::npos ? 0 : cell.size() - point - 1;
  };
  for (const std::string& column : ours.columns())
    EXPECT_EQ(decimals(ours.text(0, column)), decimals(genuine.text(0, column))) << column;
  EXPECT_EQ(decimals(ours.text(3, "AU12_c")), 1u);
  EXPECT_THAT(read_text(path("out/light.manifest.json")),
              HasSubstr("--program FaceLandmarkVidMulti"));

  // Every frame by itself with the static models: no smoothing, as the frames alone have it.
  const Outcome alone =
      auriga({"extract", path("light.mkv"), "--preset", "openface", "--multi-face", "4",
              "--calibration", "none", "-aus", "-o", path("alone.csv"), "--quiet"},
             {"AURIGA_MODELS=" + (test_data() / "models").string()});
  ASSERT_EQ(alone.exit_code, 0) << alone.err;
  const Table expected(path("alone.csv"));
  for (std::size_t row = 0; row < 20; ++row)
    for (const char* au : {"AU01_r", "AU12_r", "AU45_r", "AU04_c"})
      EXPECT_EQ(ours.number(row, au), expected.number(row, au)) << row << au;
}

// A table, a drawn picture and so on for every picture; ../shared/golden/images is genuine.
TEST_F(OpenFaceCommand, FaceLandmarkImg) {
  if (IsSkipped()) return;
  AURIGA_NEEDS("golden/images/sample1.csv");
  fs::create_directory(path("pictures"));
  for (const char* name : {"sample1.jpg", "sample2.jpg"})
    fs::copy_file(test_data() / "images" / name, path("pictures/" + std::string(name)));
  write_text(path("pictures/notes.txt"), "no picture");
  const Outcome run = openface({"--program", "FaceLandmarkImg", "-fdir", path("pictures"),
                                "-out_dir", path("out"), "-au_static"});
  ASSERT_EQ(run.exit_code, 0) << run.err;
  EXPECT_THAT(files("out"),
              ElementsAre("sample1.csv", "sample1.hog", "sample1.jpg", "sample1.manifest.json",
                          "sample1_aligned", "sample1_of_details.txt", "sample2.csv", "sample2.hog",
                          "sample2.jpg", "sample2.manifest.json", "sample2_aligned",
                          "sample2_of_details.txt"));
  EXPECT_THAT(files("out/sample1_aligned"), ElementsAre("face_det_000000.bmp"));
  for (const char* name : {"sample1", "sample2"}) {
    const Table ours(path("out/" + std::string(name) + ".csv")),
        genuine(test_data() / "golden/images" / (std::string(name) + ".csv"));
    EXPECT_EQ(ours.columns(), genuine.columns());
    ASSERT_EQ(ours.rows(), genuine.rows());
    EXPECT_EQ(ours.text(0, "AU12_c").size(), 3u);  // 0.0
    EXPECT_NEAR(ours.number(0, "x_30"), genuine.number(0, "x_30"), 1);
  }
  EXPECT_THAT(read_text(path("out/sample1_of_details.txt")),
              AllOf(HasSubstr("\nOutput HOG:sample1.hog\nOutput image:sample1.jpg\n"
                              "Output aligned directory:sample1_aligned\nOutput csv:sample1.csv\n"),
                    Not(HasSubstr("Output video"))));

  // One picture, under the name of the program.
  fs::create_symlink(AURIGA_COMMAND, path("FaceLandmarkImg"));
  const Outcome linked =
      program({path("FaceLandmarkImg"), "-f", path("pictures/sample1.jpg"), "-of", "deep/one",
               "-tracked", "-2Dfp", "-format_vis_image", "png", "-out_dir", path("out")},
              {"AURIGA_MODELS=" + (test_data() / "models").string()});
  ASSERT_EQ(linked.exit_code, 0) << linked.err;
  EXPECT_THAT(files("out/deep"),
              ElementsAre("one.csv", "one.manifest.json", "one.png", "one_of_details.txt"));
  EXPECT_EQ(Table(path("out/deep/one.csv")).columns().size(), 138u);
  EXPECT_GT(read_png(path("out/deep/one.png")).width(), 100);
  const Outcome none = program({path("FaceLandmarkImg")});
  EXPECT_EQ(none.exit_code, 0);

  fs::create_directory(path("empty"));
  EXPECT_EQ(openface({"--program", "FaceLandmarkImg", "-fdir", path("empty")}).exit_code, 3);
  EXPECT_THAT(
      openface({"--program", "FaceLandmarkImg", "-f", path("pictures"), "-out_dir", path("x")}).err,
      HasSubstr("-f expects a picture, found a folder"));
  // A drawn picture never takes the place of its input.
  const Outcome own = openface(
      {"--program", "FaceLandmarkImg", "-fdir", path("pictures"), "-out_dir", path("pictures")});
  EXPECT_EQ(own.exit_code, 2);
  EXPECT_THAT(own.err, HasSubstr("the input"));
}

TEST_F(OpenFaceCommand, CameraAndOutputFolder) {
  if (IsSkipped()) return;
  ASSERT_EQ(openface({"-f", clip(), "-out_dir", path("out"), "-pose", "-fx", "700", "-fy", "710",
                      "-cx", "300", "-cy", "200.5"})
                .exit_code,
            0);
  EXPECT_THAT(read_text(path("out/clip_of_details.txt")),
              HasSubstr("\nCamera parameters:700,710,300,200.5\n"));
  // The demo has 480 x 480 px.
  ASSERT_EQ(openface({"-f", clip(), "-out_dir", path("out"), "-pose", "-fx", "700", "-fy", "710"})
                .exit_code,
            0);
  EXPECT_THAT(read_text(path("out/clip_of_details.txt")),
              HasSubstr("\nCamera parameters:700,710,240,240\n"));
  write_text(path("file"), "");
  EXPECT_EQ(openface({"-f", clip(), "-out_dir", path("file/x")}).exit_code, 5);
}

}  // namespace
}  // namespace auriga::test
