#include "viewer/result_data.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <fstream>
#include <limits>
#include <map>
#include <numeric>
#include <set>
#include <utility>

#include <fmt/core.h>

#include "auriga/error.hpp"

#include "files/columns.hpp"
#include "shape/camera.hpp"
#include "shape/rotation.hpp"
#include "tables/frame_times.hpp"

namespace auriga {
namespace {

namespace fs = std::filesystem;

constexpr float kNothing = std::numeric_limits<float>::quiet_NaN();
constexpr std::size_t kMostOthers = 64;
constexpr float kAxis_mm = 100, kGazeLength_mm = 50;

// Where the parts of an overlay begin.
constexpr std::size_t kBoxAt = 2 + 2 * kLandmarks, kHeadAt = kBoxAt + 4, kGazeAt = kHeadAt + 8,
                      kEyesAt = kGazeAt + 8;
static_assert(kEyesAt + 2 * kEyeLandmarks == ResultData::kOverlayValues);

using Vector3 = std::array<float, 3>;

void project(const Vector3& mm, const Camera& camera, std::span<float> px) {
  if (!(mm[2] > 1)) return;  // behind the camera or almost in it
  px[0] = camera.fx * mm[0] / mm[2] + camera.cx;
  px[1] = camera.fy * mm[1] / mm[2] + camera.cy;
}

// Columns of the file by name, in that order; empty unless all are there.
std::vector<std::size_t> all_of(const RowReader& rows, const std::vector<std::string>& names) {
  std::vector<std::size_t> found;
  for (const std::string& name : names)
    if (const auto column = rows.find(name)) found.push_back(*column);
  if (found.size() != names.size()) found.clear();
  return found;
}

std::vector<std::string> numbered(const std::string& stem, std::size_t count) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < count; ++i) names.push_back(stem + std::to_string(i));
  return names;
}

std::vector<std::string> joined_names(std::vector<std::string> a,
                                      const std::vector<std::string>& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

// Which columns are held and what they are; nothing for those that are read by row, or not at all.
std::optional<DataColumn> described(const std::string& name) {
  if (is_au_column(name, kIntensityEnding))
    return DataColumn{
        name, "au_r", "", fmt::format("{}, intensity", au_description(name.substr(0, 4))), 0, 5};
  if (is_au_column(name, kPresenceEnding))
    return DataColumn{
        name, "au_c", "", fmt::format("{}, presence", au_description(name.substr(0, 4))), 0, 1};
  for (const KeyColumn& key : key_columns(Dialect::openface, TableMode::sequence)) {
    if (key.name != name) continue;
    if (name != kConfidenceColumn && name != kSuccessColumn) return std::nullopt;
    return DataColumn{name, name, std::string(key.unit), std::string(key.meaning), 0, 1};
  }
  if (name == kFaceColumn || name == kFileColumn || names_rows(name)) return std::nullopt;
  const std::optional<ColumnGroup> group = group_of_column(name);
  if (!group) return DataColumn{name, "other", "", "", 0, 0};
  if (*group == kBlendshapeColumns) return DataColumn{name, "blendshape", "", "blendshape", 0, 1};
  for (const MeasureColumns& measure : measure_columns()) {
    if (measure.letters.empty() || measure.count != 0) continue;
    const std::vector<std::string> names = measure.names();
    if (std::find(names.begin(), names.end(), name) == names.end()) continue;
    return DataColumn{name,
                      *group == kPoseColumns ? "pose" : "gaze",
                      std::string(measure.unit),
                      std::string(measure.meaning),
                      0,
                      0};
  }
  return std::nullopt;  // landmarks and the like
}

// A column of the table of sides, likewise; nothing for what the other table has as well.
std::optional<DataColumn> described_of_sides(const std::string& name) {
  if (is_au_column(name, kIntensityEnding) || is_au_column(name, kPresenceEnding)) {
    std::optional<DataColumn> column = described(name);
    column->group = "side";
    return column;
  }
  for (const SideMeasureColumns& measure : side_measures()) {
    const std::string stem = std::string(measure.stem) + '_';
    if (!name.starts_with(stem)) continue;
    const bool has_unit = name.ends_with('_' + std::string(measure.unit));
    return DataColumn{name,
                      "side",
                      has_unit ? std::string(measure.unit) : std::string(),
                      std::string(measure.meaning),
                      0,
                      0};
  }
  return std::nullopt;
}

// Comma-separated, quoted where it has to be.
void append_row(std::string& text, const std::vector<std::string>& cells) {
  for (std::size_t i = 0; i < cells.size(); ++i) {
    if (i > 0) text += ',';
    if (cells[i].find_first_of(",\"\r\n") == std::string::npos) {
      text += cells[i];
      continue;
    }
    text += '"';
    for (const char c : cells[i]) text += c == '"' ? std::string("\"\"") : std::string(1, c);
    text += '"';
  }
  text += '\n';
}

template <typename Value>
void reorder(std::vector<Value>& values, const std::vector<std::size_t>& order) {
  if (values.empty()) return;
  std::vector<Value> sorted(values.size());
  for (std::size_t i = 0; i < order.size(); ++i) sorted[i] = values[order[i]];
  values = std::move(sorted);
}

void sort_rows(FaceRows& face, const fs::path& file) {
  if (!std::is_sorted(face.frames.begin(), face.frames.end())) {
    std::vector<std::size_t> order(face.frames.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(),
                     [&](std::size_t a, std::size_t b) { return face.frames[a] < face.frames[b]; });
    reorder(face.frames, order);
    reorder(face.times, order);
    reorder(face.success, order);
    reorder(face.places, order);
    for (auto& values : face.values) reorder(values, order);
  }
  const auto twice = std::adjacent_find(face.frames.begin(), face.frames.end());
  if (twice != face.frames.end())
    throw Error(ErrorCode::input,
                fmt::format("{}: frame {} face {} appears twice (frames counted from 1), expected "
                            "one row each; remove one of them",
                            file.string(), *twice, face.id));
}

}  // namespace

