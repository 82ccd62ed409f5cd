#include "viewer/access.hpp"

#include <array>
#include <cerrno>
#include <cstdint>
#include <system_error>
#include <utility>

#include <fmt/core.h>
#include <sys/random.h>

#include "auriga/error.hpp"

namespace auriga {
namespace {

// How long it takes does not tell how much of it is right.
bool equal(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  unsigned char difference = 0;
  for (std::size_t i = 0; i < a.size(); ++i)
    difference = static_cast<unsigned char>(difference | (a[i] ^ b[i]));
  return difference == 0;
}

std::string random_token() {
  std::array<std::uint8_t, 16> bytes{};
  if (getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size()))
    throw Error(ErrorCode::machine,
                fmt::format("cannot get random numbers from the system: {}; the viewer's address "
                            "would not be secret, so it does not start",
                            std::generic_category().message(errno)));
  std::string token;
  for (const std::uint8_t byte : bytes) token += fmt::format("{:02x}", byte);
  return token;
}

// The value of a cookie; empty: there is none.
std::string_view cookie_of(std::string_view cookies, std::string_view name) {
  while (!cookies.empty()) {
    const std::size_t end = std::min(cookies.find(';'), cookies.size());
    std::string_view one = cookies.substr(0, end);
    cookies.remove_prefix(std::min(end + 1, cookies.size()));
    while (one.starts_with(' ')) one.remove_prefix(1);
    if (one.starts_with(name) && one.substr(name.size()).starts_with('='))
      return one.substr(name.size() + 1);
  }
  return {};
}

}  // namespace

Access::Access(int port) : Access(port, random_token()) {}

Access::Access(int port, std::string token) : port_(port), token_(std::move(token)) {}

bool Access::is_own(std::string_view host) const {
  for (const char* name : {"127.0.0.1", "localhost", "[::1]"})
    if (host == fmt::format("{}:{}", name, port_)) return true;
  return false;
}

Access::Verdict Access::judge(const Asking& asking) const {
  if (!is_own(asking.host)) return Verdict::wrong_host;
  if (!asking.origin.empty() && asking.origin != fmt::format("http://{}", asking.host))
    return Verdict::wrong_site;
  if (!asking.fetch_site.empty() && asking.fetch_site != "same-origin" &&
      asking.fetch_site != "none")
    return Verdict::wrong_site;
  const bool entering = asking.path == "/" && equal(asking.token, token_);
  if (!entering && !equal(cookie_of(asking.cookies, name_of_cookie()), token_))
    return Verdict::unknown;
  if (asking.method != "GET" && asking.method != "HEAD" && asking.method != "PUT")
    return Verdict::wrong_method;
  return entering ? Verdict::enter : Verdict::allowed;
}

std::string Access::address() const {
  return fmt::format("http://127.0.0.1:{}/?token={}", port_, token_);
}

// Browsers keep cookies by host, whatever the port.
std::string Access::name_of_cookie() const { return fmt::format("auriga_view_{}", port_); }

std::string Access::cookie() const {
  return fmt::format("{}={}; Path=/; HttpOnly; SameSite=Strict", name_of_cookie(), token_);
}

}  // namespace auriga
