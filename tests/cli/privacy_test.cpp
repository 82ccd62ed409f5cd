// What the commands open, seen from outside: every command runs in a network name space of its own
// under strace, and a table says what each of them may do.
//
// Their environment has little in it: ONNX Runtime reports nothing, whatever else it would do, where
// one of the variables is set by which it knows continuous integration.
#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <optional>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <arpa/inet.h>
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/command.hpp"
#include "commands.hpp"
#include "support/golden.hpp"

namespace auriga::test {
namespace {

namespace fs = std::filesystem;
using testing::IsEmpty;

// What a command may do besides reading, and writing to what it was given as standard output.
enum Network {
  kNone,
  kLoopback,  // listens at, and talks to, addresses of this machine
  kAnyone,    // looks up names and connects
};
struct Step {
  std::string command;             // as all_commands() has it, that of models with its own
  std::vector<std::string> words;  // behind the name
  // Files, folders with all that they hold, and with * the beginnings of names; as seen from the
  // folder that the command runs in. The cache
  // of models, which is documented, and /dev/null are allowed to all.
  std::vector<std::string> writes;
  Network network = kNone;
  std::vector<std::string> requests = {};  // to the address that it prints; then it is stopped
  int exit_code = 0;
};

// Written before others read it, in this order. {demo}, {open}, {data} are replaced.
std::vector<Step> steps() {
  return {
      {"extract",
       {"{demo}", "--preset", "open", "--models", "{open}", "--out-dir", "results", "--hog",
        "--aligned", "--tracked", "--mesh", "--sides", "--bids", "--details", "--save-baseline",
        "results/baseline.json"},
       {"results"}},
      {"extract",
       {"{demo}", "--preset", "open", "--models", "{open}", "--out-dir", "isolated", "--isolate"},
       {"isolated"}},
      {"extract",
       {"{demo}", "--preset", "pyfaceau", "--models", "{data}", "--out-dir", "pyfaceau"},
       {"pyfaceau"}},
      {"openface", {"-f", "{demo}", "-out_dir", "openface", "--models", "{data}"}, {"openface"}},
      {"live",
       {"{demo}", "--preset", "open", "--models", "{open}", "-o", "live/live.csv", "--ndjson",
        "live/live.ndjson"},
       {"live"}},
      {"live",
       {"{demo}", "--preset", "open", "--models", "{open}", "--ws", "0", "--view", "--retry",
        "--realtime"},
       {},
       kLoopback,
       {"/", "/page/live.js"}},
      {"view",
       {"results", "--no-open"},
       {"results/demo.frames.index"},
       kLoopback,
       {"/", "/api/study", "/api/results/0", "/v/0/times", "/v/0/frame/17.jpg?who=1&width=200"}},
      {"report", {"results/demo.csv", "-o", "report.html"}, {"report.html"}},
      {"draw", {"results/demo.csv", "-o", "drawn.mp4"}, {"drawn.mp4"}},
      {"summary",
       {"results/demo.csv", "--picture", "summary.png", "--events", "events.eaf"},
       {"summary.png", "events.eaf"}},
      {"blink", {"results/demo.csv", "-o", "blinks.csv"}, {"blinks.csv"}},
      {"palsy",
       {"{demo}", "--preset", "open", "--models", "{open}", "--tasks", "tasks.csv", "-o", "palsy"},
       {"palsy"}},
      {"compare", {"results/demo.csv", "isolated/demo.csv"}, {}},
      {"bench",
       {"{demo}", "--preset", "open", "--models", "{open}", "--frames", "16", "--warm-up", "8"},
       {"../TMPDIR/auriga-*"}},
      {"models list", {}, {}},
      {"models verify", {"--models", "{open}"}, {}},
      {"models path", {}, {}},
      {"models clean", {}, {}},
      {"models import", {"{open}", "--to", "packs"}, {"packs"}},
      // Nobody is there to answer.
      {"models fetch",
       {"openface", "--accept-licence", "--to", "fetched", "--from", "http://127.0.0.1:9/{path}"},
       {"fetched"},
       kAnyone,
       {},
       -1},
      // Decodes a video of its own, and tries whether results and models can be written.
      {"doctor", {}, {"../TMPDIR/auriga-*", ".auriga-doctor-*", "../.auriga-doctor-*"}},
  };
}

struct Seen {
  int exit_code = -1;
  std::string printed;
  std::vector<std::string> others;  // what was opened, in the words of strace
};

class Privacy : public testing::Test {
 protected:
  void SetUp() override { AURIGA_NEEDS_OPEN_PACK(); }

  fs::path work() const { return folder_.path() / "work"; }