ResultData::ResultData(const fs::path& table, std::optional<PictureExtent> size,
                       const fs::path& sides)
    : file_(table), size_(size), rows_(table) {
  choose_columns();
  read_rows();
  if (!sides.empty()) read_sides(sides);
  find_ranges();
  read_units();
  for (const FaceRows& face : faces_)
    bytes_ +=
        face.frames.size() * (33 + 4 * columns_.size() + 16 * units_.faces.front().aus.size());
}

void ResultData::choose_columns() {
  std::size_t others = 0;
  const std::vector<std::string>& names = rows_.columns();
  for (std::size_t i = 0; i < names.size(); ++i) {
    std::optional<DataColumn> column = described(names[i]);
    if (!column || (column->group == "other" && ++others > kMostOthers)) continue;
    columns_.push_back(std::move(*column));
    sources_.push_back(i);
  }
  timestamp_ = rows_.find(kTimestampColumn);
  confidence_ = rows_.find(kConfidenceColumn);
  landmarks_ = all_of(rows_, joined_names(numbered("x_", kLandmarks), numbered("y_", kLandmarks)));
  pose_ = all_of(rows_, {"pose_Tx", "pose_Ty", "pose_Tz", "pose_Rx", "pose_Ry", "pose_Rz"});
  gaze_ = all_of(rows_, {"gaze_0_x", "gaze_0_y", "gaze_0_z", "gaze_1_x", "gaze_1_y", "gaze_1_z"});
  eyes_px_ = all_of(rows_, joined_names(numbered("eye_lmk_x_", kEyeLandmarks),
                                        numbered("eye_lmk_y_", kEyeLandmarks)));
  eyes_mm_ = all_of(rows_, joined_names(joined_names(numbered("eye_lmk_X_", kEyeLandmarks),
                                                     numbered("eye_lmk_Y_", kEyeLandmarks)),
                                        numbered("eye_lmk_Z_", kEyeLandmarks)));
  parts_.landmarks = !landmarks_.empty();
  parts_.head = !pose_.empty() && size_;
  parts_.gaze = !gaze_.empty() && !eyes_mm_.empty() && size_;
  parts_.eyes = !eyes_px_.empty();
}

