// Every kind of bad input gives its exit code and a message that says what to do; nothing half-done
// is left behind.
#include <cmath>
#include <cstring>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/command.hpp"
#include "support/golden.hpp"

namespace auriga::test {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;

std::string models() { return (test_data() / "models").string(); }
std::string demo() { return (repository() / "examples/demo.mp4").string(); }

void ffmpeg(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), {"ffmpeg", "-v", "error", "-y"});
  const Outcome run = program(arguments);
  ASSERT_EQ(run.exit_code, 0) << run.err;
}

// Names come from others, and what is printed reaches a terminal.
TEST(Console, NamesCommandNoTerminal) {
  const std::string title = "\x1b]0;title\x07",
                    clear =
                        "\xc2\x9b"
                        "2J",
                    text = "\tZoë 李\x7f";
  const std::string shown = "?]0;title?\xc2?2J\tZoë 李?";
  const TemporaryFolder folder;
  const Outcome missing = auriga({"extract", title + clear + text});
  EXPECT_EQ(missing.exit_code, 3);
  EXPECT_THAT(missing.err, HasSubstr("auriga: " + shown));
  // Also where it lies across the pieces, of 1024 bytes, in which a long text is written.
  for (std::size_t size = 1012; size < 1018; ++size)
    EXPECT_THAT(auriga({"extract", std::string(size, 'x') + clear}).err,
                HasSubstr("auriga: " + std::string(size, 'x') + "\xc2?2J"));
}

// Usage errors need no models.
TEST(BadUsage, EveryWrongOptionIsNamed) {
  const std::vector<std::pair<std::vector<std::string>, const char*>> cases = {
      {{}, "subcommand"},
      {{"frobnicate"}, "frobnicate"},
      {{"extract"}, "INPUT"},
      {{"extract", "a.avi", "--frobnicate"}, "--frobnicate"},
      {{"extract", "a.avi", "--dialect", "excel"}, "excel"},
      {{"extract", "a.avi", "--workers", "many"}, "--workers"},
      {{"extract", "a.avi", "--workers", "0"}, "not in range 1 to 256"},
      {{"extract", "a.avi", "--redetect-every", "0"}, "--redetect-every"},
      {{"extract", "a.avi", "-o", "x.csv", "--out-dir", "y"}, "excludes"},
      {{"extract", "a.avi", "b.avi", "-o", "x.csv"}, "--out-dir"},
      {{"extract", "a.avi", "--preset", "open", "--detector", "mtcnn"}, "does not go with"},
      {{"extract", "a.avi", "--preset", "openface", "--all-aus"}, "open estimator"},
      {{"extract", "a.avi", "--landmarker", "clnf", "--au", "open"}, "face mesh"},
      {{"extract", "a.avi", "--au", "own"}, "unknown --au 'own'"},
      {{"extract", "a.avi", "b.avi", "--shard", "3/2"}, "1 <= I <= N"},
      {{"extract", "a.avi", "--preset", "openface", "--landmarker", "pfld"}, "does not go with"},
      {{"extract", "a.avi", "--preset", "other"}, "unknown --preset 'other'"},
      {{"extract", "a.avi", "--landmarker", "clnf", "--detector", "retinaface"}, "mtcnn"},
      {{"extract", "a.avi", "--landmarker", "clnf", "--device", "coreml"}, "coreml"},
      {{"extract", "a.avi", "--multi-face", "17"}, "1 to 16, found 17"},
      {{"extract", "a.avi", "--multi-face", "2", "--landmarks", "x.csv"}, "one face"},
      {{"extract", "a.avi", "--calibration", "some"}, "some"},
      {{"extract", "a.avi", "--detector", "haar"}, "unknown --detector"},
      {{"extract", "a.avi", "--landmarks", "x.csv", "--detector", "retinaface"},
       "cannot be combined"},
      {{"extract", "a.avi", "--predictor", "magic"}, "magic"},
      {{"extract", "a.avi", "--device", "toaster"}, "toaster"},
      {{"extract", "a.avi", "--dialect", "pyfaceau", "-pose"}, "pyfaceau"},
      {{"extract", "a.avi", "--fx", "500"}, "--fy"},
      {{"extract", "a.avi", "--fx", "-1", "--fy", "1", "--cx", "1", "--cy", "1"}, "above zero"},
      {{"compare", "a.csv"}, "B"},
      {{"compare", "a.csv", "b.csv", "--tolerance", "-1"}, "tolerance"},
      {{"models", "destroy"}, "destroy"},
      {{"models"}, "list, verify, path, clean, import or fetch"},
      {{"models", "list", "more"}, "more"},
      {{"models", "import"}, "DIR"},
      {{"models", "import", ".", "--pack", "other"}, "openface-2.2, pyfaceau"},
      {{"models", "fetch", "other"}, "unknown model pack 'other'"},
      {{"models", "fetch", "open", "--from", "ftp://host/"}, "http"},
  };
  for (const auto& [arguments, words] : cases) {
    const Outcome run = auriga(arguments, {"AURIGA_MODELS="});
    EXPECT_EQ(run.exit_code, 2) << testing::PrintToString(arguments) << run.err;
    EXPECT_THAT(run.err + run.out, HasSubstr(words)) << testing::PrintToString(arguments);
  }
}

