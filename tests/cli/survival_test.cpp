// Whatever the machine does, results are whole or absent: full and closed streams, signals, kills,
// limits.
#include <chrono>
#include <csignal>
#include <cstdint>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/command.hpp"
#include "files/part_name.hpp"
#include "files/written_file.hpp"
#include "support/golden.hpp"

namespace auriga {
namespace {

namespace fs = std::filesystem;
using test::Outcome;
using test::read_text;
using test::write_text;
using testing::AnyOf;
using testing::HasSubstr;

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kHasOwnMemory = false;  // sanitizers need memory and threads of their own
#else
constexpr bool kHasOwnMemory = true;
#endif

class Survival : public testing::Test {
 protected:
  std::string at(const std::string& name) const { return (folder_.path() / name).string(); }

  // `redirections` as a shell has them.
  Outcome redirected(const std::vector<std::string>& arguments, const std::string& redirections) {
    std::vector<std::string> command = {"sh", "-c", "exec \"$0\" \"$@\" " + redirections,
                                        AURIGA_COMMAND};
    command.insert(command.end(), arguments.begin(), arguments.end());
    return test::program(command);
  }

  std::vector<std::string> extract(std::vector<std::string> inputs,
                                   const std::vector<std::string>& options = {}) {
    inputs.insert(inputs.begin(), "extract");
    inputs.insert(inputs.end(), {"--preset", "open", "--models", test::open_pack().string(),
                                 "--out-dir", at("out")});
    inputs.insert(inputs.end(), options.begin(), options.end());
    return inputs;
  }

  // `prepare` is called in the new process.
  pid_t start(const std::vector<std::string>& arguments, const std::function<void()>& prepare) {
    std::vector<std::string> command = {AURIGA_COMMAND};
    command.insert(command.end(), arguments.begin(), arguments.end());
    std::vector<char*> words;
    for (std::string& word : command) words.push_back(word.data());
    words.push_back(nullptr);
    const pid_t child = fork();
    if (child != 0) return child;
    const int null = open("/dev/null", O_RDWR);
    for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) dup2(null, stream);
    prepare();
    execv(words[0], words.data());
    _exit(127);
  }
  static int wait(pid_t child) {
    int status = 0;
    waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }

  // A video that takes some seconds.
  std::string long_video(int times = 60) {
    const std::string video = at("long.mp4");
    const Outcome made = test::program({"ffmpeg", "-v", "error", "-nostdin", "-stream_loop",
                                        std::to_string(times), "-i", demo_, "-c", "copy", video});
    EXPECT_EQ(made.exit_code, 0) << made.err;
    return video;
  }

  std::vector<std::string> parts() const {
    std::vector<std::string> found;
    std::error_code failed;
    for (fs::directory_iterator entry(folder_.path() / "out", failed), end; !failed && entry != end;
         entry.increment(failed))
      if (entry->path().filename().string().find(".part-") != std::string::npos)
        found.push_back(entry->path().filename().string());
    return found;
  }

  // When the run has begun to write.
  void wait_for_parts() const {
    for (int i = 0; i < 600 && parts().empty(); ++i)
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
  }

