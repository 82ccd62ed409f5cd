// `auriga extract --isolate`: what happens in the process of an input costs that input only.
#include "isolation.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <memory>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/landlock.h>
#include <nlohmann/json.hpp>
#include <poll.h>
#include <pty.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "auriga/error.hpp"

#include "cli/command.hpp"
#include "files/part_name.hpp"
#include "input_report.hpp"
#include "support/golden.hpp"
#include "system_call_filter.hpp"
#include "write_restriction.hpp"

namespace auriga {
namespace {

namespace fs = std::filesystem;
using test::Outcome;
using test::read_text;
using test::write_text;
using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kHasOwnMemory = false;  // sanitizers need memory and handle signals
#else
constexpr bool kHasOwnMemory = true;
#endif

class Isolated : public testing::Test {
 protected:
  void SetUp() override {
    AURIGA_NEEDS_OPEN_PACK();
    if (!kHasOwnMemory) GTEST_SKIP() << "memory and signals are those of the sanitizer";
  }

  std::string at(const std::string& name) const { return (folder_.path() / name).string(); }

  std::vector<std::string> extract(const std::vector<std::string>& inputs,
                                   const std::vector<std::string>& options = {}) const {
    std::vector<std::string> words = {
        "extract",   "--isolate", "--preset",  "open", "--models", test::open_pack().string(),
        "--out-dir", at("out"),   "--workers", "2"};
    // Its parts tell which process makes it.
    words.emplace_back("--hog");
    words.insert(words.end(), inputs.begin(), inputs.end());
    words.insert(words.end(), options.begin(), options.end());
    return words;
  }

