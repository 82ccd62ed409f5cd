// How well pictures of real people are told: smiles, neutral faces, landmarks; all of them and by
// group.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

namespace auriga::accuracy {

// One person of ../shared/people, neutral and smiling, as one preset sees them.
struct PersonMeasures {
  std::string sex, ethnic_group;
  int age = 0;  // years
  // (AU06_r + AU12_r) / 2 of the picture, 0..5; 0 where no face was found.
  double neutral_smile = 0, smiling_smile = 0;
  double highest_neutral = 0;  // intensity of a supported unit in the neutral picture
  double landmark_error = 0;   // in distances between the outer eye corners; NaN: none found
  int pictures_without_face = 0;
};

// Throws auriga::Error or std::exception where models, pictures or tables are missing.
std::vector<PersonMeasures> measure_people(const std::string& preset,
                                           const std::filesystem::path& open_pack,
                                           const std::filesystem::path& test_data);

struct GroupMeasures {
  std::string name;
  std::size_t people = 0;
  double smile_area = 0;      // under the ROC curve of smiling against neutral, ties by half
  double pairs_right = 0;     // share of people whose smiling picture has the higher score
  double neutral_raised = 0;  // share of neutral pictures with a supported unit >= 1
  double landmark_error = 0;  // mean of those found
};
inline constexpr std::size_t kSmallGroup = 10;  // fewer people say little

// Everybody first, then by sex, age and ethnic group, without groups of fewer than three.
std::vector<GroupMeasures> groups_of(const std::vector<PersonMeasures>& people);

}  // namespace auriga::accuracy
