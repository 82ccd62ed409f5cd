#include "packs/pack_fetch.hpp"

#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <map>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <zip.h>

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
    options_.to = to_;
    options_.limits.pause = std::chrono::milliseconds(50);
    options_.sources.clear();
    for (const std::string& source : sources) options_.sources.push_back(source + "/models");
    return fetch_pack(small_.manifest, options_);
  }
  // What an attempt that broke off left of the first file.
  void stage_beginning(std::size_t bytes) {
    StagedFile(staging_ / "part/one.bin.incomplete").write(small_.one.substr(0, bytes));
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

  FetchOptions options_;
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
  EXPECT_THAT(pack.missing, HasSubstr("big.dat: the server answers with status 404"));
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

TEST_F(FetchTest, SeveralConnectionsAtATime) {
  auto files = served();
  for (auto& [path, file] : files) {
    file.chunk = file.content.size() / 20 + 1;
    file.pause = std::chrono::milliseconds(20);
  }
  TestServer server(files);
  fetch({server.address()});
  expect_complete();
  EXPECT_EQ(server.most_at_once(), 2) << "what the pack needs, then the rest";
  fs::remove_all(to_);
  TestServer other(files);
  options_.limits.connections = 1;
  fetch({other.address()});
  EXPECT_EQ(other.most_at_once(), 1);
}

// File-sharing services send such pages instead of a file that is gone.
TEST_F(FetchTest, APageInsteadOfAFileIsSaidInWordsAndTheNextAddressAsked) {
  for (const bool announces : {true, false}) {
    auto pages = served();
    pages[kOne] = {.content = std::string(5000, 'x'), .ranges = false};
    pages[kOne].type = "text/html; charset=utf-8";
    pages[kOne].announces = announces;
    TestServer first(pages), second(served());
    EXPECT_THAT(
        error({first.address()}).what(),
        AllOf(HasSubstr(kOne + std::string(": expected 300000 bytes, found ")),
              HasSubstr(announces ? "found 5000: a web page instead of the file"
                                  : "found none announced: a web page instead of the file")));
    expect_nothing_installed();
    fs::remove_all(to_);
    // And it does not cost what is there.
    stage_beginning(100000);
    fetch({first.address(), second.address()});
    expect_complete();
    EXPECT_THAT(second.requests(), Contains(std::string(kOne) + " bytes=100000-"));
    fs::remove_all(to_);
  }
}

TEST_F(FetchTest, AServerThatIsTooSlowIsGivenUp) {
  auto slow = served();
  slow[kOne].chunk = 1;
  slow[kOne].pause = std::chrono::milliseconds(20);
  TestServer first(slow), second(served());
  options_.limits.least_rate = 1000;
  options_.limits.patience = std::chrono::milliseconds(300);
  EXPECT_THAT(error({first.address()}).what(),
              AllOf(HasSubstr(kOne), HasSubstr("bytes in 0 s, which is too slow")));
  fetch({first.address(), second.address()});
  expect_complete();
  // The little that came is used.
  EXPECT_THAT(second.requests(), Contains(StartsWith(std::string(kOne) + " bytes=")));
}

TEST_F(FetchTest, AServerThatSendsNothingIsGivenUp) {
  auto silent = served();
  silent[kOne].chunk = 100000;
  silent[kOne].pause = std::chrono::milliseconds(1500);
  TestServer first(silent), second(served());
  options_.limits.patience = std::chrono::milliseconds(300);
  fetch({first.address(), second.address()});
  expect_complete();
  EXPECT_THAT(second.requests(), Contains(std::string(kOne) + " bytes=100000-"));
}

TEST_F(FetchTest, AServerThatDoesNotAnswerIsNotAskedForEveryFile) {
  auto silent = served();
  for (auto& [path, file] : silent) file.thinks = std::chrono::seconds(60);
  TestServer first(silent), second(served());
  options_.limits.patience = std::chrono::milliseconds(200);
  options_.limits.connections = 1;
  fetch({first.address(), second.address()});
  expect_complete();
  EXPECT_THAT(first.requests(), SizeIs(testing::Le(4))) << "twice for the first file";
  fs::remove_all(to_);
  EXPECT_THAT(error({first.address()}).what(), HasSubstr("one.bin: no answer in 0 s"));
}

TEST_F(FetchTest, ALongerFileIsRefusedBeforeTheFirstByte) {
  auto longer = served();
  longer[kOne].content += "x";
  TestServer first(longer), second(served());
  EXPECT_THAT(error({first.address()}).what(),
              HasSubstr("expected 300000 bytes, found more (300001)"));
  EXPECT_FALSE(fs::exists(staging_ / "part"));
  stage_beginning(100000);
  EXPECT_THAT(error({first.address()}).what(),
              HasSubstr("expected the 300000 bytes from 100000 on, found 'bytes 100000-"));
  fetch({first.address(), second.address()});
  expect_complete();
  EXPECT_THAT(second.requests(), Contains(std::string(kOne) + " bytes=100000-"));
}

// One that announces nothing is believed as far as the published size.
TEST_F(FetchTest, WithoutALengthTheContentDecides) {
  auto files = served();
  files[kOne].announces = false;
  TestServer good(files);
  fetch({good.address()});
  expect_complete();
  fs::remove_all(to_);
  files[kOne].content += "x";
  files[kOne].ranges = false;
  TestServer longer(files), again(served());
  stage_beginning(100000);
  EXPECT_THAT(error({longer.address()}).what(), HasSubstr("expected 300000 bytes, found more"));
  fetch({longer.address(), again.address()});
  expect_complete();
}

TEST_F(FetchTest, ConnectionsThatAreResetAreResumed) {
  auto files = served();
  files[kOne].drop_after = 70000;
  files[kOne].drops = 2;
  files[kOne].resets = true;
  files[kOne].chunk = 10000;
  files[kOne].pause = std::chrono::milliseconds(5);
  TestServer server(files);
  fetch({server.address()});
  expect_complete();
}

TEST_F(FetchTest, WhatIsLeftOutIsNotAskedFor) {
  TestServer server(served());
  options_.without = {"big"};
  fetch({server.address()});
  EXPECT_THAT(server.requests(), Not(Contains(StartsWith(kBig))));
  EXPECT_FALSE(fs::exists(target_ / "part/big.dat"));
  EXPECT_TRUE(fs::exists(target_ / "NOTES"));
  for (const char* part : {"main", "nonsense"}) {
    options_.without = {part};
    const Error failed = error({server.address()});
    EXPECT_EQ(failed.code(), ErrorCode::usage);
    EXPECT_THAT(failed.what(), AllOf(HasSubstr(part), HasSubstr("without (big, extra)")));
  }
  PackManifest manifest = small_.manifest;
  manifest.not_fetched = {"extra"};
  FetchOptions options;
  options.to = folder_.path() / "other";
  options.sources = {server.address() + "/models"};
  fetch_pack(manifest, options);
  EXPECT_FALSE(fs::exists(options.to / "small/NOTES"));
  EXPECT_TRUE(fs::exists(options.to / "small/part/big.dat"));
}

TEST_F(FetchTest, WhatOthersHaveIsNotFetched) {
  const fs::path theirs = folder_.path() / "theirs";
  StagedFile(theirs / "part/one.bin").write(small_.one);
  StagedFile(theirs / "two words.bin").write(std::string(small_.two.size(), 'x'));
  StagedFile(theirs / "part/big.dat").write(small_.big);  // nobody knows its hash
  TestServer server(served());
  options_.elsewhere = {folder_.path() / "nothing", theirs};
  const FetchedPack pack = fetch({server.address()});
  EXPECT_THAT(pack.elsewhere, SizeIs(1));
  EXPECT_THAT(server.requests(),
              AllOf(Not(Contains(StartsWith(kOne))), Contains(kTwo), Contains(kBig)));
  EXPECT_FALSE(fs::exists(target_ / "part/one.bin"));
}

TEST_F(FetchTest, WhatIsBrokenOffGoesOn) {
  auto files = served();
  files[kOne].chunk = 10000;
  files[kOne].pause = std::chrono::milliseconds(30);
  TestServer slow(files), server(served());
  std::atomic<bool> stop = false;
  options_.stop = [&stop] { return stop.load(); };
  options_.progress = [&](const FetchProgress& progress) {
    stop = progress.bytes > small_.two.size() + 100000;
  };
  const FetchedPack broken_off = fetch({slow.address()});
  EXPECT_TRUE(broken_off.stopped);
  EXPECT_THAT(broken_off.added, IsEmpty());
  expect_nothing_installed();
  EXPECT_TRUE(fetch_waits(small_.manifest, to_));
  options_.progress = nullptr;
  stop = false;
  EXPECT_FALSE(fetch({server.address()}).stopped);
  expect_complete();
  EXPECT_FALSE(fetch_waits(small_.manifest, to_));
  EXPECT_THAT(server.requests(), AllOf(Contains(StartsWith(std::string(kOne) + " bytes=")),
                                       Not(Contains(StartsWith(kTwo)))));
}

TEST_F(FetchTest, ADiskWithoutRoomIsFoundBeforeTheFirstByte) {
  TestServer server(served());
  PackManifest manifest = small_.manifest;
  manifest.files[1].versions[0].size = std::uintmax_t{1} << 60;
  FetchOptions options;
  options.to = to_;
  options.sources = {server.address() + "/models"};
  try {
    fetch_pack(manifest, options);
    ADD_FAILURE() << "no error";
  } catch (const Error& failed) {
    EXPECT_EQ(failed.code(), ErrorCode::output);
    EXPECT_THAT(failed.what(), AllOf(HasSubstr("MB are free"), HasSubstr("--to DIR")));
  }
  EXPECT_THAT(server.requests(), IsEmpty());
  expect_no_leftovers();
}

// OpenSSL's test server, with a certificate that nobody vouches for. Each file that it serves is a
// whole answer with its head.
class SecureServer {
 public:
  explicit SecureServer(const fs::path& folder) : folder_(folder) {
    fs::create_directories(folder);
    const std::string go = "cd '" + folder.string() + "' && ";
    const std::string certificate =
        "openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out cert.pem -days 2 "
        "-subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1 2>/dev/null";
    if (std::system((go + certificate).c_str()) != 0) return;
    const std::string server =
        "exec openssl s_server -accept 127.0.0.1:0 -cert cert.pem -key key.pem -HTTP 2>/dev/null";
    int output[2];
    if (pipe(output) != 0) return;
    process_ = fork();
    if (process_ == 0) {
      dup2(output[1], STDOUT_FILENO);
      execl("/bin/sh", "sh", "-c", (go + server).c_str(), nullptr);
      _exit(127);
    }
    close(output[1]);
    output_ = output[0];
    std::string said;
    const std::string accept = "ACCEPT 127.0.0.1:";
    char letter = 0;
    while (read(output_, &letter, 1) == 1) {
      said += letter;
      const auto at = said.find(accept);
      if (letter == '\n' && at != std::string::npos) {
        port_ = said.substr(at + accept.size());
        port_.pop_back();
        return;
      }
    }
  }
  ~SecureServer() {
    if (process_ <= 0) return;
    kill(process_, SIGTERM);
    waitpid(process_, nullptr, 0);
    close(output_);
  }
  SecureServer(const SecureServer&) = delete;
  SecureServer& operator=(const SecureServer&) = delete;

  bool runs() const { return !port_.empty(); }
  std::string address() const { return "https://127.0.0.1:" + port_; }
  fs::path certificate() const { return folder_ / "cert.pem"; }
  void serve(const std::string& path, const std::string& head, const std::string& content = {}) {
    StagedFile(folder_ / path.substr(1)).write("HTTP/1.0 " + head + "\r\n\r\n" + content);
  }

 private:
  fs::path folder_;
  pid_t process_ = -1;
  int output_ = -1;
  std::string port_;
};

TEST_F(FetchTest, SecureConnectionsAreVerifiedAndStaySecure) {
  SecureServer secure(folder_.path() / "secure");
  if (!secure.runs()) GTEST_SKIP() << "no openssl to serve with";
  TestServer open(served());
  secure.serve("/models/part/one.bin", "302 Found\r\nLocation: " + open.address() + kOne);
  PackManifest manifest = small_.manifest;
  manifest.files.resize(1);
  FetchOptions options;
  options.to = to_;
  options.limits.pause = std::chrono::milliseconds(50);
  options.sources = {secure.address() + "/models"};
  const auto refusal = [&] {
    try {
      fetch_pack(manifest, options);
    } catch (const Error& failed) {
      return std::string(failed.what());
    }
    return std::string("none");
  };
  EXPECT_THAT(refusal(), AllOf(HasSubstr("no secure connection to 127.0.0.1:"),
                               HasSubstr("certificate"), HasSubstr("SSL_CERT_FILE=FILE")));
  unsetenv("CURL_CA_BUNDLE");
  setenv("SSL_CERT_FILE", secure.certificate().c_str(), 1);
  EXPECT_THAT(refusal(), HasSubstr("it leads to an address that is not https"));
  EXPECT_THAT(open.requests(), IsEmpty());
  secure.serve("/models/part/one.bin", "200 OK", small_.one);
  EXPECT_EQ(refusal(), "none");
  unsetenv("SSL_CERT_FILE");
  EXPECT_TRUE(test::read_text(target_ / "part/one.bin") == small_.one);
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

// A pack of which one file is made of a member of an archive, and nothing else has an address.
class ArchiveTest : public testing::Test {
 protected:
  ArchiveTest() {
    manifest_.name = "small";
    manifest_.by_hand = "make it";
    manifest_.components = {{"main", "all"}, {"made", "more"}, {"extra", "unused"}};
    manifest_.optional = {"made", "extra"};
    manifest_.files = {{"main", {test::version_of("main.bin", "main")}, {}},
                       {"made", {test::version_of("made.bin", "made of member")}, {}}};
  }
  static std::string zip_of(const std::map<std::string, std::string>& members) {
    const test::TemporaryFolder folder;
    const fs::path file = folder.path() / "archive.zip";
    zip_t* archive = zip_open(file.c_str(), ZIP_CREATE | ZIP_TRUNCATE, nullptr);
    for (const auto& [name, content] : members)
      zip_file_add(archive, name.c_str(),
                   zip_source_buffer(archive, content.data(), content.size(), 0), 0);
    EXPECT_EQ(zip_close(archive), 0);
    return test::read_text(file);
  }
  // What the address has and the manifest knows to be the archive.
  FetchedPack fetch(const std::string& archive, const std::string& served = {}) {
    TestServer server({{"/there/archive.zip", {served.empty() ? archive : served}}});
    manifest_.files[1].archive = {test::version_of("archive.zip", archive),
                                  {server.address() + "/there/archive.zip"},
                                  test::version_of("member.bin", "member")};
    FetchOptions options;
    options.to = folder_.path();
    options.convert = [this](const std::string& from, std::string_view content) {
      EXPECT_EQ(from, "member.bin");
      if (prefix_.empty()) throw Error(ErrorCode::model, "cannot be converted");
      return prefix_ + std::string(content);
    };
    return fetch_pack(manifest_, options);
  }
  bool is_there() const { return fs::exists(folder_.path() / "small/made.bin"); }

  PackManifest manifest_;
  std::string prefix_ = "made of ";  // of what the converter makes; empty: it fails
  const test::TemporaryFolder folder_;
};

TEST_F(ArchiveTest, IsUnpackedAndConverted) {
  const std::string archive = zip_of({{"other", "xxxxxx"}, {"folder/member.bin", "member"}});
  const FetchedPack fetched = fetch(archive);
  EXPECT_EQ(fetched.missing + fetched.lost, "");
  EXPECT_THAT(fetched.added, SizeIs(1));
  EXPECT_EQ(test::read_text(folder_.path() / "small/made.bin"), "made of member");
  for (const auto& entry : fs::recursive_directory_iterator(folder_.path()))
    EXPECT_TRUE(entry.is_directory() || entry.path().filename() == "made.bin") << entry.path();
  EXPECT_THAT(fetch(archive).added, IsEmpty());
}

TEST_F(ArchiveTest, WhatIsWrongWithItIsSaid) {
  const auto missing = [&](const std::string& archive, const std::string& served = {}) {
    const FetchedPack fetched = fetch(archive, served);
    EXPECT_FALSE(is_there());
    return fetched.missing;
  };
  const std::string good = zip_of({{"member.bin", "member"}});
  EXPECT_THAT(missing("no archive"), HasSubstr("expected a folder or a ZIP file, found another"));
  EXPECT_THAT(missing(good.substr(0, good.size() / 2)), HasSubstr("ZIP file"));
  EXPECT_THAT(missing(zip_of({{"member.txt", "member"}})),
              HasSubstr("expected member.bin of 6 bytes in it, found none"));
  EXPECT_THAT(missing(zip_of({{"member.bin", "mem"}})), HasSubstr("found none"));
  EXPECT_THAT(missing(zip_of({{"member.bin", "MEMBER"}})),
              HasSubstr("member.bin in it: expected SHA-256"));
  std::string damaged = good;
  damaged[40] ^= 1;
  EXPECT_THAT(missing(good, damaged), HasSubstr("archive.zip: expected SHA-256"));
  prefix_ = "other ";
  EXPECT_THAT(missing(good), HasSubstr("made.bin made of it: expected SHA-256"));
  prefix_ = "";
  EXPECT_THAT(missing(good), HasSubstr("cannot be converted"));
}

}  // namespace
}  // namespace auriga::app
