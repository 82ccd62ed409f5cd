// `auriga view`: results and their videos in the browser.
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <fmt/core.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "auriga/engine.hpp"
#include "auriga/error.hpp"

#include "commands.hpp"
#include "console.hpp"
#include "stop_signals.hpp"
#include "viewer/viewer.hpp"

extern char** environ;

namespace auriga::app {
namespace {

namespace fs = std::filesystem;

constexpr double kQuiet_s = 600;

struct ViewOptions {
  std::vector<std::string> results, videos;
  int port = 0;
  bool open = true, stay = false, with_parent = false, read_only = false;
};

bool has_screen() {
  for (const char* name : {"DISPLAY", "WAYLAND_DISPLAY"})
    if (const char* value = std::getenv(name); value != nullptr && *value != '\0') return true;
#ifdef __APPLE__
  return true;
#else
  return false;
#endif
}

// In a process of its own, whose words go nowhere. False: there is nothing to open it with.
bool open_browser(const std::string& address) {
  if (!has_screen()) return false;
#ifdef __APPLE__
  const char* opener = "open";
#else
  const char* opener = "xdg-open";
#endif
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  for (const int descriptor : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
    posix_spawn_file_actions_addopen(&actions, descriptor, "/dev/null", O_RDWR, 0);
  std::string name = opener, argument = address;
  char* const arguments[] = {name.data(), argument.data(), nullptr};
  pid_t child = 0;
  const int error = posix_spawnp(&child, opener, &actions, nullptr, arguments, environ);
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0) return false;
  // It may stay as long as the browser does.
  std::thread([child] {
    int status = 0;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
  }).detach();
  return true;
}

// How to come here from another machine, for who is connected by ssh.
std::string tunnel(int port) {
  const char* connection = std::getenv("SSH_CONNECTION");
  if (connection == nullptr) return {};
  const std::string_view text = connection;
  // client address, client port, server address, server port
  std::size_t begin = 0;
  for (int i = 0; i < 2; ++i) {
    begin = text.find(' ', begin);
    if (begin == std::string_view::npos) return {};
    ++begin;
  }
  const std::string server(text.substr(begin, text.find(' ', begin) - begin));
  const char* user = std::getenv("USER");
  return fmt::format("From the machine that you sit at: ssh -L {0}:127.0.0.1:{0} {1}{2}\n", port,
                     user != nullptr ? std::string(user) + "@" : std::string(), server);
}

int view(const ViewOptions& options) {
  stop_on_signals();
  const pid_t parent = getppid();
  std::vector<fs::path> given(options.results.begin(), options.results.end());
  if (given.empty()) given.emplace_back("processed");
  Study study = find_study(given, {options.videos.begin(), options.videos.end()});
  for (const std::string& note : study.notes) complain("auriga: {}\n", note);
  const std::size_t count = study.results.size();
  ViewerOptions how;
  how.version = version();
  how.port = options.port;
  how.read_only = options.read_only;
  const Viewer viewer(std::move(study), how);
  fmt::print("{} {}\n{}\n", count, count == 1 ? "result" : "results", viewer.address());
  fmt::print("{}", tunnel(viewer.port()));
  const bool opened = options.open && open_browser(viewer.address());
  if (!opened) fmt::print("Open this address in a browser on this machine. ");
  fmt::print("Ctrl-C ends it{}.\n",
             options.stay ? "" : ", and so do 10 minutes without an open page");
  std::fflush(stdout);
  while (!stop_requested()) {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    if (options.with_parent && getppid() != parent) break;
    if (!options.stay && viewer.quiet_s() > kQuiet_s) break;
  }
  return 0;
}

}  // namespace

Command view_command() {
  const auto options = std::make_shared<ViewOptions>();
  return {"view",
          "Results and their videos in the browser, frame by frame",
          {{.flag = "RESULTS",
            .group = "Options",
            .help = "Folders with results, or tables (default: the folder processed)",
            .setting = texts(options->results)},
           {.flag = "--videos",
            .group = "Options",
            .help = "Folder where videos are looked for that are not where the manifest says",
            .more = "By name; may be given more than once. Beside the tables and one folder above "
                    "they are looked for anyway",
            .label = "DIR",
            .setting = texts(options->videos)},
           {.flag = "--port",
            .group = "Options",
            .help = "Port at 127.0.0.1 and ::1 (default: any free one)",
            .label = "N",
            .setting = whole(options->port, 1, 65535, 0)},
           {.flag = "--no-open",
            .group = "Options",
            .help = "Do not open a browser, only print the address",
            .setting = no(options->open)},
           {.flag = "--read-only",
            .group = "Options",
            .help = "Write nothing: neither marks nor indexes of videos",
            .setting = yes(options->read_only)},
           {.flag = "--stay",
            .group = "Options",
            .help = "Do not end 10 minutes after the last page was closed",
            .setting = yes(options->stay)},
           {.flag = "--with-parent",
            .group = "Options",
            .help = "End when the program that started this one ends",
            .setting = yes(options->with_parent)}},
          [options] { return view(*options); }};
}

}  // namespace auriga::app
