// The command lines of OpenFace's programs as spec cli.md has them.
#include "openface_arguments.hpp"

#include <filesystem>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "auriga/error.hpp"

#include "support/golden.hpp"

namespace auriga::app {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;

std::vector<std::string> words(const std::string& line) {
  std::istringstream stream(line);
  return {std::istream_iterator<std::string>(stream), {}};
}

OpenFaceArguments read(const std::string& line) { return read_openface_arguments(words(line)); }

// The message with which a line is refused.
std::string refusal(const std::string& line) {
  try {
    read(line);
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::usage) << line;
    return error.what();
  }
  ADD_FAILURE() << "not refused: " << line;
  return {};
}

// Flags of a line as one string: groups, then h(og), a(ligned), t(racked).
std::string results(const std::string& line) {
  const OpenFaceArguments arguments = read("-f v " + line);
  std::string text;
  for (const ColumnGroup group : kColumnGroups)
    if ((arguments.groups & group) != 0) text += std::string(column_flag(group)) + " ";
  return text + (arguments.hog ? "h" : "") + (arguments.aligned ? "a" : "") +
         (arguments.tracked ? "t" : "");
}

TEST(OpenFaceResults, NoneGivenMeansAllAndOneGivenMeansThatOne) {
  const std::string all = "-gaze -pose -2Dfp -3Dfp -pdmparams -aus hat";
  EXPECT_EQ(results(""), all);
  // What is no result does not count.
  EXPECT_EQ(results("-au_static -format_aligned png -simsize 64 -nomask -g -wild -nobadaligned"),
            all);
  EXPECT_EQ(results("-gaze"), "-gaze ");
  EXPECT_EQ(results("-pose"), "-pose ");
  EXPECT_EQ(results("-2Dfp"), "-2Dfp ");
  EXPECT_EQ(results("-3Dfp"), "-3Dfp ");
  EXPECT_EQ(results("-pdmparams"), "-pdmparams ");
  EXPECT_EQ(results("-aus"), "-aus ");
  EXPECT_EQ(results("-hogalign"), "h");
  EXPECT_EQ(results("-simalign"), "a");
  EXPECT_EQ(results("-tracked"), "t");
  EXPECT_EQ(results("-simalign -aus -hogalign -2Dfp -aus"), "-2Dfp -aus ha");
}

TEST(OpenFaceInputs, KeepTheirOrder) {
  const OpenFaceArguments arguments = read("-f a.avi -aus -fdir pictures -f b.mp4");
  ASSERT_EQ(arguments.inputs.size(), 3u);
  EXPECT_EQ(arguments.inputs[0].path, "a.avi");
  EXPECT_FALSE(arguments.inputs[0].folder);
  EXPECT_EQ(arguments.inputs[1].path, "pictures");
  EXPECT_TRUE(arguments.inputs[1].folder);
  EXPECT_EQ(arguments.inputs[2].path, "b.mp4");
  EXPECT_FALSE(arguments.inputs[2].folder);
}

TEST(OpenFaceInputs, TakeTheirNamesInTurn) {
  // The first name is the first input's, wherever it stands.
  for (const char* line : {"-f a -of x -f b -of y -f c", "-of x -of y -f a -f b -f c"}) {
    const OpenFaceArguments arguments = read(line);
    EXPECT_EQ(arguments.inputs[0].name, "x") << line;
    EXPECT_EQ(arguments.inputs[1].name, "y") << line;
    EXPECT_EQ(arguments.inputs[2].name, "") << line;
  }
  EXPECT_EQ(read("-f a -f b -of y").inputs[0].name, "y");
  EXPECT_THAT(refusal("-f a -of x -of y"), HasSubstr("2 names (-of) for 1 inputs"));
  EXPECT_THAT(refusal("-f a -of x/"), HasSubstr("'x/'"));
}

TEST(OpenFaceInputs, HaveAPrefix) {
  for (const char* line : {"-root /data -f a/b.avi", "-f a/b.avi -inroot /data",
                           "-root elsewhere -inroot /data -f a/b.avi"})
    EXPECT_EQ(read(line).inputs[0].path, "/data/a/b.avi") << line;
}

TEST(OpenFaceInputs, AreNeeded) {
  EXPECT_THAT(refusal("-aus"), AllOf(HasSubstr("-f FILE"), HasSubstr("-fdir DIR")));
}

