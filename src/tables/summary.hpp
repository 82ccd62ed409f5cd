// What a table of results says about the action units of each face, in short: `auriga summary`.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "auriga/face.hpp"

namespace auriga {

// The plain name of a unit of the Facial Action Coding System, e.g. "lip corner puller" for "AU12";
// empty for one that is not among the 18 that auriga knows.
std::string_view au_description(std::string_view au);

// Units that are not told, for people: "AU04 (frown), AU09".
std::string untold_text(std::span<const std::string> aus);

// An action unit of one face; vectors are as long as the face has rows, or empty where the table
// has no such column. NaN: no number in the cell.
struct AuTrack {
  std::string name;               // e.g. AU12
  std::vector<double> intensity;  // AUxx_r, 0..5
  std::vector<double> presence;   // AUxx_c, 0 or 1
  std::vector<double> truth;      // intensity by another source, 0..5 (add_truth)
};

// A blendshape of one face, 0..1; as long as the face has rows. NaN: no number in the cell.
struct BlendshapeTrack {
  std::string name;  // of kBlendshapeNames
  std::vector<double> values;
};

struct FaceTrack {
  std::int64_t id = 0;
  std::vector<std::int64_t> frames;          // ascending, from 1
  std::vector<double> times;                 // as AuTable::timed says
  std::vector<char> success;                 // whether the face was followed
  std::vector<Landmarks> landmarks;          // px; empty unless they were asked for and are there
  std::vector<AuTrack> aus;                  // ascending names
  std::vector<BlendshapeTrack> blendshapes;  // those with a column, in MediaPipe's order
};

// A table of any OpenFace dialect. Of its columns only those of the action units are required, and
// not even these where no row succeeded; what the others mean says RowReader. Frames are counted
// from 1, whatever the table does.
struct AuTable {
  std::filesystem::path file;
  bool timed = false;      // times are seconds; false (no useful timestamps): frame numbers
  double step = 1;         // time from a frame to the next
  std::size_t frames = 0;  // different ones
  std::size_t frames_with_face = 0;  // of them, with success of at least one face
  std::vector<FaceTrack> faces;      // the one with the most successful rows first
  std::filesystem::path truth;       // empty: none
  std::size_t frames_with_truth = 0;

  double begin() const;  // of the first row
  double end() const;    // of the last row, and a step
};

// Throws Error(input): no columns AUxx_r or AUxx_c although a row counts, no rows, a row twice, a
// cell that is no number or one beyond 1e12. `with_landmarks`: those of tables with a column x_0 as
// well; then also as LandmarkColumns.
AuTable read_au_table(const std::filesystem::path& file, bool with_landmarks = false);

// Adds the intensities of another table, in columns AUxx or AUxx_r, 0..5, matched by frame and
// face; one without faces, or with a single one whose id `table` does not have, is about the first
// face. Rows without success are left out. Throws Error(input): as above, no frame or no action
// unit in common.
void add_truth(AuTable& table, const std::filesystem::path& file);

struct TimeRange {
  double begin = 0, end = 0;
};

// How far intensities are from the truth, over the rows that have both.
struct TruthAgreement {
  std::size_t rows = 0;             // >= 1
  std::optional<double> pearson_r;  // none where either is constant
  double mean_abs_difference = 0;
};

// Over the rows with success. Numbers that do not exist are empty, never NaN.
struct AuSummary {
  std::string name;
  std::optional<double> mean, peak;  // of the intensity
  std::optional<double> peak_time;
  double present = 0;  // share of the rows, 0..1: presence 1, without presences an intensity >= 1
  // When it was present, ascending. Pauses below 0.2 s (6 frames where there are no times) are
  // closed.
  std::vector<TimeRange> active;
  std::optional<TruthAgreement> truth;
};

// Of a blendshape over the rows with success that have a number.
struct BlendshapeSummary {
  std::string name;
  double mean = 0, peak = 0, peak_time = 0;
};

struct FaceSummary {
  std::int64_t id = 0;
  std::size_t rows = 0, rows_with_face = 0;
  std::vector<AuSummary> aus;                  // those with a number in any row with success
  std::vector<std::string> not_estimated;      // the others
  std::vector<BlendshapeSummary> blendshapes;  // those with a number in any row with success
};
FaceSummary summarise(const AuTable& table, const FaceTrack& face);

// Whether a row counts as one where the unit is present; success is not looked at.
bool is_present(const AuTrack& au, std::size_t row);

// For people, at most about 100 characters wide. `estimator`: what told the action units; empty:
// not known.
std::string summary_text(const AuTable& table, const std::string& estimator);
// Numbers that do not exist are null; all faces, all times.
std::string summary_json(const AuTable& table, const std::string& estimator);

}  // namespace auriga
