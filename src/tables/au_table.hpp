// Tables of results as tracks of faces over time: their action units, blendshapes, pose and size.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "auriga/face.hpp"

#include "tables/marks.hpp"

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
  std::vector<std::int64_t> frames;  // ascending, from 1
  std::vector<double> times;         // as AuTable::timed says
  // Whether the face was followed, and the row is not excluded: whether it counts.
  std::vector<char> success;
  std::vector<char> excluded;                // by exclude(); empty: no row is
  std::vector<Landmarks> landmarks;          // px; empty unless they were asked for and are there
  std::vector<AuTrack> aus;                  // ascending names
  std::vector<BlendshapeTrack> blendshapes;  // those with a column, in MediaPipe's order

  // How sure it is of the landmarks, 0..1; turn of the head, rad (pose_Rx, pose_Ry); size of the
  // face, px: the larger of the distances between the ends of the jaw (landmarks 0 and 16) and from
  // the bridge of the nose to the chin (27 and 8). Empty where the table lacks these columns; NaN:
  // no number.
  std::vector<double> confidence, pitch_rad, yaw_rad, size_px;

  bool is_excluded(std::size_t row) const { return !excluded.empty() && excluded[row] != 0; }
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
  std::size_t frames_excluded = 0;  // different ones, by exclude()
  std::size_t excluded_ranges = 0;  // that exclude() was given

  double begin() const;  // of the first row
  double end() const;    // of the last row, and a step
};

// Throws Error(input): no columns AUxx_r or AUxx_c although a row counts, no rows, a row twice, a
// cell that is no number or one beyond 1e12. `with_landmarks`: those of tables with a column x_0 as
// well; then also as LandmarkColumns.
AuTable read_au_table(const std::filesystem::path& file, bool with_landmarks = false);

// Whether a file is a table with rows about faces: with columns of action units, or with those that
// PyFaceAU leaves where it found no face. False for what cannot be read.
bool is_about_faces(const std::filesystem::path& file);

// Completes a table whose faces have frames, times and success, ascending: all that follows from
// them.
void complete_times(AuTable& table);

// Takes rows of all faces out: they count as rows without success do, however well the face was
// followed, and AuTable::frames_with_face is without them.
void exclude(AuTable& table, const Excluded& excluded);
// Rows of which the table is less sure than `least`, 0..1, or does not say how sure it is, count as
// rows without success. Throws Error(input) for a table without the column `confidence`.
void require_confidence(AuTable& table, double least);

// Adds the intensities of another table, in columns AUxx or AUxx_r, 0..5, matched by frame and
// face; one without faces, or with a single one whose id `table` does not have, is about the first
// face. Rows without success are left out. Throws Error(input): as above, no frame or no action
// unit in common.
void add_truth(AuTable& table, const std::filesystem::path& file);

}  // namespace auriga
