#include "console.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>

#include <fcntl.h>
#include <unistd.h>

namespace auriga::app {
namespace {

// A descriptor that reading or writing fails for, as it does for one that is closed.
void occupy(int descriptor, int mode) {
  if (fcntl(descriptor, F_GETFD) >= 0 || errno != EBADF) return;
  const int opened = open("/dev/null", mode);
  if (opened < 0 || opened == descriptor) return;
  dup2(opened, descriptor);
  close(opened);
}

bool write_all(int descriptor, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = write(descriptor, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return false;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

void write_printable(int descriptor, std::string_view text) {
  std::array<char, 1024> buffer;
  unsigned char before = 0;
  while (!text.empty()) {
    const std::string_view part = text.substr(0, buffer.size());
    std::ranges::transform(part, buffer.begin(), [&](char c) {
      const unsigned char byte = static_cast<unsigned char>(c);
      // The last: U+0080 to U+009F in UTF-8.
      const bool commands = (byte < 0x20 && c != '\n' && c != '\t') || byte == 0x7f ||
                            (before == 0xc2 && byte < 0xa0);
      before = byte;
      return commands ? '?' : c;
    });
    if (!write_all(descriptor, {buffer.data(), part.size()})) return;
    text.remove_prefix(part.size());
  }
}

}  // namespace

void prepare_console() {
  occupy(STDIN_FILENO, O_WRONLY);
  occupy(STDOUT_FILENO, O_RDONLY);
  occupy(STDERR_FILENO, O_RDONLY);
  std::signal(SIGPIPE, SIG_IGN);
}

// Straight to the descriptors: standard error has no buffer, and a buffer of standard output that
// cannot be emptied would fail whoever writes next.
void complain(std::string_view text) { write_printable(STDERR_FILENO, text); }

void tell(std::string_view text) {
  std::fflush(stdout);
  write_printable(STDOUT_FILENO, text);
}

void erase_line() { write_all(STDERR_FILENO, "\r\x1b[K"); }

int lost_output() {
  errno = 0;
  if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0) return 0;
  return errno != 0 ? errno : EIO;
}

}  // namespace auriga::app
