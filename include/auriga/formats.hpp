// The forms that results can have: dialects and columns of tables, kinds of picture files.
#pragma once

#include <array>
#include <optional>
#include <string_view>

namespace auriga {

enum class Dialect {
  openface,         // byte for byte as OpenFace 2.2
  openface_spaced,  // as OpenFace 2.0 and 2.1: blanks after commas, two in video tables with action
                    // units; none where a cell is empty
  pyfaceau,  // frame (from 0), timestamp, success, intensities; full precision, missing = empty
};
// "openface", "openface-spaced", "pyfaceau"; nothing for other words.
std::optional<Dialect> dialect_from_name(std::string_view name);

// What stands in the cells of a row whose face was lost.
enum class LostCells {
  usual,  // with the open estimator nothing; with OpenFace's its form: 0, or the last known values
  empty,  // nothing
  zero,   // 0
  last,   // what stood in the face's last row with success; nothing before it
};
// "empty", "zero", "last"; nothing for other words.
std::optional<LostCells> lost_cells(std::string_view word);

// A bit each, in the order of the columns (spec outputs.md section 2); blendshapes, which OpenFace
// does not have, come last.
enum ColumnGroup : unsigned {
  kGazeColumns = 1,
  kPoseColumns = 2,
  kLandmarks2dColumns = 4,
  kLandmarks3dColumns = 8,
  kShapeColumns = 16,
  kAuColumns = 32,
  kBlendshapeColumns = 64,
};
using ColumnGroups = unsigned;  // union of ColumnGroup

// OpenFace's, all of which a table has unless some are chosen.
inline constexpr std::array<ColumnGroup, 6> kColumnGroups = {
    kGazeColumns,        kPoseColumns,  kLandmarks2dColumns,
    kLandmarks3dColumns, kShapeColumns, kAuColumns};
inline constexpr ColumnGroups kAllColumns = kGazeColumns | kPoseColumns | kLandmarks2dColumns |
                                            kLandmarks3dColumns | kShapeColumns | kAuColumns;

// OpenFace's flag: -gaze -pose -2Dfp -3Dfp -pdmparams -aus; or --blendshapes.
std::string_view column_flag(ColumnGroup group);
// The group of OpenFace's flag as given on the command line, case-sensitive; nothing for other
// words.
std::optional<ColumnGroup> column_group(std::string_view flag);

enum class PictureFormat { bmp, png, jpg };
// "bmp", "png" or "jpg"; nothing for other words.
std::optional<PictureFormat> picture_format(std::string_view extension);

}  // namespace auriga
