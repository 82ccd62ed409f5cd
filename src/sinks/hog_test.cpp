#include "sinks/hog.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "auriga/sinks.hpp"

#include "appearance/fhog.hpp"
#include "files/written_file.hpp"
#include "sinks/fake_stream.hpp"
#include "support/golden.hpp"
#include "support/parameter_name.hpp"

namespace auriga {
namespace {

namespace fs = std::filesystem;
using test::TemporaryFolder;

TEST(HogFile, RecordsWithoutDescriptorAreHeadersOfZero) {
  const TemporaryFolder folder;
  HogFile file(folder.path() / "a.hog");
  file.add({}, false);
  const std::vector<float> zero(kFhogSize);
  file.add(zero, false);
  EXPECT_FALSE(fs::exists(folder.path() / "a.hog"));
  file.commit();
  const std::string bytes = test::read_text(folder.path() / "a.hog");
  ASSERT_EQ(bytes.size(), 16U + 17872U);
  EXPECT_EQ(bytes.substr(0, 16), std::string(12, '\0') + std::string("\0\0\x80\xBF", 4));  // -1
  EXPECT_EQ(bytes.substr(16, 16), std::string("\x0C\0\0\0\x0C\0\0\0\x1F\0\0\0\0\0\x80\xBF", 16));
}

TEST(HogFile, NoFramesIsAnEmptyFile) {
  const TemporaryFolder folder;
  HogFile(folder.path() / "a.hog").commit();
  EXPECT_EQ(test::read_text(folder.path() / "a.hog"), "");
}

TEST(HogSink, ARecordForEachRow) {
  const TemporaryFolder folder;
  const fs::path target = folder.path() / "a.hog";
  test::TestStream stream;
  stream.add(0, 0, true);
  stream.add(1, 0, false);
  stream.add(2, 1, true);
  const auto sink = make_hog_sink(target);
  EXPECT_EQ(sink->needs(), Needs{.fhog = true});
  stream.feed(*sink);
  EXPECT_FALSE(fs::exists(target));
  const std::vector<Written> written = sink->finish(stream.units());
  ASSERT_EQ(written.size(), 1U);
  EXPECT_EQ(written[0].path, target);
  EXPECT_FALSE(fs::exists(target));
  sink->publish();
  EXPECT_EQ(written[0], describe_file(target));
  const std::vector<test::HogRecord> records = test::read_hog(target);
  ASSERT_EQ(records.size(), 3U);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(records[i].values, stream.faces[i].fhog);
    EXPECT_EQ(records[i].good, i != 1) << i;
  }
}

TEST(HogSink, NoFaceOfAPictureHasFailed) {
  const TemporaryFolder folder;
  test::TestStream stream;
  stream.info.still = true;
  stream.add(0, 0, false);
  const auto sink = make_hog_sink(folder.path() / "a.hog");
  stream.run(*sink);
  EXPECT_TRUE(test::read_hog(folder.path() / "a.hog").at(0).good);
}

class HogFileGolden : public ::testing::TestWithParam<const char*> {};

TEST_P(HogFileGolden, RewritesTheSameBytes) {
  AURIGA_NEEDS(GetParam());
  const TemporaryFolder folder;
  HogFile file(folder.path() / "a.hog");
  for (const test::HogRecord& record : test::read_hog(test::test_data() / GetParam()))
    file.add(record.values, record.good);
  file.commit();
  EXPECT_TRUE(test::read_text(folder.path() / "a.hog") ==
              test::read_text(test::test_data() / GetParam()));
}

INSTANTIATE_TEST_SUITE_P(Files, HogFileGolden,
                         ::testing::Values("golden/stage_2015-10-15-15-14/hog.hog",
                                           "golden/stage_video01/hog.hog",
                                           "golden/images/sample1.hog",
                                           "golden/images/sample6.hog"),
                         [](const auto& tested) { return test::test_name(tested.param); });

}  // namespace
}  // namespace auriga