TEST(BadUsage, HelpAndVersionAreNoErrors) {
  for (const std::vector<std::string>& arguments :
       std::vector<std::vector<std::string>>{{"--help"},
                                             {"--version"},
                                             {"extract", "--help"},
                                             {"compare", "--help"},
                                             {"models", "--help"}})
    EXPECT_EQ(auriga(arguments).exit_code, 0);
  EXPECT_THAT(auriga({"extract", "--help"}).out,
              AllOf(HasSubstr("--landmarks"), HasSubstr("--workers"), HasSubstr("-aus")));
  // In an order that no address has a say in.
  EXPECT_THAT(auriga({"extract", "--help"}).out,
              AllOf(HasSubstr("Excludes: --json --quiet"),
                    HasSubstr("Excludes: --keep-folders --out-dir")));
}

TEST(BadUsage, AnAcceleratorThatIsNotThereIsRefusedWithThoseThatAre) {
  AURIGA_NEEDS("models/onnx");
  const Outcome run = auriga(
      {"extract", demo(), "--models", models(), "--preset", "pyfaceau", "--device", "coreml"});
  EXPECT_EQ(run.exit_code, 2);
  EXPECT_THAT(run.err, AllOf(HasSubstr("coreml"), HasSubstr("cpu")));
}

TEST(BadModels, NoModelsAnywhere) {
  TemporaryFolder folder;
  const std::string nowhere = folder.path().string();
  for (const char* preset : {"open", "openface", "pyfaceau"}) {
    const Outcome run = auriga({"extract", demo(), "--models", nowhere, "--preset", preset});
    EXPECT_EQ(run.exit_code, 4);
    EXPECT_THAT(run.err, AllOf(HasSubstr("\n  auriga models import DIR --pack open"),
                               HasSubstr("--models"), HasSubstr(nowhere)));
  }
  // Without any the open ones are easiest to get.
  EXPECT_THAT(auriga({"extract", demo(), "--models", nowhere}).err,
              AllOf(HasSubstr("./dev setup"), HasSubstr("auriga models import DIR --pack open\n")));
  EXPECT_EQ(auriga({"extract", demo(), "--models", "no/such/folder"}).exit_code, 4);
  const std::string empty = folder.path().string();
  EXPECT_EQ(auriga({"models", "list", "--models", empty}).exit_code, 0);
  EXPECT_EQ(auriga({"models", "verify", "--models", empty}).exit_code, 4);
}

// A private copy of the models, to be damaged.
class DamagedModels : public testing::Test {
 protected:
  void SetUp() override {
    AURIGA_NEEDS("models/openface-2.2");
    copy("openface-2.2/AU_predictors");
    copy("onnx");
  }
  void copy(const std::string& relative) {
    fs::create_directories((folder_.path() / relative).parent_path());
    fs::copy(test_data() / "models" / relative, folder_.path() / relative,
             fs::copy_options::recursive);
    for (const auto& entry : fs::recursive_directory_iterator(folder_.path()))
      fs::permissions(entry.path(), fs::perms::owner_all, fs::perm_options::add);
  }
  Outcome extract(const std::vector<std::string>& more = {}) {
    std::vector<std::string> arguments = {"extract",  demo(),
                                          "--models", folder_.path().string(),
                                          "-o",       (folder_.path() / "out.csv").string()};
    arguments.insert(arguments.end(), more.begin(), more.end());
    Outcome run = auriga(arguments);
    EXPECT_EQ(run.exit_code, 4) << run.err;
    EXPECT_FALSE(fs::exists(folder_.path() / "out.csv"));
    return run;
  }
  TemporaryFolder folder_;
  const std::string svr_ =
      "openface-2.2/AU_predictors/svr_combined/AU_12_static_intensity_comb.dat";
};

