#include "packs/fake_server.hpp"

#include <algorithm>
#include <cstdlib>
#include <stdexcept>
#include <string_view>
#include <utility>

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace auriga::test {
namespace {

bool send_all(int connection, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = send(connection, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

std::string header_value(const std::string& request, const std::string& name) {
  const auto at = request.find("\r\n" + name + ": ");
  if (at == std::string::npos) return {};
  const auto begin = at + name.size() + 4;
  return request.substr(begin, request.find("\r\n", begin) - begin);
}

}  // namespace

TestServer::TestServer(std::map<std::string, ServedFile> files) : files_(std::move(files)) {
  setenv("no_proxy", "127.0.0.1", 1);
  listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in here{};
  here.sin_family = AF_INET;
  here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof here;
  if (bind(listener_, reinterpret_cast<sockaddr*>(&here), size) != 0 || listen(listener_, 8) != 0 ||
      getsockname(listener_, reinterpret_cast<sockaddr*>(&here), &size) != 0)
    throw std::runtime_error("the test server cannot start");
  port_ = ntohs(here.sin_port);
  thread_ = std::thread([this] { run(); });
}

TestServer::~TestServer() {
  stop_ = true;
  shutdown(listener_, SHUT_RDWR);  // wakes `accept`
  thread_.join();
  for (std::thread& answer : answers_) answer.join();
  close(listener_);
}

std::string TestServer::address() const { return "http://127.0.0.1:" + std::to_string(port_); }

std::vector<std::string> TestServer::requests() {
  const std::lock_guard lock(mutex_);
  return requests_;
}

void TestServer::serve(const std::string& path, ServedFile file) {
  const std::lock_guard lock(mutex_);
  files_[path] = std::move(file);
}

void TestServer::run() {
  while (!stop_) {
    const int connection = accept(listener_, nullptr, nullptr);
    if (connection < 0) continue;
    answers_.emplace_back([this, connection] {
      answer(connection);
      close(connection);
    });
  }
}

void TestServer::answer(int connection) {
  std::string request;
  char buffer[4096];
  while (request.find("\r\n\r\n") == std::string::npos) {
    const ssize_t got = recv(connection, buffer, sizeof buffer, 0);
    if (got <= 0) return;
    request.append(buffer, static_cast<std::size_t>(got));
  }
  const std::string path = request.substr(4, request.find(' ', 4) - 4);
  const std::string range = header_value(request, "Range");

  std::unique_lock lock(mutex_);
  requests_.push_back(path + (range.empty() ? "" : " " + range));
  const auto found = files_.find(path);
  std::string head = "HTTP/1.1 ", body;
  if (found == files_.end()) {
    head += "404 Not Found";
  } else if (!found->second.redirect.empty()) {
    head += "302 Found\r\nLocation: " + found->second.redirect;
  } else if (found->second.goes_away && !range.empty()) {
    head += "503 Trouble";
  } else if (found->second.status != 200) {
    head += std::to_string(found->second.status) + " Trouble";
  } else {
    ServedFile& file = found->second;
    body = file.content;
    const std::size_t offset =
        range.empty() ? 0
                      : std::strtoull(range.c_str() + std::string("bytes=").size(), nullptr, 10);
    if (file.ranges && !range.empty()) {
      body = file.damaged.empty() ? file.content.substr(offset) : file.damaged;
      head += "206 Partial Content\r\nContent-Range: bytes " + std::to_string(offset) + "-" +
              std::to_string(offset + body.size() - 1) + "/" + std::to_string(offset + body.size());
    } else {
      head += "200 OK";
    }
  }
  ServedFile how = found == files_.end() ? ServedFile{} : found->second;
  head += "\r\nContent-Type: " + how.type;
  if (how.announces) head += "\r\nContent-Length: " + std::to_string(body.size());
  head += "\r\nConnection: close\r\n\r\n";
  if (found != files_.end() && found->second.drop_after != 0 && found->second.drops > 0 &&
      body.size() > found->second.drop_after) {
    --found->second.drops;
    body.resize(found->second.drop_after);
  }
  const int now = body.empty() ? 0 : ++at_once_;
  most_at_once_ = std::max<int>(most_at_once_, now);
  lock.unlock();
  const std::size_t chunk = how.chunk == 0 ? body.size() : how.chunk;
  for (auto left = how.thinks; left.count() > 0 && !stop_; left -= std::chrono::milliseconds(10))
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  bool open = send_all(connection, head);
  for (std::size_t at = 0; open && !stop_ && at < body.size(); at += chunk) {
    if (at > 0) std::this_thread::sleep_for(how.pause);
    // Who has all may ask for more before this thread goes on.
    if (body.size() - at <= chunk) --at_once_;
    open = send_all(connection, std::string_view(body).substr(at, chunk));
  }
  const linger at_once{1, 0};
  if (how.resets) setsockopt(connection, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
}

}  // namespace auriga::test
