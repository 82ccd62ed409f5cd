#include "models/model_store.hpp"

#include <filesystem>
#include <fstream>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "auriga/error.hpp"

#include "files/sha256.hpp"
#include "models/fake_pack.hpp"
#include "support/golden.hpp"

namespace auriga {
namespace {

namespace fs = std::filesystem;
using test::TemporaryFolder;
using test::write_stand_in;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

Error error_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const Error& error) {
    return error;
  }
  ADD_FAILURE() << "no error";
  return {ErrorCode::usage, ""};
}

Error refusal(const std::vector<fs::path>& folders, const std::string& component) {
  return error_of([&] { ModelStore(folders).pack(component); });
}

std::vector<std::string> names(const std::vector<ModelFile>& files) {
  std::vector<std::string> names;
  for (const ModelFile& file : files) names.push_back(file.path.filename().string());
  return names;
}

TEST(ModelStoreTest, ATruncatedFileMakesTheComponentIncomplete) {
  TemporaryFolder folder;
  write_stand_in(folder.path() / "any name");
  fs::resize_file(folder.path() / "any name/pfld.onnx", 1000);
  const Error error = refusal({folder.path()}, "pfld");
  EXPECT_EQ(error.code(), ErrorCode::model);
  EXPECT_THAT(error.what(), HasSubstr("found 1000"));
  EXPECT_THAT(error.what(), HasSubstr("--models"));
  EXPECT_THAT(error.what(), HasSubstr(folder.path().string()));
  EXPECT_FALSE(ModelStore({folder.path()}).has({"pfld"}));
  EXPECT_TRUE(ModelStore({folder.path()}, true).has({"pfld"})) << "altered files were accepted";
  EXPECT_EQ(ModelStore({folder.path()}, true).file("pfld"),
            folder.path() / "any name" / "pfld.onnx");
}

TEST(ModelStoreTest, TheFirstFolderWins) {
  TemporaryFolder folder;
  for (const char* name : {"a", "b"}) write_stand_in(folder.path() / name / "pack");
  ModelStore store({folder.path() / "none", folder.path() / "b", folder.path() / "a"}, true);
  EXPECT_EQ(store.pack("pfld").folder, folder.path() / "b" / "pack");
  EXPECT_EQ(store.folder("retinaface"), folder.path() / "b" / "pack");
  fs::remove(folder.path() / "b/pack/retinaface_mobilenet025.onnx");
  ModelStore others({folder.path() / "b", folder.path() / "a"}, true);
  EXPECT_EQ(others.folder("retinaface"), folder.path() / "a" / "pack");
  EXPECT_EQ(others.folder("pfld"), folder.path() / "b" / "pack");
}

TEST(ModelStoreTest, NothingFoundSaysWhatToDo) {
  TemporaryFolder folder;
  for (const std::vector<fs::path>& folders :
       {std::vector<fs::path>{}, {folder.path()}, {folder.path() / "none"}}) {
    const Error error = refusal(folders, "au");
    EXPECT_EQ(error.code(), ErrorCode::model);
    EXPECT_THAT(error.what(), HasSubstr("\n  auriga models import DIR --pack openface-2.2\n"));
    EXPECT_FALSE(ModelStore(folders).finds("openface-2.2"));
  }
  EXPECT_THAT(refusal({}, "au").what(), HasSubstr("nothing: no folder of models is known"));
}

TEST(ModelStoreTest, FindsPacksThatAreIncomplete) {
  TemporaryFolder folder;
  write_stand_in(folder.path());
  fs::remove(folder.path() / "pfld.onnx");
  const ModelStore store({folder.path()});
  EXPECT_TRUE(store.finds("pyfaceau"));
  EXPECT_FALSE(store.finds("open"));
  EXPECT_TRUE(store.has({"retinaface"}));
  EXPECT_FALSE(store.has({"retinaface", "pfld"}));
  EXPECT_FALSE(store.has({"no such component"}));
  EXPECT_NO_THROW(store.require({"retinaface"}, "or do without"));
  const Error plain = error_of([&] { store.require({"retinaface", "pfld"}); });
  EXPECT_EQ(plain.code(), ErrorCode::model);
  EXPECT_STREQ(plain.what(), refusal({folder.path()}, "pfld").what());
  const Error error = error_of([&] { store.require({"retinaface", "pfld"}, "or do without"); });
  EXPECT_EQ(error.what(), plain.what() + std::string("\nor do without"));
}