// out_dir, -of, input, table; spec outputs.md section 1.
TEST(OpenFaceTable, IsNamedAsOpenFaceDoes) {
  const auto table = [](const std::string& out_dir, const std::string& name,
                        const std::string& path) {
    return openface_table(out_dir, {path, false, name}).string();
  };
  EXPECT_EQ(table("", "", "in/a.b.mp4"), "processed/a.b.csv");
  EXPECT_EQ(table("out", "", "a.mp4"), "out/a.csv");
  EXPECT_EQ(table("out/deep/", "", "a.mp4"), "out/deep/a.csv");
  EXPECT_EQ(table("out\\", "", "a.mp4"), "out/a.csv");
  EXPECT_EQ(table("/", "", "a.mp4"), "/a.csv");
  EXPECT_EQ(table("out", "x", "a.mp4"), "out/x.csv");
  EXPECT_EQ(table("out", "sub/x.csv", "a.mp4"), "out/sub/x.csv");
  EXPECT_EQ(table("out", "/abs/x.y.csv", "a.mp4"), "/abs/x.y.csv");
  EXPECT_EQ(table("", "sub/x", "a.mp4"), "sub/x.csv");
  EXPECT_EQ(table("", "x", "a.mp4"), "processed/x.csv");
}

TEST(OpenFaceTable, OfAFolderIsNamedAfterWhatItReallyIs) {
  const test::TemporaryFolder folder;
  fs::create_directories(folder.path() / "pictures.v2");
  fs::create_directory_symlink(folder.path() / "pictures.v2", folder.path() / "link");
  for (const char* path : {"pictures.v2", "pictures.v2/", "pictures.v2/../pictures.v2/.", "link"})
    EXPECT_EQ(openface_table("out", {(folder.path() / path).string(), true, ""}),
              "out/pictures.v2.csv")
        << path;
  // A link to a video keeps its own name.
  test::write_text(folder.path() / "pictures.v2/real.avi", "");
  fs::create_symlink(folder.path() / "pictures.v2/real.avi", folder.path() / "other.avi");
  EXPECT_EQ(openface_table("out", {(folder.path() / "other.avi").string(), false, ""}),
            "out/other.csv");
}

TEST(OpenFaceOutput, LastFolderWins) {
  EXPECT_EQ(read("-f a").out_dir, "");
  EXPECT_EQ(read("-f a -out_dir x -out_dir y").out_dir, "y");
}

TEST(OpenFaceCrop, IsThatOfTheActionUnitsUnlessAsked) {
  EXPECT_FALSE(read("-f a -simalign -format_aligned png -nobadaligned").crop.has_value());
  const auto crop = [](const std::string& line) { return read("-f a " + line).crop.value(); };
  EXPECT_EQ(crop("-simsize 224").size, 224);
  EXPECT_FLOAT_EQ(crop("-simsize 224").scale, 1.4f);  // 224 * 0.7 / 112
  EXPECT_TRUE(crop("-simsize 224").mask);
  EXPECT_FALSE(crop("-simsize 224").grey);
  EXPECT_FLOAT_EQ(crop("-simsize 224 -simscale 0.9").scale, 0.9f);
  EXPECT_FLOAT_EQ(crop("-simscale 0.9 -simsize 224").scale, 0.9f);
  EXPECT_EQ(crop("-simscale 0.5").size, 112);
  EXPECT_FALSE(crop("-nomask").mask);
  EXPECT_FLOAT_EQ(crop("-nomask").scale, 0.7f);
  EXPECT_TRUE(crop("-g").grey);
  EXPECT_TRUE(crop("-g").mask);
}

TEST(OpenFaceCrop, FormatsAndFailedFrames) {
  EXPECT_EQ(read("-f a").aligned_format, PictureFormat::bmp);
  EXPECT_EQ(read("-f a -format_aligned png").aligned_format, PictureFormat::png);
  EXPECT_EQ(read("-f a -format_aligned jpg").aligned_format, PictureFormat::jpg);
  EXPECT_THAT(refusal("-f a -format_aligned tiff"),
              AllOf(HasSubstr("-format_aligned"), HasSubstr("'tiff'")));
  EXPECT_TRUE(read("-f a").keep_failed_aligned);
  EXPECT_FALSE(read("-f a -nobadaligned").keep_failed_aligned);
}

TEST(OpenFaceDetector, DefaultsAreTheModels) {
  const ClmOptions clm = read("-f a").clm;
  EXPECT_TRUE(clm.model.empty());
  EXPECT_FALSE(clm.wild);
  EXPECT_FALSE(clm.sigma || clm.regularisation || clm.weight_factor || clm.iterations ||
               clm.multi_view);
  EXPECT_TRUE(clm.validate);
}

