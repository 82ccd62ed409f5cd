#include "files/columns.hpp"

#include <array>
#include <cassert>
#include <cstddef>
#include <functional>
#include <map>
#include <utility>

namespace auriga {

namespace {

double frame_from_1(const FrameResult& row) { return static_cast<double>(row.frame + 1); }
double frame_from_0(const FrameResult& row) { return static_cast<double>(row.frame); }
double face_id(const FrameResult& row) { return row.face_id; }
double timestamp(const FrameResult& row) { return row.timestamp_s; }
double confidence(const FrameResult& row) { return row.confidence; }
double success(const FrameResult& row) { return row.success ? 1 : 0; }

constexpr std::string_view kConfidenceMeaning = "how sure it is that the landmarks are right, 0..1";
constexpr std::string_view kSuccessMeaning = "whether the face was followed";
constexpr std::string_view kTimestampMeaning = "presentation time since the beginning";

constexpr std::array<KeyColumn, 5> kVideoKeys = {{
    {kFrameColumn, CellKind::whole, 0, frame_from_1, "", "number of the decoded frame, from 1"},
    {kFaceIdColumn, CellKind::whole, 0, face_id, "", "the followed face"},
    {kTimestampColumn, CellKind::real, 3, timestamp, "s", kTimestampMeaning},
    {kConfidenceColumn, CellKind::real, 2, confidence, "", kConfidenceMeaning},
    {kSuccessColumn, CellKind::whole, 0, success, "", kSuccessMeaning},
}};
constexpr std::array<KeyColumn, 2> kPictureKeys = {{
    {kFaceColumn, CellKind::whole, 0, face_id, "",
     "of a picture: the face, most certain first, from 0"},
    {kConfidenceColumn, CellKind::real, 3, confidence, "", kConfidenceMeaning},
}};
constexpr std::array<KeyColumn, 3> kPyfaceauKeys = {{
    {kFrameColumn, CellKind::whole, 0, frame_from_0, "", "number of the decoded frame, from 0"},
    {kTimestampColumn, CellKind::real, 0, timestamp, "s", kTimestampMeaning},
    {kSuccessColumn, CellKind::word, 0, success, "", kSuccessMeaning},
}};

using Row = const FrameResult&;
using Values = std::span<const float>;

Values gaze_0(Row row) { return row.gaze.direction[0]; }
Values gaze_1(Row row) { return row.gaze.direction[1]; }
Values gaze_angle(Row row) { return row.gaze.angle_rad; }
Values eye_x(Row row) { return row.eyes.x; }
Values eye_y(Row row) { return row.eyes.y; }
template <std::size_t axis>
Values eye_mm(Row row) {
  return row.eyes.mm[axis];
}
Values translation(Row row) { return row.pose.translation_mm; }
Values rotation(Row row) { return row.pose.rotation_rad; }
Values x(Row row) { return row.landmarks.x; }
Values y(Row row) { return row.landmarks.y; }
template <std::size_t axis>
Values landmark_mm(Row row) {
  return row.landmarks_3d_mm[axis];
}
template <float ShapeFit::*parameter>
Values shape(Row row) {
  return {&(row.shape.*parameter), 1};
}
Values modes(Row row) { return row.shape.p; }

constexpr std::array<MeasureColumns, 22> kMeasures = {{
    {kGazeColumns, "gaze_0_", "xyz", 0, 6, gaze_0, "",
     "where the eye on the left of the picture looks: unit vector in camera coordinates"},
    {kGazeColumns, "gaze_1_", "xyz", 0, 6, gaze_1, "", "the same of the other eye"},
    {kGazeColumns, "gaze_angle_", "xy", 0, 3, gaze_angle, "rad",
     "where both look: to the right of the picture, and down"},
    {kGazeColumns, "eye_lmk_x_", "", kEyeLandmarks, 1, eye_x, "px",
     "landmarks of the eyes: 0-27 of the one on the left of the picture, 28-55 of the other"},
    {kGazeColumns, "eye_lmk_y_", "", kEyeLandmarks, 1, eye_y, "px", "the same"},
    {kGazeColumns, "eye_lmk_X_", "", kEyeLandmarks, 1, eye_mm<0>, "mm",
     "the same in camera coordinates"},
    {kGazeColumns, "eye_lmk_Y_", "", kEyeLandmarks, 1, eye_mm<1>, "mm", "the same"},
    {kGazeColumns, "eye_lmk_Z_", "", kEyeLandmarks, 1, eye_mm<2>, "mm", "the same"},
    {kPoseColumns, "pose_T", "xyz", 0, 1, translation, "mm",
     "place of the head: to the right, down, away from the camera"},
    {kPoseColumns, "pose_R", "xyz", 0, 3, rotation, "rad", "turn of the head: pitch, yaw, roll"},
    {kLandmarks2dColumns, "x_", "", kLandmarks, 1, x, "px",
     "landmarks in iBUG order; the centre of the top-left pixel is 0"},
    {kLandmarks2dColumns, "y_", "", kLandmarks, 1, y, "px", "the same"},
    {kLandmarks3dColumns, "X_", "", kLandmarks, 1, landmark_mm<0>, "mm",
     "landmarks in camera coordinates"},
    {kLandmarks3dColumns, "Y_", "", kLandmarks, 1, landmark_mm<1>, "mm", "the same"},
    {kLandmarks3dColumns, "Z_", "", kLandmarks, 1, landmark_mm<2>, "mm", "the same"},
    {kShapeColumns, "p_scale", "", 0, 3, shape<&ShapeFit::scale>, "px per mm",
     "scale of the shape model"},
    {kShapeColumns, "p_rx", "", 0, 3, shape<&ShapeFit::rx>, "rad", "its turn: pitch"},
    {kShapeColumns, "p_ry", "", 0, 3, shape<&ShapeFit::ry>, "rad", "yaw"},
    {kShapeColumns, "p_rz", "", 0, 3, shape<&ShapeFit::rz>, "rad", "roll"},
    {kShapeColumns, "p_tx", "", 0, 3, shape<&ShapeFit::tx>, "px", "its place: to the right"},
    {kShapeColumns, "p_ty", "", 0, 3, shape<&ShapeFit::ty>, "px", "down"},
    {kShapeColumns, "p_", "", kShapeModes, 3, modes, "mm", "its deformation, mode by mode"},
}};

constexpr std::array<SideMeasureColumns, kSideMeasures> kSideMeasureColumns = {{
    {"brow_height", "mm", true, "of the brow above the line between the pupils"},
    {"fissure_height", "mm", true, "from lid to lid at the pupil"},
    {"mrd1", "mm", true, "of the upper lid above the pupil"},
    {"mrd2", "mm", true, "of the lower lid below the pupil"},
    {"commissure_excursion", "mm", true, "from the middle of the lower lip to the mouth's corner"},
    {"commissure_angle", "deg", false, "of that line above the line between the pupils"},
    {"upper_lip_height", "mm", false, "of the upper lip's edge below the line between the pupils"},
    {"lower_lip_height", "mm", false, "of the lower lip's edge below it"},
    {"dental_show", "mm", true, "between the lips' edges beside the middle"},
    {"commissure_midline", "mm", true, "from the middle of the face to the mouth's corner, across"},
}};

bool is_digit(char c) { return c >= '0' && c <= '9'; }

}  // namespace

std::span<const KeyColumn> key_columns(Dialect dialect, TableMode mode) {
  if (dialect == Dialect::pyfaceau) {
    assert(mode == TableMode::sequence);
    return kPyfaceauKeys;
  }
  if (mode == TableMode::sequence) return kVideoKeys;
  return kPictureKeys;
}

std::span<const MeasureColumns> measure_columns() { return kMeasures; }

std::vector<std::string> MeasureColumns::names() const {
  std::vector<std::string> names;
  for (const char letter : letters) names.push_back(std::string(stem) + letter);
  for (int i = 0; i < count; ++i) names.push_back(std::string(stem) + std::to_string(i));
  if (names.empty()) names.emplace_back(stem);
  return names;
}

std::optional<Dialect> dialect_from_name(std::string_view name) {
  if (name == "openface") return Dialect::openface;
  if (name == "openface-spaced") return Dialect::openface_spaced;
  if (name == "pyfaceau") return Dialect::pyfaceau;
  return std::nullopt;
}

std::optional<LostCells> lost_cells(std::string_view word) {
  if (word == "empty") return LostCells::empty;
  if (word == "zero") return LostCells::zero;
  if (word == "last") return LostCells::last;
  return std::nullopt;
}

std::string_view column_flag(ColumnGroup group) {
  switch (group) {
    case kGazeColumns:
      return "-gaze";
    case kPoseColumns:
      return "-pose";
    case kLandmarks2dColumns:
      return "-2Dfp";
    case kLandmarks3dColumns:
      return "-3Dfp";
    case kShapeColumns:
      return "-pdmparams";
    case kAuColumns:
      return "-aus";
    case kBlendshapeColumns:
      return "--blendshapes";
  }
  return {};
}

std::optional<ColumnGroup> column_group(std::string_view flag) {
  for (const ColumnGroup group : kColumnGroups)
    if (column_flag(group) == flag) return group;
  return std::nullopt;
}

std::optional<ColumnGroup> group_of_column(std::string_view name) {
  static const std::map<std::string, ColumnGroup, std::less<>> groups = [] {
    std::map<std::string, ColumnGroup, std::less<>> all;
    for (const MeasureColumns& measure : measure_columns())
      for (std::string& one : measure.names()) all.emplace(std::move(one), measure.group);
    for (const std::string_view name : kBlendshapeNames) all.emplace(name, kBlendshapeColumns);
    return all;
  }();
  if (is_au_column(name, kIntensityEnding) || is_au_column(name, kPresenceEnding))
    return kAuColumns;
  const auto found = groups.find(name);
  return found != groups.end() ? std::optional(found->second) : std::nullopt;
}

bool is_au_column(std::string_view name, std::string_view ending) {
  if (!name.ends_with(ending)) return false;
  name.remove_suffix(ending.size());
  for (const std::string_view side : {kLeftEnding, kRightEnding})
    if (name.ends_with(side)) {
      name.remove_suffix(side.size());
      break;
    }
  return name.size() == 4 && name.starts_with("AU") && is_digit(name[2]) && is_digit(name[3]);
}

std::span<const SideMeasureColumns, kSideMeasures> side_measures() { return kSideMeasureColumns; }

std::vector<std::string> side_column_names(TableMode mode, const UnitNames& aus, bool percent,
                                           bool blendshapes) {
  std::vector<std::string> names;
  for (const KeyColumn& key : key_columns(Dialect::openface, mode)) names.emplace_back(key.name);
  names.insert(names.end(), kSideKeys.begin(), kSideKeys.end());
  const auto both = [&](const std::vector<std::string>& units, std::string_view ending) {
    for (const std::string& unit : units)
      for (const std::string_view side : {kLeftEnding, kRightEnding})
        names.push_back(unit + std::string(side) + std::string(ending));
  };
  both(aus.intensities, kIntensityEnding);
  both(aus.presences, kPresenceEnding);
  for (const SideMeasureColumns& measure : side_measures()) {
    const std::string stem(measure.stem), unit = "_" + std::string(measure.unit);
    for (const char* const part : {"_left", "_right", "_difference"})
      names.push_back(stem + part + unit);
    if (!measure.has_ratio) continue;
    names.push_back(stem + "_ratio");
    if (percent) names.push_back(stem + "_percent");
  }
  if (blendshapes)
    for (const std::string_view shape : kBlendshapeNames)
      if (shape.ends_with("Left") || shape.ends_with("Right")) names.emplace_back(shape);
  return names;
}

const UnitNames& openface_aus() {
  static const UnitNames names = {
      {"AU01", "AU02", "AU04", "AU05", "AU06", "AU07", "AU09", "AU10", "AU12",  //
       "AU14", "AU15", "AU17", "AU20", "AU23", "AU25", "AU26", "AU45"},
      {"AU01", "AU02", "AU04", "AU05", "AU06", "AU07", "AU09", "AU10", "AU12",  //
       "AU14", "AU15", "AU17", "AU20", "AU23", "AU25", "AU26", "AU28", "AU45"}};
  return names;
}

std::vector<std::string> column_names(Dialect dialect, TableMode mode, ColumnGroups groups,
                                      const UnitNames& aus) {
  std::vector<std::string> names;
  for (const KeyColumn& key : key_columns(dialect, mode)) names.emplace_back(key.name);
  if (dialect != Dialect::pyfaceau)
    for (const MeasureColumns& measure : measure_columns())
      if ((groups & measure.group) != 0)
        for (std::string& name : measure.names()) names.push_back(std::move(name));
  if ((groups & kAuColumns) != 0) {
    for (const std::string& au : aus.intensities)
      names.push_back(au + std::string(kIntensityEnding));
    if (dialect != Dialect::pyfaceau)
      for (const std::string& au : aus.presences)
        names.push_back(au + std::string(kPresenceEnding));
  }
  if ((groups & kBlendshapeColumns) != 0 && dialect != Dialect::pyfaceau)
    names.insert(names.end(), kBlendshapeNames.begin(), kBlendshapeNames.end());
  return names;
}

}  // namespace auriga
