// No result takes the place of an input, by whatever name it is reached.
#include "own_names.hpp"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "auriga/error.hpp"

#include "cli/command.hpp"
#include "support/golden.hpp"

namespace auriga::app {
namespace {

namespace fs = std::filesystem;
using test::auriga;
using test::Outcome;
using test::read_text;
using test::write_text;
using testing::HasSubstr;

class OwnNamesTest : public testing::Test {
 protected:
  fs::path at(const std::string& name) const { return folder_.path() / name; }
  fs::path file(const std::string& name) {
    fs::create_directories(at(name).parent_path());
    write_text(at(name), name);
    return at(name);
  }
  // Whether a result of this name is refused where `input` is read.
  static bool refused(const fs::path& input, const fs::path& result) {
    OwnNames names;
    names.add_input(input, "the input");
    try {
      names.add_result(result, "a result");
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::usage);
      EXPECT_THAT(error.what(), HasSubstr(result.string()));
      EXPECT_THAT(error.what(), HasSubstr("the input"));
      return true;
    }
    return false;
  }
  test::TemporaryFolder folder_;
};

TEST_F(OwnNamesTest, AnInputIsKnownByAllItsNames) {
  const fs::path input = file("videos/a.avi");
  fs::create_symlink("a.avi", at("videos/link.avi"));
  fs::create_hard_link(input, at("videos/hard.avi"));
  fs::create_directory_symlink("videos", at("results"));
  fs::create_directory(at("videos/below"));
  for (const char* name : {"videos/a.avi", "videos/link.avi", "videos/hard.avi", "results/a.avi",
                           "results/link.avi", "videos/below/../a.avi", "./videos//a.avi"}) {
    EXPECT_TRUE(refused(input, at(name))) << name;
    EXPECT_TRUE(refused(at(name), input)) << name;
  }
  EXPECT_FALSE(refused(input, at("videos/b.avi")));
  EXPECT_FALSE(refused(input, file("videos/c.avi")));
  EXPECT_FALSE(refused(at("videos/none.avi"), at("videos/none.csv")));
}

TEST_F(OwnNamesTest, PicturesOfAFolderAreInputs) {
  file("frames/1.png"), file("frames/2.PNG"), file("frames/frames.csv");
  fs::create_hard_link(at("frames/2.PNG"), at("two.csv"));
  fs::create_symlink("frames/1.png", at("one.csv"));
  const fs::path input = at("frames");
  EXPECT_TRUE(refused(input, at("frames/1.png")));
  EXPECT_TRUE(refused(input, at("one.csv")));
  EXPECT_TRUE(refused(input, at("two.csv")));
  EXPECT_TRUE(refused(input, at("frames")));
  EXPECT_FALSE(refused(input, at("frames/frames.csv")));  // of an earlier run
  EXPECT_FALSE(refused(input, at("frames/new.csv")));
}

TEST_F(OwnNamesTest, AFolderThatIsExchangedHoldsNoInput) {
  const fs::path input = file("v_aligned/below/frame_det_00_000001.bmp");
  fs::create_directory_symlink("v_aligned", at("w_aligned"));
  EXPECT_TRUE(refused(input, at("v_aligned")));
  EXPECT_TRUE(refused(input, at("w_aligned")));
  EXPECT_TRUE(refused(at("w_aligned/below/frame_det_00_000001.bmp"), at("v_aligned")));
  fs::create_symlink(input, at("face.bmp"));
  EXPECT_TRUE(refused(at("face.bmp"), at("v_aligned")));
  EXPECT_FALSE(refused(file("other/a.bmp"), at("v_aligned")));
}

TEST_F(OwnNamesTest, ResultsAreToldApartByPlace) {
  file("out/a.csv");
  fs::create_hard_link(at("out/a.csv"), at("out/b.csv"));
  fs::create_directory_symlink("out", at("same"));
  OwnNames names;
  names.add_result(at("out/a.csv"), "a");
  names.add_result(at("out/b.csv"), "b");  // is replaced by itself
  EXPECT_THROW(names.add_result(at("same/a.csv"), "c"), Error);
  names.add_result(at("out/c.csv"), "c");
  EXPECT_THROW(names.add_result(at("same/c.csv"), "d"), Error);
  names.add_result(at("none/deep/c.csv"), "d");
  EXPECT_THROW(names.add_result(at("none/x/../deep/c.csv"), "e"), Error);
}

TEST_F(OwnNamesTest, EveryCommandRefuses) {
  AURIGA_NEEDS_OPEN_PACK();
  const fs::path demo = test::repository() / "examples/demo.mp4";
  fs::create_directories(at("videos"));
  const std::string video = at("videos/a.avi").string();
  fs::copy_file(demo, video);
  const std::string bytes = read_text(video);
  fs::create_directory_symlink("videos", at("out"));
  const auto expect_refused = [&](const Outcome& outcome) {
    EXPECT_EQ(outcome.exit_code, 2) << outcome.err;
    EXPECT_THAT(outcome.err, HasSubstr("cannot be both"));
    EXPECT_TRUE(read_text(video) == bytes);
  };
  const std::vector<std::string> extract = {"extract", video,      "--preset",
                                            "open",    "--models", test::open_pack().string()};
  const auto with = [](std::vector<std::string> words, const std::vector<std::string>& more) {
    words.insert(words.end(), more.begin(), more.end());
    return words;
  };
  EXPECT_EQ(auriga(with(extract, {"-o", video})).exit_code, 2) << "no name of a table";
  EXPECT_TRUE(read_text(video) == bytes);
  fs::create_symlink("videos/a.avi", at("table.csv"));
  expect_refused(auriga(with(extract, {"-o", at("table.csv").string()})));
  expect_refused(auriga(with(extract, {"-o", at("t.csv").string(), "--save-baseline", video})));
  fs::create_hard_link(video, at("videos/hard.csv"));
  expect_refused(auriga(with(extract, {"-o", at("out/hard.csv").string()})));
  // A baseline that is read, and model files.
  const Outcome learnt =
      auriga(with(extract, {"-o", at("t.csv").string(), "--save-baseline", at("b.json").string()}));
  ASSERT_EQ(learnt.exit_code, 0) << learnt.err;
  const std::string baseline = read_text(at("b.json"));
  fs::create_hard_link(at("b.json"), at("u.csv"));
  expect_refused(
      auriga(with(extract, {"-o", at("u.csv").string(), "--baseline", at("b.json").string()})));
  EXPECT_EQ(read_text(at("b.json")), baseline);

  // The picture of a table.
  const std::string table = read_text(at("t.csv"));
  fs::create_symlink("t.csv", at("p.png"));
  expect_refused(auriga({"summary", at("t.csv").string(), "--picture", at("p.png").string()}));
  fs::create_symlink(video, at("v.png"));
  expect_refused(auriga(
      {"summary", at("t.csv").string(), "--video", video, "--picture", at("v.png").string()}));
  EXPECT_TRUE(read_text(at("t.csv")) == table);
}

}  // namespace
}  // namespace auriga::app
