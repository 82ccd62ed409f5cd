#include "sinks/mesh_csv.hpp"

#include <csignal>
#include <iterator>
#include <limits>
#include <string>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include "auriga/error.hpp"
#include "auriga/sinks.hpp"

#include "sinks/fake_stream.hpp"
#include "support/allocations.hpp"
#include "support/golden.hpp"

namespace auriga {
namespace {

namespace fs = std::filesystem;
using test::read_text;
using test::Table;
using test::TemporaryFolder;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

FrameResult row_of(std::int64_t frame, bool success) {
  FrameResult row;
  row.frame = frame;
  row.face_id = 7;
  row.timestamp_s = static_cast<double>(frame) * (1.0 / 30);
  row.confidence = 0.875;
  row.success = success;
  return row;
}

// Point i at (i / 8, 1000 - i / 8, i / 8 - 30).
FaceMesh example_mesh() {
  FaceMesh mesh;
  for (int i = 0; i < kMeshPoints; ++i) {
    const auto eighths = static_cast<float>(i) / 8;
    mesh.x[i] = eighths;
    mesh.y[i] = 1000 - eighths;
    mesh.z[i] = eighths - 30;
  }
  return mesh;
}

std::size_t entries(const fs::path& folder) {
  return static_cast<std::size_t>(
      std::distance(fs::directory_iterator(folder), fs::directory_iterator()));
}

template <typename Action>
std::string output_error(const Action& action) {
  try {
    action();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::output);
    return error.what();
  }
  ADD_FAILURE() << "expected an Error";
  return {};
}

TEST(MeshCsv, ReadsBack) {
  const TemporaryFolder folder;
  const FaceMesh mesh = example_mesh();
  MeshCsv writer(folder.path() / "a_mesh.csv");
  for (std::int64_t frame = 0; frame < 4; ++frame) writer.add(row_of(frame, true), &mesh);
  writer.complete();
  writer.publish();
  const Table table(folder.path() / "a_mesh.csv");
  ASSERT_EQ(table.columns().size(), 5U + 3 * kMeshPoints);
  EXPECT_EQ(table.index("success"), 4U);
  EXPECT_EQ(table.index("x_0"), 5U);
  EXPECT_EQ(table.index("y_0"), 5U + kMeshPoints);
  EXPECT_EQ(table.index("z_477"), 4U + 3 * kMeshPoints);
  ASSERT_EQ(table.rows(), 4U);
  EXPECT_EQ(table.text(1, "frame"), "2");
  EXPECT_EQ(table.text(1, "face_id"), "7");
  EXPECT_EQ(table.text(1, "timestamp"), "0.033");
  EXPECT_EQ(table.text(1, "confidence"), "0.88");
  EXPECT_EQ(table.text(1, "success"), "1");
  EXPECT_EQ(table.text(3, "x_2"), "0.25");
  EXPECT_EQ(table.text(3, "z_2"), "-29.75");
  for (int i = 0; i < kMeshPoints; ++i) {
    const auto column = [&](char axis) { return fmt::format("{}_{}", axis, i); };
    ASSERT_NEAR(table.number(2, column('x')), mesh.x[i], 0.0051) << i;
    ASSERT_NEAR(table.number(2, column('y')), mesh.y[i], 0.0051) << i;
    ASSERT_NEAR(table.number(2, column('z')), mesh.z[i], 0.0051) << i;
  }
}

TEST(MeshCsv, RowsWithoutAMeshHaveEmptyCells) {
  const TemporaryFolder folder;
  const FaceMesh mesh = example_mesh();
  MeshCsv writer(folder.path() / "a.csv");
  writer.add(row_of(0, false), &mesh);  // a mesh of no success does not count
  writer.add(row_of(1, false), nullptr);
  writer.add(row_of(2, true), nullptr);
  writer.add(row_of(3, true), &mesh);
  writer.complete();
  writer.publish();
  const std::string text = read_text(folder.path() / "a.csv");
  const std::string empty(3 * kMeshPoints, ',');
  EXPECT_THAT(text, HasSubstr("\n1,7,0.000,0.88,0" + empty + "\n2,7,0.033,0.88,0" + empty +
                              "\n3,7,0.067,0.88,1" + empty + "\n4,7,0.100,0.88,1,0.00,0.12,"));
}

TEST(MeshCsv, ATableWithoutRowsIsItsHeader) {
  const TemporaryFolder folder;
  MeshCsv empty(folder.path() / "a.csv");
  empty.complete();
  empty.publish();
  const std::string text = read_text(folder.path() / "a.csv");
  EXPECT_THAT(text, StartsWith("frame,face_id,timestamp,confidence,success,x_0,x_1,"));
  EXPECT_EQ(text.find('\n'), text.size() - 1);
}

TEST(MeshCsv, AppearsOnlyInFinish) {
  const TemporaryFolder folder;
  const fs::path target = folder.path() / "a.csv";
  test::write_text(target, "old");
  const FaceMesh mesh = example_mesh();
  {
    MeshCsv writer(target);
    for (int i = 0; i < 100; ++i) writer.add(row_of(i, true), &mesh);  // beyond any buffer
    EXPECT_EQ(read_text(target), "old");
  }
  EXPECT_EQ(read_text(target), "old");
  EXPECT_EQ(entries(folder.path()), 1U);
  MeshCsv writer(target);
  writer.add(row_of(0, true), &mesh);
  writer.complete();
  writer.publish();
  EXPECT_THAT(read_text(target), StartsWith("frame,"));
  EXPECT_EQ(entries(folder.path()), 1U);
}

TEST(MeshCsv, RefusesWhatIsNotANumberAndGoesOn) {
  const TemporaryFolder folder;
  FaceMesh mesh = example_mesh();
  MeshCsv writer(folder.path() / "a.csv");
  writer.add(row_of(0, true), &mesh);
  for (const float bad :
       {std::numeric_limits<float>::quiet_NaN(), -std::numeric_limits<float>::infinity()}) {
    FaceMesh broken = mesh;
    broken.z[477] = bad;
    EXPECT_THAT(output_error([&] { writer.add(row_of(1, true), &broken); }),
                AllOf(HasSubstr("a.csv"), HasSubstr("z_477"), HasSubstr("frame 2 ")));
    FrameResult row = row_of(2, false);
    row.confidence = bad;
    EXPECT_THAT(output_error([&] { writer.add(row, nullptr); }), HasSubstr("confidence"));
    row = row_of(2, false);
    row.timestamp_s = bad;
    EXPECT_THAT(output_error([&] { writer.add(row, nullptr); }), HasSubstr("timestamp"));
  }
  writer.add(row_of(3, true), &mesh);
  writer.complete();
  writer.publish();
  const Table table(folder.path() / "a.csv");
  ASSERT_EQ(table.rows(), 2U);
  EXPECT_EQ(table.text(1, "frame"), "4");
}

TEST(MeshCsv, NamesATargetThatCannotBeWritten) {
  const TemporaryFolder folder;
  EXPECT_THAT(output_error([&] { MeshCsv(folder.path() / "no" / "a.csv"); }),
              AllOf(HasSubstr("a.csv"), HasSubstr("create its folder")));
  EXPECT_THAT(output_error([&] { MeshCsv(folder.path()); }), HasSubstr("not a folder"));
  EXPECT_THAT(output_error([] { MeshCsv("/dev/null"); }), HasSubstr("/dev/null"));
}

TEST(MeshCsv, AFullDiskLeavesNothingBehind) {
  const TemporaryFolder folder;
  const FaceMesh mesh = example_mesh();
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  const rlimit small{200'000, before.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &small), 0);
  const std::string message = output_error([&] {
    MeshCsv writer(folder.path() / "a.csv");
    for (int i = 0; i < 100; ++i) writer.add(row_of(i, true), &mesh);
    writer.complete();
    writer.publish();
  });
  setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, handler);
  EXPECT_THAT(message, AllOf(HasSubstr("a.csv"), HasSubstr("free some space")));
  EXPECT_EQ(entries(folder.path()), 0U);
}

TEST(MeshCsv, AllocatesNothingOnceItHasSeenTheLongestRow) {
  const TemporaryFolder folder;
  const FaceMesh mesh = example_mesh();
  MeshCsv writer(folder.path() / "a.csv");
  for (int i = 0; i < 20; ++i) writer.add(row_of(1000 + i, true), &mesh);
  const long before = test::allocations();
  for (int i = 0; i < 50; ++i) writer.add(row_of(i, i % 3 != 0), &mesh);
  EXPECT_EQ(test::allocations(), before);
}

TEST(MeshSink, ARowForEachRow) {
  const TemporaryFolder folder;
  const fs::path target = folder.path() / "a_mesh.csv";
  test::TestStream stream;
  stream.add(0, 0, true);
  stream.add(1, 0, false);
  stream.add(2, 5, true);
  const auto sink = make_mesh_sink(target);
  EXPECT_EQ(sink->needs(), Needs{.mesh = true});
  const std::vector<Written> written = stream.run(*sink);
  ASSERT_EQ(written.size(), 1U);
  EXPECT_EQ(written[0].path, target);
  const Table table(target);
  ASSERT_EQ(table.rows(), 3U);
  EXPECT_EQ(table.text(1, "x_7"), "");
  EXPECT_EQ(table.text(2, "x_7"), "2.00");
  EXPECT_EQ(table.text(2, "face_id"), "5");
}

}  // namespace
}  // namespace auriga
