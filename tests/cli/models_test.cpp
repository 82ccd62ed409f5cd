// `auriga models` as a person uses it, on the open pack where this checkout has made it.
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "cli/command.hpp"
#include "packs/fake_server.hpp"
#include "support/golden.hpp"

namespace auriga::test {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

class ModelPacks : public testing::Test {
 protected:
  Outcome models(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "models");
    return auriga(arguments, environment_);
  }
  bool has_open_pack() const { return fs::exists(open_pack_ / "face_mesh_trunk.onnx"); }
  std::map<std::string, ServedFile> served() const {
    std::map<std::string, ServedFile> files;
    for (const auto& file : fs::directory_iterator(open_pack_))
      files["/" + file.path().filename().string()] = {read_text(file.path())};
    return files;
  }

  TemporaryFolder folder_;
  const fs::path data_ = folder_.path() / "data", packs_ = data_ / "auriga/models",
                 open_pack_ = repository() / "build/open-pack";
  const std::vector<std::string> environment_ = {
      "AURIGA_MODELS=", "XDG_DATA_HOME=" + data_.string(), "no_proxy=127.0.0.1",
      "OPENFACE_MODELS_DIR=", "OPENFACE_HOME="};
};

#define NEEDS_OPEN_PACK() \
  if (!has_open_pack()) GTEST_SKIP() << "no open pack: scripts/open-pack makes it"

TEST_F(ModelPacks, PathSaysWhereIsSearchedAndInstalled) {
  const Outcome path = models({"path"});
  EXPECT_EQ(path.exit_code, 0) << path.err;
  EXPECT_THAT(path.out, AllOf(StartsWith(packs_.string() + "  (import and fetch install here)\n"),
                              HasSubstr("share/auriga/models\n")));
  EXPECT_THAT(models({"path", "--json"}).out,
              HasSubstr("\"installed_to\": \"" + packs_.string() + "\""));
  EXPECT_THAT(models({"path", "--models", folder_.path().string()}).out,
              StartsWith(folder_.path().string() + "\n" + packs_.string() + "  (not searched now"));
}

TEST_F(ModelPacks, CleanRemovesWhatIsKeptPackedAndNothingElse) {
  const fs::path cache = folder_.path() / "cache", kept = cache / "auriga/packed-experts";
  fs::create_directories(kept);
  write_text(kept / (std::string(64, 'a') + "-0.packed"), std::string(3'000'000, 'x'));
  write_text(kept / (std::string(64, 'b') + "-2.packed.part-Ab12cd"), "x");
  write_text(kept / "of somebody else.packed", "x");
  write_text(cache / "auriga/verified-models.txt", "x");
  const std::vector<std::string> environment = {"XDG_CACHE_HOME=" + cache.string()};
  const Outcome clean = auriga({"models", "clean"}, environment);
  EXPECT_EQ(clean.exit_code, 0) << clean.err;
  EXPECT_THAT(clean.out, AllOf(HasSubstr("2 files"), HasSubstr("3 MB"), HasSubstr(kept.string())));
  EXPECT_TRUE(fs::exists(kept / "of somebody else.packed"));
  EXPECT_TRUE(fs::exists(cache / "auriga/verified-models.txt"));
  EXPECT_THAT(auriga({"models", "clean"}, environment).out, HasSubstr("nothing to remove"));
  EXPECT_THAT(auriga({"models", "clean", "--json"}, environment).out,
              HasSubstr("\"removed_files\": 0"));
}

TEST_F(ModelPacks, ListSaysHowToGetWhatIsNotThere) {
  for (const std::vector<std::string>& more :
       std::vector<std::vector<std::string>>{{}, {"--json"}}) {
    std::vector<std::string> arguments = {"list", "--models", folder_.path().string()};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const Outcome list = models(arguments);
    EXPECT_EQ(list.exit_code, 0) << list.err;
    for (const char* pack : {"open", "openface-2.2", "pyfaceau"})
      EXPECT_THAT(list.out, HasSubstr("auriga models import DIR --pack " + std::string(pack)));
    EXPECT_THAT(list.out, HasSubstr("non-commercial research use"));
  }
}

