// What a server answers to `auriga models fetch`: no more is written than the file has, a complete
// one has the announced hash, and a refused one is as it was before.
#include <array>
#include <atomic>
#include <chrono>
#include <string>
#include <thread>

#include "auriga/error.hpp"

#include "files/sha256.hpp"
#include "fuzz_folder.hpp"
#include "fuzz_loopback.hpp"
#include "packs/pack_download.hpp"

namespace {

using namespace auriga;
namespace fs = std::filesystem;

// Answers every request with the same bytes. Several ports, for each connection uses one up for a
// while.
class Server {
 public:
  Server() {
    for (std::size_t i = 0; i < kPorts; ++i) sockets_[i] = fuzz::listener(ports_[i]);
    thread_ = std::thread([this] { run(); });
    thread_.detach();
  }

  int port() { return ports_[next_++ % kPorts]; }
  void answer_with(std::string_view bytes) { answer_ = bytes; }

 private:
  static constexpr std::size_t kPorts = 64;

  [[noreturn]] void run() {
    for (;;) {
      std::array<pollfd, kPorts> all{};
      for (std::size_t i = 0; i < kPorts; ++i) all[i] = {sockets_[i], POLLIN, 0};
      if (poll(all.data(), all.size(), 1000) <= 0) continue;
      for (const pollfd& one : all)
        if ((one.revents & POLLIN) != 0) serve(accept4(one.fd, nullptr, nullptr, SOCK_CLOEXEC));
    }
  }

  void serve(int connection) const {
    std::string request;
    char bytes[4096];
    while (request.find("\r\n\r\n") == std::string::npos) {
      const ssize_t count = recv(connection, bytes, sizeof bytes, 0);
      if (count <= 0) break;
      request.append(bytes, static_cast<std::size_t>(count));
    }
    fuzz::send_all(connection, answer_);
    shutdown(connection, SHUT_WR);
    // Until the other side has closed.
    while (recv(connection, bytes, sizeof bytes, 0) > 0) {
    }
    close(connection);
  }

  std::array<int, kPorts> sockets_{}, ports_{};
  std::size_t next_ = 0;
  std::string answer_;
  std::thread thread_;
};

void attempt(Server& server, const std::string& beginning) {
  const fs::path file = fuzz::folder().path() / "download";
  std::error_code ignored;
  fs::remove(file, ignored);
  if (!beginning.empty()) fuzz::folder().write("download", beginning);
  app::DownloadLimits limits;
  limits.patience = std::chrono::milliseconds(300);
  app::DownloadRequest request{"http://127.0.0.1:" + std::to_string(server.port()) + "/f", file,
                               20};
  app::Downloads downloads(limits);
  downloads.start(1, request);
  const auto result = downloads.wait(std::chrono::seconds(60));
  if (!result) __builtin_trap();
  const auto size = fs::exists(file) ? fs::file_size(file) : 0;
  if (size > request.size) __builtin_trap();
  switch (result->how) {
    case app::Download::complete: {
      if (size != request.size || !result->problem.empty()) __builtin_trap();
      std::ifstream in(file, std::ios::binary);
      Sha256 hash;
      hash.update(std::string(std::istreambuf_iterator<char>(in), {}));
      if (hash.hex_digest() != result->sha256) __builtin_trap();
      break;
    }
    case app::Download::refused:
      if (size != beginning.size() && size != 0) __builtin_trap();
      [[fallthrough]];
    default:
      if (result->problem.empty()) __builtin_trap();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  static Server& server = *new Server;  // its thread goes on until the process ends
  // No answer of another server than ours.
  const std::string_view text = fuzz::text(bytes, size);
  if (text.find("ocation") != text.npos || text.find("OCATION") != text.npos) return 0;
  server.answer_with(text);
  attempt(server, "");
  attempt(server, "0123456");
  return 0;
}
