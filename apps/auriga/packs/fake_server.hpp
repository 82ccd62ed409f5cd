// An HTTP server on this machine that misbehaves as told, for tests of downloads.
#pragma once

#include <atomic>
#include <chrono>
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
  std::string type = "application/octet-stream";
  bool announces = true;  // the length
  std::size_t chunk = 0;  // sends so many bytes at a time, with `pause` after each; 0: all
  std::chrono::milliseconds pause{0};
  std::chrono::milliseconds thinks{0};  // before it answers
  bool resets = false;                  // the connection ends by a reset, not in order
};

// Serves until it is destroyed. One request per connection.
class TestServer {
 public:
  // Paths begin with a slash and are as in the request, percent-encoded.
  explicit TestServer(std::map<std::string, ServedFile> files);
  ~TestServer();
  TestServer(const TestServer&) = delete;
  TestServer& operator=(const TestServer&) = delete;

  std::string address() const;                        // "http://127.0.0.1:PORT"
  std::vector<std::string> requests();                // "PATH" or "PATH RANGE" each
  int most_at_once() const { return most_at_once_; }  // connections
  void serve(const std::string& path, ServedFile file);

 private:
  void run();
  void answer(int connection);

  std::map<std::string, ServedFile> files_;
  std::vector<std::string> requests_;
  std::mutex mutex_;
  int listener_ = -1, port_ = 0;
  std::atomic<bool> stop_ = false;
  std::atomic<int> at_once_ = 0, most_at_once_ = 0;
  std::vector<std::thread> answers_;
  std::thread thread_;
};

}  // namespace auriga::test