  pid_t start(const std::vector<std::string>& arguments) const {
    std::vector<std::string> command = {AURIGA_COMMAND};
    command.insert(command.end(), arguments.begin(), arguments.end());
    std::vector<char*> words;
    for (std::string& word : command) words.push_back(word.data());
    words.push_back(nullptr);
    const pid_t child = fork();
    if (child != 0) return child;
    for (const int signal : {SIGINT, SIGTERM, SIGHUP}) std::signal(signal, SIG_DFL);
    const int null = open("/dev/null", O_RDWR),
              words_file = open(at("words").c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    dup2(null, STDIN_FILENO);
    dup2(words_file, STDOUT_FILENO);
    dup2(words_file, STDERR_FILENO);
    execv(words[0], words.data());
    _exit(127);
  }
  static int wait(pid_t child) {
    int status = 0;
    waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }

  void ffmpeg(std::vector<std::string> arguments, const std::string& name) const {
    arguments.insert(arguments.begin(), {"ffmpeg", "-v", "error", "-nostdin"});
    arguments.push_back(at(name));
    const Outcome made = test::program(arguments);
    ASSERT_EQ(made.exit_code, 0) << made.err;
  }
  // Videos that take some seconds, and one that does not.
  void long_videos(const std::vector<std::string>& names) const {
    for (const std::string& name : names)
      ffmpeg({"-stream_loop", "60", "-i", demo_, "-c", "copy"}, name);
  }

  std::vector<std::string> parts() const {
    std::vector<std::string> found;
    std::error_code failed;
    for (fs::directory_iterator entry(folder_.path() / "out", failed), end; !failed && entry != end;
         entry.increment(failed))
      if (parse_part_name(entry->path().filename().string()))
        found.push_back(entry->path().filename().string());
    return found;
  }
  // The process that has begun to write a result of that name; 0: none within a minute.
  pid_t child_of(const std::string& result) const {
    for (int i = 0; i < 1200; ++i) {
      for (const std::string& name : parts())
        if (const auto part = parse_part_name(name);
            name.starts_with(result) && part && part->owner)
          return static_cast<pid_t>(part->owner->process);
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
    return 0;
  }
  static std::string status_of(pid_t process, const std::string& key) {
    std::istringstream lines(read_text("/proc/" + std::to_string(process) + "/status"));
    for (std::string line; std::getline(lines, line);)
      if (line.starts_with(key + ":\t")) return line.substr(key.size() + 2);
    return {};
  }

  const std::string demo_ = (test::repository() / "examples/demo.mp4").string();
  test::TemporaryFolder folder_;
};

TEST_F(Isolated, ACrashCostsItsInputOnly) {
  struct Way {
    int signal;
    const char* words;
    int exit_code;
  };
  long_videos({"a.mp4"});
  fs::copy_file(demo_, at("b.mp4"));
  for (const Way& way :
       {Way{SIGSEGV, "signal 11 (Segmentation fault)", 3}, Way{SIGABRT, "signal 6 (Aborted)", 3},
        Way{SIGKILL, "signal 9 (Killed)", 6}}) {
    SCOPED_TRACE(way.words);
    fs::remove_all(at("out"));
    const pid_t run = start(extract({at("a.mp4"), at("b.mp4"), at("missing.mp4")}, {"--aligned"}));
    const pid_t child = child_of("a.hog");
    ASSERT_GT(child, 0);
    EXPECT_EQ(status_of(child, "PPid"), std::to_string(run));
    kill(child, way.signal);
    EXPECT_EQ(wait(run), way.exit_code);
    const std::string words = read_text(at("words"));
    EXPECT_THAT(words, AllOf(HasSubstr("auriga: " + at("a.mp4") + ": "), HasSubstr(way.words)));
    EXPECT_THAT(words, HasSubstr("3 inputs: 1 done, 2 failed"));
    EXPECT_FALSE(fs::exists(at("out/a.csv")));
    EXPECT_EQ(test::Table(at("out/b.csv")).rows(), 90u);
    EXPECT_THAT(parts(), IsEmpty());
    const auto summary = nlohmann::json::parse(read_text(at("out/summary.json")));
    EXPECT_EQ(summary[0]["status"], "failed");
    EXPECT_EQ(summary[0]["exit_code"], way.exit_code);
    EXPECT_EQ(summary[1]["status"], "done");
    EXPECT_EQ(summary[2]["exit_code"], 3);
  }
}

TEST_F(Isolated, TooMuchMemoryCostsItsInputOnly) {
  ffmpeg({"-f", "lavfi", "-i", "color=gray:s=7680x4320:d=0.4:r=25", "-c:v", "mpeg4"}, "a.mp4");
  fs::copy_file(demo_, at("b.mp4"));
  const Outcome run =
      test::auriga(extract({at("a.mp4"), at("b.mp4")}, {"--isolate-memory", "150"}));
  EXPECT_EQ(run.exit_code, 6) << run.err;
  EXPECT_THAT(run.err, AllOf(HasSubstr(at("a.mp4") + ": out of memory"), HasSubstr("150 MB"),
                             HasSubstr("--isolate-memory")));
  EXPECT_FALSE(fs::exists(at("out/a.csv")));
  EXPECT_EQ(test::Table(at("out/b.csv")).rows(), 90u);
  EXPECT_THAT(parts(), IsEmpty());
  EXPECT_EQ(test::auriga(extract({at("a.mp4")}, {"--quiet"})).exit_code, 0);
}

TEST_F(Isolated, TooMuchTimeCostsItsInputOnly) {
  long_videos({"a.mp4"});
  ffmpeg({"-i", demo_, "-frames:v", "8", "-c:v", "mpeg4"}, "b.mp4");
  const auto begin = std::chrono::steady_clock::now();
  const Outcome run = test::auriga(extract({at("a.mp4"), at("b.mp4")}, {"--isolate-time", "2"}));
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::minutes(2));
  EXPECT_EQ(run.exit_code, 6) << run.err;
  EXPECT_THAT(run.err, AllOf(HasSubstr(at("a.mp4") + ": "), HasSubstr("2 s of processor time"),
                             HasSubstr("--isolate-time")));
  EXPECT_FALSE(fs::exists(at("out/a.csv")));
  EXPECT_EQ(test::Table(at("out/b.csv")).rows(), 8u);
  EXPECT_THAT(parts(), IsEmpty());
}

TEST_F(Isolated, ARequestToStopLeavesTheRowsSoFar) {
  long_videos({"a.mp4", "b.mp4", "c.mp4"});
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
    SCOPED_TRACE(signal);
    fs::remove_all(at("out"));
    const pid_t run = start(extract({at("a.mp4"), at("b.mp4"), at("c.mp4")}, {"--jobs", "2"}));
    ASSERT_GT(child_of("a.hog"), 0);
    ASSERT_GT(child_of("b.hog"), 0);
    // To the parent only, as a scheduler would; a terminal tells both.
    kill(run, signal);
    EXPECT_EQ(wait(run), 1);
    EXPECT_THAT(read_text(at("words")), HasSubstr("3 inputs: 2 partial, 1 not started"));
    for (const std::string name : {"out/a", "out/b"}) {
      const auto manifest = nlohmann::json::parse(read_text(at(name + ".manifest.json")));
      EXPECT_EQ(manifest["status"], "partial");
      EXPECT_EQ(manifest["counts"]["frames"], test::Table(at(name + ".csv")).rows());
    }
    EXPECT_FALSE(fs::exists(at("out/c.csv")));
    EXPECT_THAT(parts(), IsEmpty());
  }
}

TEST_F(Isolated, NoProcessOutlivesItsParent) {
  long_videos({"a.mp4"});
  const pid_t run = start(extract({at("a.mp4")}));
  const pid_t child = child_of("a.hog");
  ASSERT_GT(child, 0);
  kill(run, SIGKILL);
  wait(run);
  bool is_gone = false;
  for (int i = 0; i < 200 && !is_gone; ++i) {
    is_gone = kill(child, 0) != 0 || status_of(child, "State").starts_with("Z");
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  EXPECT_TRUE(is_gone);
}

TEST_F(Isolated, TheProcessIsConfined) {
  long_videos({"a.mp4"});
  const pid_t run = start(extract({at("a.mp4")}, {"--isolate-memory", "2000"}));
  const pid_t child = child_of("a.hog");
  ASSERT_GT(child, 0);
  EXPECT_EQ(status_of(child, "NoNewPrivs"), "1");
  EXPECT_EQ(status_of(child, "Seccomp"), "2");
  EXPECT_EQ(status_of(run, "Seccomp"), "0");
  const auto most = [&](__rlimit_resource resource) {
    rlimit found{};
    EXPECT_EQ(prlimit(child, resource, nullptr, &found), 0);
    return found;
  };
  EXPECT_EQ(most(RLIMIT_CORE).rlim_max, 0u);
  EXPECT_LE(most(RLIMIT_NOFILE).rlim_max, 256u);
  EXPECT_EQ(most(RLIMIT_DATA).rlim_max, rlim_t{2000} << 20);
  EXPECT_EQ(most(RLIMIT_CPU).rlim_cur, 43200u);
  kill(run, SIGTERM);
  EXPECT_EQ(wait(run), 1);
}

TEST_F(Isolated, WhatIsWrongForAllIsSaidOnce) {
  fs::copy_file(demo_, at("a.mp4"));
  fs::copy_file(demo_, at("b.mp4"));
  const std::vector<std::string> inputs = {at("a.mp4"), at("b.mp4")};
  for (const auto& [options, exit_code] :
       {std::pair{std::vector<std::string>{"--landmarker", "pfld", "--au", "openface", "-gaze"}, 2},
        {{"--mesh", "--landmarker", "clnf", "--au", "openface"}, 2}}) {
    std::vector<std::string> words = extract(inputs, options);
    const Outcome isolated = test::auriga(words);
    std::erase(words, "--isolate");
    const Outcome plain = test::auriga(words);
    EXPECT_EQ(isolated.exit_code, plain.exit_code);
    EXPECT_EQ(isolated.err, plain.err);
    EXPECT_NE(isolated.exit_code, 0) << exit_code;
  }
}

// What is printed is what is printed without.
TEST_F(Isolated, WordsAreTheSame) {
  ffmpeg({"-f", "lavfi", "-i", "color=gray:s=320x240:d=0.4:r=25", "-c:v", "mpeg4"}, "a.mp4");
  ffmpeg({"-f", "lavfi", "-i", "color=gray:s=320x240:d=0.4:r=25", "-c:v", "mpeg4"}, "b.mp4");
  std::vector<std::string> words = extract({at("a.mp4"), at("b.mp4"), at("none.mp4")});
  const auto without_times = [](std::string text) {
    for (std::size_t at = 0; (at = text.find(" %, ", at)) != std::string::npos; at += 4)
      text.erase(at + 4, text.find(" s\n", at) - at - 4);
    return text;
  };
  const Outcome isolated = test::auriga(words);
  std::erase(words, "--isolate");
  const Outcome plain = test::auriga(words);
  EXPECT_EQ(without_times(isolated.out), without_times(plain.out));
  EXPECT_EQ(isolated.err, plain.err);
  EXPECT_THAT(isolated.out, HasSubstr("of 2 inputs: no face was found in any frame"));
  EXPECT_EQ(isolated.exit_code, plain.exit_code);
  words.insert(words.end(), {"--isolate", "--resume", "--json"});
  const Outcome again = test::auriga(words);
  const auto manifests = nlohmann::json::parse(again.out);
  ASSERT_EQ(manifests.size(), 2u);
  EXPECT_EQ(manifests[1], nlohmann::json::parse(read_text(at("out/b.manifest.json"))));
}

TEST_F(Isolated, ProgressArrivesAtTheTerminal) {
  long_videos({"a.mp4"});
  int terminal = -1;
  const pid_t run = forkpty(&terminal, nullptr, nullptr, nullptr);
  ASSERT_GE(run, 0);
  if (run == 0) {
    std::vector<std::string> command = extract({at("a.mp4")});
    command.insert(command.begin(), AURIGA_COMMAND);
    std::vector<char*> words;
    for (std::string& word : command) words.push_back(word.data());
    words.push_back(nullptr);
    execv(words[0], words.data());
    _exit(127);
  }
  std::string shown;
  char buffer[4096];
  const auto read_some = [&] {
    const ssize_t size = read(terminal, buffer, sizeof buffer);
    if (size > 0) shown.append(buffer, static_cast<std::size_t>(size));
    return size > 0;
  };
  while (shown.find("frames/s") == std::string::npos && read_some()) {
  }
  EXPECT_THAT(shown, AllOf(HasSubstr("a.mp4: frame "), HasSubstr(" of 5490, ")));
  // Ctrl-C, to all processes of the terminal.
  EXPECT_EQ(write(terminal, "\x03", 1), 1);
  while (read_some()) {
  }
  EXPECT_EQ(wait(run), 1);
  close(terminal);
  EXPECT_THAT(shown, HasSubstr("stopped on request after"));
}

// What children of a test do; each returns 0, or what went wrong.
int in_child(const std::function<int()>& action) {
  const pid_t child = fork();
  if (child == 0) _exit(action());
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

bool is_refused(long result) { return result == -1 && errno == EPERM; }

TEST(SystemCallFilter, RefusesWhatNoReaderNeeds) {
  EXPECT_EQ(
      in_child([] {
        const int before = socket(AF_INET, SOCK_STREAM, 0);
        app::filter_system_calls();
        char name[] = "/bin/true";
        char* const words[] = {name, nullptr};
        int n = 0;
        const std::function<long()> calls[] = {
            [] { return socket(AF_INET, SOCK_STREAM, 0); },
            [] { return socket(AF_INET6, SOCK_DGRAM, 0); },
            [] { return socket(AF_UNIX, SOCK_STREAM, 0); },
            [&] { return connect(before, nullptr, 0); },
            [&] { return execv(words[0], words); },
            [&] { return syscall(__NR_execveat, AT_FDCWD, words[0], words, nullptr, 0); },
            [] { return fork(); },
            [] { return syscall(__NR_clone, SIGCHLD, nullptr, nullptr, nullptr, nullptr); },
            [] { return ptrace(PTRACE_ATTACH, getppid(), nullptr, nullptr); },
            [] { return syscall(__NR_process_vm_readv, getppid(), nullptr, 0, nullptr, 0, 0); },
            [] { return syscall(__NR_process_vm_writev, getppid(), nullptr, 0, nullptr, 0, 0); },
            [] { return kill(getppid(), SIGWINCH); },
            [] { return syscall(__NR_tgkill, getppid(), getppid(), SIGWINCH); },
            [] { return syscall(__NR_mount, "none", "/nowhere", "tmpfs", 0, nullptr); },
            [] { return syscall(__NR_unshare, 0); },
            [] { return syscall(__NR_bpf, 0, nullptr, 0); },
            [] { return syscall(__NR_perf_event_open, nullptr, 0, 0, 0, 0); },
            [] { return syscall(__NR_keyctl, 0, 0, 0, 0, 0); },
            [] { return syscall(__NR_add_key, nullptr, nullptr, nullptr, 0, 0); },
            [] { return syscall(__NR_userfaultfd, 0); },
            [] { return syscall(__NR_memfd_create, "", 0); },
            [] { return syscall(__NR_io_uring_setup, 1, nullptr); },
            [] { return syscall(__NR_ioctl, 0, TIOCSTI, "x"); },
            [] {
              const rlimit none{};
              return prlimit(getppid(), RLIMIT_CORE, &none, nullptr);
            },
            [] {
              const rlimit all{RLIM_INFINITY, RLIM_INFINITY};
              return setrlimit(RLIMIT_DATA, &all);
            },
            [] {
              // An address whose lower half is null.
              return syscall(__NR_prlimit64, 0, RLIMIT_DATA, std::uint64_t{1} << 32, nullptr);
            },
            [] { return syscall(__NR_setpriority, PRIO_PROCESS, getppid(), 19); },
            [] { return syscall(__NR_mq_open, "name", O_RDONLY, 0, nullptr); },
            [] {
              return reinterpret_cast<long>(mmap(nullptr, 1 << 20, PROT_READ | PROT_WRITE,
                                                 MAP_SHARED | MAP_ANONYMOUS, -1, 0));
            }};
        for (const auto& call : calls) {
          ++n;
          if (!is_refused(call())) return n;
        }
        return 0;
      }),
      0)
      << "the number of the call that was not refused";
}

TEST(SystemCallFilter, LeavesFilesMemoryAndThreads) {
  const test::TemporaryFolder folder;
  EXPECT_EQ(in_child([&] {
              app::filter_system_calls();
              bool is_run = false;
              std::thread([&] { is_run = true; }).join();
              if (!is_run) return 1;
              if (kill(getppid(), 0) != 0) return 2;
              write_text(folder.path() / "file", "text");
              if (read_text(folder.path() / "file") != "text") return 3;
              rlimit limit{};
              if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return 4;
              const int file = open((folder.path() / "file").c_str(), O_RDONLY);
              if (mmap(nullptr, 4, PROT_READ, MAP_SHARED, file, 0) == MAP_FAILED) return 5;
              // A process that gives up does so.
              std::signal(SIGABRT, [](int) { _exit(0); });
              std::abort();
            }),
            0);
}

TEST(WriteRestriction, LeavesTheFoldersThatAreNamed) {
  if (syscall(__NR_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION) < 1)
    GTEST_SKIP() << "this kernel has no Landlock";
  const test::TemporaryFolder folder;
  const fs::path own = folder.path() / "own", other = folder.path() / "other";
  fs::create_directories(own);
  fs::create_directories(other);
  write_text(other / "old", "text");
  EXPECT_EQ(in_child([&] {
              prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
              app::write_only_below({own, "/dev/null", folder.path() / "not there"});
              const auto is_denied = [](int result) { return result == -1 && errno == EACCES; };
              const auto opened = [](const fs::path& file, int flags) {
                return open(file.c_str(), flags, 0600);
              };
              if (opened(own / "new", O_WRONLY | O_CREAT) < 0) return 1;
              if (rename((own / "new").c_str(), (own / "name").c_str()) != 0) return 2;
              if (mkdir((own / "folder").c_str(), 0700) != 0) return 3;
              if (opened("/dev/null", O_WRONLY) < 0) return 4;
              if (opened(other / "old", O_RDONLY) < 0) return 5;
              if (!is_denied(opened(other / "old", O_WRONLY))) return 6;
              if (!is_denied(opened(other / "new", O_WRONLY | O_CREAT))) return 7;
              if (!is_denied(unlink((other / "old").c_str()))) return 8;
              if (!is_denied(mkdir((other / "folder").c_str(), 0700))) return 9;
              if (!is_denied(symlink("/", (other / "link").c_str()))) return 10;
              return 0;
            }),
            0)
      << "the number of the step that went otherwise";
}

// The results of an input have a place of their own, also where a link leads there.
TEST_F(Isolated, ResultsMayLieBehindLinks) {
  fs::create_directories(at("far/away"));
  fs::create_directory_symlink(at("far/away"), at("out"));
  fs::create_directories(at("elsewhere"));
  fs::create_symlink(at("elsewhere/table.csv"), at("far/away/demo.csv"));
  write_text(at("elsewhere/table.csv"), "");
  const Outcome run = test::auriga(extract({demo_}, {"--save-baseline", at("baseline.json")}));
  EXPECT_EQ(run.exit_code, 0) << run.err;
  EXPECT_EQ(test::Table(at("elsewhere/table.csv")).rows(), 90u);
  EXPECT_TRUE(fs::is_symlink(at("far/away/demo.csv")));
  EXPECT_TRUE(fs::exists(at("baseline.json")));
}

// A child that says nothing for long, or much, and one that does not know how.
TEST(IsolatedProcess, TellsHowItEnded) {
  const auto outcome = [](const app::Isolation& limits,
                          const std::function<void(const app::MessageSender&)>& action) {
    app::IsolatedProcess process(limits, {}, action);
    std::vector<std::pair<char, std::string>> messages;
    while (process.receive(
        [&](char kind, std::string_view bytes) { messages.emplace_back(kind, bytes); })) {
      pollfd descriptor{process.descriptor(), POLLIN, 0};
      poll(&descriptor, 1, 1000);
    }
    return std::pair{messages, process.wait("clip.mp4")};
  };
  app::Isolation limits;
  limits.memory_mb = kHasOwnMemory ? 4096 : std::int64_t{1} << 30;
  const std::string long_text(1 << 20, 'x');
  const auto [messages, fine] = outcome(limits, [&](const app::MessageSender& parent) {
    parent.send('a', "");
    parent.send('b', long_text);
  });
  EXPECT_EQ(fine.exit_code, 0) << fine.message;
  EXPECT_EQ(messages, (std::vector<std::pair<char, std::string>>{{'a', ""}, {'b', long_text}}));

  const auto error =
      outcome(limits, [](const app::MessageSender&) { throw Error(ErrorCode::model, "no model"); });
  EXPECT_EQ(error.second.exit_code, 4);
  EXPECT_EQ(error.second.message, "no model");

  const auto too_much = outcome(limits, [](const app::MessageSender& parent) {
    parent.send('a', std::string(std::size_t{65} << 20, 'x'));
  });
  EXPECT_THAT(too_much.first, IsEmpty());
  EXPECT_EQ(too_much.second.exit_code, 3);
  EXPECT_THAT(too_much.second.message, HasSubstr("clip.mp4"));

  const auto exit = outcome(limits, [](const app::MessageSender&) { _exit(77); });
  EXPECT_EQ(exit.second.exit_code, 3);
  EXPECT_THAT(exit.second.message, HasSubstr("exit code 77"));
}

TEST(IsolatedProcess, WritesAndConnectsNowhere) {
  const test::TemporaryFolder folder;
  const fs::path own = folder.path() / "own", other = folder.path() / "other";
  fs::create_directories(own);
  fs::create_directories(other);
  app::Isolation limits;
  limits.memory_mb = kHasOwnMemory ? 4096 : std::int64_t{1} << 30;
  const bool has_landlock =
      syscall(__NR_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION) >= 1;
  app::IsolatedProcess process(limits, {own}, [&](const app::MessageSender& parent) {
    const auto opens = [](const fs::path& file) {
      return open(file.c_str(), O_WRONLY | O_CREAT, 0600) >= 0;
    };
    if (opens(own / "file")) parent.send('a', "own");
    if (has_landlock && opens(other / "file")) parent.send('a', "other");
    if (socket(AF_INET, SOCK_STREAM, 0) >= 0) parent.send('a', "socket");
  });
  std::vector<std::string> done;
  while (process.receive([&](char, std::string_view bytes) { done.emplace_back(bytes); })) {
    pollfd descriptor{process.descriptor(), POLLIN, 0};
    poll(&descriptor, 1, 1000);
  }
  EXPECT_EQ(process.wait("clip.mp4").exit_code, 0);
  EXPECT_THAT(done, testing::ElementsAre("own"));
}

TEST(InputReports, AreWholeOrNothing) {
  app::InputReport report;
  report.status = app::InputStatus::partial;
  report.exit_code = 1;
  report.message = "damaged\xff";
  report.table = "a.csv";
  report.frames = 90;
  report.seconds = 0.1;
  report.warnings = {"one", "", "three"};
  report.line = "a: PARTIAL\n";
  const std::string bytes = packed(report);
  const auto read = app::unpacked_report(bytes);
  ASSERT_TRUE(read);
  EXPECT_EQ(packed(*read), bytes);
  EXPECT_EQ(read->warnings, report.warnings);
  EXPECT_EQ(read->message, report.message);
  EXPECT_EQ(read->status, report.status);
  report.exit_code = 7;
  EXPECT_FALSE(app::unpacked_report(packed(report)));

  for (std::size_t size = 0; size < bytes.size(); ++size)
    EXPECT_FALSE(app::unpacked_report(std::string_view(bytes).substr(0, size))) << size;
  EXPECT_FALSE(app::unpacked_report(bytes + '\0'));
  for (std::size_t i = 0; i < bytes.size(); ++i)
    for (const char byte : {'\xff', '\x7f'}) {
      std::string altered = bytes;
      altered[i] = byte;
      app::unpacked_report(altered);  // whatever it says, it ends
    }
}

}  // namespace
}  // namespace auriga
