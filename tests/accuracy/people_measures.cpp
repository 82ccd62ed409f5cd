#include "people_measures.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <limits>
#include <map>
#include <span>
#include <utility>

#include "auriga/engine.hpp"

#include "media/image_file.hpp"
#include "support/golden.hpp"

namespace auriga::accuracy {
namespace {

namespace fs = std::filesystem;

// Hand-set points (columns x_i, y_i of london_points.csv) that mean the same as landmarks or the
// middle of two: corners and lids of the eyes, the outline of the mouth, the chin.
struct Correspondence {
  std::array<int, 2> landmarks;
  int point;
};
constexpr std::array kCorrespondences{
    Correspondence{{36, 36}, 18},  Correspondence{{39, 39}, 22},  Correspondence{{42, 42}, 23},
    Correspondence{{45, 45}, 27},  Correspondence{{37, 38}, 20},  Correspondence{{40, 41}, 29},
    Correspondence{{43, 44}, 25},  Correspondence{{46, 47}, 32},  Correspondence{{48, 48}, 87},
    Correspondence{{49, 49}, 88},  Correspondence{{50, 50}, 89},  Correspondence{{51, 51}, 90},
    Correspondence{{52, 52}, 91},  Correspondence{{53, 53}, 92},  Correspondence{{54, 54}, 93},
    Correspondence{{55, 55}, 108}, Correspondence{{56, 56}, 107}, Correspondence{{57, 57}, 106},
    Correspondence{{58, 58}, 105}, Correspondence{{59, 59}, 104}, Correspondence{{8, 8}, 129}};
// What is said of fewer is said of single people; they count in the other groups.
constexpr std::size_t kLeastGroup = 3;
constexpr int kOuterCorners[] = {18, 27};

double error_to_points(const Landmarks& landmarks, const test::Table& points, std::size_t row) {
  const auto at = [&](int i) {
    return std::array{points.number(row, "x_" + std::to_string(i)),
                      points.number(row, "y_" + std::to_string(i))};
  };
  const auto away = [](const std::array<double, 2>& a, const std::array<double, 2>& b) {
    return std::sqrt((a[0] - b[0]) * (a[0] - b[0]) + (a[1] - b[1]) * (a[1] - b[1]));
  };
  double sum = 0;
  for (const auto& [pair, point] : kCorrespondences) {
    const auto one = static_cast<std::size_t>(pair[0]), other = static_cast<std::size_t>(pair[1]);
    sum += away(
        {(static_cast<double>(landmarks.x[one]) + static_cast<double>(landmarks.x[other])) / 2,
         (static_cast<double>(landmarks.y[one]) + static_cast<double>(landmarks.y[other])) / 2},
        at(point));
  }
  return sum / kCorrespondences.size() / away(at(kOuterCorners[0]), at(kOuterCorners[1]));
}

// What is told of the widest face of a picture.
struct Told {
  bool face = false;
  std::map<std::string, double> intensities;
  Landmarks landmarks;
};

Told tell(const Engine& engine, ImageView picture) {
  const Faces faces = engine.picture(picture);
  Told told;
  double widest = 0;
  for (std::size_t i = 0; i < faces.size(); ++i) {
    const FaceRow row = faces[i];
    const Landmarks& landmarks = row.result.landmarks;
    const double width = static_cast<double>(landmarks.x[16]) - static_cast<double>(landmarks.x[0]);
    if (width <= widest) continue;
    widest = width;
    told.face = true;
    told.landmarks = landmarks;
    for (std::size_t u = 0; u < row.intensities.size(); ++u)
      told.intensities[faces.units().intensities[u]] = row.intensities[u];
  }
  return told;
}

double smile(const Told& told) {
  const auto of = [&](const char* unit) {
    const auto found = told.intensities.find(unit);
    return found == told.intensities.end() ? 0.0 : found->second;
  };
  return (of("AU06") + of("AU12")) / 2;
}

double area(const std::vector<const PersonMeasures*>& people) {
  double sum = 0;
  for (const PersonMeasures* smiling : people)
    for (const PersonMeasures* neutral : people)
      sum += smiling->smiling_smile > neutral->neutral_smile    ? 1
             : smiling->smiling_smile == neutral->neutral_smile ? 0.5
                                                                : 0;
  return sum / static_cast<double>(people.size() * people.size());
}

GroupMeasures measures(std::string name, const std::vector<const PersonMeasures*>& people) {
  GroupMeasures group{.name = std::move(name), .people = people.size()};
  if (people.empty()) return group;
  group.smile_area = area(people);
  double found = 0;
  for (const PersonMeasures* person : people) {
    group.pairs_right += person->smiling_smile > person->neutral_smile ? 1 : 0;
    group.neutral_raised += person->highest_neutral >= 1 ? 1 : 0;
    if (std::isnan(person->landmark_error)) continue;
    group.landmark_error += person->landmark_error;
    ++found;
  }
  const auto n = static_cast<double>(people.size());
  group.pairs_right /= n;
  group.neutral_raised /= n;
  group.landmark_error /= found;
  return group;
}

}  // namespace

std::vector<PersonMeasures> measure_people(const std::string& preset, const fs::path& open_pack,
                                           const fs::path& test_data) {
  const Engine engine = Engine::load(
      {.models = {preset == "open" ? open_pack : test_data / "models"}}, {.preset = preset});
  const fs::path folder = test_data / "people";
  const test::Table table(folder / "london.csv"), points(folder / "london_points.csv");
  std::map<std::string, std::size_t> row_of;
  for (std::size_t row = 0; row < points.rows(); ++row) row_of[points.text(row, "picture")] = row;
  std::vector<PersonMeasures> all;
  for (std::size_t row = 0; row < table.rows(); ++row) {
    const std::string id = table.text(row, "face_id");
    PersonMeasures person{.sex = table.text(row, "gender"),
                          .ethnic_group = table.text(row, "ethnic_group"),
                          .age = static_cast<int>(table.number(row, "age"))};
    const Told neutral = tell(engine, read_image(folder / "london" / (id + "_neutral.jpg")));
    const Told smiling = tell(engine, read_image(folder / "london" / (id + "_smiling.jpg")));
    person.pictures_without_face = (neutral.face ? 0 : 1) + (smiling.face ? 0 : 1);
    person.neutral_smile = smile(neutral);
    person.smiling_smile = smile(smiling);
    for (const auto& [unit, intensity] : neutral.intensities)
      person.highest_neutral = std::max(person.highest_neutral, intensity);
    person.landmark_error =
        neutral.face ? error_to_points(neutral.landmarks, points, row_of.at(id + "_neutral.jpg"))
                     : std::numeric_limits<double>::quiet_NaN();
    all.push_back(std::move(person));
  }
  return all;
}

std::vector<GroupMeasures> groups_of(const std::vector<PersonMeasures>& people) {
  using Name = std::function<std::string(const PersonMeasures&)>;
  const Name names[] = {
      [](const PersonMeasures&) { return "everybody"; },
      [](const PersonMeasures& p) { return p.sex; },
      [](const PersonMeasures& p) {
        return p.age < 25 ? "18 to 24 years" : p.age < 35 ? "25 to 34 years" : "35 years and more";
      },
      [](const PersonMeasures& p) { return p.ethnic_group; }};
  std::vector<GroupMeasures> groups;
  for (const Name& name : names) {
    std::map<std::string, std::vector<const PersonMeasures*>> members;
    for (const PersonMeasures& person : people) members[name(person)].push_back(&person);
    for (const auto& [group, of_group] : members)
      if (of_group.size() >= kLeastGroup) groups.push_back(measures(group, of_group));
  }
  return groups;
}

}  // namespace auriga::accuracy
