// HTTP on this machine for one person: requests to a function, its replies back.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace auriga {

struct HttpRequest {
  std::string method, path;                  // path decoded, begins with a slash
  std::map<std::string, std::string> query;  // decoded, the first of each name
  std::string host, origin, fetch_site, cookies;
  std::string body;  // of a PUT

  // Empty where there is none.
  std::string_view value(const std::string& name) const;
};

struct HttpReply {
  int status = 200;
  std::string type;  // Content-Type
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;
  // Instead of `body`: the file, of which parts may be asked for (Range). It is opened at once.
  std::filesystem::path file;
};

struct HttpLimits {
  std::size_t connections = 128;      // at a time; others get 503
  std::size_t header_bytes = 32768;   // of a request's line and headers together
  std::size_t body_bytes = 32 << 20;  // of a PUT
  int request_s = 10;                 // for a whole request to arrive
  int idle_s = 60;                    // between requests
  int stalled_s = 60;                 // until somebody takes at least a byte of a reply
};

// Serves 127.0.0.1 and, where the machine has it, ::1, at the same port. A thread per connection.
// Anything that `answer` throws is an answer of status 500 without details. `permits` is asked
// before the body of a request is read and returns the refusal, or nothing; refused connections are
// closed. Request lines of more than 8 KiB, and more than one range at a time, are refused. The
// process must ignore SIGPIPE.
class HttpServer {
 public:
  using Answer = std::function<HttpReply(const HttpRequest&)>;
  using Permits = std::function<std::unique_ptr<HttpReply>(const HttpRequest&)>;

  HttpServer(Answer answer, Permits permits, HttpLimits limits = {});
  ~HttpServer();  // as stop()

  // 0: any free port. Returns the port. Throws Error(usage) for a port in use, Error(machine) when
  // there is none at all.
  int bind(int port);
  // Returns at once.
  void start();
  // Ends all connections, waits for their threads.
  void stop();

  // s since the last request began; since start() where there was none. Any thread.
  double quiet_s() const;

 private:
  struct Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace auriga
