#include "live/osc_library.hpp"

#include <algorithm>
#include <cstdlib>
#include <new>

#include "auriga/error.hpp"

#include "live/run_time_library.hpp"

namespace auriga {

const OscLibrary& OscLibrary::get(const std::string& what) {
  static const OscLibrary all = [&] {
    const RunTimeLibrary library({"liblo.so.7"}, what, "install it (Debian: liblo7)");
    OscLibrary lo{};
    library.load(lo.address_new, "lo_address_new");
    library.load(lo.address_free, "lo_address_free");
    library.load(lo.message_new, "lo_message_new");
    library.load(lo.message_add_int32, "lo_message_add_int32");
    library.load(lo.message_add_float, "lo_message_add_float");
    library.load(lo.message_add_string, "lo_message_add_string");
    library.load(lo.bundle_new, "lo_bundle_new");
    library.load(lo.bundle_add_message, "lo_bundle_add_message");
    library.load(lo.bundle_free_recursive, "lo_bundle_free_recursive");
    library.load(lo.send_bundle, "lo_send_bundle");
    return lo;
  }();
  return all;
}

std::pair<std::string, std::string> host_and_port(const std::string& address,
                                                  const std::string& what) {
  const std::size_t colon = address.rfind(':');
  std::string host = address.substr(0, std::min(colon, address.size()));
  std::string port = colon == std::string::npos ? "" : address.substr(colon + 1);
  if (host.size() > 1 && host.front() == '[' && host.back() == ']')
    host = host.substr(1, host.size() - 2);
  const bool digits =
      !port.empty() && port.size() <= 5 &&
      std::all_of(port.begin(), port.end(), [](char c) { return c >= '0' && c <= '9'; });
  if (host.empty() || !digits || std::atoi(port.c_str()) < 1 || std::atoi(port.c_str()) > 65535)
    throw Error(ErrorCode::usage,
                what + " expects HOST:PORT, such as 127.0.0.1:9000, found '" + address + "'");
  return {std::move(host), std::move(port)};
}

OscSender::OscSender(const std::string& address, const std::string& what)
    : library_(OscLibrary::get(what)) {
  const auto [host, port] = host_and_port(address, what);
  address_ = library_.address_new(host.c_str(), port.c_str());
  if (address_ == nullptr)
    throw Error(ErrorCode::usage, what + ": " + address + " is no address that liblo takes");
}

OscSender::~OscSender() {
  if (bundle_ != nullptr) library_.bundle_free_recursive(bundle_);
  library_.address_free(address_);
}

void OscSender::begin() {
  if (bundle_ != nullptr) library_.bundle_free_recursive(bundle_);
  bundle_ = library_.bundle_new(OscTimeTag());
  if (bundle_ == nullptr) throw std::bad_alloc();
}

void OscSender::message(const std::string& path) {
  message_ = library_.message_new();
  if (message_ == nullptr) throw std::bad_alloc();
  library_.bundle_add_message(bundle_, path.c_str(), message_);
}

OscSender& OscSender::add(int value) {
  library_.message_add_int32(message_, value);
  return *this;
}
OscSender& OscSender::add(float value) {
  library_.message_add_float(message_, value);
  return *this;
}
OscSender& OscSender::add(const std::string& value) {
  library_.message_add_string(message_, value.c_str());
  return *this;
}

bool OscSender::send() { return library_.send_bundle(address_, bundle_) >= 0; }

}  // namespace auriga
