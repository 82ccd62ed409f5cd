#include "viewer/http_server.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <arpa/inet.h>
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include "auriga/error.hpp"

#include "support/golden.hpp"

namespace auriga {
namespace {

using namespace std::string_literals;
using test::TemporaryFolder;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

// A connection to the server, on which a test may write what no browser would.
class Connection {
 public:
  explicit Connection(int port) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(static_cast<std::uint16_t>(port));
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    open_ = ::connect(socket_, reinterpret_cast<sockaddr*>(&to), sizeof to) == 0;
  }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection() { ::close(socket_); }

  bool open() const { return open_; }
  bool send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t count = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (count <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(count));
    }
    return true;
  }
  // What comes until the server closes the connection, or for so long nothing comes; before
  // the first byte, for `first_ms`.
  std::string receive(int quiet_ms = 400, int first_ms = 0) {
    std::string all;
    char bytes[4096];
    pollfd one{socket_, POLLIN, 0};
    while (::poll(&one, 1, all.empty() ? std::max(quiet_ms, first_ms) : quiet_ms) > 0) {
      const ssize_t count = ::recv(socket_, bytes, sizeof bytes, 0);
      if (count <= 0) {
        closed_ = true;
        break;
      }
      all.append(bytes, static_cast<std::size_t>(count));
    }
    return all;
  }
  // By the server, as far as receive() has seen.
  bool closed() const { return closed_; }

 private:
  int socket_;
  bool open_ = false, closed_ = false;
};

class HttpServerTest : public ::testing::Test {
 protected:
  void SetUp() override { signal(SIGPIPE, SIG_IGN); }

  int start(HttpLimits limits = {}) {
    server_ = std::make_unique<HttpServer>(
        [this](const HttpRequest& request) {
          ++answered_;
          if (request.path == "/throw") throw std::runtime_error("a secret");
          HttpReply reply;
          reply.type = "text/plain";
          if (request.path == "/file") {
            reply.file = folder_.path() / "file";
            return reply;
          }
          reply.body = request.method + " " + request.path + " " + request.body;
          for (const auto& [name, value] : request.query) reply.body += " " + name + "=" + value;
          return reply;
        },
        [](const HttpRequest& request) -> std::unique_ptr<HttpReply> {
          if (request.path != "/refused") return nullptr;
          auto reply = std::make_unique<HttpReply>();
          reply->status = 403;
          reply->type = "text/plain";
          reply->body = "no";
          return reply;
        },
        limits);
    const int port = server_->bind(0);
    server_->start();
    return port;
  }

