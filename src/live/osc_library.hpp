// Messages of Open Sound Control over UDP, sent by liblo.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace auriga {

// What is used of liblo 7, by its documented interface. Checked against its header where that is
// there (osc_test.cpp).
struct OscTimeTag {  // as lo_timetag; 0, 1 is "immediately"
  std::uint32_t seconds = 0, fraction = 1;
};
struct OscLibrary {
  void* (*address_new)(const char* host, const char* port);
  void (*address_free)(void* address);
  void* (*message_new)();
  int (*message_add_int32)(void* message, std::int32_t value);
  int (*message_add_float)(void* message, float value);
  int (*message_add_string)(void* message, const char* value);
  void* (*bundle_new)(OscTimeTag time);
  int (*bundle_add_message)(void* bundle, const char* path, void* message);
  void (*bundle_free_recursive)(void* bundle);
  int (*send_bundle)(void* address, void* bundle);

  // Opened once. Throws Error(usage), which says `what` needs it, where it is not there.
  static const OscLibrary& get(const std::string& what);
};

// A bundle on its way to one receiver. Not thread-safe.
class OscSender {
 public:
  // `address`: HOST:PORT; `what`: the option, for messages. Throws Error(usage).
  OscSender(const std::string& address, const std::string& what);
  ~OscSender();
  OscSender(const OscSender&) = delete;
  OscSender& operator=(const OscSender&) = delete;

  void begin();  // a bundle, time tag "immediately"
  void message(const std::string& path);
  OscSender& add(int value);
  OscSender& add(float value);
  OscSender& add(const std::string& value);
  // False: the system did not take it.
  bool send();

 private:
  const OscLibrary& library_;
  void* address_ = nullptr;
  void* bundle_ = nullptr;
  void* message_ = nullptr;  // of the bundle
};

// HOST:PORT, [HOST]:PORT. Throws Error(usage) that names the option.
std::pair<std::string, std::string> host_and_port(const std::string& address,
                                                  const std::string& what);

}  // namespace auriga
