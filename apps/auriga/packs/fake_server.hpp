// An HTTP server on this machine that misbehaves as told, for tests of downloads.
#pragma once

#include <atomic>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace auriga::test {

struct ServedFile {
  std::string content;
  bool ranges = true;          // answers `Range`; otherwise sends everything with status 200
  std::size_t drop_after = 0;  // closes the connection after that many bytes of an answer; 0: never
  int drops = 1000000;         // so many times; then it behaves
  int status = 200;            // other than 200: an error without content
  std::string redirect;        // address to go to instead
  std::string damaged;         // answer to `Range` instead of the rest of `content`
  bool goes_away = false;      // answers `Range` with an error: what was cut off stays so
};

// Serves until it is destroyed. One connection at a time, one request per connection.
class TestServer {
 public:
  // Paths begin with a slash and are as in the request, percent-encoded.
  explicit TestServer(std::map<std::string, ServedFile> files);
  ~TestServer();
  TestServer(const TestServer&) = delete;
  TestServer& operator=(const TestServer&) = delete;

  std::string address() const;          // "http://127.0.0.1:PORT"
  std::vector<std::string> requests();  // "PATH" or "PATH RANGE" each
  void serve(const std::string& path, ServedFile file);

 private:
  void run();
  void answer(int connection);

  std::map<std::string, ServedFile> files_;
  std::vector<std::string> requests_;
  std::mutex mutex_;
  int listener_ = -1, port_ = 0;
  std::atomic<bool> stop_ = false;
  std::thread thread_;
};

}  // namespace auriga::test