  const std::string demo_ = (test::repository() / "examples/demo.mp4").string();
  test::TemporaryFolder folder_;
};

TEST_F(Survival, LostOutputIsAnErrorWhereItIsTheResult) {
  write_text(at("a.csv"), "frame,timestamp,AU12_r\n1,0,0.5\n2,0.04,1.5\n");
  for (const std::vector<std::string>& command : {std::vector<std::string>{"summary", at("a.csv")},
                                                  {"summary", at("a.csv"), "--json"},
                                                  {"compare", at("a.csv"), at("a.csv")},
                                                  {"compare", at("a.csv"), at("a.csv"), "--json"},
                                                  {"--help"},
                                                  {"extract", "--help"},
                                                  {"openface", "--help"},
                                                  {"models", "path"},
                                                  {"--version"}}) {
    const Outcome whole = redirected(command, "");
    EXPECT_EQ(whole.exit_code, 0) << command.front() << whole.err;
    for (const char* where : {">/dev/full", ">&-"}) {
      const Outcome lost = redirected(command, where);
      EXPECT_EQ(lost.exit_code, 5) << command.front() << ' ' << where << lost.err;
      EXPECT_THAT(lost.err, HasSubstr("standard output")) << command.front() << ' ' << where;
    }
    // Whoever stops reading wants no more, and no words about it.
    std::vector<std::string> unread = {
        "bash", "-c", "(sleep 0.2; exec \"$0\" \"$@\") | true; exit ${PIPESTATUS[0]}",
        AURIGA_COMMAND};
    unread.insert(unread.end(), command.begin(), command.end());
    const Outcome outcome = test::program(unread);
    EXPECT_EQ(outcome.exit_code, 5) << command.front();
    EXPECT_EQ(outcome.err, "") << command.front();
    EXPECT_EQ(redirected(command, "2>/dev/full").exit_code, 0) << command.front();
    EXPECT_EQ(redirected(command, "2>&-").exit_code, 0) << command.front();
  }
  EXPECT_EQ(redirected({"summary", at("none.csv")}, "2>/dev/full").exit_code, 3);
  EXPECT_EQ(redirected({"summary", at("none.csv")}, ">&- 2>&- <&-").exit_code, 3);
}

TEST_F(Survival, LostMessagesCostNothingElse) {
  AURIGA_NEEDS_OPEN_PACK();
  write_text(at("empty.mp4"), "");
  for (const char* name : {"a.mp4", "b.mp4"}) fs::copy_file(demo_, at(name));
  const auto arguments = extract({at("empty.mp4"), at("a.mp4"), at("b.mp4")});
  for (const char* where : {"2>/dev/full", "2>&-", ">/dev/full", ">&-", "<&- >&- 2>&-"}) {
    fs::remove_all(at("out"));
    EXPECT_EQ(redirected(arguments, where).exit_code, 3) << where;
    EXPECT_EQ(test::Table(at("out/a.csv")).rows(), 90u) << where;
    EXPECT_TRUE(read_text(at("out/a.csv")) == read_text(at("out/b.csv"))) << where;
  }
  auto with_json = extract({at("a.mp4")}, {"--json"});
  EXPECT_EQ(redirected(with_json, ">/dev/full").exit_code, 5);
  EXPECT_EQ(redirected(with_json, "2>/dev/full").exit_code, 0);
}

// fmt::print and streams throw, or fail for good, where standard error is full.
TEST(Messages, GoThroughTheConsole) {
  for (const auto& entry :
       fs::recursive_directory_iterator(test::repository() / "apps" / "auriga")) {
    const std::string name = entry.path().filename().string();
    if (!name.ends_with(".cpp") || name.ends_with("_test.cpp")) continue;
    const std::string text = read_text(entry.path());
    for (const char* words : {"print(stderr", "std::cerr", "fputs(", "perror("})
      EXPECT_EQ(text.find(words), std::string::npos) << name << " has " << words;
  }
}

TEST_F(Survival, OneRequestToStopLeavesTheRowsSoFar) {
  AURIGA_NEEDS_OPEN_PACK();
  const std::string video = long_video();
  for (const std::vector<int>& signals : {std::vector<int>{SIGTERM},
                                          {SIGTERM, SIGTERM},
                                          {SIGHUP},
                                          {SIGHUP, SIGTERM},
                                          {SIGXCPU, SIGXCPU, SIGXCPU},
                                          {SIGINT}}) {
    fs::remove_all(at("out"));
    const pid_t run = start(extract({video}, {"--hog", "--quiet"}), [] {
      for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGXCPU}) std::signal(signal, SIG_DFL);
    });
    wait_for_parts();
    for (const int signal : signals) {
      kill(run, signal);
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    EXPECT_EQ(wait(run), 1) << signals.front() << ' ' << signals.size();
    EXPECT_THAT(parts(), testing::IsEmpty());
    EXPECT_GT(test::Table(at("out/long.csv")).rows(), 0u);
    const auto manifest = nlohmann::json::parse(read_text(at("out/long.manifest.json")));
    EXPECT_EQ(manifest["status"], "partial");
    EXPECT_EQ(manifest["counts"]["frames"], test::Table(at("out/long.csv")).rows());
  }
}