  // Runs `auriga` with words in a network name space. Nothing: it cannot be had here.
  std::optional<Seen> run(const Step& step) {
    const fs::path trace = folder_.path() / "trace", printed = folder_.path() / "printed";
    fs::remove(trace);
    write_text(printed, "");
    std::vector<std::string> command = {"strace",
                                        "-f",
                                        "-y",
                                        "--seccomp-bpf",
                                        "-o",
                                        trace.string(),
                                        "-e",
                                        "trace=%network,open,openat,openat2,creat,mkdir,mkdirat,"
                                        "mknod,mknodat,rename,renameat,renameat2,link,linkat,"
                                        "symlink,symlinkat,truncate,memfd_create,execve,execveat",
                                        AURIGA_COMMAND};
    std::istringstream name(step.command);
    for (std::string word; name >> word;) command.push_back(word);
    for (std::string word : step.words) {
      for (const auto& [mark, text] :
           {std::pair{std::string("{demo}"), (repository() / "examples/demo.mp4").string()},
            {"{open}", open_pack().string()},
            {"{data}", (test_data() / "models").string()}})
        if (const std::size_t found = word.find(mark); found != std::string::npos)
          word.replace(found, mark.size(), text);
      command.push_back(word);
    }
    constexpr int kNoNameSpace = 99;
    const pid_t child = fork();
    if (child == 0) {
      try {
        _exit(enter_name_space() ? watch(command, step, trace, printed) : kNoNameSpace);
      } catch (...) {
        _exit(98);
      }
    }
    int status = 0;
    waitpid(child, &status, 0);
    Seen seen;
    seen.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    if (seen.exit_code == kNoNameSpace) return std::nullopt;
    seen.printed = read_text(printed);
    seen.others = others(trace, step);
    return seen;
  }

 private:
  // With nothing but a loopback interface.
  static bool enter_name_space() {
    const uid_t user = getuid();
    const gid_t group = getgid();
    if (unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0) return false;
    std::ofstream("/proc/self/setgroups") << "deny";
    std::ofstream("/proc/self/uid_map") << user << ' ' << user << " 1";
    std::ofstream("/proc/self/gid_map") << group << ' ' << group << " 1";
    const int any = socket(AF_INET, SOCK_DGRAM, 0);
    ifreq request{};
    std::strcpy(request.ifr_name, "lo");
    request.ifr_flags = IFF_UP | IFF_RUNNING;
    const bool is_up = ioctl(any, SIOCSIFFLAGS, &request) == 0;
    close(any);
    return is_up;
  }

