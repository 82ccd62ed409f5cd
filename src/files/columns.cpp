#include "files/columns.hpp"

#include <fmt/format.h>

#include "auriga/face.hpp"

namespace auriga {

namespace {

void add_numbered(std::vector<std::string>& names, std::string_view prefix, int count) {
  for (int i = 0; i < count; ++i) names.push_back(fmt::format("{}_{}", prefix, i));
}

}  // namespace

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
  }
  return {};
}

std::optional<ColumnGroup> column_group(std::string_view flag) {
  for (const ColumnGroup group : kColumnGroups)
    if (column_flag(group) == flag) return group;
  return std::nullopt;
}

const AuNames& openface_aus() {
  static const AuNames names = {
      {"AU01", "AU02", "AU04", "AU05", "AU06", "AU07", "AU09", "AU10", "AU12",  //
       "AU14", "AU15", "AU17", "AU20", "AU23", "AU25", "AU26", "AU45"},
      {"AU01", "AU02", "AU04", "AU05", "AU06", "AU07", "AU09", "AU10", "AU12",  //
       "AU14", "AU15", "AU17", "AU20", "AU23", "AU25", "AU26", "AU28", "AU45"}};
  return names;
}

std::vector<std::string> column_names(TableMode mode, ColumnGroups groups, const AuNames& aus) {
  std::vector<std::string> names =
      mode == TableMode::sequence
          ? std::vector<std::string>{"frame", "face_id", "timestamp", "confidence", "success"}
          : std::vector<std::string>{"face", "confidence"};
  if ((groups & kGazeColumns) != 0) {
    names.insert(names.end(), {"gaze_0_x", "gaze_0_y", "gaze_0_z", "gaze_1_x", "gaze_1_y",
                               "gaze_1_z", "gaze_angle_x", "gaze_angle_y"});
    for (const char* axis : {"x", "y", "X", "Y", "Z"})
      add_numbered(names, fmt::format("eye_lmk_{}", axis), kEyeLandmarks);
  }
  if ((groups & kPoseColumns) != 0)
    names.insert(names.end(), {"pose_Tx", "pose_Ty", "pose_Tz", "pose_Rx", "pose_Ry", "pose_Rz"});
  if ((groups & kLandmarks2dColumns) != 0)
    for (const char* axis : {"x", "y"}) add_numbered(names, axis, kLandmarks);
  if ((groups & kLandmarks3dColumns) != 0)
    for (const char* axis : {"X", "Y", "Z"}) add_numbered(names, axis, kLandmarks);
  if ((groups & kShapeColumns) != 0) {
    names.insert(names.end(), {"p_scale", "p_rx", "p_ry", "p_rz", "p_tx", "p_ty"});
    add_numbered(names, "p", kShapeModes);
  }
  if ((groups & kAuColumns) != 0) {
    for (const std::string& au : aus.intensities) names.push_back(au + "_r");
    for (const std::string& au : aus.presences) names.push_back(au + "_c");
  }
  return names;
}

}  // namespace auriga