TEST(OpenFaceDetector, ValuesAreRead) {
  const ClmOptions clm =
      read(
          "-f a -mloc model/main_clnf_general.txt -sigma 1.75 -reg +2e1 -w_reg 2.5 -n_iter 7 "
          "-multi_view 1 -validate_detections 0")
          .clm;
  EXPECT_EQ(clm.model, "model/main_clnf_general.txt");
  EXPECT_EQ(clm.sigma, 1.75f);
  EXPECT_EQ(clm.regularisation, 20);
  EXPECT_EQ(clm.weight_factor, 2.5f);
  EXPECT_EQ(clm.iterations, 7);
  EXPECT_EQ(clm.multi_view, true);
  EXPECT_FALSE(clm.validate);
  EXPECT_EQ(read("-f a -multi_view 0").clm.multi_view, false);
  EXPECT_EQ(read("-f a -sigma 1 -sigma 2").clm.sigma, 2);
}

TEST(OpenFaceDetector, WildUndoesWhatStandsBeforeIt) {
  const std::string values = "-sigma 1 -reg 20 -w_reg 3 -n_iter 9 -multi_view 0 ";
  const ClmOptions before = read("-f a " + values + "-wild").clm;
  EXPECT_TRUE(before.wild);
  EXPECT_FALSE(before.sigma);
  EXPECT_FALSE(before.regularisation);
  EXPECT_FALSE(before.weight_factor);
  EXPECT_FALSE(before.iterations);
  EXPECT_FALSE(before.multi_view);
  const ClmOptions after = read("-f a -wild " + values).clm;
  EXPECT_TRUE(after.wild);
  EXPECT_EQ(after.sigma, 1);
  EXPECT_EQ(after.regularisation, 20);
  EXPECT_EQ(after.weight_factor, 3);
  EXPECT_EQ(after.iterations, 9);
  EXPECT_EQ(after.multi_view, false);
  // It touches neither the model nor the validator.
  const ClmOptions others = read("-f a -mloc m -validate_detections 0 -wild").clm;
  EXPECT_EQ(others.model, "m");
  EXPECT_FALSE(others.validate);
}

TEST(OpenFaceCamera, NeedsBothOfAPair) {
  using Pair = std::array<float, 2>;
  const OpenFaceArguments none = read("-f a");
  EXPECT_FALSE(none.focal_px || none.centre_px);
  const OpenFaceArguments focal = read("-f a -fx 800 -fy 805.5");
  EXPECT_EQ(focal.focal_px, (Pair{800, 805.5f}));
  EXPECT_FALSE(focal.centre_px);
  const OpenFaceArguments centre = read("-f a -cy -3 -cx 310");
  EXPECT_EQ(centre.centre_px, (Pair{310, -3}));
  EXPECT_FALSE(centre.focal_px);
  // -1 is OpenFace's default, "estimate".
  const OpenFaceArguments estimated = read("-f a -fx -1 -fy -1 -cx -1 -cy -1");
  EXPECT_FALSE(estimated.focal_px || estimated.centre_px);
  EXPECT_THAT(refusal("-f a -fx 800"), HasSubstr("-fx without -fy: give both"));
  EXPECT_THAT(refusal("-f a -fy 800 -fx -1"), HasSubstr("-fy without -fx: give both"));
  EXPECT_THAT(refusal("-f a -cx 1"), HasSubstr("-cx without -cy: give both"));
  EXPECT_THAT(refusal("-f a -cy 1"), HasSubstr("-cy without -cx: give both"));
  EXPECT_THAT(refusal("-f a -fx 0 -fy 1"), HasSubstr("-fx expects"));
}

TEST(OpenFaceFlags, OthersAreRead) {
  EXPECT_FALSE(read("-f a").static_aus);
  EXPECT_TRUE(read("-f a -au_static").static_aus);
  const OpenFaceArguments own = read("-f a --models m --accept-altered-models --workers 3 --quiet");
  EXPECT_EQ(own.models, "m");
  EXPECT_TRUE(own.accept_altered_models);
  EXPECT_EQ(own.workers, 3);
  EXPECT_TRUE(own.quiet);
  for (const char* line : {"-h", "--help", "-f a --help", "-aus -h"})
    EXPECT_TRUE(read(line).help) << line;
}