TEST(ModelStoreTest, AnAlteredFileIsRefusedUnlessItIsAccepted) {
  TemporaryFolder folder;
  write_stand_in(folder.path());
  const std::string file = (folder.path() / "pfld.onnx").string(), found = sha256_of_file(file);
  std::string expected;
  for (const PackFile& one : known_pack("pyfaceau").files)
    for (const FileVersion& version : one.versions)
      if (version.path == "pfld.onnx") expected = version.sha256;
  ModelStore store({folder.path()});
  const Error error = error_of([&] { store.pack("pfld"); });
  EXPECT_EQ(error.code(), ErrorCode::model);
  EXPECT_EQ(error.what(), "the model pack pyfaceau is not as published:\n  " + file +
                              ": expected SHA-256 " + expected + ", found " + found +
                              "\nget a fresh copy of these files, or use them as they are with "
                              "--accept-altered-models");
  EXPECT_THAT(store.used(), IsEmpty());

  ModelStore accepting({folder.path()}, true);
  EXPECT_EQ(accepting.file("pfld"), file);
  ASSERT_THAT(accepting.used(), SizeIs(1));
  EXPECT_EQ(accepting.used()[0].path, file);
  EXPECT_EQ(accepting.used()[0].sha256, found) << "not the hash of what was used";
}