TEST_F(Survival, WhatTheParentIgnoresStaysIgnored) {
  AURIGA_NEEDS_OPEN_PACK();
  const pid_t run = start(extract({demo_}, {"--quiet"}), [] {
    std::signal(SIGHUP, SIG_IGN);
    std::signal(SIGINT, SIG_IGN);
  });
  wait_for_parts();
  kill(run, SIGHUP);
  kill(run, SIGINT);
  EXPECT_EQ(wait(run), 0);
  EXPECT_EQ(test::Table(at("out/demo.csv")).rows(), 90u);
}

// Old results with their manifest, new ones with theirs, or a manifest that does not tell of what
// is there; never a table without one.
TEST_F(Survival, AKillLeavesNoTableWithoutItsManifest) {
  AURIGA_NEEDS_OPEN_PACK();
  const auto arguments = [&](bool precise) {
    return extract({demo_}, precise ? std::vector<std::string>{"--quiet", "--hog", "--aligned",
                                                               "--full-precision"}
                                    : std::vector<std::string>{"--quiet", "--hog", "--aligned"});
  };
  ASSERT_EQ(test::auriga(arguments(false)).exit_code, 0);
  const std::string first = read_text(at("out/demo.csv"));
  const auto begin = std::chrono::steady_clock::now();
  ASSERT_EQ(test::auriga(arguments(true)).exit_code, 0);
  const auto time = std::chrono::steady_clock::now() - begin;
  const std::string second = read_text(at("out/demo.csv"));
  ASSERT_NE(first, second);
  constexpr int kKills = 12;
  for (int i = 0; i < kKills; ++i) {
    const pid_t run = start(arguments(i % 2 == 0), [] {});
    // Most of them about the end.
    std::this_thread::sleep_for(time * (60 + 5 * i) / 100);
    kill(run, SIGKILL);
    wait(run);
    const auto manifest = nlohmann::json::parse(read_text(at("out/demo.manifest.json")));
    const std::string table = read_text(at("out/demo.csv"));
    EXPECT_TRUE(table == first || table == second);
    EXPECT_TRUE(fs::is_directory(at("out/demo_aligned")));
    EXPECT_EQ(manifest["status"], "complete");
  }
  auto again = arguments(false);
  again.emplace_back("--resume");
  ASSERT_EQ(test::auriga(again).exit_code, 0);
  EXPECT_TRUE(read_text(at("out/demo.csv")) == first);
  EXPECT_THAT(parts(), testing::IsEmpty());
  const auto manifest = nlohmann::json::parse(read_text(at("out/demo.manifest.json")));
  ASSERT_EQ(manifest["written"].size(), 3u);
  EXPECT_EQ(manifest["written"][0]["sha256"], describe_file(at("out/demo.csv")).sha256);
  EXPECT_EQ(manifest["written"][2]["files"], 90);
}

// The same where it does not depend on the moment: a result in the middle cannot get its name.
TEST_F(Survival, TheManifestComesFirstAndTheTableLast) {
  AURIGA_NEEDS_OPEN_PACK();
  const std::string video = long_video(4);
  const pid_t run = start(extract({video}, {"--quiet", "--hog"}), [] {});
  wait_for_parts();
  fs::create_directories(at("out/long.hog/in the way"));
  EXPECT_EQ(wait(run), 5);
  EXPECT_TRUE(fs::exists(at("out/long.manifest.json")));
  EXPECT_FALSE(fs::exists(at("out/long.csv")));
  EXPECT_THAT(parts(), testing::IsEmpty());
  fs::remove_all(at("out/long.hog"));
  const Outcome again = test::auriga(extract({video}, {"--hog", "--resume"}));
  EXPECT_EQ(again.exit_code, 0) << again.err;
  EXPECT_THAT(again.out, testing::Not(HasSubstr("skipped")));
}

