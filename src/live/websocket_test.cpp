#include "live/websocket.hpp"

#include <gtest/gtest.h>

namespace auriga {
namespace {

TEST(WebSocketRules, PagesOfThisMachineMayReadAndOthersThatAreNamed) {
  const std::vector<std::string> none, lab = {"https://lab.example", "null"};
  for (const char* origin :
       {"", "http://localhost", "http://localhost:3000", "https://127.0.0.1:8", "http://[::1]:80"})
    EXPECT_TRUE(origin_allowed(origin, none)) << origin;
  for (const char* origin :
       {"null", "?", "http://evil.example", "http://localhost.evil.example",
        "http://127.0.0.1.evil.example", "file://", "http://localhost@evil.example",
        "https://lab.example", "http://", "http://[::1", "localhost"})
    EXPECT_FALSE(origin_allowed(origin, none)) << origin;
  EXPECT_TRUE(origin_allowed("https://lab.example", lab));
  EXPECT_TRUE(origin_allowed("null", lab));
  EXPECT_FALSE(origin_allowed("https://lab.example:444", lab));
}

TEST(WebSocketRules, TheServerOfThisMachineHasNoOtherName) {
  for (const char* host : {"localhost:80", "127.0.0.1:80", "[::1]:80", "localhost"})
    EXPECT_TRUE(host_allowed(host, true)) << host;
  for (const char* host : {"", "evil.example:80", "localhost.evil.example"})
    EXPECT_FALSE(host_allowed(host, true)) << host;
  EXPECT_TRUE(host_allowed("camera.lab:80", false));
  EXPECT_TRUE(is_loopback("127.0.0.1"));
  EXPECT_TRUE(is_loopback("::1"));
  EXPECT_FALSE(is_loopback("0.0.0.0"));
}

}  // namespace
}  // namespace auriga