TEST_F(ModelPacks, ImportInstallsForTheUser) {
  NEEDS_OPEN_PACK();
  // As someone's download folder may look.
  fs::create_directories(folder_.path() / "Downloads/a");
  for (const auto& file : fs::directory_iterator(open_pack_))
    fs::copy_file(file, folder_.path() / "Downloads/a" / ("x" + file.path().filename().string()));
  fs::remove(folder_.path() / "Downloads/a/xface_mesh_lips.onnx");
  const std::string downloads = (folder_.path() / "Downloads").string();

  const Outcome partial = models({"import", downloads, "--pack", "open"});
  EXPECT_EQ(partial.exit_code, 1) << partial.err;
  EXPECT_THAT(partial.out,
              AllOf(HasSubstr("blazeface   complete"), HasSubstr("mesh        1 missing"),
                    HasSubstr("face_mesh_lips.onnx: missing")));
  const Outcome complete = models({"import", open_pack_.string(), "--json"});
  EXPECT_EQ(complete.exit_code, 0) << complete.err;
  EXPECT_THAT(complete.out, AllOf(HasSubstr("\"complete\": true"),
                                  HasSubstr("\"added\": [\n      \"face_mesh_lips.onnx\"\n    ]")));
  EXPECT_THAT(models({"list"}).out, HasSubstr("open 0.3  " + (packs_ / "open").string()));
  EXPECT_EQ(models({"verify", "--models", packs_.string()}).exit_code, 0);
}

TEST_F(ModelPacks, OfTwoPacksOfOneNameTheFirstIsUsedAndListSaysSo) {
  NEEDS_OPEN_PACK();
  const fs::path a = folder_.path() / "both/a", b = folder_.path() / "both/b";
  for (const fs::path& folder : {a, b}) fs::create_directories(folder);
  for (const fs::path& folder : {a, b})
    fs::copy_file(open_pack_ / "face_mesh_lips.onnx", folder / "face_mesh_lips.onnx");
  const std::string both = a.parent_path().string();
  EXPECT_THAT(models({"list", "--models", both}).out,
              HasSubstr(b.string() +
                        "\n  second of this name: used only for what is not complete "
                        "in " +
                        a.string() + "\n"));
  EXPECT_THAT(models({"list", "--models", both, "--json"}).out,
              HasSubstr("\"after\": \"" + a.string() + "\""));
}

TEST_F(ModelPacks, AReadOnlyDataFolderIsNamed) {
  NEEDS_OPEN_PACK();
  fs::create_directories(data_);
  std::vector<std::string> command = {AURIGA_COMMAND, "models", "import", open_pack_.string()};
  fs::permissions(data_, fs::perms(0555));
  // Root may write everywhere unless that right is dropped. (Another user might not even be able to
  // read this build.)
  if (geteuid() == 0)
    command.insert(command.begin(),
                   {"setpriv", "--inh-caps=-dac_override", "--bounding-set=-dac_override"});
  const Outcome run = program(command, environment_);
  fs::permissions(data_, fs::perms(0755));
  EXPECT_EQ(run.exit_code, 5) << run.err;
  EXPECT_THAT(run.err, AllOf(HasSubstr(data_.string()), HasSubstr("Permission denied"),
                             HasSubstr("--to DIR")));
}

TEST_F(ModelPacks, FetchNeedsALicenceThatWasAccepted) {
  NEEDS_OPEN_PACK();
  TestServer server(served());
  const Outcome refused = models({"fetch", "open", "--from", server.address()});
  EXPECT_EQ(refused.exit_code, 2);
  EXPECT_THAT(refused.err, AllOf(HasSubstr("Apache-2.0"), HasSubstr("--accept-licence")));
  const auto ask = [&](const std::string& answer) {
    return program(
        {"bash", "-c",
         "echo " + answer + " | script -qec \"$0 models fetch open --from $1\" /dev/null",
         AURIGA_COMMAND, server.address()},
        environment_);
  };
  const Outcome no = ask("n");
  EXPECT_EQ(no.exit_code, 2);
  EXPECT_THAT(no.out, AllOf(HasSubstr("Apache-2.0"), HasSubstr("accept it? [y/N]"),
                            HasSubstr("not accepted")));
  EXPECT_TRUE(server.requests().empty());
  EXPECT_FALSE(fs::exists(data_));

  const Outcome yes = ask("y");
  EXPECT_EQ(yes.exit_code, 0) << yes.out;
  EXPECT_EQ(models({"verify", "--models", packs_.string()}).exit_code, 0);
}

TEST_F(ModelPacks, FetchFromMirrors) {
  NEEDS_OPEN_PACK();
  auto damaged = served();
  damaged["/face_mesh_trunk.onnx"].content[1000] ^= 1;
  TestServer bad(damaged), good(served());
  const Outcome failed =
      models({"fetch", "open", "--from", bad.address(), "--accept-licence", "--json"});
  EXPECT_EQ(failed.exit_code, 4);
  EXPECT_THAT(failed.err, AllOf(HasSubstr("face_mesh_trunk.onnx: expected SHA-256"),
                                HasSubstr("nothing was installed")));
  EXPECT_EQ(models({"verify", "--models", packs_.string()}).exit_code, 4) << "no pack";

  const Outcome done = models(
      {"fetch", "--accept-licence", "--from", bad.address(), "--from", good.address(), "open"});
  EXPECT_EQ(done.exit_code, 0) << done.err;
  EXPECT_THAT(done.out, AllOf(HasSubstr("15 files added"), Not(HasSubstr("missing"))));
  EXPECT_EQ(models({"verify", "--models", packs_.string()}).exit_code, 0);
}

