// THE list of columns of a table of results: names, order, decimals, values, meanings. Header,
// cells, readers and the documentation are made from it.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "auriga/face.hpp"
#include "auriga/formats.hpp"
#include "auriga/row.hpp"
#include "auriga/units.hpp"

namespace auriga {

// One row per frame and face of a video, or one row per face of a single picture.
enum class TableMode { sequence, image };

enum class CellKind { whole, real, word };  // word: True or False

// The first columns: what a row is about and whether it counts.
struct KeyColumn {
  std::string_view name;
  CellKind kind;
  int decimals;  // of reals in the OpenFace dialects
  double (*value)(const FrameResult&);
  std::string_view unit;
  std::string_view meaning;
};
// Static storage. Dialect pyfaceau has them for TableMode::sequence only.
std::span<const KeyColumn> key_columns(Dialect dialect, TableMode mode);

inline constexpr std::string_view kFrameColumn = "frame", kTimestampColumn = "timestamp",
                                  kConfidenceColumn = "confidence", kSuccessColumn = "success";
// The face, in tables of videos and of pictures.
inline constexpr std::string_view kFaceIdColumn = "face_id", kFaceColumn = "face";

// Columns that are alike but for the ends of their names: numbers of several decimals.
struct MeasureColumns {
  ColumnGroup group;
  std::string_view stem;     // of the names, e.g. x_
  std::string_view letters;  // a column per letter, which is the end of its name; empty: see count
  int count;                 // of columns, numbered from 0; 0 without letters: one, named `stem`
  int decimals;              // in the OpenFace dialects
  std::span<const float> (*values)(const FrameResult&);
  std::string_view unit;
  std::string_view meaning;

  std::vector<std::string> names() const;
};
// In the order of the tables, between the key columns and the action units. Static storage.
std::span<const MeasureColumns> measure_columns();

// Blendshapes have their columns behind the action units, under the names of kBlendshapeNames: 0..1
// with so many decimals in the OpenFace dialects. Their cells are empty where there are none.
inline constexpr int kBlendshapeDecimals = 4;

// The group that a column belongs to; nothing for columns that tables of results do not have, and
// for the key columns.
std::optional<ColumnGroup> group_of_column(std::string_view name);
// The last column of a table of the pictures of a folder: the name of the file that the frame was
// read from.
inline constexpr std::string_view kFileColumn = "file";

// Ends of the names of the columns of action units: intensity 0..5, presence 0 or 1.
inline constexpr std::string_view kIntensityEnding = "_r", kPresenceEnding = "_c";
// Behind the name of a unit that is told of one side of the face: the person's.
inline constexpr std::string_view kLeftEnding = "_left", kRightEnding = "_right";
// Whether a column is AUxx<ending>, AUxx_left<ending> or AUxx_right<ending>, xx two digits.
bool is_au_column(std::string_view name, std::string_view ending);
// The 17 intensities and 18 presences of the OpenFace 2.2 models.
const UnitNames& openface_aus();

// What is measured on both sides of a face, in the order of the table of its sides.
enum class SideMeasure {
  brow_height,
  fissure_height,
  mrd1,
  mrd2,
  commissure_excursion,
  commissure_angle,
  upper_lip_height,
  lower_lip_height,
  dental_show,
  commissure_midline
};
inline constexpr std::size_t kSideMeasures = 10;
struct SideMeasureColumns {
  std::string_view stem;  // of the names, e.g. brow_height
  std::string_view unit;  // the end of the names, too: mm or deg
  bool has_ratio;         // the sides can be divided by one another
  std::string_view meaning;
};
std::span<const SideMeasureColumns, kSideMeasures> side_measures();
inline constexpr int kSideDecimals = 2, kRatioDecimals = 3, kScaleDecimals = 4;

// A table of sides has the key columns, then these: yaw as the camera sees it, degrees; green,
// yellow, red or beyond; mm per px, and whether they are by the iris or the shape model.
inline constexpr std::array<std::string_view, 4> kSideKeys = {"yaw_deg", "yaw_quality", "mm_per_px",
                                                              "mm_by"};
// Its header: the action units of both sides (AU01_left_r, AU01_right_r, ..., presences likewise);
// per measure left, right, difference (left - right), ratio and, with `percent`, that of the
// affected side; with `blendshapes` those that have a left and a right.
std::vector<std::string> side_column_names(TableMode mode, const UnitNames& aus, bool percent,
                                           bool blendshapes);

// The header. Of a table in dialect pyfaceau the groups count for the action units only, and there
// are neither presences nor blendshapes.
std::vector<std::string> column_names(Dialect dialect, TableMode mode, ColumnGroups groups,
                                      const UnitNames& aus);

}  // namespace auriga
