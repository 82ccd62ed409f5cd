// The columns of a table of results: groups, their OpenFace flags, their names in the fixed order.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace auriga {

// A bit each, in the order of the columns (spec outputs.md section 2).
enum ColumnGroup : unsigned {
  kGazeColumns = 1,
  kPoseColumns = 2,
  kLandmarks2dColumns = 4,
  kLandmarks3dColumns = 8,
  kShapeColumns = 16,
  kAuColumns = 32,
};
using ColumnGroups = unsigned;  // union of ColumnGroup

inline constexpr std::array<ColumnGroup, 6> kColumnGroups = {
    kGazeColumns,        kPoseColumns,  kLandmarks2dColumns,
    kLandmarks3dColumns, kShapeColumns, kAuColumns};
inline constexpr ColumnGroups kAllColumns = kGazeColumns | kPoseColumns | kLandmarks2dColumns |
                                            kLandmarks3dColumns | kShapeColumns | kAuColumns;

// OpenFace's flag: -gaze -pose -2Dfp -3Dfp -pdmparams -aus.
std::string_view column_flag(ColumnGroup group);
// The group of a flag as given on the command line, case-sensitive; nothing for other words.
std::optional<ColumnGroup> column_group(std::string_view flag);

// One row per frame and face of a video, or one row per face of a single picture.
enum class TableMode { sequence, image };

// Names without suffix, ascending, e.g. AU01: the intensities (columns _r) and the presences (_c).
struct AuNames {
  std::vector<std::string> intensities;
  std::vector<std::string> presences;
};
// The 17 intensities and 18 presences of the OpenFace 2.2 models.
const AuNames& openface_aus();

// Header of the OpenFace dialects.
std::vector<std::string> column_names(TableMode mode, ColumnGroups groups, const AuNames& aus);

}  // namespace auriga