void ResultData::read_rows() {
  std::map<std::int64_t, FaceRows> faces;
  // A column that tells no numbers, such as names, is left out.
  std::vector<char> is_words(columns_.size());
  while (rows_.next()) {
    if (header_end_ == 0) header_end_ = rows_.position();
    FaceRows& face = faces[rows_.face()];
    if (face.frames.empty()) {
      face.id = rows_.face();
      face.values.resize(columns_.size());
    }
    const bool success = rows_.success();
    face.frames.push_back(rows_.frame());
    face.success.push_back(success ? 1 : 0);
    face.rows_with_face += success ? 1 : 0;
    face.places.push_back({rows_.position(), rows_.line()});
    face.times.push_back(timestamp_ ? rows_.number(*timestamp_).value_or(kNothing) : kNothing);
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      const bool other = columns_[i].group == "other";
      if (other && !rows_.is_number(sources_[i]) && !rows_.missing(sources_[i])) is_words[i] = 1;
      const std::optional<double> value =
          is_words[i] != 0 ? std::nullopt : rows_.number(sources_[i]);
      face.values[i].push_back(value ? static_cast<float>(*value) : kNothing);
    }
  }
  if (faces.empty())
    throw Error(ErrorCode::input,
                fmt::format("{}: expected rows below the header, found none; was the run that "
                            "wrote it ended early? Extract the video again",
                            file_.string()));
  std::size_t kept = 0;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    if (is_words[i] != 0) continue;
    if (kept != i) {
      columns_[kept] = std::move(columns_[i]);
      sources_[kept] = sources_[i];
      for (auto& [id, face] : faces) face.values[kept] = std::move(face.values[i]);
    }
    ++kept;
  }
  columns_.resize(kept);
  sources_.resize(kept);
  for (auto& [id, face] : faces) {
    face.values.resize(kept);
    if (rows_.from_zero())
      for (std::int64_t& frame : face.frames) ++frame;
    sort_rows(face, file_);
    last_frame_ = std::max(last_frame_, face.frames.back());
    faces_.push_back(std::move(face));
  }
  std::stable_sort(faces_.begin(), faces_.end(), [](const FaceRows& a, const FaceRows& b) {
    return a.rows_with_face > b.rows_with_face;
  });
}

void ResultData::read_sides(const fs::path& file) {
  RowReader rows(file);
  const std::size_t first = columns_.size();
  std::vector<std::size_t> sources;
  for (std::size_t i = 0; i < rows.columns().size(); ++i) {
    std::optional<DataColumn> column = described_of_sides(rows.columns()[i]);
    if (!column || find(column->name)) continue;
    columns_.push_back(std::move(*column));
    sources.push_back(i);
  }
  for (FaceRows& face : faces_)
    face.values.resize(columns_.size(), std::vector<float>(face.frames.size(), kNothing));
  while (rows.next()) {
    const auto face = std::find_if(faces_.begin(), faces_.end(),
                                   [&](const FaceRows& one) { return one.id == rows.face(); });
    if (face == faces_.end()) continue;
    const auto frame = std::lower_bound(face->frames.begin(), face->frames.end(), rows.frame());
    if (frame == face->frames.end() || *frame != rows.frame()) continue;
    const auto row = static_cast<std::size_t>(frame - face->frames.begin());
    for (std::size_t i = 0; i < sources.size(); ++i)
      if (const std::optional<double> value = rows.number(sources[i]))
        face->values[first + i][row] = static_cast<float>(*value);
  }
}

// Where the usual range is not known.
void ResultData::find_ranges() {
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    DataColumn& column = columns_[i];
    if (column.least != column.most) continue;
    float least = std::numeric_limits<float>::max(), most = std::numeric_limits<float>::lowest();
    for (const FaceRows& face : faces_)
      for (std::size_t row = 0; row < face.frames.size(); ++row) {
        if (face.success[row] == 0 || std::isnan(face.values[i][row])) continue;
        least = std::min(least, face.values[i][row]);
        most = std::max(most, face.values[i][row]);
      }
    if (least <= most) {
      column.least = least;
      column.most = most;
    }
  }
}