TEST(OpenFaceFlags, ThoseOfOtherToolsAreRefusedByName) {
  for (const char* flag : {"-device", "-fdloc", "-bboxdir"}) {
    EXPECT_THAT(refusal(std::string("-f a ") + flag + " 0"),
                testing::StartsWith(std::string(flag) + ": "));
    EXPECT_THAT(words(openface_help()), testing::Contains(flag));
  }
  EXPECT_THAT(refusal("-device 0"), HasSubstr("camera"));
  EXPECT_THAT(refusal("-f a -fdloc x"), HasSubstr("MTCNN"));
  EXPECT_THAT(refusal("-fdir a -bboxdir x --program FaceLandmarkImg"), HasSubstr("MTCNN"));
}

// Of public scripts; OpenFace takes them or passes over them, and no number depends on it.
TEST(OpenFaceFlags, ThoseThatChangeNoNumberArePassedOverAndSaid) {
  const std::string help = openface_help();
  for (const char* flag :
       {"-verbose", "-quiet", "-vis-track", "-vis-hog", "-vis-align", "-vis-aus", "-oc avc1",
        "-multi-view 1", "-oidir pictures", "-cam_width 640", "-cam_height 480", "-no2Dfp",
        "-no3Dfp", "-noMparams", "-noPose", "-noAUs", "-noGaze"}) {
    const std::string name = words(flag)[0];
    for (const std::string& line : {std::string("-f a -aus ") + flag,
                                    std::string(flag) + " -f a -aus", "-f a " + name + " -aus"}) {
      const OpenFaceArguments arguments = read(line);
      ASSERT_EQ(arguments.notes.size(), 1u) << line;
      EXPECT_THAT(arguments.notes[0], testing::StartsWith(name + " is passed over: ")) << line;
      ASSERT_EQ(arguments.inputs.size(), 1u) << line;
      EXPECT_EQ(arguments.groups, kAuColumns) << line;
    }
    EXPECT_THAT(words(help), testing::Contains(name));
  }
  EXPECT_TRUE(read("-f a -multi_view 1 -aus").notes.empty());
  // A flag that takes no value takes no word.
  EXPECT_THAT(refusal("-f a -verbose 1"), HasSubstr("'1'"));
}

TEST(OpenFacePrograms, AreKnownByName) {
  EXPECT_EQ(openface_program("FaceLandmarkImg"), OpenFaceProgram::img);
  EXPECT_EQ(openface_program("FaceLandmarkVidMulti.exe"), OpenFaceProgram::vid_multi);
  EXPECT_EQ(openface_program("FeatureExtraction"), OpenFaceProgram::feature_extraction);
  for (const char* other : {"auriga", "", ".exe", "FaceLandmarkVid", "facelandmarkimg"})
    EXPECT_EQ(openface_program(other), std::nullopt) << other;

  EXPECT_EQ(read("-f a").program, OpenFaceProgram::feature_extraction);
  EXPECT_EQ(read("-f a --program FaceLandmarkImg").program, OpenFaceProgram::img);
  const auto called = [](const std::string& line) {
    return read_openface_arguments(words(line), OpenFaceProgram::vid_multi);
  };
  EXPECT_EQ(called("-f a").program, OpenFaceProgram::vid_multi);
  EXPECT_EQ(called("-f a --program FeatureExtraction").program,
            OpenFaceProgram::feature_extraction);
  EXPECT_THAT(refusal("-f a --program FaceLandmarkVid"),
              AllOf(HasSubstr("FaceLandmarkVidMulti"), HasSubstr("'FaceLandmarkVid'")));
}

TEST(OpenFacePrograms, FlagsOfThePictureTool) {
  EXPECT_EQ(read("-f a").drawn_format, PictureFormat::jpg);
  EXPECT_EQ(read("-f a -format_vis_image png").drawn_format, PictureFormat::png);
  EXPECT_THAT(refusal("-f a -format_vis_image gif"), HasSubstr("'gif'"));
  // Grey crops are for videos only, and a name is of one picture.
  EXPECT_TRUE(read("-f a -g").crop->grey);
  EXPECT_FALSE(read("-f a -g --program FaceLandmarkImg").crop->grey);
  EXPECT_EQ(read("-f a -of x --program FaceLandmarkImg").inputs[0].name, "x");
  EXPECT_THAT(refusal("--program FaceLandmarkImg -fdir a -of x"), HasSubstr("-of names"));
}

