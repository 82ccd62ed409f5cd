#include "tables/eaf_tasks.hpp"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "auriga/error.hpp"

#include "support/golden.hpp"

namespace auriga {
namespace {

using testing::HasSubstr;

constexpr const char* kHead =
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
    "<!-- <TIME_SLOT TIME_SLOT_ID=\"ts1\" TIME_VALUE=\"99\"/> -->\n"
    "<ANNOTATION_DOCUMENT AUTHOR=\"a > b\" FORMAT=\"3.0\">\n"
    "<TIME_ORDER>\n"
    "<TIME_SLOT TIME_SLOT_ID=\"ts1\" TIME_VALUE=\"500\"/>\n"
    "<TIME_SLOT TIME_VALUE='2250' TIME_SLOT_ID='ts2'></TIME_SLOT>\n"
    "<TIME_SLOT TIME_SLOT_ID=\"ts3\" TIME_VALUE=\"4000\"/>\n"
    "<TIME_SLOT TIME_SLOT_ID=\"ts4\"/>\n"
    "</TIME_ORDER>\n";

std::string tier(const std::string& name, const std::string& annotations) {
  return "<TIER LINGUISTIC_TYPE_REF=\"default-lt\" TIER_ID=\"" + name + "\">" + annotations +
         "</TIER>\n";
}
std::string annotation(const std::string& from, const std::string& to, const std::string& text) {
  return "<ANNOTATION><ALIGNABLE_ANNOTATION ANNOTATION_ID=\"a1\" TIME_SLOT_REF1=\"" + from +
         "\" TIME_SLOT_REF2=\"" + to + "\">\n<ANNOTATION_VALUE>" + text +
         "</ANNOTATION_VALUE>\n</ALIGNABLE_ANNOTATION></ANNOTATION>";
}

class Eaf : public testing::Test {
 protected:
  std::vector<Task> read(const std::string& tiers) {
    test::write_text(file_, kHead + tiers + "</ANNOTATION_DOCUMENT>\n");
    return read_tasks(file_);
  }
  std::string error(const std::string& tiers) {
    try {
      read(tiers);
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::input);
      return error.what();
    }
    return "no error";
  }
  test::TemporaryFolder folder_;
  std::filesystem::path file_ = folder_.path() / "tasks.eaf";
};

TEST_F(Eaf, HasTheAnnotationsWithTheirTimes) {
  const std::vector<Task> tasks = read(
      tier("face", annotation("ts1", "ts2", " BL ") + annotation("ts2", "ts3", "a &amp; &#228;")));
  ASSERT_EQ(tasks.size(), 2u);
  EXPECT_EQ(tasks[0].name, "BL");
  EXPECT_DOUBLE_EQ(tasks[0].start_s, 0.5);
  EXPECT_DOUBLE_EQ(tasks[0].end_s, 2.25);
  EXPECT_EQ(tasks[1].name, "a & \xC3\xA4");
}

TEST_F(Eaf, OfSeveralTiersThatOfTheTasksCounts) {
  const std::vector<Task> tasks = read(tier("notes", annotation("ts1", "ts3", "cries")) +
                                       tier("Tasks", annotation("ts2", "ts3", "RE")));
  ASSERT_EQ(tasks.size(), 1u);
  EXPECT_EQ(tasks[0].name, "RE");
}

TEST_F(Eaf, RefusesWhatHasNoTimes) {
  EXPECT_THAT(error(""), HasSubstr("expected annotations with times"));
  EXPECT_THAT(error(tier("a", annotation("ts1", "ts4", "RE"))), HasSubstr("expected times"));
  EXPECT_THAT(error(tier("a", annotation("ts3", "ts1", "RE"))), HasSubstr("behind its start"));
  EXPECT_THAT(error("<TIER"), HasSubstr("expected annotations"));
}

}  // namespace
}  // namespace auriga