// Events and times are those of every other command; a table without action units has times only.
void ResultData::read_units() {
  const bool has_units = std::any_of(
      columns_.begin(), columns_.end(),
      [](const DataColumn& column) { return column.group == "au_r" || column.group == "au_c"; });
  if (has_units) {
    units_ = read_au_table(file_);
  } else {
    units_.file = file_;
    FrameTimes times;
    std::set<std::int64_t> frames;
    for (const FaceRows& face : faces_) {
      frames.insert(face.frames.begin(), face.frames.end());
      for (std::size_t row = 0; row < face.frames.size(); ++row)
        times.add(face.id, face.frames[row], face.times[row]);
    }
    const bool timed = times.told();
    units_.timed = timed;
    units_.frames = frames.size();
    if (timed)
      units_.step = (times.last().second - times.first().second) /
                    static_cast<double>(times.last().first - times.first().first);
    for (const FaceRows& face : faces_) {
      FaceTrack track;
      track.id = face.id;
      track.frames = face.frames;
      track.times = face.times;
      if (!timed) track.times.assign(face.frames.begin(), face.frames.end());
      track.success = face.success;
      units_.faces.push_back(std::move(track));
    }
  }
  for (FaceRows& face : faces_)
    for (const FaceTrack& track : units_.faces)
      if (track.id == face.id) face.times = track.times;
}

std::optional<std::size_t> ResultData::find(std::string_view column) const {
  for (std::size_t i = 0; i < columns_.size(); ++i)
    if (columns_[i].name == column) return i;
  return std::nullopt;
}

const FaceRows* ResultData::face(std::int64_t id) const {
  for (const FaceRows& face : faces_)
    if (face.id == id) return &face;
  return nullptr;
}

std::vector<std::int64_t> ResultData::even_edges(std::int64_t from, std::int64_t to,
                                                 std::size_t points) {
  const std::int64_t frames = to - from + 1;
  const auto count = std::min<std::int64_t>(frames, static_cast<std::int64_t>(points));
  std::vector<std::int64_t> edges;
  for (std::int64_t i = 0; i <= count; ++i) edges.push_back(from + i * frames / count);
  return edges;
}

std::vector<float> ResultData::ranges(const FaceRows& face, std::size_t column,
                                      std::span<const std::int64_t> edges) const {
  const std::size_t count = edges.size() - 1;
  std::vector<float> pairs(2 * count, kNothing);
  const std::string& group = columns_[column].group;
  const bool all_rows = group == "confidence" || group == "success";
  const std::vector<float>& values = face.values[column];
  auto row = static_cast<std::size_t>(
      std::lower_bound(face.frames.begin(), face.frames.end(), edges.front()) -
      face.frames.begin());
  for (std::size_t range = 0; range < count && row < values.size(); ++range) {
    const std::int64_t end = edges[range + 1];
    float least = kNothing, most = kNothing;
    for (; row < values.size() && face.frames[row] < end; ++row) {
      const float value = values[row];
      if (std::isnan(value) || (!all_rows && face.success[row] == 0)) continue;
      if (!(value >= least)) least = value;
      if (!(value <= most)) most = value;
    }
    pairs[2 * range] = least;
    pairs[2 * range + 1] = most;
  }
  return pairs;
}

void ResultData::overlay_of_row(std::span<float> values) const {
  const auto number = [&](std::size_t column) {
    return static_cast<float>(rows_.number(column).value_or(kNothing));
  };
  values[0] = rows_.success() ? 1 : 0;
  if (confidence_) values[1] = number(*confidence_);
  if (!rows_.success()) return;
  if (parts_.landmarks) {
    for (std::size_t i = 0; i < landmarks_.size(); ++i) values[2 + i] = number(landmarks_[i]);
    const auto x = values.subspan(2, kLandmarks), y = values.subspan(2 + kLandmarks, kLandmarks);
    const auto [left, right] = std::minmax_element(x.begin(), x.end());
    const auto [top, bottom] = std::minmax_element(y.begin(), y.end());
    values[kBoxAt] = *left;
    values[kBoxAt + 1] = *top;
    values[kBoxAt + 2] = *right - *left;
    values[kBoxAt + 3] = *bottom - *top;
  }
  if (parts_.eyes)
    for (std::size_t i = 0; i < eyes_px_.size(); ++i) values[kEyesAt + i] = number(eyes_px_[i]);
  if (!size_) return;
  const Camera camera = camera_from_frame_size(size_->width, size_->height);
  if (parts_.head) {
    Vector3 place, turn;
    for (std::size_t i = 0; i < 3; ++i) {
      place[i] = number(pose_[i]);
      turn[i] = number(pose_[3 + i]);
    }
    const RotationMatrix rotation = matrix_from_euler(turn);
    project(place, camera, values.subspan(kHeadAt, 2));
    for (std::size_t axis = 0; axis < 3; ++axis) {
      Vector3 end = place;
      // Out of the face: the model's z axis points away from the camera.
      const float length = axis == 2 ? -kAxis_mm : kAxis_mm;
      for (std::size_t i = 0; i < 3; ++i) end[i] += length * rotation[3 * i + axis];
      project(end, camera, values.subspan(kHeadAt + 2 + 2 * axis, 2));
    }
  }
  if (!parts_.gaze) return;
  for (std::size_t eye = 0; eye < 2; ++eye) {
    Vector3 begin{}, end{};
    for (std::size_t axis = 0; axis < 3; ++axis) {
      // The middle of the iris' rim: the first eight points.
      for (std::size_t i = 0; i < 8; ++i)
        begin[axis] += number(eyes_mm_[axis * kEyeLandmarks + 28 * eye + i]) / 8;
      end[axis] = begin[axis] + kGazeLength_mm * number(gaze_[3 * eye + axis]);
    }
    project(begin, camera, values.subspan(kGazeAt + 4 * eye, 2));
    project(end, camera, values.subspan(kGazeAt + 4 * eye + 2, 2));
  }
}