TEST(OpenFaceOutput, Dialects) {
  EXPECT_EQ(read("-f a").dialect, Dialect::openface);
  EXPECT_EQ(read("-f a --dialect openface-spaced").dialect, Dialect::openface_spaced);
  EXPECT_EQ(read("-f a --dialect openface").dialect, Dialect::openface);
  EXPECT_THAT(refusal("-f a --dialect pyfaceau"), HasSubstr("openface or openface-spaced"));
}

TEST(OpenFaceFlags, UnknownOnesAreRefusedWithTheNearest) {
  EXPECT_THAT(refusal("-f a -2dfp"), HasSubstr("-2dfp, is -2Dfp meant?"));
  EXPECT_THAT(refusal("-f a -out-dir x"), HasSubstr("is -out_dir meant?"));
  EXPECT_THAT(refusal("-f a -austatic"), HasSubstr("is -au_static meant?"));
  EXPECT_THAT(refusal("-f a --aus"), HasSubstr("is -aus meant?"));
  EXPECT_THAT(refusal("-f a -simmsize 3"), HasSubstr("is -simsize meant?"));
  EXPECT_THAT(refusal("-f a -frobnicate"), AllOf(HasSubstr("-frobnicate;"), HasSubstr("--help")));
  EXPECT_THAT(refusal("video.mp4"), AllOf(HasSubstr("'video.mp4'"), HasSubstr("-f FILE")));
  EXPECT_THAT(refusal("-f a b"), HasSubstr("'b'"));
}

TEST(OpenFaceFlags, ValuesAreNeeded) {
  for (const char* flag : {"-f",
                           "-fdir",
                           "-of",
                           "-root",
                           "-inroot",
                           "-out_dir",
                           "-format_aligned",
                           "-simsize",
                           "-simscale",
                           "-mloc",
                           "-sigma",
                           "-reg",
                           "-w_reg",
                           "-n_iter",
                           "-multi_view",
                           "-validate_detections",
                           "-fx",
                           "-fy",
                           "-cx",
                           "-cy",
                           "-format_vis_image",
                           "--program",
                           "--dialect",
                           "--models",
                           "--workers"}) {
    EXPECT_THAT(refusal(std::string("-f a ") + flag), HasSubstr(std::string(flag) + " without"));
    EXPECT_THAT(refusal(std::string("-f a ") + flag + " -aus"), HasSubstr("'-aus' follows"))
        << flag;
    EXPECT_THAT(refusal(std::string("-f a ") + flag + " -verbose"), HasSubstr("follows")) << flag;
    EXPECT_THROW(read_openface_arguments({"-f", "a", flag, ""}), Error) << flag;
  }
}

TEST(OpenFaceFlags, ValuesAreNumbersInRange) {
  for (const char* flag :
       {"-simsize", "-simscale", "-sigma", "-reg", "-w_reg", "-n_iter", "-multi_view",
        "-validate_detections", "-fx", "-fy", "-cx", "-cy", "--workers"})
    for (const char* value : {"many", "1,5", "0x10", "1.5.2", "nan", "inf", "1e99", "-7e9", "3px"})
      EXPECT_THAT(refusal(std::string("-f a ") + flag + " " + value),
                  AllOf(HasSubstr(std::string(flag) + " expects"),
                        HasSubstr(std::string("'") + value + "'")));
  for (const char* pair : {"-simsize 1", "-simsize 4097", "-simsize 1.5", "-simscale 0", "-sigma 0",
                           "-reg -1", "-w_reg -1", "-n_iter 0", "-n_iter 2.5", "-multi_view 2",
                           "-validate_detections yes", "--workers 0", "--workers 257"})
    EXPECT_THAT(refusal(std::string("-f a ") + pair), HasSubstr("expects")) << pair;
}

// Every flag that takes a value says so, and every flag of the help is one that is read.
TEST(OpenFaceHelp, ListsWhatIsRead) {
  std::istringstream help(openface_help());
  std::set<std::string> seen;
  for (std::string line; std::getline(help, line) && line != "Refused:";) {
    if (!line.starts_with("  -")) continue;
    const std::string flag = words(line)[0];
    EXPECT_TRUE(seen.insert(flag).second) << flag << " twice";
    const bool has_value =
        line.find(' ', 2) != std::string::npos && line[2 + flag.size() + 1] != ' ';
    try {
      read("-f a " + flag);
      EXPECT_FALSE(has_value) << flag;
    } catch (const Error& error) {
      EXPECT_TRUE(has_value) << flag << error.what();
      EXPECT_THAT(error.what(), HasSubstr("without"));
    }
  }
  EXPECT_GE(seen.size(), 35u);
}

}  // namespace
}  // namespace auriga::app
