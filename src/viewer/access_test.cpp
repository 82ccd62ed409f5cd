#include "viewer/access.hpp"

#include <string>

#include <gtest/gtest.h>

namespace auriga {
namespace {

using Verdict = Access::Verdict;

const Access& access() {
  static const Access one(8080, "0123456789abcdef");
  return one;
}

Asking asking(std::string_view path = "/api/study") {
  Asking one;
  one.method = "GET";
  one.path = path;
  one.host = "127.0.0.1:8080";
  one.cookies = "auriga_view_8080=0123456789abcdef";
  return one;
}

TEST(Access, TheCookieOpensEverything) {
  EXPECT_EQ(access().judge(asking()), Verdict::allowed);
  Asking one = asking("/v/0/frame/1.jpg");
  for (const char* host : {"127.0.0.1:8080", "localhost:8080", "[::1]:8080"}) {
    one.host = host;
    EXPECT_EQ(access().judge(one), Verdict::allowed);
  }
  one.cookies = "a=b; auriga_view_8080=0123456789abcdef; c=d";
  EXPECT_EQ(access().judge(one), Verdict::allowed);
}

TEST(Access, TheTokenSetsTheCookieOnceAndForTheFirstPageOnly) {
  Asking one = asking("/");
  one.cookies = "";
  EXPECT_EQ(access().judge(one), Verdict::unknown);
  one.token = "0123456789abcdef";
  EXPECT_EQ(access().judge(one), Verdict::enter);
  one.path = "/api/study";
  EXPECT_EQ(access().judge(one), Verdict::unknown);
  EXPECT_EQ(access().address(), "http://127.0.0.1:8080/?token=0123456789abcdef");
  EXPECT_EQ(access().cookie(),
            "auriga_view_8080=0123456789abcdef; Path=/; HttpOnly; SameSite=Strict");
}

TEST(Access, OtherTokensAndCookiesDoNot) {
  for (const char* cookies :
       {"", "auriga_view_8080=", "auriga_view_8080=0123456789abcdee",
        "auriga_view_8080=0123456789abcde", "auriga_view_8080=0123456789abcdef0",
        "auriga_view_8081=0123456789abcdef", "xauriga_view_8080=0123456789abcdef",
        "auriga_view_8080", ";;;=;", "auriga_view_8080=0123456789ABCDEF"}) {
    Asking one = asking();
    one.cookies = cookies;
    EXPECT_EQ(access().judge(one), Verdict::unknown) << cookies;
    one = asking("/");
    one.cookies = "";
    one.token = cookies;
    EXPECT_EQ(access().judge(one), Verdict::unknown) << cookies;
  }
}

// A name of the attacker's that leads to 127.0.0.1 (DNS rebinding), another port, no name at all.
TEST(Access, OtherHostsAreRefused) {
  for (const char* host : {"", "evil.example", "evil.example:8080", "127.0.0.1", "127.0.0.1:8081",
                           "127.0.0.1:80800", "localhost.evil.example:8080", "127.0.0.1:8080 ",
                           "127.0.0.1:8080@evil.example", "[::2]:8080"}) {
    Asking one = asking();
    one.host = host;
    EXPECT_EQ(access().judge(one), Verdict::wrong_host) << host;
    one.path = "/";
    one.token = access().token();
    EXPECT_EQ(access().judge(one), Verdict::wrong_host) << host;
  }
}

TEST(Access, OtherPagesAreRefused) {
  for (const char* origin : {"null", "http://evil.example", "http://127.0.0.1:8081",
                             "https://127.0.0.1:8080", "http://localhost:8080"}) {
    Asking one = asking();
    one.origin = origin;
    EXPECT_EQ(access().judge(one), Verdict::wrong_site) << origin;
  }
  Asking one = asking();
  one.origin = "http://127.0.0.1:8080";
  EXPECT_EQ(access().judge(one), Verdict::allowed);
  for (const char* site : {"cross-site", "same-site", "x"}) {
    one.fetch_site = site;
    EXPECT_EQ(access().judge(one), Verdict::wrong_site) << site;
  }
  for (const char* site : {"same-origin", "none", ""}) {
    one.fetch_site = site;
    EXPECT_EQ(access().judge(one), Verdict::allowed) << site;
  }
}

TEST(Access, OtherMethodsAreRefused) {
  for (const char* method : {"POST", "DELETE", "PATCH", "OPTIONS", "CONNECT", "TRACE", "get", ""}) {
    Asking one = asking();
    one.method = method;
    EXPECT_EQ(access().judge(one), Verdict::wrong_method) << method;
  }
  for (const char* method : {"HEAD", "PUT"}) {
    Asking one = asking();
    one.method = method;
    EXPECT_EQ(access().judge(one), Verdict::allowed) << method;
  }
}

TEST(Access, TokensAreRandom) {
  const Access a(1), b(1);
  EXPECT_EQ(a.token().size(), 32u);
  EXPECT_NE(a.token(), b.token());
}

}  // namespace
}  // namespace auriga
