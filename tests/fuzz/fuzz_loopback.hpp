// Sockets of this machine, for fuzz targets of what is sent over HTTP.
#pragma once

#include <csignal>
#include <cstdint>
#include <string>
#include <string_view>

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace auriga::fuzz {

inline sockaddr_in loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

// A socket that listens at 127.0.0.1; its port.
inline int listener(int& port) {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = loopback(0);
  socklen_t length = sizeof address;
  if (socket < 0 || bind(socket, reinterpret_cast<sockaddr*>(&address), length) != 0 ||
      listen(socket, 16) != 0 ||
      getsockname(socket, reinterpret_cast<sockaddr*>(&address), &length) != 0)
    __builtin_trap();
  port = ntohs(address.sin_port);
  return socket;
}

// False: the other side is gone.
inline bool send_all(int socket, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (count <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  return true;
}

// Closes at once, so that no port waits for stragglers.
inline void close_hard(int socket) {
  const linger at_once{1, 0};
  setsockopt(socket, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  close(socket);
}

// Sends a request, says that there is no more, and reads until the other side closes, or says
// nothing for a minute.
inline std::string asked(int port, std::string_view request) {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const sockaddr_in address = loopback(port);
  std::string reply;
  if (socket < 0 ||
      connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    __builtin_trap();
  send_all(socket, request);
  shutdown(socket, SHUT_WR);
  char bytes[16384];
  for (;;) {
    pollfd one{socket, POLLIN, 0};
    if (poll(&one, 1, 60000) <= 0) __builtin_trap();  // a hang
    const ssize_t count = recv(socket, bytes, sizeof bytes, 0);
    if (count <= 0) break;
    reply.append(bytes, static_cast<std::size_t>(count));
  }
  close_hard(socket);
  return reply;
}

}  // namespace auriga::fuzz
