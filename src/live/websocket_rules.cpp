#include <algorithm>

#include "live/websocket.hpp"

namespace auriga {
namespace {

// Without the port; [::1] keeps its brackets.
std::string_view host_of(std::string_view text) {
  if (text.starts_with('[')) return text.substr(0, std::min(text.find(']'), text.size() - 1) + 1);
  return text.substr(0, text.find(':'));
}

bool is_this_machine(std::string_view host) {
  return host == "localhost" || host == "127.0.0.1" || host == "[::1]";
}

}  // namespace

bool origin_allowed(std::string_view origin, const std::vector<std::string>& allowed) {
  if (origin.empty()) return true;
  if (std::find(allowed.begin(), allowed.end(), origin) != allowed.end()) return true;
  for (const std::string_view scheme : {"http://", "https://"})
    if (origin.starts_with(scheme)) return is_this_machine(host_of(origin.substr(scheme.size())));
  return false;
}

bool host_allowed(std::string_view host, bool loopback) {
  return !loopback || is_this_machine(host_of(host));
}

bool is_loopback(std::string_view address) {
  return address.starts_with("127.") || address == "::1" || address == "localhost" ||
         address == "lo";
}

}  // namespace auriga
