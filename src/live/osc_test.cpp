#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "auriga/error.hpp"

#include "live/osc_library.hpp"

#if __has_include(<lo/lo.h>)
#include <lo/lo.h>
#endif

namespace auriga {
namespace {

TEST(Osc, TakesHostAndPort) {
  using Pair = std::pair<std::string, std::string>;
  EXPECT_EQ(host_and_port("127.0.0.1:9000", "--osc"), (Pair{"127.0.0.1", "9000"}));
  EXPECT_EQ(host_and_port("[::1]:9", "--osc"), (Pair{"::1", "9"}));
  for (const char* bad :
       {"", "9000", "localhost", "localhost:", ":9000", "a:0", "a:65536", "a:9x", "a:999999"}) {
    try {
      host_and_port(bad, "--vmc");
      ADD_FAILURE() << bad;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::usage);
      EXPECT_THAT(error.what(), testing::StartsWith("--vmc expects HOST:PORT"));
    }
  }
}

#if __has_include(<lo/lo.h>)
// What is opened at run time is called as its header says.

TEST(Osc, LibloIsWhatItsHeaderSays) {
  static_assert(sizeof(lo_timetag) == sizeof(OscTimeTag));
  static_assert(
      std::is_same_v<decltype(&lo_address_new), lo_address (*)(const char*, const char*)>);
  static_assert(std::is_same_v<decltype(&lo_message_add_int32), int (*)(lo_message, int32_t)>);
  static_assert(std::is_same_v<decltype(&lo_message_add_float), int (*)(lo_message, float)>);
  static_assert(std::is_same_v<decltype(&lo_message_add_string), int (*)(lo_message, const char*)>);
  static_assert(std::is_same_v<decltype(&lo_bundle_new), lo_bundle (*)(lo_timetag)>);
  static_assert(std::is_same_v<decltype(&lo_bundle_add_message),
                               int (*)(lo_bundle, const char*, lo_message)>);
  static_assert(std::is_same_v<decltype(&lo_send_bundle), int (*)(lo_address, lo_bundle)>);
  static_assert(std::is_pointer_v<lo_address> && std::is_pointer_v<lo_message> &&
                std::is_pointer_v<lo_bundle>);
  const lo_timetag now = LO_TT_IMMEDIATE;
  const OscTimeTag ours;
  EXPECT_EQ(now.sec, ours.seconds);
  EXPECT_EQ(now.frac, ours.fraction);
}
#endif

}  // namespace
}  // namespace auriga