TEST_F(ModelPacks, FetchWithoutAnAddressSaysHowToGetThePackByHand) {
  const Outcome run = models({"fetch", "pyfaceau", "--accept-licence"});
  EXPECT_EQ(run.exit_code, 4);
  EXPECT_THAT(run.err, AllOf(HasSubstr("PyFaceAU"), HasSubstr("--from URL"),
                             HasSubstr("auriga models import DIR --pack pyfaceau")));
}

// From nothing to OpenFace's numbers.
TEST_F(ModelPacks, FetchOpenFace) {
  AURIGA_NEEDS("models/openface-2.2");
  std::map<std::string, ServedFile> files;
  const fs::path source = test_data() / "models/openface-2.2";
  for (const auto& file : fs::recursive_directory_iterator(source))
    if (file.is_regular_file())
      files["/" + file.path().lexically_relative(source).generic_string()] = {
          read_text(file.path())};
  TestServer server(files);
  const Outcome nothing = models({"list"});
  EXPECT_THAT(nothing.out, AllOf(HasSubstr("`auriga models fetch openface` gets"),
                                 HasSubstr("to get it: auriga models fetch openface\n")));
  EXPECT_EQ(models({"fetch", "openface", "--without", "au", "--from", server.address()}).exit_code,
            2);
  const Outcome fetch = models(
      {"fetch", "openface", "--accept-licence", "--without", "ceclm", "--from", server.address()});
  EXPECT_EQ(fetch.exit_code, 0) << fetch.err << fetch.out;
  EXPECT_THAT(fetch.out, HasSubstr("90 files added"));
  EXPECT_EQ(fetch.err, "");
  EXPECT_THAT(
      models({"list"}).out,
      AllOf(StartsWith("ready: `auriga extract` uses preset openface"),
            HasSubstr("action units)\nlandmarks by CLNF, because"), HasSubstr("gets them\n")));
  EXPECT_EQ(models({"verify", "--models", packs_.string()}).exit_code, 0);
  const Outcome run = auriga({"extract", (repository() / "examples/demo.mp4").string(), "-o",
                              (folder_.path() / "out.csv").string()},
                             environment_);
  EXPECT_EQ(run.exit_code, 0) << run.err;
  EXPECT_THAT(
      read_text(folder_.path() / "out.manifest.json"),
      AllOf(HasSubstr((packs_ / "openface-2.2/model/main_clnf_general.txt").string()),
            HasSubstr(
                (packs_ / "openface-2.2/AU_predictors/svm_combined/AU_1_static.dat").string())));
  // The rest is not to be had: CLNF's files stay, and the command says so.
  const Outcome more =
      models({"fetch", "openface", "--accept-licence", "--from", server.address()});
  EXPECT_EQ(more.exit_code, 1) << more.err << more.out;
  EXPECT_THAT(more.out, AllOf(HasSubstr("no address has them as published"),
                              HasSubstr("cen_patches_0.25_of.dat: the server answers with")));
}

// Named by the user or by the preset: a file of a pack is verified.
TEST_F(ModelPacks, ALandmarkModelThatIsNamedIsVerified) {
  AURIGA_NEEDS("models/openface-2.2");
  const fs::path pack = folder_.path() / "openface";
  fs::copy(test_data() / "models/openface-2.2", pack, fs::copy_options::recursive);
  const auto run = [&](const std::vector<std::string>& more) {
    std::vector<std::string> arguments = {"openface",
                                          "-f",
                                          (repository() / "examples/demo.mp4").string(),
                                          "-mloc",
                                          "model/main_clnf_general.txt",
                                          "--models",
                                          pack.string(),
                                          "-out_dir",
                                          (folder_.path() / "out").string()};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return auriga(arguments, environment_);
  };
  EXPECT_EQ(run({}).exit_code, 0) << run({}).err;
  const fs::path eye = pack / "model/model_eye/pdms/pdm_28_eye_3D_closed.txt";
  std::string text = read_text(eye);
  fs::permissions(eye, fs::perms::owner_all);
  text.replace(text.find('#') + 1, 1, "!");
  write_text(eye, text);
  const Outcome altered = run({});
  EXPECT_EQ(altered.exit_code, 4) << altered.err;
  EXPECT_THAT(altered.err, HasSubstr(eye.string() + ": expected SHA-256"));
  EXPECT_EQ(run({"--accept-altered-models"}).exit_code, 0);
}

