#include "viewer/marks_store.hpp"

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "auriga/error.hpp"

#include "support/golden.hpp"

namespace auriga {
namespace {

namespace fs = std::filesystem;
using test::TemporaryFolder;
using ::testing::HasSubstr;

Mark mark(std::int64_t first, std::string label = "x") {
  Mark one;
  one.kind = MarkKind::label;
  one.first = first;
  one.last = first + 1;
  one.label = std::move(label);
  return one;
}

class MarksStoreTest : public ::testing::Test {
 protected:
  fs::path marks() const { return folder_.path() / "s.marks.csv"; }

  const TemporaryFolder folder_;
  MarksStore store_{folder_.path() / "s.csv"};
};

TEST_F(MarksStoreTest, WhatIsWrittenIsRead) {
  EXPECT_EQ(store_.read().version, "");
  ASSERT_TRUE(store_.write("", {mark(1), mark(5)}));
  const KnownMarks known = store_.read();
  EXPECT_EQ(known.marks, (std::vector<Mark>{mark(1), mark(5)}));
  ASSERT_TRUE(store_.write(known.version, {mark(7)}));
  EXPECT_EQ(store_.read().marks.size(), 1u);
  ASSERT_TRUE(store_.write(store_.read().version, {}));
  EXPECT_FALSE(fs::exists(marks()));
}

TEST_F(MarksStoreTest, AnOldStateDoesNotTakeThePlaceOfANewerOne) {
  ASSERT_TRUE(store_.write("", {mark(1)}));
  const std::string version = store_.read().version;
  ASSERT_TRUE(store_.write(version, {mark(2)}));
  EXPECT_FALSE(store_.write(version, {mark(3)}));
  EXPECT_FALSE(store_.write("", {mark(3)}));
  EXPECT_EQ(store_.read().marks, std::vector<Mark>{mark(2)});
  // Somebody's editor.
  test::write_text(marks(), marks_csv({mark(9)}));
  EXPECT_FALSE(store_.write(version, {mark(3)}));
}

TEST_F(MarksStoreTest, OfManyAtOnceEachKnowsWhetherItWasWritten) {
  std::atomic<int> written = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&, i] {
      for (int round = 0; round < 10; ++round)
        while (true) {
          KnownMarks known = store_.read();
          known.marks.push_back(mark(100 * i + round + 1));
          if (!store_.write(known.version, known.marks)) continue;
          ++written;
          break;
        }
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(written, 40);
  EXPECT_EQ(store_.read().marks.size(), 40u);
}

// A folder of somebody else's could hold a link to a file of mine.
TEST_F(MarksStoreTest, LinksAreNeitherReadNorWritten) {
  const std::string mine = marks_csv({mark(9, "mine")});
  test::write_text(folder_.path() / "precious", mine);
  fs::create_symlink(folder_.path() / "precious", marks());
  EXPECT_THROW(store_.read(), Error);
  EXPECT_THROW(store_.write("", {mark(1)}), Error);
  EXPECT_THROW(store_.write(MarksStore(folder_.path() / "x.csv").read().version, {}), Error);
  EXPECT_EQ(test::read_text(folder_.path() / "precious"), mine);
}

TEST_F(MarksStoreTest, AFileThatIsNoneOfMarksIsLeftAlone) {
  test::write_text(marks(), "a,b\n1,2\n");
  EXPECT_THROW(store_.read(), Error);
  EXPECT_THROW(store_.write("", {mark(1)}), Error);
  EXPECT_EQ(test::read_text(marks()), "a,b\n1,2\n");
}

TEST_F(MarksStoreTest, JsonSaysTheSame) {
  Mark timed = mark(3, "é \"x\"\n,");
  timed.start_s = 0.25;
  timed.end_s = 1.5;
  Mark seconds;
  seconds.kind = MarkKind::exclude;
  seconds.start_s = 0;
  seconds.end_s = 2;
  const std::vector<Mark> marks{mark(1), timed, seconds};
  Json list = Json::array();
  for (const Mark& one : marks) list.add(json_of(one));
  EXPECT_EQ(marks_of_json(*Json::parse(list.text())), marks);
}

TEST_F(MarksStoreTest, JsonThatIsNoMarkIsAnError) {
  for (const char* text : {"{}", "1", "[1]", "[{}]", R"([{"kind": "x", "first": 1, "last": 2}])",
                           R"([{"kind": "label"}])", R"([{"kind": "label", "first": 1}])",
                           R"([{"kind": "label", "first": 1.5, "last": 2}])",
                           R"([{"kind": "label", "first": "1", "last": "2"}])",
                           R"([{"kind": "label", "first": 0, "last": 2}])",
                           R"([{"kind": "label", "first": 3, "last": 2}])",
                           R"([{"kind": "label", "start_s": "a", "end_s": 2}])",
                           R"([{"kind": "label", "start_s": 3, "end_s": 2}])",
                           R"([{"kind": "label", "first": 1, "last": 2, "label": "\u0001"}])"})
    EXPECT_THROW(marks_of_json(*Json::parse(text)), Error) << text;
}

}  // namespace
}  // namespace auriga