std::vector<float> ResultData::overlay(const FaceRows& face, std::int64_t from,
                                       std::int64_t to) const {
  const auto frames = static_cast<std::size_t>(to - from + 1);
  std::vector<float> values(frames * kOverlayValues, kNothing);
  auto row = static_cast<std::size_t>(
      std::lower_bound(face.frames.begin(), face.frames.end(), from) - face.frames.begin());
  const std::lock_guard lock(reading_);
  // Where the reader is: behind the row that it told last.
  std::size_t next_line = 0;
  for (; row < face.frames.size() && face.frames[row] <= to; ++row) {
    if (face.places[row].line != next_line)
      rows_.go_to(face.places[row].position, face.places[row].line);
    if (!rows_.next())
      throw Error(ErrorCode::input,
                  fmt::format("{}: expected a row at line {}, found the end of the file; the table "
                              "was changed, open it again",
                              file_.string(), face.places[row].line));
    next_line = rows_.line() + 1;
    const auto frame = static_cast<std::size_t>(face.frames[row] - from);
    overlay_of_row(std::span(values).subspan(frame * kOverlayValues, kOverlayValues));
  }
  return values;
}

std::string ResultData::rows_csv(std::int64_t from, std::int64_t to) const {
  std::vector<FaceRows::Place> places;
  for (const FaceRows& face : faces_)
    for (std::size_t row = 0; row < face.frames.size(); ++row)
      if (from <= face.frames[row] && face.frames[row] <= to) places.push_back(face.places[row]);
  std::sort(places.begin(), places.end(),
            [](const auto& a, const auto& b) { return a.position < b.position; });
  std::string text;
  const std::lock_guard lock(reading_);
  if (rows_.compressed()) {
    // What is unpacked lies nowhere: its rows are written anew.
    append_row(text, rows_.columns());
    std::vector<std::string> cells(rows_.columns().size());
    for (const FaceRows::Place& place : places) {
      rows_.go_to(place.position, place.line);
      if (!rows_.next()) throw changed();
      for (std::size_t i = 0; i < cells.size(); ++i) cells[i] = rows_.text(i);
      append_row(text, cells);
    }
    return text;
  }
  std::ifstream file(file_, std::ios::binary);
  const auto copy = [&](std::uint64_t begin, std::uint64_t end) {
    std::string bytes(end - begin, '\0');
    file.seekg(static_cast<std::streamoff>(begin));
    file.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    while (!bytes.empty() && (bytes.back() == '\n' || bytes.back() == '\r')) bytes.pop_back();
    text += bytes;
    text += '\n';
  };
  copy(0, header_end_);
  for (const FaceRows::Place& place : places) {
    rows_.go_to(place.position, place.line);
    if (!rows_.next()) throw changed();
    copy(rows_.position(), rows_.end_position());
  }
  if (!file) throw changed();
  return text;
}

Error ResultData::changed() const {
  return {ErrorCode::input,
          fmt::format("cannot read {}; the table was changed, open it again", file_.string())};
}

}  // namespace auriga
