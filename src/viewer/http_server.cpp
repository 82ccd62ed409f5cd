#include "viewer/http_server.hpp"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <system_error>
#include <thread>

#include <fcntl.h>
#include <fmt/core.h>
#include <httplib.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "auriga/error.hpp"

namespace auriga {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

// How soon a connection sees that the server stops.
constexpr int kLook_ms = 100;

// The socket of a connection with limits of its own: httplib's are per call, so that whoever sends
// a byte now and then keeps its thread for ever.
class LimitedStream final : public httplib::Stream {
 public:
  LimitedStream(int socket, const HttpLimits& limits, const std::atomic<bool>& stopping)
      : socket_(socket), limits_(limits), stopping_(stopping) {}

  // Waits for the first byte of the next request.
  bool wait_for_request() {
    const auto end = Clock::now() + std::chrono::seconds(limits_.idle_s);
    while (at_ == held_) {
      if (!wait(POLLIN, end)) return false;
      if (!fill()) return false;
    }
    read_ = 0;
    most_ = limits_.header_bytes;
    deadline_ = Clock::now() + std::chrono::seconds(limits_.request_s);
    return true;
  }

  // From here on a body is read.
  void expect_body(std::size_t bytes) { most_ = std::max(most_, read_ + bytes); }

  bool is_readable() const override { return at_ < held_ || ready(POLLIN, 0); }
  bool is_writable() const override { return ready(POLLOUT, 0) || !stopping_; }

  ssize_t read(char* to, std::size_t size) override {
    if (size == 0) return 0;
    if (read_ >= most_) return -1;
    while (at_ == held_)
      if (!wait(POLLIN, deadline_) || !fill()) return -1;
    const std::size_t count = std::min({size, held_ - at_, most_ - read_});
    std::copy_n(buffer_ + at_, count, to);
    at_ += count;
    read_ += count;
    return static_cast<ssize_t>(count);
  }

  ssize_t write(const char* from, std::size_t size) override {
    std::size_t written = 0;
    while (written < size) {
      if (!wait(POLLOUT, Clock::now() + std::chrono::seconds(limits_.stalled_s))) return -1;
      const ssize_t count =
          ::send(socket_, from + written, size - written, MSG_NOSIGNAL | MSG_DONTWAIT);
      if (count > 0) {
        written += static_cast<std::size_t>(count);
      } else if (count < 0 && errno != EAGAIN && errno != EINTR) {
        return -1;
      }
    }
    return static_cast<ssize_t>(written);
  }

  void get_remote_ip_and_port(std::string& ip, int& port) const override {
    ip.clear();
    port = 0;
  }
  void get_local_ip_and_port(std::string& ip, int& port) const override {
    ip.clear();
    port = 0;
  }
  socket_t socket() const override { return socket_; }

 private:
  bool ready(short event, int ms) const {
    pollfd one{socket_, event, 0};
    return ::poll(&one, 1, ms) > 0;
  }

  bool wait(short event, Clock::time_point end) const {
    while (!stopping_) {
      if (ready(event, kLook_ms)) return true;
      if (Clock::now() >= end) return false;
    }
    return false;
  }

  bool fill() {
    ssize_t count = 0;
    do {
      count = ::recv(socket_, buffer_, sizeof buffer_, MSG_DONTWAIT);
    } while (count < 0 && errno == EINTR);
    if (count < 0 && errno == EAGAIN) return true;
    if (count <= 0) return false;
    at_ = 0;
    held_ = static_cast<std::size_t>(count);
    return true;
  }

  int socket_;
  const HttpLimits& limits_;
  const std::atomic<bool>& stopping_;
  char buffer_[8192];
  std::size_t at_ = 0, held_ = 0;
  std::size_t read_ = 0, most_ = 0;  // of this request
  Clock::time_point deadline_;
};

// A thread for each connection that is accepted; LimitedServer says how many there may be.
class ConnectionThreads final : public httplib::TaskQueue {
 public:
  void enqueue(std::function<void()> connection) override {
    {
      const std::lock_guard lock(mutex_);
      ++running_;
    }
    try {
      std::thread([this, connection = std::move(connection)] {
        connection();
        const std::lock_guard lock(mutex_);
        if (--running_ == 0) none_.notify_all();
      }).detach();
    } catch (const std::system_error&) {
      // No more threads: the connection ends, and its socket with the process.
      const std::lock_guard lock(mutex_);
      --running_;
    }
  }