TEST_F(ModelPacks, AFetchThatIsStoppedGoesOn) {
  NEEDS_OPEN_PACK();
  auto files = served();
  for (auto& [path, file] : files) {
    file.chunk = 20000;
    file.pause = std::chrono::milliseconds(100);
  }
  TestServer slow(files), fast(served());
  const Outcome stopped =
      program({"timeout", "--preserve-status", "--signal=INT", "1.5", AURIGA_COMMAND, "models",
               "fetch", "open", "--accept-licence", "--from", slow.address()},
              environment_);
  EXPECT_EQ(stopped.exit_code, 1) << stopped.err;
  EXPECT_EQ(stopped.out, "stopped; the same command goes on where this one ended\n");
  EXPECT_FALSE(fs::exists(packs_ / "open"));
  // The licence was accepted then.
  const Outcome done = models({"fetch", "open", "--from", fast.address()});
  EXPECT_EQ(done.exit_code, 0) << done.err;
  EXPECT_THAT(fast.requests(), testing::Contains(HasSubstr(" bytes=")));
  EXPECT_EQ(models({"verify", "--models", packs_.string()}).exit_code, 0);
}

// What PyFaceAU downloads is of use by itself as far as it goes, and in place of a download.
TEST_F(ModelPacks, WhatOtherProgramsHaveIsUsedWhereItIs) {
  AURIGA_NEEDS("models/openface-2.2");
  const fs::path source = test_data() / "models/openface-2.2",
                 theirs = data_ / "OpenFaceModels/2.2.0/originals/lib/local";
  fs::create_directories(theirs / "FaceAnalyser");
  fs::copy(source / "AU_predictors", theirs / "FaceAnalyser/AU_predictors",
           fs::copy_options::recursive);
  EXPECT_THAT(models({"list"}).out, AllOf(HasSubstr("found: PyFaceAU's models; not used, because"),
                                          HasSubstr((theirs / "FaceAnalyser").string())));
  fs::create_directories(theirs / "LandmarkDetector");
  fs::copy(source / "model", theirs / "LandmarkDetector/model", fs::copy_options::recursive);
  EXPECT_THAT(models({"list"}).out,
              AllOf(StartsWith("ready: `auriga extract` uses preset openface"),
                    HasSubstr((theirs / "LandmarkDetector").string() + "\n  second of this name")));
  EXPECT_THAT(auriga({"doctor", "--quick"}, environment_).out,
              AllOf(StartsWith("auriga "), HasSubstr("works here: "),
                    HasSubstr("extract         preset openface"),
                    HasSubstr("(PyFaceAU's models): as published: au")));
  // Without them in the user's own folder.
  TestServer server({});
  const Outcome fetch = models(
      {"fetch", "openface", "--accept-licence", "--without", "ceclm", "--from", server.address()});
  EXPECT_EQ(fetch.exit_code, 0) << fetch.err;
  EXPECT_THAT(fetch.out, HasSubstr("not fetched: 90 files that are used where other programs"));
  EXPECT_TRUE(server.requests().empty());
}

// The whole way of someone who has OpenFace and PyFaceAU's networks somewhere.
TEST_F(ModelPacks, WhatWasImportedIsUsed) {
  AURIGA_NEEDS("models/openface-2.2");
  AURIGA_NEEDS("models/onnx");
  const Outcome import = models({"import", (test_data() / "models").string()});
  EXPECT_EQ(import.exit_code, 0) << import.err << import.out;
  EXPECT_THAT(import.out,
              AllOf(HasSubstr("clnf        complete"), HasSubstr("ceclm       4 missing")));
  EXPECT_TRUE(fs::exists(packs_ / "pyfaceau/pfld_cunjian.onnx"));
  const Outcome run = auriga({"extract", (repository() / "examples/demo.mp4").string(), "--preset",
                              "pyfaceau", "-o", (folder_.path() / "out.csv").string()},
                             environment_);
  EXPECT_EQ(run.exit_code, 0) << run.err;
  EXPECT_THAT(read_text(folder_.path() / "out.manifest.json"),
              AllOf(HasSubstr((packs_ / "pyfaceau/pfld_cunjian.onnx").string()),
                    HasSubstr((packs_ / "pyfaceau/retinaface_mobilenet025.onnx").string())));
}

}  // namespace
}  // namespace auriga::test