  // The answer to one request on a connection of its own.
  static std::string ask(int port, const std::string& request) {
    Connection connection(port);
    connection.send(request);
    // Where the server closes the connection, silence is no end, however busy the machine is.
    constexpr int kPatience_ms = 20'000;
    const bool closes = request.find("Connection: close") != std::string::npos;
    return connection.receive(closes ? kPatience_ms : 400, kPatience_ms);
  }
  static std::string get(int port, const std::string& target, const std::string& headers = {}) {
    return ask(
        port, "GET " + target + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n" + headers + "\r\n");
  }

  const TemporaryFolder folder_;
  std::atomic<int> answered_ = 0;
  std::unique_ptr<HttpServer> server_;
};

TEST_F(HttpServerTest, AnswersWithWhatItIsAsked) {
  const int port = start();
  EXPECT_THAT(get(port, "/a%20b/c?x=1&y=%41&x=2"), HasSubstr("GET /a b/c  x=1 y=A"));
  EXPECT_THAT(ask(port, "PUT /m HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello"),
              HasSubstr("PUT /m hello"));
  EXPECT_THAT(get(port, "/throw"),
              testing::AllOf(StartsWith("HTTP/1.1 500"), Not(HasSubstr("secret"))));
  // Several on one connection.
  Connection connection(port);
  for (int i = 0; i < 3; ++i) {
    connection.send("GET /" + std::to_string(i) + " HTTP/1.1\r\nHost: x\r\n\r\n");
    EXPECT_THAT(connection.receive(), HasSubstr("GET /" + std::to_string(i)));
    EXPECT_FALSE(connection.closed());
  }
}

TEST_F(HttpServerTest, ServesPartsOfFiles) {
  std::string bytes;
  for (int i = 0; i < 100000; ++i) bytes += static_cast<char>('a' + i % 26);
  test::write_text(folder_.path() / "file", bytes);
  const int port = start();
  EXPECT_THAT(get(port, "/file"), testing::EndsWith("\r\n\r\n" + bytes));
  const std::string part = get(port, "/file", "Range: bytes=70000-70009\r\n");
  EXPECT_THAT(part, testing::AllOf(StartsWith("HTTP/1.1 206"),
                                   HasSubstr("Content-Range: bytes 70000-70009/100000"),
                                   testing::EndsWith("\r\n\r\n" + bytes.substr(70000, 10))));
  EXPECT_THAT(get(port, "/file", "Range: bytes=99990-\r\n"),
              testing::EndsWith(bytes.substr(99990)));
  EXPECT_THAT(get(port, "/file", "Range: bytes=-7\r\n"), testing::EndsWith(bytes.substr(99993)));
  for (const char* range : {"100000-", "100000-100001", "5-100000", "9-2", "-100001", "x-y", "-",
                            "99999999999999999999-", "0-99999999999999999999"})
    EXPECT_THAT(get(port, "/file", std::string("Range: bytes=") + range + "\r\n"),
                testing::AnyOf(StartsWith("HTTP/1.1 416"), StartsWith("HTTP/1.1 400")))
        << range;
  // Many parts at a time would be an answer much larger than the file.
  EXPECT_THAT(get(port, "/file", "Range: bytes=0-,0-,0-,0-\r\n"), StartsWith("HTTP/1.1 400"));
}

TEST_F(HttpServerTest, WhatComesBehindARefusedRequestIsNotARequest) {
  const int port = start();
  for (const std::string& request :
       {std::string("PUT /refused HTTP/1.1\r\nHost: x\r\nContent-Length: 40\r\n\r\n"),
        std::string("GET /ok HTTP/1.1\r\nHost: x\r\nContent-Length: 40\r\n\r\n"),
        std::string("GET /ok HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"),
        std::string("POST /ok HTTP/1.1\r\nHost: x\r\nContent-Length: 40\r\n\r\n")}) {
    const int before = answered_;
    Connection connection(port);
    connection.send(request + "GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n");
    EXPECT_THAT(connection.receive(), Not(HasSubstr("smuggled"))) << request;
    EXPECT_LE(answered_, before + 1);
  }
}

TEST_F(HttpServerTest, LargeRequestsAreRefused) {
  HttpLimits limits;
  limits.body_bytes = 100000;
  const int port = start(limits);
  EXPECT_THAT(get(port, "/" + std::string(9000, 'a')), Not(HasSubstr("GET /aaa")));
  EXPECT_THAT(get(port, "/" + std::string(1000, 'a')), StartsWith("HTTP/1.1 400"));
  // One header that is too long, and headers without end.
  EXPECT_THAT(get(port, "/ok", "X: " + std::string(40000, 'a') + "\r\n"),
              Not(HasSubstr("GET /ok")));
  std::string headers;
  for (int i = 0; i < 4000; ++i) headers += "X-" + std::to_string(i) + ": y\r\n";
  EXPECT_THAT(get(port, "/ok", headers), Not(HasSubstr("GET /ok")));
  EXPECT_THAT(ask(port, "PUT /m HTTP/1.1\r\nHost: x\r\nContent-Length: 100001\r\n\r\n" +
                            std::string(100001, 'b')),
              Not(HasSubstr("PUT /m")));
  EXPECT_THAT(ask(port, "PUT /m HTTP/1.1\r\nHost: x\r\nContent-Length: 99999\r\n\r\n" +
                            std::string(99999, 'b')),
              HasSubstr("PUT /m bbb"));
  EXPECT_EQ(answered_, 1);
}

TEST_F(HttpServerTest, NonsenseIsNoRequest) {
  const int port = start();
  for (const std::string& nonsense :
       {std::string("\r\n\r\n\r\n"), std::string("GET\r\n\r\n"), std::string(100, '\0'),
        std::string("GET / HTTP/9.9\r\n\r\n"), std::string("\x16\x03\x01\x02"),
        "GET /\0x HTTP/1.1\r\nHost: x\r\n\r\n"s,
        std::string("PUT /m HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\nhello"),
        std::string("PUT /m HTTP/1.1\r\nHost: x\r\nContent-Length: 18446744073709551615\r\n\r\nhe"),
        std::string("PUT /m HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n")}) {
    Connection connection(port);
    connection.send(nonsense);
    EXPECT_THAT(connection.receive(150), Not(HasSubstr("HTTP/1.1 200"))) << nonsense;
  }
  EXPECT_THAT(get(port, "/after"), HasSubstr("GET /after"));
}

TEST_F(HttpServerTest, ManyConnectionsAreTurnedAwayAndComeBack) {
  HttpLimits limits;
  limits.connections = 20;
  const int port = start(limits);
  std::vector<std::unique_ptr<Connection>> idle;
  for (int i = 0; i < 200; ++i) idle.push_back(std::make_unique<Connection>(port));
  int busy = 0;
  for (auto& connection : idle) busy += connection->receive(5).find(" 503 ") != std::string::npos;
  EXPECT_EQ(busy, 180);
  idle.clear();
  std::string answer;
  for (int i = 0; i < 50 && answer.find("GET /again") == std::string::npos; ++i) {
    answer = get(port, "/again");
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  EXPECT_THAT(answer, HasSubstr("GET /again"));
}

TEST_F(HttpServerTest, WhoDripsLosesTheConnection) {
  HttpLimits limits;
  limits.request_s = 1;
  const int port = start(limits);
  Connection slow(port);
  const std::string request = "GET /drip HTTP/1.1\r\nHost: x\r\nX: " + std::string(100, 'a');
  // A byte every 100 ms: httplib alone would go on for ever.
  for (std::size_t i = 0; i < 25 && !slow.closed(); ++i) {
    slow.send(request.substr(i, 1));
    slow.receive(100);
  }
  EXPECT_TRUE(slow.closed());
  EXPECT_EQ(answered_, 0);
}

TEST_F(HttpServerTest, IdleConnectionsAreClosed) {
  HttpLimits limits;
  limits.idle_s = 1;
  const int port = start(limits);
  Connection idle(port);
  EXPECT_EQ(idle.receive(4000), "");
  EXPECT_TRUE(idle.closed());
}

TEST_F(HttpServerTest, WhoDoesNotReadHoldsNobodyUp) {
  test::write_text(folder_.path() / "file", std::string(64 << 20, 'x'));
  HttpLimits limits;
  limits.stalled_s = 1;
  const int port = start(limits);
  std::vector<std::unique_ptr<Connection>> lazy;
  for (int i = 0; i < 10; ++i) {
    lazy.push_back(std::make_unique<Connection>(port));
    lazy.back()->send("GET /file HTTP/1.1\r\nHost: x\r\n\r\n");
  }
  EXPECT_THAT(get(port, "/other"), HasSubstr("GET /other"));
}

TEST_F(HttpServerTest, StopsAtOnceWhateverItsConnectionsDo) {
  test::write_text(folder_.path() / "file", std::string(64 << 20, 'x'));
  const int port = start();
  Connection idle(port), half(port), lazy(port);
  half.send("GET /half HTTP/1.1\r\nHo");
  lazy.send("GET /file HTTP/1.1\r\nHost: x\r\n\r\n");
  std::this_thread::sleep_for(std::chrono::milliseconds(300));
  const auto begin = std::chrono::steady_clock::now();
  server_->stop();
  // Limits of time would hold it for 10 s and more.
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(5));
  Connection later(port);
  EXPECT_EQ(later.receive(), "");
}

TEST_F(HttpServerTest, APortInUseIsSaid) {
  const int port = start();
  HttpServer other([](const HttpRequest&) { return HttpReply(); },
                   [](const HttpRequest&) { return nullptr; });
  try {
    other.bind(port);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::usage);
    EXPECT_THAT(error.what(), HasSubstr(std::to_string(port)));
  }
}

// Nobody on another machine, or at another address of this one.
TEST_F(HttpServerTest, ListensOnTheLoopbackOnly) {
  const int port = start();
  const std::string table = test::read_text("/proc/self/net/tcp");
  char wanted[16];
  std::snprintf(wanted, sizeof wanted, ":%04X", static_cast<unsigned>(port));
  std::size_t at = 0;
  int listening = 0;
  while ((at = table.find(wanted, at)) != std::string::npos) {
    // local address, remote address, state 0A: listening
    const std::string line = table.substr(table.rfind('\n', at) + 1, 60);
    if (line.find(" 0A ") != std::string::npos && line.find(wanted) < 20) {
      ++listening;
      EXPECT_THAT(line, HasSubstr("0100007F:"));
    }
    at += 5;
  }
  EXPECT_EQ(listening, 1);
}

}  // namespace
}  // namespace auriga
