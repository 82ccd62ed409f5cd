// Who may connect to the WebSocket of `auriga live`.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace auriga {

// A page of a browser says where it is from (`origin`; empty: no browser). Allowed are pages of
// this machine and those in `allowed`; "null", of a file or a sandboxed frame of any page, only
// where it is listed.
bool origin_allowed(std::string_view origin, const std::vector<std::string>& allowed);

// `host`: what the client calls this server. Of a server on the loopback interface it must be a
// name of this machine, so that no other name that somebody has made to point here will do.
bool host_allowed(std::string_view host, bool loopback);

bool is_loopback(std::string_view address);

}  // namespace auriga
