#include "drawing/study_picture.hpp"

#include <gtest/gtest.h>

#include "auriga/error.hpp"

namespace auriga {
namespace {

StudyRow row(const std::string& file, std::optional<double> mean) {
  StudyRow result;
  result.file = file;
  result.face_id = 0;
  UnitNumbers unit;
  unit.unit = "AU12";
  unit.values[static_cast<std::size_t>(UnitColumn::mean)] = mean;
  result.units.push_back(unit);
  return result;
}

int blue(const Image& image, int x, int y) { return image.row(y)[3 * x]; }
int red(const Image& image, int x, int y) { return image.row(y)[3 * x + 2]; }

TEST(StudyPicture, CellsAreTheDarkerTheStrongerTheUnit) {
  const Image image = study_picture({row("a.csv", 0), row("b.csv", 2.5), row("c.csv", {})});
  const int x = 16 + 300 + 3, first = 60 + 3;
  EXPECT_EQ(red(image, x, first), 255);
  EXPECT_EQ(red(image, x, first + 20), 40);
  EXPECT_EQ(blue(image, x, first + 20), 180);
  EXPECT_EQ(red(image, x, first + 40), 228) << "no number";
  EXPECT_EQ(image.height(), 60 + 3 * 20 + 16);
}

TEST(StudyPicture, WithoutUnitsOrWithTooManyRowsThereIsNone) {
  EXPECT_THROW(study_picture({StudyRow()}), Error);
  EXPECT_THROW(study_picture(std::vector<StudyRow>(kMostStudyRows + 1, row("a.csv", 1))), Error);
}

}  // namespace
}  // namespace auriga