TEST_F(Survival, ResumeMakesDamagedResultsAgain) {
  AURIGA_NEEDS_OPEN_PACK();
  const auto arguments = extract({demo_}, {"--hog", "--aligned", "--resume"});
  ASSERT_EQ(test::auriga(arguments).exit_code, 0);
  const std::string table = read_text(at("out/demo.csv"));
  const auto hog = fs::file_size(at("out/demo.hog"));
  const auto is_skipped = [&] {
    const Outcome outcome = test::auriga(arguments);
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    return outcome.out.find("skipped") != std::string::npos;
  };
  EXPECT_TRUE(is_skipped());
  fs::resize_file(at("out/demo.csv"), table.size() / 2);
  EXPECT_FALSE(is_skipped());
  EXPECT_TRUE(read_text(at("out/demo.csv")) == table);
  fs::resize_file(at("out/demo.hog"), 0);
  EXPECT_FALSE(is_skipped());
  EXPECT_EQ(fs::file_size(at("out/demo.hog")), hog);
  fs::remove(at("out/demo_aligned/frame_det_00_000007.bmp"));
  EXPECT_FALSE(is_skipped());
  fs::resize_file(at("out/demo_aligned/frame_det_00_000007.bmp"), 99);
  EXPECT_FALSE(is_skipped());
  // Copied elsewhere they are what they were.
  fs::rename(at("out"), at("before"));
  fs::copy(at("before"), at("out"), fs::copy_options::recursive);
  EXPECT_TRUE(is_skipped());
}

TEST_F(Survival, NamesMayBeAsLongAsFileSystemsAllow) {
  AURIGA_NEEDS_OPEN_PACK();
  const std::string name(241, 'n');  // NAME.manifest.json has 255 bytes
  fs::copy_file(demo_, at(name + ".mp4"));
  const Outcome outcome = test::auriga(
      extract({at(name + ".mp4")}, {"--hog", "--aligned", "--tracked", "--mesh", "--quiet"}));
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_EQ(test::Table(at("out/" + name + ".csv")).rows(), 90u);
  EXPECT_THAT(parts(), testing::IsEmpty());
}

TEST_F(Survival, AFileThatMayNotGrowIsAnErrorOfOutput) {
  AURIGA_NEEDS_OPEN_PACK();
  const pid_t run = start(extract({demo_}, {"--quiet", "--hog"}), [] {
    std::signal(SIGXFSZ, SIG_DFL);
    const rlimit limit{100000, 100000};
    setrlimit(RLIMIT_FSIZE, &limit);
  });
  EXPECT_EQ(wait(run), 5);
  EXPECT_THAT(parts(), testing::IsEmpty());
  EXPECT_FALSE(fs::exists(at("out/demo.csv")));
}

TEST_F(Survival, LimitsOfTheMachineHaveAnExitCodeOfTheirOwn) {
  AURIGA_NEEDS_OPEN_PACK();
  if (!kHasOwnMemory) GTEST_SKIP() << "the memory of sanitizers is not ours";
  struct Limit {
    const char* name;
    __rlimit_resource resource;
    rlim_t unit, from, step;
  };
  for (const Limit& limit : {Limit{"bytes of address space", RLIMIT_AS, 1 << 20, 150, 25},
                             Limit{"bytes of data", RLIMIT_DATA, 1 << 20, 10, 10},
                             Limit{"open files", RLIMIT_NOFILE, 1, 4, 1}}) {
    int limited = 0;
    bool done = false;
    for (rlim_t value = limit.from; value < 1500 && !done; value += limit.step) {
      const auto prepare = [&] {
        const rlimit most{value * limit.unit, value * limit.unit};
        setrlimit(limit.resource, &most);
        const rlimit none{0, 0};
        setrlimit(RLIMIT_CORE, &none);
      };
      if (wait(start({"--version"}, prepare)) != 0) continue;
      fs::remove_all(at("out"));
      const int code = wait(start(extract({demo_}, {"--workers", "2", "--quiet"}), prepare));
      EXPECT_THAT(code, AnyOf(0, 6)) << value * limit.unit << ' ' << limit.name;
      limited += code == 6 ? 1 : 0;
      done = code == 0;
      EXPECT_EQ(fs::exists(at("out/demo.csv")), done);
    }
    EXPECT_TRUE(done);
    EXPECT_GT(limited, 0) << limit.name;
  }
  // A small stack costs nothing.
  const pid_t run = start(extract({demo_}, {"--workers", "4", "--quiet"}), [] {
    const rlimit stack{256 << 10, 256 << 10};
    setrlimit(RLIMIT_STACK, &stack);
  });
  EXPECT_EQ(wait(run), 0);
}

}  // namespace
}  // namespace auriga