TEST(ModelStoreTest, TellsWhatWasUsedInTheOrderOfUse) {
  TemporaryFolder folder;
  write_stand_in(folder.path());
  std::ofstream(folder.path() / "own.txt") << "abc";
  ModelStore store({folder.path()}, true);
  store.pack("pfld");
  store.note({folder.path() / "own.txt"});
  store.file("retinaface");
  store.folder("pfld");
  EXPECT_THAT(names(store.used()),
              ElementsAre("pfld.onnx", "own.txt", "retinaface_mobilenet025.onnx"));
  EXPECT_EQ(store.used()[1].sha256,
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(error_of([&] { store.note({folder.path() / "none.txt"}); }).code(), ErrorCode::input);
}

TEST(ModelStoreTest, PublishedPacksAreVerified) {
  AURIGA_NEEDS("models/openface-2.2");
  ModelStore store({test::test_data() / "models"});
  EXPECT_EQ(store.folder("au"), test::test_data() / "models/openface-2.2");
  const FoundPack pack = store.pack("pfld");
  const std::vector<ModelFile> used = store.used();
  ASSERT_THAT(used, SizeIs(pack.files("pfld").size() + store.pack("au").files("au").size()));
  for (const ModelFile& file : used) EXPECT_EQ(file.sha256, sha256_of_file(file.path));
}

// Of the whole pack, or a component, the files in `into`.
void copy_published(const fs::path& into, const std::string& below) {
  const fs::path from = test::test_data() / "models/openface-2.2" / below;
  fs::create_directories((into / below).parent_path());
  fs::copy(from, into / below, fs::copy_options::recursive);
}

void alter(const fs::path& file) {
  fs::permissions(file, fs::perms::owner_all);
  std::string bytes = test::read_text(file);
  bytes[bytes.size() / 2] ^= 1;
  test::write_text(file, bytes);
}

class ScatteredPack : public testing::Test {
 protected:
  TemporaryFolder folder_;
  const fs::path a_ = folder_.path() / "a", b_ = folder_.path() / "b";
};

TEST_F(ScatteredPack, PutsAComponentTogetherFromSeveralFolders) {
  AURIGA_NEEDS("models/openface-2.2");
  // As where another program has the large files only.
  copy_published(a_, "model/mtcnn_detector/MTCNN_detector.txt");
  copy_published(a_, "model/mtcnn_detector/PNet.dat");
  copy_published(b_, "model/mtcnn_detector/PNet.dat");
  copy_published(b_, "model/mtcnn_detector/RNet.dat");
  EXPECT_FALSE(ModelStore({a_, b_}).has({"mtcnn"}));
  copy_published(b_, "model/mtcnn_detector/ONet.dat");
  EXPECT_FALSE(ModelStore({a_}).has({"mtcnn"}));
  ModelStore store({a_, b_});
  EXPECT_TRUE(store.has({"mtcnn"}));
  EXPECT_NO_THROW(store.require({"mtcnn"}));
  EXPECT_EQ(store.folder("mtcnn"), a_);
  const fs::path networks = "model/mtcnn_detector";
  EXPECT_EQ(store.take(a_ / networks / "PNet.dat"), a_ / networks / "PNet.dat");
  EXPECT_EQ(store.take(a_ / networks / "../mtcnn_detector/RNet.dat"), b_ / networks / "RNet.dat");
  EXPECT_EQ(store.take(a_ / networks / "none.dat"), a_ / networks / "none.dat");
  EXPECT_THAT(names(store.used()), testing::UnorderedElementsAre("MTCNN_detector.txt", "PNet.dat",
                                                                 "RNet.dat", "ONet.dat"));
  // A cut off one is passed over, an altered one is not.
  fs::permissions(a_ / networks / "PNet.dat", fs::perms::owner_all);
  fs::resize_file(a_ / networks / "PNet.dat", 1000);
  EXPECT_EQ(ModelStore({a_, b_}).take(a_ / networks / "PNet.dat"), b_ / networks / "PNet.dat");
  alter(b_ / networks / "ONet.dat");
  EXPECT_THAT(error_of([&] {
                ModelStore({a_, b_}).pack("mtcnn");
              }).what(),
              HasSubstr((b_ / networks / "ONet.dat").string() + ": expected SHA-256"));
}

// The pack that serves a component may have other files that the first one names.
TEST_F(ScatteredPack, WhatIsTakenIsVerifiedInWhicheverPack) {
  AURIGA_NEEDS("models/openface-2.2");
  copy_published(a_, "model/mtcnn_detector");
  copy_published(b_, "model/mtcnn_detector");
  const fs::path network = "model/mtcnn_detector/ONet.dat";
  alter(b_ / network);
  ModelStore store({a_, b_});
  EXPECT_EQ(store.folder("mtcnn"), a_);
  EXPECT_THAT(error_of([&] { store.take(b_ / network); }).what(),
              HasSubstr((b_ / network).string() + ": expected SHA-256"));
  ModelStore accepting({a_, b_}, true);
  EXPECT_EQ(accepting.take(b_ / network), b_ / network);
  // Also what no manifest knows is named as used.
  test::write_text(b_ / "model/mine.dat", "abc");
  accepting.take(b_ / "model/mine.dat");
  accepting.take(b_ / "model/mine.dat");
  EXPECT_THAT(names(accepting.used()), ElementsAre("ONet.dat", "mine.dat"));
}

TEST_F(ScatteredPack, TheModelsOfPicturesAreVerifiedWithTheOthers) {
  AURIGA_NEEDS("models/openface-2.2");
  copy_published(a_, "AU_predictors");
  EXPECT_NO_THROW(ModelStore({a_}).pack("au"));
  const fs::path file = a_ / "AU_predictors/svm_combined/AU_1_static.dat";
  alter(file);
  EXPECT_THAT(error_of([&] { ModelStore({a_}).pack("au"); }).what(), HasSubstr(file.string()));
  fs::remove(file);
  EXPECT_FALSE(ModelStore({a_}).has({"au"}));
}

TEST(ModelStoreTest, ManyThreadsVerifyAComponentOnce) {
  TemporaryFolder folder;
  write_stand_in(folder.path());
  ModelStore store({folder.path()}, true);
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i)
      threads.emplace_back([&] {
        EXPECT_TRUE(store.has({"pfld", "retinaface"}));
        EXPECT_EQ(store.file("pfld"), folder.path() / "pfld.onnx");
        EXPECT_EQ(store.folder("retinaface"), folder.path());
        EXPECT_THAT(store.used(), SizeIs(2));
      });
  }
  EXPECT_THAT(store.used(), SizeIs(2));
}

