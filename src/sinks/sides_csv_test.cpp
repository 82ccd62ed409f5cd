// The table of both sides without models.
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "auriga/error.hpp"
#include "auriga/sinks.hpp"

#include "sinks/fake_stream.hpp"
#include "support/golden.hpp"

namespace auriga {
namespace {

namespace fs = std::filesystem;
using test::Table;
using test::TestStream;

// Values by row: AU01, AU12, AU28 of one half of the picture.
class HalfRows : public FinalUnits::Rows {
 public:
  HalfRows(std::size_t rows, double first) : rows_(rows), first_(first) {}
  std::size_t size() const override { return rows_; }
  void read(std::size_t row, std::span<double> intensities,
            std::span<double> presences) const override {
    intensities[0] = first_ + static_cast<double>(row);
    intensities[1] = first_ / 10;
    presences[0] = first_ > 1 ? 1 : 0;
  }

 private:
  std::size_t rows_;
  double first_;
};

FinalUnits units_of(const TestStream& stream, std::size_t rows) {
  const auto half = [&](double first) {
    return FinalUnits(stream.info.units, std::make_shared<HalfRows>(rows, first));
  };
  return {stream.info.units, nullptr, {half(1), half(2)}};
}

// A face whose mouth is 30 px wide on the left of the picture and 20 px on the right.
void shape(FrameResult& face, double yaw_rad) {
  face.shape.scale = 2;
  face.shape.ry = static_cast<float>(yaw_rad);
  auto& [x, y] = face.landmarks;
  for (std::size_t i = 0; i < kLandmarks; ++i) x[i] = y[i] = 100;
  for (std::size_t i = 36; i < 42; ++i) x[i] = 60;
  for (std::size_t i = 42; i < 48; ++i) x[i] = 140;
  x[48] = 70;
  x[54] = 120;
}

class SidesSink : public testing::Test {
 protected:
  Table write(const SidesSinkOptions& options, std::size_t told_rows = 3) {
    TestStream stream;
    shape(stream.add(0, 0, true).result, 0.1);
    shape(stream.add(1, 0, true).result, 0.6);  // turned too far
    shape(stream.add(2, 0, false).result, 0);
    auriga::Setup setup;
    const auto sink = make_sides_sink(path_, options);
    EXPECT_TRUE(sink->needs().sides);
    sink->begin(stream.info, setup);
    for (const test::TestFace& face : stream.faces) sink->row(face.row());
    sink->finish(units_of(stream, told_rows));
    sink->publish();
    return Table(path_);
  }
  test::TemporaryFolder folder_;
  fs::path path_ = folder_.path() / "face_sides.csv";
};

std::string cell(const Table& table, std::size_t row, const std::string& column) {
  return table.text(row, column);
}

TEST_F(SidesSink, TellsThePersonsLeftFromTheRightOfThePicture) {
  const Table table = write({});
  EXPECT_EQ(cell(table, 0, "AU01_left_r"), "2.00");
  EXPECT_EQ(cell(table, 0, "AU01_right_r"), "1.00");
  EXPECT_EQ(cell(table, 0, "AU12_left_r"), "0.20");
  EXPECT_EQ(cell(table, 0, "AU28_left_c"), "1.00");
  EXPECT_EQ(cell(table, 0, "AU28_right_c"), "0.00");
  EXPECT_EQ(cell(table, 0, "commissure_excursion_left_mm"), "10.00");
  EXPECT_EQ(cell(table, 0, "commissure_excursion_right_mm"), "15.00");
  EXPECT_EQ(cell(table, 0, "commissure_excursion_difference_mm"), "-5.00");
  EXPECT_EQ(cell(table, 0, "commissure_excursion_ratio"), "0.667");
  EXPECT_EQ(cell(table, 0, "mm_by"), "shape");
  EXPECT_EQ(cell(table, 0, "mm_per_px"), "0.5000");
  EXPECT_EQ(cell(table, 0, "yaw_quality"), "green");
  EXPECT_EQ(cell(table, 0, "mrd1_left_mm"), "");
}

TEST_F(SidesSink, OfAMirroredRecordingTheOtherWayRound) {
  const Table table = write({.mirrored = true, .affected = PersonSide::right});
  EXPECT_EQ(cell(table, 0, "AU01_left_r"), "1.00");
  EXPECT_EQ(cell(table, 0, "AU01_right_r"), "2.00");
  EXPECT_EQ(cell(table, 0, "commissure_excursion_left_mm"), "15.00");
  EXPECT_EQ(cell(table, 0, "commissure_excursion_percent"), "66.7");
}

TEST_F(SidesSink, HasEmptyCellsBeyondTheLimitOfYawAndWithoutAFace) {
  const Table table = write({});
  EXPECT_EQ(cell(table, 1, "yaw_quality"), "beyond");
  EXPECT_EQ(cell(table, 1, "yaw_deg"), "34.38");
  for (const char* column : {"AU01_left_r", "AU28_right_c", "commissure_excursion_left_mm",
                             "commissure_excursion_ratio", "mm_per_px", "mm_by"}) {
    EXPECT_EQ(cell(table, 1, column), "") << column;
    EXPECT_EQ(cell(table, 2, column), "") << column;
  }
  EXPECT_EQ(cell(table, 2, "yaw_quality"), "");
  EXPECT_EQ(cell(table, 2, "success"), "0");
}

TEST_F(SidesSink, RefusesUnitsThatHaveNoSides) {
  EXPECT_THROW(write({}, 2), Error);
  EXPECT_FALSE(fs::exists(path_));
}

}  // namespace
}  // namespace auriga
