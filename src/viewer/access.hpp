// Who may ask the viewer for anything: the browser that was opened with its token.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace auriga {

// What of a request decides about it. Headers that are missing are empty.
struct Asking {
  std::string_view method, path, token;  // token: of the query
  std::string_view host, origin, fetch_site, cookies;
};

// A random number that only the person sees who started the viewer is its key: in the address that
// is printed, and from then on in a cookie of that browser. Another page in the same browser has no
// cookie (SameSite), is told apart by Origin and Sec-Fetch-Site, and cannot come by a name of its
// own that leads to 127.0.0.1 (Host). Immutable, any thread.
class Access {
 public:
  // `port`: that it is served at. Throws Error(machine) if the system has no random numbers.
  explicit Access(int port);
  // With this token, for tests.
  Access(int port, std::string token);

  enum class Verdict {
    allowed,
    enter,         // the token is right: set the cookie and lead to /
    wrong_host,    // 421
    wrong_site,    // 403
    unknown,       // 403: neither cookie nor token
    wrong_method,  // 405
  };
  Verdict judge(const Asking& asking) const;

  // Of the page, with the token: http://127.0.0.1:PORT/?token=...
  std::string address() const;
  // The value of Set-Cookie.
  std::string cookie() const;
  const std::string& token() const { return token_; }
  int port() const { return port_; }

 private:
  std::string name_of_cookie() const;
  bool is_own(std::string_view host) const;

  int port_;
  std::string token_;
};

}  // namespace auriga
