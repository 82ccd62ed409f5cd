// How well the open estimator of action units agrees with a table of known ones.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace auriga::accuracy {

// One action unit in one clip. The reference's presence is that of its column AUxx_c; where there
// is none, as in the table of the demo, what the renders' rule says: an intensity of at least 1.
struct Agreement {
  std::string unit;              // e.g. AU01
  bool experimental = false;     // the models say that measurement does not support it
  double reference_spread = 0;   // standard deviation of the reference's intensity, 0..5
  double correlation = 0;        // Pearson; 0 where the reference or the estimate is constant
  double mean_difference = 0;    // mean absolute difference of the intensities
  double reference_present = 0;  // share of frames with presence, 0..1
  double equal_presence = 0;     // share of frames with equal presence
  double f1 = 0;                 // of presence; 0 where neither has any
};

// Intensities and presences frame by frame.
struct Series {
  std::vector<double> intensity, presence;
};
// Both of the same length, not empty. Without name and mark.
Agreement agreement(const Series& ours, const Series& reference);

// Below this the reference hardly moves, and a correlation with it says nothing.
inline constexpr double kLeastSpread = .08;

// Where the tables lie: recorded OpenFace tables of videos below `test_data`, and the demo.
struct Clip {
  std::string name;
  std::filesystem::path video, table;
};
std::vector<Clip> clips(const std::filesystem::path& test_data,
                        const std::filesystem::path& repository);

// Frames with success in both, matched by number. Ascending by unit. Throws std::runtime_error when
// that are fewer than half of the table's.
std::vector<Agreement> compare(const Clip& clip, const std::filesystem::path& open_pack);

}  // namespace auriga::accuracy
