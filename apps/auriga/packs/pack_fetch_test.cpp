#include "packs/pack_fetch.hpp"

#include <csignal>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include "auriga/error.hpp"

#include "packs/fake_packs.hpp"
#include "packs/fake_server.hpp"
#include "packs/pack_staging.hpp"
#include "support/golden.hpp"

namespace auriga::app {
namespace {

namespace fs = std::filesystem;
using test::ServedFile;
using test::SmallPack;
using test::TestServer;
using testing::AllOf;
using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;
using testing::StartsWith;

constexpr const char* kOne = "/models/part/one.bin";
constexpr const char* kTwo = "/models/two%20words.bin";
constexpr const char* kBig = "/models/part/big.dat";

class FetchTest : public testing::Test {
 protected:
  std::map<std::string, ServedFile> served() const {
    return {{kOne, {small_.one}},
            {kTwo, {small_.two}},
            {kBig, {small_.big}},
            {"/models/NOTES", {small_.notes}}};
  }
  FetchedPack fetch(const std::vector<std::string>& sources) {
    FetchOptions options;
    options.to = to_;
    for (const std::string& source : sources) options.sources.push_back(source + "/models");
    return fetch_pack(small_.manifest, options);
  }
  Error error(const std::vector<std::string>& sources) {
    try {
      fetch(sources);
    } catch (const Error& error) {
      return error;
    }
    ADD_FAILURE() << "no error";
    return {ErrorCode::usage, ""};
  }
  void expect_complete() {
    for (const auto& [path, content] : small_.files)
      EXPECT_TRUE(test::read_text(target_ / path) == content) << path;
    expect_no_leftovers();
  }
  void expect_no_leftovers() { EXPECT_FALSE(fs::exists(staging_)); }
  void expect_nothing_installed() { EXPECT_FALSE(fs::exists(target_)); }