TEST_F(DamagedModels, Missing) {
  if (IsSkipped()) return;
  fs::remove(folder_.path() / svr_);
  EXPECT_THAT(extract().err, AllOf(HasSubstr("AU_12_static_intensity_comb.dat: missing"),
                                   HasSubstr("models list")));
  EXPECT_THAT(extract({"--accept-altered-models"}).err,
              HasSubstr("AU_12_static_intensity_comb.dat: missing"));
}

// Other numbers than those of the models that somebody has are not a way out of damage.
TEST_F(DamagedModels, AreNotReplacedByTheOpenOnes) {
  if (IsSkipped()) return;
  AURIGA_NEEDS_OPEN_PACK();
  fs::copy(open_pack(), folder_.path() / "open");
  fs::remove(folder_.path() / svr_);
  EXPECT_THAT(extract().err, AllOf(HasSubstr("AU_12_static_intensity_comb.dat: missing"),
                                   HasSubstr("--preset open uses the open models")));
  const Outcome open = auriga({"extract", demo(), "--models", folder_.path().string(), "--preset",
                               "open", "-o", (folder_.path() / "out.csv").string()});
  EXPECT_EQ(open.exit_code, 0) << open.err;
}

TEST_F(DamagedModels, Truncated) {
  if (IsSkipped()) return;
  const std::string whole = read_text(folder_.path() / svr_);
  for (const std::size_t size : {0, 1, 4, 11, 15, 40000, 75267}) {
    write_text(folder_.path() / svr_, whole.substr(0, size));
    EXPECT_THAT(extract().err, HasSubstr("expected 75268 bytes, found " + std::to_string(size)));
    EXPECT_THAT(extract({"--accept-altered-models"}).err, HasSubstr("cut short")) << size;
  }
}

TEST_F(DamagedModels, TruncatedNetworks) {
  if (IsSkipped()) return;
  for (const char* name : {"onnx/pfld.onnx", "onnx/retinaface_mobilenet025.onnx"})
    for (const std::uintmax_t size : {0, 100, 1000000}) {
      fs::resize_file(folder_.path() / name, size);
      EXPECT_THAT(extract().err, HasSubstr("found " + std::to_string(size)));
      EXPECT_THAT(extract({"--accept-altered-models"}).err,
                  HasSubstr(fs::path(name).filename().string()))
          << size;
      fs::copy_file(test_data() / "models" / name, folder_.path() / name,
                    fs::copy_options::overwrite_existing);
      fs::permissions(folder_.path() / name, fs::perms::owner_all, fs::perm_options::add);
    }
}

TEST_F(DamagedModels, AlteredNotANumberAndOtherNetwork) {
  if (IsSkipped()) return;
  std::string bytes = read_text(folder_.path() / svr_);
  const double nan = std::nan("");
  std::memcpy(&bytes[5000], &nan, 8);
  write_text(folder_.path() / svr_, bytes);
  EXPECT_THAT(extract().err,
              AllOf(HasSubstr("expected SHA-256"), HasSubstr("--accept-altered-models")));
  EXPECT_THAT(extract({"--accept-altered-models"}).err, HasSubstr("found NaN or infinity"));
  const Outcome verify = auriga({"models", "verify", "--models", folder_.path().string()});
  EXPECT_EQ(verify.exit_code, 4);
  EXPECT_THAT(verify.out, HasSubstr("AU_12_static_intensity_comb.dat"));
  fs::copy_file(test_data() / "models" / svr_, folder_.path() / svr_,
                fs::copy_options::overwrite_existing);

  fs::copy_file(folder_.path() / "onnx/retinaface_mobilenet025.onnx",
                folder_.path() / "onnx/pfld.onnx", fs::copy_options::overwrite_existing);
  EXPECT_THAT(extract({"--accept-altered-models"}).err,
              AllOf(HasSubstr("pfld.onnx"), HasSubstr("expected")));
}