// A pack whose files are remembered with the published hashes, whatever is in them.
class RememberedPack : public testing::Test {
 protected:
  void SetUp() override {
    write_stand_in(packs_);
    fs::create_directory(cache_);
    for (const PackFile& file : known_pack("pyfaceau").files)
      remember(packs_ / file.versions.back().path, file.versions.back().sha256);
  }
  void remember(const fs::path& file, const std::string& sha256) {
    const FileState state = state_of(file).value();
    hashes_[file.string()] = {state, state.changed_ns + 3'000'000'000, sha256};
    test::write_text(cache_ / "verified-models.txt", format_hashes(hashes_));
    fs::permissions(cache_ / "verified-models.txt", fs::perms::owner_read | fs::perms::owner_write);
  }

  TemporaryFolder folder_;
  const fs::path packs_ = folder_.path() / "packs", cache_ = folder_.path() / "cache";
  HashTable hashes_;
};

TEST_F(RememberedPack, IsNotReadAgain) {
  ModelStore store({packs_}, false, cache_);
  EXPECT_EQ(store.file("pfld"), packs_ / "pfld.onnx");
  EXPECT_THAT(store.used(), SizeIs(1));
  // Nor where no hash is published, or whichever is accepted.
  remember(packs_ / "pfld.onnx", std::string(64, 'a'));
  ModelStore accepting({packs_}, true, cache_);
  accepting.file("pfld");
  EXPECT_EQ(accepting.used().at(0).sha256, std::string(64, 'a'));
}

TEST_F(RememberedPack, TellsTheHashOfAFileAsItIsNow) {
  ModelStore store({packs_}, false, cache_);
  EXPECT_EQ(store.remembered(packs_ / "pfld.onnx"),
            known_pack("pyfaceau").files.front().versions.back().sha256);
  EXPECT_EQ(store.remembered(packs_ / "no such file"), "");
  std::ofstream(packs_ / "pfld.onnx", std::ios::in | std::ios::binary) << "y";
  EXPECT_EQ(store.remembered(packs_ / "pfld.onnx"), "");
}

TEST_F(RememberedPack, WithoutAFolderNothingIsRemembered) {
  EXPECT_THAT(error_of([&] { ModelStore({packs_}).pack("pfld"); }).what(),
              HasSubstr("is not as published"));
}

TEST_F(RememberedPack, AnAlteredFileIsReadAgain) {
  std::ofstream(packs_ / "pfld.onnx", std::ios::in | std::ios::binary) << "y";
  ModelStore store({packs_}, false, cache_);
  EXPECT_NO_THROW(store.pack("retinaface"));
  EXPECT_THAT(error_of([&] { store.pack("pfld"); }).what(),
              HasSubstr(sha256_of_file(packs_ / "pfld.onnx")));
}

// A hash that went wrong once must not make a sound file useless for good.
TEST_F(RememberedPack, WhatIsRememberedAccusesNoFile) {
  AURIGA_NEEDS("models/onnx");
  for (const PackFile& file : known_pack("pyfaceau").files)
    for (const FileVersion& version : file.versions)
      if (fs::exists(test::test_data() / "models/onnx" / version.path)) {
        fs::copy_file(test::test_data() / "models/onnx" / version.path, packs_ / version.path,
                      fs::copy_options::overwrite_existing);
        remember(packs_ / version.path, std::string(64, 'a'));
      }
  ModelStore store({packs_}, false, cache_);
  EXPECT_EQ(store.file("pfld"), packs_ / "pfld.onnx");
  EXPECT_EQ(store.used().at(0).sha256, sha256_of_file(packs_ / "pfld.onnx"));
}

TEST_F(RememberedPack, WhatWasHashedIsRememberedForTheNextStore) {
  AURIGA_NEEDS("models/openface-2.2");
  const fs::path models = test::test_data() / "models", file = cache_ / "verified-models.txt";
  ModelStore({models}, false, cache_).pack("au");
  const HashTable after = parse_hashes(test::read_text(file));
  const std::size_t files = ModelStore({models}, true).pack("au").files("au").size();
  EXPECT_THAT(after, SizeIs(hashes_.size() + files)) << "the others are kept";
  // The next one has read nothing and so writes nothing.
  const FileState before = state_of(file).value();
  ModelStore({models}, false, cache_).pack("au");
  EXPECT_EQ(state_of(file).value(), before);
}

}  // namespace
}  // namespace auriga