  const SmallPack small_;
  test::TemporaryFolder folder_;
  const fs::path to_ = folder_.path() / "data/models", target_ = to_ / "small",
                 staging_ = to_ / ".small.part";
};

TEST_F(FetchTest, AWholePackAndNothingTheSecondTime) {
  TestServer server(served());
  const FetchedPack first = fetch({server.address()});
  expect_complete();
  EXPECT_THAT(first.added, SizeIs(4));
  EXPECT_EQ(first.lost, "");
  EXPECT_TRUE(first.pack.has("main") && first.pack.has("big"));
  const auto requests = server.requests();
  EXPECT_THAT(requests, SizeIs(4));
  EXPECT_THAT(fetch({server.address()}).added, IsEmpty());
  EXPECT_THAT(server.requests(), SizeIs(4));
}

TEST_F(FetchTest, ProgressEndsWithAllBytes) {
  TestServer server(served());
  FetchOptions options;
  options.to = to_;
  options.sources = {server.address() + "/models"};
  FetchProgress last;
  bool backwards = false;
  options.progress = [&](const FetchProgress& now) {
    backwards |= now.bytes < last.bytes;
    last = now;
  };
  fetch_pack(small_.manifest, options);
  EXPECT_FALSE(backwards);
  EXPECT_EQ(last.bytes, last.bytes_expected);
  EXPECT_EQ(last.bytes,
            small_.one.size() + small_.two.size() + small_.big.size() + small_.notes.size());
}

TEST_F(FetchTest, DroppedConnectionsAreResumed) {
  auto files = served();
  files[kOne].drop_after = 70000;
  TestServer server(files);
  fetch({server.address()});
  expect_complete();
  EXPECT_THAT(server.requests(), AllOf(Contains(std::string(kOne) + " bytes=70000-"),
                                       Contains(std::string(kOne) + " bytes=280000-")));
}

TEST_F(FetchTest, WithoutRangesItBeginsAgain) {
  auto files = served();
  files[kOne].drop_after = 70000;
  files[kOne].drops = 1;
  files[kOne].ranges = false;
  TestServer server(files);
  fetch({server.address()});
  expect_complete();
}

TEST_F(FetchTest, WhatAServerThatGoesAwayLeftIsUsedByTheNextCommand) {
  auto files = served();
  files[kTwo].drop_after = 50000;
  files[kTwo].goes_away = true;
  TestServer gone(files), server(served());
  const Error failed = error({gone.address()});
  EXPECT_EQ(failed.code(), ErrorCode::model);
  EXPECT_THAT(failed.what(), AllOf(HasSubstr("two%20words.bin"), HasSubstr("503"),
                                   HasSubstr("nothing was installed"),
                                   HasSubstr("models import DIR --pack small")));
  expect_nothing_installed();
  EXPECT_THAT(find_packs(to_), IsEmpty());
  fetch({server.address()});
  expect_complete();
  EXPECT_THAT(server.requests(), AllOf(Not(Contains(StartsWith(kOne))), Not(Contains(kTwo)),
                                       Contains(std::string(kTwo) + " bytes=50000-")));
}

TEST_F(FetchTest, AWrongBeginningCostsOneMoreDownload) {
  StagedFile(staging_ / "part/one.bin.incomplete").write(std::string(100000, 'x'));
  TestServer server(served());
  fetch({server.address()});
  expect_complete();
  EXPECT_THAT(server.requests(),
              AllOf(Contains(std::string(kOne) + " bytes=100000-"), Contains(std::string(kOne))));
}

TEST_F(FetchTest, WrongRestsOfResumedFilesAreNoticed) {
  auto files = served();
  files[kOne].drop_after = 70000;
  files[kOne].drops = 1;
  files[kOne].damaged = std::string(230000, 'x');
  TestServer bad(files), good(served());
  const Error failed = error({bad.address()});
  EXPECT_THAT(failed.what(), HasSubstr("SHA-256"));
  expect_nothing_installed();
  fetch({bad.address(), good.address()});
  expect_complete();
}

TEST_F(FetchTest, TheNextMirrorHelps) {
  // Each file is wrong in another way at the first three; the fourth is not even there.
  auto wrong_hash = served(), wrong_size = served(), error_pages = served();
  wrong_hash[kOne].content.back() ^= 1;
  wrong_hash[kTwo].content += "more";
  wrong_size[kOne].content.pop_back();
  wrong_size[kTwo].content.resize(10);
  error_pages[kOne].status = 403;
  error_pages.erase(kTwo);
  TestServer first(wrong_hash), second(wrong_size), third(error_pages), last(served());
  std::string gone;
  { gone = TestServer({}).address(); }
  fetch({gone, first.address(), second.address(), third.address(), last.address()});
  expect_complete();

  fs::remove_all(to_);
  const Error failed = error({gone, first.address(), second.address(), third.address()});
  EXPECT_EQ(failed.code(), ErrorCode::model);
  EXPECT_THAT(
      failed.what(),
      AllOf(HasSubstr(gone + kOne), HasSubstr(first.address() + kOne + ": expected SHA-256"),
            HasSubstr(second.address() + kOne + ": expected 300000 bytes, found 299999"),
            HasSubstr("403")));
  expect_nothing_installed();
  expect_no_leftovers();
}

TEST_F(FetchTest, NeverMoreThanThePublishedSizeIsWritten) {
  auto files = served();
  files[kOne].content += std::string(5000000, 'x');
  TestServer server(files);
  EXPECT_THAT(error({server.address()}).what(), HasSubstr("expected 300000 bytes, found more"));
  expect_nothing_installed();
}

TEST_F(FetchTest, AnAcceptedEqualServes) {
  auto files = served();
  files.erase(kTwo);
  files["/models/equal.bin"] = {small_.equal};
  TestServer server(files);
  const FetchedPack pack = fetch({server.address()});
  EXPECT_TRUE(pack.pack.has("main"));
  EXPECT_TRUE(test::read_text(target_ / "equal.bin") == small_.equal);
}

TEST_F(FetchTest, OptionalFilesMayBeMissing) {
  auto files = served();
  files.erase(kBig);
  TestServer server(files);
  const FetchedPack pack = fetch({server.address()});
  EXPECT_TRUE(pack.pack.has("main"));
  EXPECT_FALSE(pack.pack.has("big"));
  EXPECT_EQ(pack.lost, "");
  expect_no_leftovers();
}

TEST_F(FetchTest, AnOptionalFileThatIsCutOffGoesOnLater) {
  auto files = served();
  files[kBig].drop_after = 150000;
  files[kBig].goes_away = true;
  TestServer server(files);
  const FetchedPack cut = fetch({server.address()});
  EXPECT_TRUE(cut.pack.has("main"));
  EXPECT_FALSE(cut.pack.has("big"));
  EXPECT_THAT(cut.lost, HasSubstr("big.dat"));
  // Its content has no published hash: another address may have another file, and begins anew.
  TestServer other(served());
  other.serve(kBig, {.content = small_.big, .status = 503});
  EXPECT_THAT(fetch({other.address()}).lost, HasSubstr("big.dat"));
  EXPECT_THAT(other.requests(), Not(Contains(HasSubstr("bytes="))));
  server.serve(kBig, {small_.big});
  const std::size_t before = server.requests().size();
  EXPECT_EQ(fetch({server.address()}).lost, "");
  expect_complete();
  EXPECT_EQ(server.requests().at(before), std::string(kBig) + " bytes=150000-");
}

TEST_F(FetchTest, RedirectsAreFollowedButNotToFiles) {
  TestServer target(served());
  auto files = served();
  files[kOne] = {.content = "", .redirect = target.address() + kOne};
  TestServer server(files);
  fetch({server.address()});
  expect_complete();
  fs::remove_all(to_);
  server.serve(kOne, {.content = "", .redirect = "file:///etc/hostname"});
  EXPECT_EQ(error({server.address()}).code(), ErrorCode::model);
  server.serve(kOne, {.content = "", .redirect = server.address() + kOne});
  EXPECT_THAT(error({server.address()}).what(), HasSubstr("redirects"));
}

TEST_F(FetchTest, AnExistingPackIsCompletedAndMended) {
  StagedFile(target_ / "part/one.bin").write("damaged");
  StagedFile(target_ / "mine.txt").write("keep me");
  StagedFile(target_ / "two words.bin").write(small_.two);
  TestServer server(served());
  EXPECT_THAT(fetch({server.address()}).added, SizeIs(3));
  expect_complete();
  EXPECT_EQ(test::read_text(target_ / "mine.txt"), "keep me");
}

TEST_F(FetchTest, AFullDiskInstallsNothingAndLeavesNothing) {
  TestServer server(served());
  // A limit on the size of files stands in for the full disk.
  rlimit before;
  getrlimit(RLIMIT_FSIZE, &before);
  rlimit small = before;
  small.rlim_cur = 100000;
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  setrlimit(RLIMIT_FSIZE, &small);
  const Error failed = error({server.address()});
  setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, handler);
  EXPECT_EQ(failed.code(), ErrorCode::output);
  EXPECT_THAT(failed.what(), AllOf(HasSubstr("one.bin"), HasSubstr("--to")));
  expect_nothing_installed();
  expect_no_leftovers();
}

TEST_F(FetchTest, OneAtATime) {
  TestServer server(served());
  {
    const PackStaging other(small_.manifest, to_);
    EXPECT_THAT(error({server.address()}).what(), HasSubstr("another auriga"));
  }
  fetch({server.address()});
  expect_complete();
}

TEST_F(FetchTest, WithoutSourcesItSaysHowToGetThePackByHand) {
  EXPECT_THAT(error({}).what(), AllOf(HasSubstr("make it"), HasSubstr("--from URL"),
                                      HasSubstr("auriga models import DIR --pack small")));
  FetchOptions options;
  options.to = to_;
  options.sources = {"file:///etc"};
  EXPECT_THROW(fetch_pack(small_.manifest, options), Error);
  EXPECT_FALSE(fs::exists(to_));
}

TEST_F(FetchTest, SourcesOfTheManifest) {
  TestServer server(served()), other({{"/get", {small_.one}}});
  PackManifest manifest = small_.manifest;
  manifest.sources = {server.address() + "/models/{path}"};
  manifest.files[0].sources = {other.address() + "/get?file={path}"};
  other.serve("/get?file=part/one.bin", {small_.one});
  FetchOptions options;
  options.to = to_;
  fetch_pack(manifest, options);
  expect_complete();
  EXPECT_THAT(other.requests(), SizeIs(1));
  EXPECT_THAT(server.requests(), Not(Contains(kOne)));
}

}  // namespace
}  // namespace auriga::app