class BadVideo : public testing::Test {
 protected:
  void SetUp() override { AURIGA_NEEDS("models/openface-2.2"); }
  std::string path(const std::string& name) { return (folder_.path() / name).string(); }
  Outcome extract(const std::string& input, const std::vector<std::string>& more = {}) {
    std::vector<std::string> arguments = {"extract", input,           "--models", models(),
                                          "-o",      path("out.csv"), "-aus"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return auriga(arguments);
  }
  // Nothing but what the test made itself lies in the folder.
  std::size_t files() {
    return static_cast<std::size_t>(
        std::distance(fs::directory_iterator(folder_.path()), fs::directory_iterator()));
  }
  TemporaryFolder folder_;
};

TEST_F(BadVideo, WhatCannotBeReadAtAllIsExitCode3) {
  if (IsSkipped()) return;
  write_text(path("empty.avi"), "");
  write_text(path("text.avi"), "I am no video.\n");
  write_text(path("noise.mp4"), std::string(100000, '\x5a'));
  fs::create_directory(path("folder"));
  ffmpeg({"-f", "lavfi", "-i", "sine=duration=1", path("sound.wav")});
  const std::vector<std::pair<const char*, const char*>> cases = {
      {"none.avi", "none.avi"},   {"empty.avi", "empty.avi"}, {"text.avi", "text.avi"},
      {"noise.mp4", "noise.mp4"}, {"folder", "picture"},      {"sound.wav", "sound.wav"}};
  for (const auto& [name, words] : cases) {
    const std::size_t before = files();
    const Outcome run = extract(path(name));
    EXPECT_EQ(run.exit_code, 3) << name << run.err;
    EXPECT_THAT(run.err, HasSubstr(words));
    EXPECT_EQ(files(), before) << name << " left something behind";
  }
}

TEST_F(BadVideo, ACutVideoKeepsItsRowsAndIsPartial) {
  if (IsSkipped()) return;
  ffmpeg({"-i", demo(), "-c:v", "mpeg4", "-q:v", "3", path("whole.avi")});
  const Outcome whole = extract(path("whole.avi"));
  EXPECT_EQ(whole.exit_code, 0) << whole.err;
  const std::size_t all = Table(path("out.csv")).rows();
  EXPECT_EQ(all, 90u);
  fs::copy_file(path("whole.avi"), path("cut.avi"));
  fs::resize_file(path("cut.avi"), fs::file_size(path("whole.avi")) / 2);
  const Outcome cut = extract(path("cut.avi"));
  EXPECT_EQ(cut.exit_code, 1) << cut.err;
  EXPECT_THAT(cut.out, AllOf(HasSubstr("PARTIAL"), HasSubstr("cut.avi")));
  const Table rows(path("out.csv"));
  EXPECT_GT(rows.rows(), 10u);
  EXPECT_LT(rows.rows(), all);
  EXPECT_THAT(read_text(path("out.manifest.json")), HasSubstr("\"status\": \"partial\""));
}

TEST_F(BadVideo, AVideoDamagedInTheMiddleIsPartial) {
  if (IsSkipped()) return;
  ffmpeg({"-i", demo(), "-c:v", "mpeg4", "-q:v", "3", path("bad.avi")});
  std::string bytes = read_text(path("bad.avi"));
  for (std::size_t i = bytes.size() / 2; i < bytes.size() / 2 + 5000; ++i)
    bytes[i] = static_cast<char>(i * 31);
  write_text(path("bad.avi"), bytes);
  const Outcome run = extract(path("bad.avi"));
  EXPECT_EQ(run.exit_code, 1) << run.err << run.out;
  EXPECT_GT(Table(path("out.csv")).rows(), 40u);
}

TEST_F(BadVideo, AVideoWithoutAFaceHasRowsWithoutSuccess) {
  if (IsSkipped()) return;
  ffmpeg({"-f", "lavfi", "-i", "testsrc2=duration=2:size=320x240:rate=25", path("noface.avi")});
  const Outcome run = extract(path("noface.avi"), {"-pose", "-2Dfp", "-3Dfp", "-pdmparams"});
  EXPECT_EQ(run.exit_code, 0) << run.err;
  const Table rows(path("out.csv"));
  ASSERT_EQ(rows.rows(), 50u);
  for (std::size_t row = 0; row < rows.rows(); ++row) {
    EXPECT_EQ(rows.text(row, "success"), "0");
    EXPECT_EQ(rows.text(row, "AU12_r"), "0.00");
  }
}

TEST_F(BadVideo, TinyFrames) {
  if (IsSkipped()) return;
  ffmpeg({"-f", "lavfi", "-i", "testsrc2=duration=1:size=2x2:rate=5", "-c:v", "ffv1",
          path("tiny.mkv")});
  EXPECT_EQ(extract(path("tiny.mkv")).exit_code, 0);
  EXPECT_EQ(Table(path("out.csv")).rows(), 5u);
}

TEST_F(BadVideo, OneBadFileDoesNotCostTheOthers) {
  if (IsSkipped()) return;
  write_text(path("text.avi"), "I am no video.\n");
  const Outcome run = auriga({"extract", path("text.avi"), demo(), path("none.avi"), "--models",
                              models(), "--out-dir", path("results")});
  EXPECT_EQ(run.exit_code, 3);
  EXPECT_EQ(Table(path("results/demo.csv")).rows(), 90u);
  EXPECT_THAT(run.err, AllOf(HasSubstr("text.avi"), HasSubstr("none.avi")));
}

TEST_F(BadVideo, WhereNothingCanBeWrittenIsExitCode5) {
  if (IsSkipped()) return;
  write_text(path("file"), "");
  for (const std::string& target :
       {path("file") + "/out.csv", path("file") + "/deeper/out.csv", folder_.path().string()}) {
    const Outcome run = auriga({"extract", demo(), "--models", models(), "-o", target});
    EXPECT_EQ(run.exit_code, 5) << target << run.err;
    EXPECT_THAT(run.err, HasSubstr("auriga: ")) << target;
  }
}

TEST_F(BadVideo, AFullDiskIsExitCode5AndLeavesNothing) {
  if (IsSkipped()) return;
  // A limit on the size of files stands in for the full disk: writing fails in the middle.
  const std::size_t before = files();
  const Outcome run =
      program({"bash", "-c", "trap '' XFSZ; ulimit -f 20; exec \"$0\" \"$@\"", AURIGA_COMMAND,
               "extract", demo(), "--models", models(), "-o", path("out.csv")});
  EXPECT_EQ(run.exit_code, 5) << run.err;
  EXPECT_EQ(files(), before);
}

TEST_F(BadVideo, LandmarkTables) {
  if (IsSkipped()) return;
  write_text(path("short.csv"), "frame,x_0,y_0\n1,2,3\n");
  const Outcome missing = extract(demo(), {"--landmarks", path("short.csv")});
  EXPECT_EQ(missing.exit_code, 3);
  EXPECT_THAT(missing.err, AllOf(HasSubstr("short.csv"), HasSubstr("x_1")));
  EXPECT_EQ(extract(demo(), {"--landmarks", path("none.csv")}).exit_code, 3);
}

// The slip of a loop over two lists of files. The demo has 90 frames of 480 x 480 px.
TEST_F(BadVideo, LandmarksOfAnotherVideo) {
  if (IsSkipped()) return;
  const auto table = [&](int rows, double fps, int place, int success) {
    std::string text = "frame,timestamp,success";
    for (const char* axis : {"x", "y"})
      for (int i = 0; i < 68; ++i) text += fmt::format(",{}_{}", axis, i);
    for (int row = 0; row < rows; ++row) {
      text += fmt::format("\n{},{:.3f},{}", row + 1, row / fps, success);
      for (int i = 0; i < 136; ++i) text += fmt::format(",{}", place);
    }
    write_text(path("t.csv"), text + "\n");
  };
  const auto run = [&](std::vector<std::string> more = {}) {
    more.insert(more.begin(), {"--landmarks", path("t.csv")});
    return extract(demo(), more);
  };
  const auto refused = [&](const std::string& why) {
    for (const char* result : {"out.csv", "out.manifest.json"}) fs::remove(path(result));
    const auto before = files();
    const Outcome outcome = run();
    EXPECT_EQ(outcome.exit_code, 3) << why;
    EXPECT_THAT(outcome.err, AllOf(HasSubstr("t.csv: expected the landmarks of this video, but "),
                                   HasSubstr(why), HasSubstr("--force")));
    EXPECT_EQ(files(), before);
    const Outcome forced = run({"--force"});
    EXPECT_EQ(forced.exit_code, 0) << forced.err;
    EXPECT_THAT(forced.out,
                AllOf(HasSubstr("warning: the table of landmarks t.csv: "), HasSubstr(why)));
  };
  table(120, 30, 0, 0);
  refused("it goes on to frame 120, the video has 90 frames");
  table(45, 15, 0, 0);
  refused("its timestamps run from 0.000 to 2.933 s where the frames are at 0.000 to 1.467 s");
  table(90, 30, 600, 1);
  refused("100 % of its faces lie outside of the picture, 480 x 480 px");

  table(91, 30, 0, 0);
  const Outcome one_more = run();
  EXPECT_EQ(one_more.exit_code, 0) << one_more.err;
  EXPECT_THAT(one_more.out,
              HasSubstr("warning: the table of landmarks t.csv: it goes on to frame 91"));
  table(40, 30, 0, 0);
  const Outcome part = run();
  EXPECT_EQ(part.exit_code, 0) << part.err;
  EXPECT_THAT(part.out, HasSubstr("it has no row for 50 of 90 frames, which count as failed"));
}

}  // namespace
}  // namespace auriga::test