  void shutdown() override {
    std::unique_lock lock(mutex_);
    none_.wait(lock, [this] { return running_ == 0; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable none_;
  int running_ = 0;
};

struct OpenFile {
  int descriptor = -1;
  std::size_t size = 0;

  explicit OpenFile(const fs::path& file)
      : descriptor(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {
    struct stat facts {};
    if (descriptor < 0 || fstat(descriptor, &facts) != 0 || !S_ISREG(facts.st_mode)) return;
    size = static_cast<std::size_t>(facts.st_size);
  }
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;
  ~OpenFile() {
    if (descriptor >= 0) ::close(descriptor);
  }
};

// Whether the only range asked for, if any, lies within; a last byte of -1 is the end, a first one
// of -1 says "the last so many".
bool within(const httplib::Ranges& ranges, std::size_t size) {
  if (ranges.empty()) return true;
  const auto bytes = static_cast<ssize_t>(size);
  const auto [first, last] = ranges.front();
  if (first < 0) return last > 0 && last <= bytes;
  return first < bytes && (last < 0 || (first <= last && last < bytes));
}

HttpRequest plain(const httplib::Request& request) {
  HttpRequest plain;
  plain.method = request.method;
  plain.path = request.path;
  for (const auto& [name, value] : request.params) plain.query.emplace(name, value);
  plain.host = request.get_header_value("Host");
  plain.origin = request.get_header_value("Origin");
  plain.fetch_site = request.get_header_value("Sec-Fetch-Site");
  plain.cookies = request.get_header_value("Cookie");
  return plain;
}

struct Shared {
  HttpServer::Answer answer;
  HttpServer::Permits permits;
  HttpLimits limits;
  std::atomic<bool> stopping{false};
  std::atomic<std::size_t> connections{0};
  std::atomic<Clock::rep> last_request{0};
};

// Of the connection of this thread.
thread_local LimitedStream* this_stream = nullptr;
thread_local bool close_after = false;

class LimitedServer final : public httplib::Server {
 public:
  explicit LimitedServer(Shared& shared) : shared_(shared) {
    new_task_queue = [] { return new ConnectionThreads; };
    set_tcp_nodelay(true);
    // Only told to the browser; converse() decides.
    set_keep_alive_timeout(shared.limits.idle_s);
    set_keep_alive_max_count(1'000'000);
    set_payload_max_length(shared.limits.body_bytes);
    // All is decided here, before httplib matches a path, so that no pattern ever meets one.
    set_pre_routing_handler([this](const httplib::Request& request, httplib::Response& response) {
      return before(request, response);
    });
    Put(".{1,200}", [this](const httplib::Request& request, httplib::Response& response,
                           const httplib::ContentReader& read) {
      HttpRequest asked = plain(request);
      this_stream->expect_body(shared_.limits.body_bytes + 65536);
      const bool whole = read([&](const char* bytes, std::size_t count) {
        if (asked.body.size() + count > shared_.limits.body_bytes) return false;
        asked.body.append(bytes, count);
        return true;
      });
      if (!whole) {
        close_after = true;
        response.status = 413;
        return;
      }
      reply(asked, request, response);
    });
  }

  // httplib's queue of connections that wait to be accepted is of five.
  void wait_in_line() { ::listen(svr_sock_, static_cast<int>(shared_.limits.connections) + 128); }

 private:
  using Handled = httplib::Server::HandlerResponse;

  Handled before(const httplib::Request& request, httplib::Response& response) {
    shared_.last_request = Clock::now().time_since_epoch().count();
    const HttpRequest asked = plain(request);
    const bool sends = request.method == "PUT";
    // What a request has behind its headers would be taken for the next one.
    if (!sends && (request.has_header("Content-Length") || request.has_header("Transfer-Encoding")))
      close_after = true;
    if (request.ranges.size() > 1 || request.path.size() > 200) {
      close_after = true;
      response.status = 400;
      return Handled::Handled;
    }
    try {
      if (const auto refusal = shared_.permits(asked)) {
        close_after = true;
        fill(*refusal, request, response);
        return Handled::Handled;
      }
    } catch (...) {
      close_after = true;
      response.status = 500;
      return Handled::Handled;
    }
    if (sends) return Handled::Unhandled;
    reply(asked, request, response);
    return Handled::Handled;
  }

  void reply(const HttpRequest& asked, const httplib::Request& request,
             httplib::Response& response) {
    try {
      fill(shared_.answer(asked), request, response);
    } catch (...) {
      response.status = 500;
    }
  }

  static void fill(const HttpReply& reply, const httplib::Request& request,
                   httplib::Response& response) {
    response.status = reply.status;
    for (const auto& [name, value] : reply.headers) response.set_header(name, value);
    if (close_after) response.set_header("Connection", "close");
    if (reply.file.empty()) {
      if (!request.ranges.empty() && reply.status == 200 &&
          !within(request.ranges, reply.body.size())) {
        response.status = 416;
        return;
      }
      if (!request.ranges.empty() && reply.status == 200) response.status = 206;
      response.set_content(reply.body, reply.type);
      return;
    }
    const auto file = std::make_shared<OpenFile>(reply.file);
    if (file->size == 0) {
      response.status = 404;
      return;
    }
    if (!within(request.ranges, file->size)) {
      response.status = 416;
      response.set_header("Content-Range", fmt::format("bytes */{}", file->size));
      return;
    }
    response.status = request.ranges.empty() ? 200 : 206;
    response.set_header("Accept-Ranges", "bytes");
    response.set_content_provider(
        file->size, reply.type,
        [file](std::size_t at, std::size_t length, httplib::DataSink& sink) {
          char bytes[65536];
          const ssize_t count = ::pread(file->descriptor, bytes, std::min(length, sizeof bytes),
                                        static_cast<off_t>(at));
          return count > 0 && sink.write(bytes, static_cast<std::size_t>(count));
        });
  }

  bool process_and_close_socket(socket_t socket) override {
    if (++shared_.connections > shared_.limits.connections) {
      constexpr std::string_view kBusy =
          "HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";
      [[maybe_unused]] const ssize_t count =
          ::send(socket, kBusy.data(), kBusy.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    } else {
      converse(socket);
    }
    --shared_.connections;
    ::shutdown(socket, SHUT_RDWR);
    ::close(socket);
    return true;
  }

  void converse(int socket) {
    LimitedStream stream(socket, shared_.limits, shared_.stopping);
    this_stream = &stream;
    bool closed = false;
    while (!closed && stream.wait_for_request()) {
      close_after = false;
      if (!process_request(stream, false, closed, nullptr) || close_after) break;
    }
    this_stream = nullptr;
  }

  Shared& shared_;
};

}  // namespace

struct HttpServer::Implementation {
  Shared shared;
  LimitedServer v4{shared};
  std::unique_ptr<LimitedServer> v6;
  std::vector<std::thread> threads;
};

std::string_view HttpRequest::value(const std::string& name) const {
  const auto found = query.find(name);
  return found == query.end() ? std::string_view() : std::string_view(found->second);
}

HttpServer::HttpServer(Answer answer, Permits permits, HttpLimits limits)
    : implementation_(std::make_unique<Implementation>()) {
  implementation_->shared.answer = std::move(answer);
  implementation_->shared.permits = std::move(permits);
  implementation_->shared.limits = limits;
}

HttpServer::~HttpServer() { stop(); }

int HttpServer::bind(int port) {
  Implementation& all = *implementation_;
  // httplib's own options let another process bind the same port.
  all.v4.set_socket_options([](socket_t socket) {
    const int yes = 1;
    ::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  });
  if (port == 0) {
    port = all.v4.bind_to_any_port("127.0.0.1");
    if (port <= 0)
      throw Error(ErrorCode::machine,
                  "cannot open a port at 127.0.0.1; is there a firewall or a limit of open files?");
  } else if (!all.v4.bind_to_port("127.0.0.1", port)) {
    throw Error(ErrorCode::usage,
                fmt::format("cannot open port {} at 127.0.0.1: it is in use, or below 1024; choose "
                            "another, or let the viewer choose one",
                            port));
  }
  all.v4.wait_in_line();
  all.v6 = std::make_unique<LimitedServer>(all.shared);
  all.v6->set_socket_options([](socket_t socket) {
    const int yes = 1;
    ::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    ::setsockopt(socket, IPPROTO_IPV6, IPV6_V6ONLY, &yes, sizeof yes);
  });
  if (all.v6->bind_to_port("::1", port)) {
    all.v6->wait_in_line();
  } else {
    all.v6.reset();
  }
  return port;
}

void HttpServer::start() {
  Implementation& all = *implementation_;
  all.shared.last_request = Clock::now().time_since_epoch().count();
  all.threads.emplace_back([&all] { all.v4.listen_after_bind(); });
  if (all.v6) all.threads.emplace_back([&all] { all.v6->listen_after_bind(); });
}

void HttpServer::stop() {
  Implementation& all = *implementation_;
  all.shared.stopping = true;
  // httplib's stop() does nothing before its loop runs.
  const auto stop_one = [&](LimitedServer& server) {
    for (int i = 0; i < 100 && !server.is_running() && !all.threads.empty(); ++i)
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    server.stop();
  };
  stop_one(all.v4);
  if (all.v6) stop_one(*all.v6);
  for (std::thread& thread : all.threads) thread.join();
  all.threads.clear();
}

double HttpServer::quiet_s() const {
  const Clock::duration since = Clock::now().time_since_epoch() -
                                Clock::duration(implementation_->shared.last_request.load());
  return std::chrono::duration<double>(since).count();
}

}  // namespace auriga
