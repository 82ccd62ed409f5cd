#include "files/json.hpp"

#include <limits>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace auriga {
namespace {

TEST(Json, TextOfEveryKind) {
  const Json json = Json::object({{"null", nullptr},
                                  {"true", true},
                                  {"whole", -3},
                                  {"large", std::numeric_limits<std::uint64_t>::max()},
                                  {"real", 0.1},
                                  {"round", 2.0},
                                  {"absent", std::optional<double>()},
                                  {"present", std::optional<int>(4)},
                                  {"text", "a\"b\n"},
                                  {"list", Json::array({1, "x", Json::array()})},
                                  {"texts", std::vector<std::string>{"p", "q"}},
                                  {"empty", Json::object()}});
  EXPECT_EQ(json.text(), R"({
  "null": null,
  "true": true,
  "whole": -3,
  "large": 18446744073709551615,
  "real": 0.1,
  "round": 2.0,
  "absent": null,
  "present": 4,
  "text": "a\"b\n",
  "list": [
    1,
    "x",
    []
  ],
  "texts": [
    "p",
    "q"
  ],
  "empty": {}
})");
}

TEST(Json, WhatCannotBeWrittenIsReplaced) {
  EXPECT_EQ(Json(std::numeric_limits<double>::quiet_NaN()).text(), "null");
  EXPECT_EQ(Json(std::string("a\xFF")).text(), "\"a\xEF\xBF\xBD\"");
}

TEST(Json, IsReadAsItWasWritten) {
  const std::string text = Json::object({{"b", Json::array({true, nullptr, 1.5, -7, "x"})},
                                         {"a", Json::object({{"z", 1}})}})
                               .text();
  const std::optional<Json> json = Json::parse(text);
  ASSERT_TRUE(json);
  EXPECT_EQ(json->text(), text);
  ASSERT_NE(json->find("a"), nullptr);
  EXPECT_NE(json->find("a")->find("z"), nullptr);
  EXPECT_EQ(json->find("c"), nullptr);
  EXPECT_EQ(json->find("b")->find("z"), nullptr);
  EXPECT_EQ(*json->find("b")->as_array()->at(4).as_text(), "x");
  EXPECT_EQ(json->find("b")->as_text(), nullptr);
  EXPECT_EQ(json->as_object()->front().name, "b");
}

TEST(Json, RefusesWhatIsNone) {
  for (const char* bad : {"", "{", "[1,]", "{\"a\" 1}", "nul", "\"\xFF\""})
    EXPECT_FALSE(Json::parse(bad)) << bad;
  EXPECT_TRUE(Json::parse(std::string(100, '[') + std::string(100, ']')));
  EXPECT_FALSE(Json::parse(std::string(101, '[') + std::string(101, ']')));
  EXPECT_FALSE(Json::parse(std::string(500'000, '[') + std::string(500'000, ']')));
}

TEST(Json, KnowsItsMembersAndItems) {
  Json json = Json::object({{"b", 1}, {"a", Json::array({true, nullptr, 0.1, "x\n\"\xff", -7})}});
  json["c"]["d"] = std::vector<std::string>{"p", "q"};
  const std::string text = json.text();
  EXPECT_LT(text.find("\"b\""), text.find("\"a\"")) << text;
  EXPECT_THAT(text, testing::HasSubstr("x\\n\\\"\xef\xbf\xbd"));
  const Json back = Json::parse(text).value();
  EXPECT_EQ(back.text(), text);
  EXPECT_EQ(back.at("a").items().size(), 5u);
  EXPECT_EQ(*back.at("b").as_whole(), 1);
  EXPECT_EQ(back.at("c").at("d"), json.at("c").at("d"));
  EXPECT_EQ(Json::parse(R"({"x":1,"y":[2]})").value(), Json::parse(R"({"y":[2],"x":1})").value());
  EXPECT_FALSE(Json::parse(R"({"x":1})").value() == Json::parse(R"({"x":1,"y":null})").value());
  EXPECT_TRUE(back.at("a").at("nothing").is_null());
  EXPECT_THAT(back.at("b").items(), testing::IsEmpty());
}

TEST(Json, HostileTextIsNothing) {
  for (const char* bad : {"", "{", "[1,", "\"\xff\"", "nan"}) EXPECT_FALSE(Json::parse(bad)) << bad;
  EXPECT_FALSE(Json::parse(std::string(500000, '[')));
  EXPECT_FALSE(Json::parse(std::string(500000, '[') + std::string(500000, ']')));
  EXPECT_EQ(Json::parse("18446744073709551615").value().number(), 18446744073709551615.0);
}

}  // namespace
}  // namespace auriga