  int watch(std::vector<std::string> command, const Step& step, const fs::path& trace,
            const fs::path& printed) const {
    std::vector<char*> words;
    for (std::string& word : command) words.push_back(word.data());
    words.push_back(nullptr);
    std::vector<std::string> settings;
    std::vector<char*> kept;
    for (char** setting = environ; *setting != nullptr; ++setting)
      if (std::regex_search(*setting, std::regex("^(PATH=|AURIGA_|[A-Z]*SAN_OPTIONS=)")))
        settings.emplace_back(*setting);
    const pid_t tracer = fork();
    if (tracer == 0) {
      if (chdir(work().c_str()) != 0) _exit(127);
      for (std::string& setting : settings) kept.push_back(setting.data());
      kept.push_back(nullptr);
      environ = kept.data();
      for (const char* variable : {"HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME", "TMPDIR"})
        setenv(variable, (folder_.path() / variable).c_str(), 1);
      const int null = open("/dev/null", O_RDONLY),
                file = open(printed.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
      dup2(null, STDIN_FILENO);
      dup2(file, STDOUT_FILENO);
      dup2(file, STDERR_FILENO);
      execvp(words[0], words.data());
      _exit(127);
    }
    if (!step.requests.empty()) {
      ask(step.requests, printed);
      // Its number stands before the first call.
      if (const int process = std::atoi(read_text(trace).c_str()); process > 1)
        kill(process, SIGINT);
    }
    int status = 0;
    waitpid(tracer, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
  }

  static std::string request(int port, const std::string& path, const std::string& cookie) {
    const int one = socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    std::string answer;
    if (connect(one, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0) {
      const std::string text = "GET " + path +
                               " HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(port) +
                               "\r\nConnection: close\r\n" +
                               (cookie.empty() ? "" : "Cookie: " + cookie + "\r\n") + "\r\n";
      static_cast<void>(!write(one, text.data(), text.size()));
      char buffer[4096];
      for (ssize_t size = 0; (size = read(one, buffer, sizeof buffer)) > 0;)
        answer.append(buffer, static_cast<std::size_t>(size));
    }
    close(one);
    return answer;
  }

  // What a browser would; the answers' first lines go to the same file.
  static void ask(const std::vector<std::string>& requests, const fs::path& printed) {
    std::smatch address;
    std::string text;
    for (int i = 0; i < 600; ++i) {
      text = read_text(printed);
      if (std::regex_search(text, address, std::regex("http://127.0.0.1:([0-9]+)(/[^ \n]*)")))
        break;
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
    if (address.empty()) return;
    const int port = std::atoi(address[1].str().c_str());
    const std::string first = request(port, address[2], "");
    std::smatch cookie;
    std::regex_search(first, cookie, std::regex("Set-Cookie: ([^;\r]*)"));
    for (const std::string& path : requests) {
      const std::string answer = request(port, path, cookie.empty() ? "" : cookie[1].str());
      std::ofstream(printed, std::ios::app)
          << "GET " << path << ": " << answer.substr(0, answer.find('\r')) << '\n';
    }
  }

  bool may_write(const Step& step, std::string path) const {
    if (!path.starts_with('/')) path = (work() / path).string();
    path = fs::path(path).lexically_normal().string();
    if (path == "/dev/null") return true;
    const std::string cache = (folder_.path() / "XDG_CACHE_HOME").string();
    if (path == cache || path == cache + "/auriga" || path.starts_with(cache + "/auriga/"))
      return true;
    return std::any_of(step.writes.begin(), step.writes.end(), [&](const std::string& one) {
      const std::string allowed = (work() / one).lexically_normal().string();
      if (allowed.ends_with('*')) return path.starts_with(allowed.substr(0, allowed.size() - 1));
      // With the part of the file that it is written to at first.
      return path == allowed || path.starts_with(allowed + "/") ||
             path.starts_with(allowed + ".part-");
    });
  }

  // The calls that open something which the step may not.
  std::vector<std::string> others(const fs::path& trace, const Step& step) const {
    static const std::regex call("^[0-9]+ +([a-z0-9_]+)\\((.*)$"), quoted("\"([^\"]*)\""),
        inet("sin6?_addr=inet_(?:addr\\(|pton\\(AF_INET6?, )\"([^\"]*)\"");
    std::vector<std::string> found;
    std::ifstream lines(trace);
    bool is_first = true;
    for (std::string line; std::getline(lines, line);) {
      std::smatch parts;
      if (!std::regex_search(line, parts, call)) continue;
      const std::string name = parts[1], words = parts[2];
      const auto has = [&](const char* word) { return words.find(word) != std::string::npos; };
      bool is_fine = true;
      if (name == "execve" || name == "execveat") {
        is_fine = std::exchange(is_first, false);
      } else if (name == "memfd_create") {
        is_fine = false;
      } else if (name.starts_with("open") || name == "creat") {
        // What it was opened as stands behind the result; a failure opens nothing.
        const bool writes =
            name == "creat" || has("O_WRONLY") || has("O_RDWR") || has("O_CREAT") || has("O_TRUNC");
        std::smatch path;
        static const std::regex result(" = [0-9]+<([^>]*)>");
        if (writes && std::regex_search(words, path, result)) is_fine = may_write(step, path[1]);
      } else if (name.starts_with("mk") || name.starts_with("rename") || name.starts_with("link") ||
                 name.starts_with("symlink") || name == "truncate") {
        if (has(" = -1 ")) continue;
        for (auto path = std::sregex_iterator(words.begin(), words.end(), quoted);
             path != std::sregex_iterator(); ++path)
          is_fine = is_fine && may_write(step, (*path)[1]);
      } else if (step.network == kNone) {
        is_fine = false;
      } else if (step.network == kLoopback) {
        std::smatch address;
        if (std::regex_search(words, address, inet))
          is_fine = address[1] == "127.0.0.1" || address[1] == "::1";
      }
      if (!is_fine) found.push_back(line);
    }
    EXPECT_FALSE(is_first) << "strace saw nothing";
    return found;
  }

  const TemporaryFolder folder_;
};

TEST_F(Privacy, EveryCommandHasItsPlaceInTheTable) {
  std::set<std::string> there, named;
  for (const app::Command& command : app::all_commands()) {
    if (command.commands.empty()) there.insert(command.name);
    for (const app::Command& one : command.commands) there.insert(command.name + " " + one.name);
  }
  for (const Step& step : steps()) named.insert(step.command);
  EXPECT_EQ(there, named);
}

TEST_F(Privacy, NothingIsOpenedButWhatIsDocumented) {
  if (program({"strace", "-V"}).exit_code != 0)
    GTEST_SKIP() << "strace is not installed; ./dev setup installs it";
  fs::create_directories(work() / "live");
  const fs::path temporary = work().parent_path() / "TMPDIR";
  fs::create_directories(temporary);
  write_text(work() / "tasks.csv", "task,start,end\nRE,0,1\nSS,1,2.5\n");
  for (const Step& step : steps()) {
    if (!fs::exists(test_data() / "models/openface-2.2") &&
        std::find(step.words.begin(), step.words.end(), "{data}") != step.words.end())
      continue;
    SCOPED_TRACE(step.command + " " + testing::PrintToString(step.words));
    const std::optional<Seen> seen = run(step);
    if (!seen) GTEST_SKIP() << "the kernel gives no user and network name spaces here";
    if (step.exit_code >= 0) {
      EXPECT_EQ(seen->exit_code, step.exit_code) << seen->printed;
    }
    for (const std::string& one : step.requests)
      EXPECT_THAT(seen->printed, testing::HasSubstr("GET " + one + ": HTTP/1.1 200"));
    EXPECT_THAT(seen->others, IsEmpty()) << seen->printed;
    EXPECT_TRUE(fs::is_empty(temporary));
  }
}

}  // namespace
}  // namespace auriga::test
