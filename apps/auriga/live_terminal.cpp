#include "live_terminal.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <optional>

#include <fcntl.h>
#include <fmt/core.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "console.hpp"
#include "progress.hpp"

namespace auriga::app {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds kDrawPeriod{100}, kLogPeriod{10000};

// Written at once, so that nothing flickers; a terminal that does not take it misses the rest.
void put(std::string_view text) {
  while (!text.empty()) {
    pollfd one{STDERR_FILENO, POLLOUT, 0};
    constexpr int kPatience_ms = 50;
    if (poll(&one, 1, kPatience_ms) <= 0) return;
    const ssize_t written =
        write(STDERR_FILENO, text.data(), std::min<std::size_t>(text.size(), 1024));
    if (written <= 0) return;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
}

// Of the terminal that keys are read from, for as long as this is there.
std::optional<termios> usual_terminal;

double degrees(float rad) { return static_cast<double>(rad) * 180 / std::numbers::pi; }

std::string bar(double value, int width) {
  constexpr double kMost = 5;
  static constexpr const char* kEighths[] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
  const int eighths =
      static_cast<int>(std::lround(std::clamp(value / kMost, 0.0, 1.0) * 8 * width));
  std::string text;
  for (int i = 0; i < eighths / 8; ++i) text += "█";
  text += kEighths[eighths % 8];
  for (int i = (eighths + 7) / 8; i < width; ++i) text += "·";
  return text;
}

std::string status_line(const LivePicture& p) {
  return fmt::format("frame {}, {:.1f} frames/s, latency {:.1f} ms, lost {}, {}", p.frames, p.fps,
                     p.latency_ms, p.lost,
                     p.waiting_s > 1 ? fmt::format("no frame for {:.0f} s", p.waiting_s)
                     : p.face        ? std::string("face")
                                     : fmt::format("NO FACE for {:.1f} s", p.unseen_s));
}

}  // namespace

std::string screen_of(const LivePicture& p, int columns, int rows) {
  std::vector<std::string> lines;
  lines.push_back(p.source);
  lines.push_back(status_line(p));
  std::string second = "neutral: " + p.neutral;
  for (const auto& [name, count] : p.dropped)
    if (count > 0) second += fmt::format(", {} dropped {}", name, count);
  lines.push_back(second);
  if (!p.trouble.empty()) lines.push_back(p.trouble);
  if (p.face) {
    const auto& t = p.pose.translation_mm;
    const auto& r = p.pose.rotation_rad;
    lines.push_back(fmt::format(
        "head {:+5.0f} {:+5.0f} {:5.0f} mm  pitch {:+4.0f}° yaw {:+4.0f}° roll {:+4.0f}°  gaze "
        "{:+4.0f}° {:+4.0f}°",
        t[0], t[1], t[2], degrees(r[0]), degrees(r[1]), degrees(r[2]), degrees(p.gaze.angle_rad[0]),
        degrees(p.gaze.angle_rad[1])));
    // As many columns of bars as it takes to show all, each at least so wide.
    constexpr int kLeast = 24, kBesides = 13;
    const int room = std::max(1, rows - static_cast<int>(lines.size()) - 1);
    const int units = static_cast<int>(p.intensities.size());
    const int side_by_side =
        std::clamp((units + room - 1) / room, 1, std::max(1, columns / kLeast));
    const int width = std::max(1, columns / side_by_side - kBesides);
    const int high = (units + side_by_side - 1) / side_by_side;
    for (int y = 0; y < high; ++y) {
      std::string line;
      for (int x = 0; x < side_by_side; ++x) {
        const int i = x * high + y;
        if (i >= units) continue;
        const auto& [name, value] = p.intensities[static_cast<std::size_t>(i)];
        const bool there =
            std::find(p.presences.begin(), p.presences.end(), name) != p.presences.end();
        line += fmt::format("{}{} {} {:4.2f}", name, there ? "*" : " ", bar(value, width), value);
        if (x + 1 < side_by_side) line += "  ";
      }
      lines.push_back(line);
    }
  }
  const std::size_t most = static_cast<std::size_t>(std::max(1, rows - 1));
  if (lines.size() > most) lines.resize(most);
  lines.push_back("q quit  n this is neutral  r forget it");
  std::string text = "\x1b[H";
  for (std::size_t i = 0; i < lines.size(); ++i)
    text += shortened(lines[i], static_cast<std::size_t>(std::max(1, columns))) + "\x1b[K" +
            (i + 1 < lines.size() ? "\r\n" : "");
  return text + "\x1b[J";
}

LiveTerminal::LiveTerminal(bool wanted, bool quiet, bool keys, LiveOrders& orders)
    : draws_(wanted && !quiet && isatty(STDERR_FILENO) != 0), quiet_(quiet), orders_(orders) {
  if (draws_) {
    keys_ = keys && isatty(STDIN_FILENO) != 0 ? dup(STDIN_FILENO)
                                              : open("/dev/tty", O_RDONLY | O_CLOEXEC);
    termios terminal{};
    if (keys_ >= 0 && tcgetattr(keys_, &terminal) == 0) {
      usual_terminal = terminal;
      terminal.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO);
      tcsetattr(keys_, TCSANOW, &terminal);
    }
    put("\x1b[?1049h\x1b[?25l");  // a screen of its own, no cursor
  }
  if (!quiet_) thread_ = std::thread([this] { work(); });
}

LiveTerminal::~LiveTerminal() {
  stopped_ = true;
  if (thread_.joinable()) thread_.join();
  if (draws_) put("\x1b[?25h\x1b[?1049l");
  if (keys_ >= 0) {
    if (usual_terminal) tcsetattr(keys_, TCSANOW, &*usual_terminal);
    close(keys_);
  }
  for (const std::string& one : said_) complain("{}\n", one);
}

void LiveTerminal::update(LivePicture picture) {
  const std::lock_guard lock(mutex_);
  picture_ = std::move(picture);
}

void LiveTerminal::say(const std::string& text) {
  if (!quiet_) say_error(text);
}

void LiveTerminal::say_error(const std::string& text) {
  if (!draws_) {
    complain("{}\n", text);
    return;
  }
  // Shown once the screen is the user's again.
  constexpr std::size_t kMost = 100;
  const std::lock_guard lock(mutex_);
  if (said_.size() < kMost) said_.push_back(text);
}

void LiveTerminal::draw() {
  winsize size{};
  constexpr int kColumns = 80, kRows = 24;
  const bool known = ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
  const int columns = known ? size.ws_col : kColumns, rows = known ? size.ws_row : kRows;
  LivePicture picture;
  {
    const std::lock_guard lock(mutex_);
    picture = picture_;
    if (!said_.empty() && picture.trouble.empty()) picture.trouble = said_.back();
  }
  if (columns != columns_ || rows != rows_) put("\x1b[2J");
  columns_ = columns;
  rows_ = rows;
  put(screen_of(picture, columns, rows));
}

void LiveTerminal::read_keys() {
  pollfd one{keys_, POLLIN, 0};
  while (keys_ >= 0 && poll(&one, 1, 0) > 0) {
    char key = 0;
    if (::read(keys_, &key, 1) != 1) {
      close(std::exchange(keys_, -1));
      return;
    }
    if (key == 'q') orders_.add(LiveOrder::quit);
    if (key == 'n') orders_.add(LiveOrder::neutral);
    if (key == 'r') orders_.add(LiveOrder::reset);
  }
}

void LiveTerminal::work() {
  auto next = steady_clock::now() + (draws_ ? milliseconds(0) : kLogPeriod);
  while (!stopped_) {
    std::this_thread::sleep_for(kDrawPeriod / 2);
    if (keys_ >= 0) read_keys();
    if (const auto now = steady_clock::now(); now >= next) {
      next = now + (draws_ ? kDrawPeriod : kLogPeriod);
      if (draws_) {
        draw();
      } else {
        std::string line;
        {
          const std::lock_guard lock(mutex_);
          line = status_line(picture_);
          for (const auto& [name, count] : picture_.dropped)
            if (count > 0) line += fmt::format(", {} dropped {}", name, count);
        }
        complain("auriga: {}\n", line);
      }
    }
  }
}

}  // namespace auriga::app
