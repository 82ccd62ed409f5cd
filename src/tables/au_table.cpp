#include "tables/au_table.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include <fmt/core.h>

#include "auriga/error.hpp"

#include "base/same_math.hpp"
#include "files/columns.hpp"
#include "tables/frame_times.hpp"
#include "tables/row_reader.hpp"

namespace auriga {

namespace fs = std::filesystem;

namespace {

constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();
// Beyond every scale of intensities and every clock, and sums of them stay finite.
constexpr double kLargestNumber = 1e12;

struct Description {
  std::string_view au, name;
};
constexpr std::array<Description, 18> kDescriptions{{{"AU01", "inner brow raiser"},
                                                     {"AU02", "outer brow raiser"},
                                                     {"AU04", "brow lowerer"},
                                                     {"AU05", "upper lid raiser"},
                                                     {"AU06", "cheek raiser"},
                                                     {"AU07", "lid tightener"},
                                                     {"AU09", "nose wrinkler"},
                                                     {"AU10", "upper lip raiser"},
                                                     {"AU12", "lip corner puller"},
                                                     {"AU14", "dimpler"},
                                                     {"AU15", "lip corner depressor"},
                                                     {"AU17", "chin raiser"},
                                                     {"AU20", "lip stretcher"},
                                                     {"AU23", "lip tightener"},
                                                     {"AU25", "lips part"},
                                                     {"AU26", "jaw drop"},
                                                     {"AU28", "lip suck"},
                                                     {"AU45", "blink"}}};

double cell(const RowReader& table, std::optional<std::size_t> column) {
  const double value = column ? table.number(*column).value_or(kMissing) : kMissing;
  if (std::abs(value) > kLargestNumber) table.fail(*column, "a number within +-1e12");
  return value;
}

// Columns of a row that tell where the face is, apart from its landmarks.
class PlaceColumns {
 public:
  explicit PlaceColumns(const RowReader& rows)
      : confidence_(rows.find(kConfidenceColumn)),
        pitch_(rows.find("pose_Rx")),
        yaw_(rows.find("pose_Ry")) {
    for (std::size_t i = 0; i < kPoints.size(); ++i) {
      x_[i] = rows.find(fmt::format("x_{}", kPoints[i]));
      y_[i] = rows.find(fmt::format("y_{}", kPoints[i]));
    }
  }

  void read(const RowReader& rows, FaceTrack& face) const {
    if (confidence_) face.confidence.push_back(number(rows, confidence_));
    if (pitch_) face.pitch_rad.push_back(number(rows, pitch_));
    if (yaw_) face.yaw_rad.push_back(number(rows, yaw_));
    const auto there = [](const auto& column) { return column.has_value(); };
    if (!std::all_of(x_.begin(), x_.end(), there) || !std::all_of(y_.begin(), y_.end(), there))
      return;
    const auto distance = [&](std::size_t a, std::size_t b) {
      return same::length(number(rows, x_[a]) - number(rows, x_[b]),
                          number(rows, y_[a]) - number(rows, y_[b]));
    };
    const double width = distance(0, 1), height = distance(2, 3);
    face.size_px.push_back(std::isnan(width) ? height : std::fmax(width, height));
  }

 private:
  // The ends of the jaw, the bridge of the nose, the chin.
  static constexpr std::array<int, 4> kPoints{0, 16, 27, 8};

  // These columns need not be ours: what cannot be read is no number.
  static double number(const RowReader& rows, std::optional<std::size_t> column) {
    if (!rows.is_number(*column)) return kMissing;
    const double value = rows.number(*column).value_or(kMissing);
    return std::abs(value) > kLargestNumber ? kMissing : value;
  }

  std::optional<std::size_t> confidence_, pitch_, yaw_;
  std::array<std::optional<std::size_t>, kPoints.size()> x_, y_;
};

// The face's rows by ascending frame.
void sort_rows(FaceTrack& face, const fs::path& file) {
  std::vector<std::size_t> order(face.frames.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return face.frames[a] < face.frames[b]; });
  const auto sort = [&](auto& values) {
    if (values.empty()) return;  // no such column
    auto sorted = values;
    for (std::size_t i = 0; i < values.size(); ++i) sorted[i] = values[order[i]];
    values = std::move(sorted);
  };
  sort(face.frames);
  sort(face.times);
  sort(face.success);
  sort(face.landmarks);
  sort(face.confidence);
  sort(face.pitch_rad);
  sort(face.yaw_rad);
  sort(face.size_px);
  for (AuTrack& au : face.aus) {
    sort(au.intensity);
    sort(au.presence);
  }
  for (BlendshapeTrack& shape : face.blendshapes) sort(shape.values);
  const auto twice = std::adjacent_find(face.frames.begin(), face.frames.end());
  if (twice != face.frames.end())
    throw Error(ErrorCode::input,
                fmt::format("{}: frame {} face {} appears twice (frames counted from 1), expected "
                            "one row each; remove one of them",
                            file.string(), *twice, face.id));
}

}  // namespace

// Times that do not tell frames apart, as in tables of pictures, are replaced by the numbers of the
// frames.
void complete_times(AuTable& table) {
  std::set<std::int64_t> all, with_face;
  FrameTimes times;
  for (const FaceTrack& face : table.faces) {
    for (std::size_t row = 0; row < face.frames.size(); ++row) {
      all.insert(face.frames[row]);
      if (face.success[row] != 0) with_face.insert(face.frames[row]);
      times.add(face.id, face.frames[row], face.times[row]);
    }
  }
  table.frames = all.size();
  table.frames_with_face = with_face.size();
  table.timed = times.told();
  // Of a table with every N-th frame only, N.
  std::int64_t stride = std::numeric_limits<std::int64_t>::max();
  for (auto one = all.begin(); one != all.end() && std::next(one) != all.end(); ++one)
    stride = std::min(stride, *std::next(one) - *one);
  table.step = all.size() > 1 ? static_cast<double>(stride) : 1;
  if (table.timed) {
    table.step *= (times.last().second - times.first().second) /
                  static_cast<double>(times.last().first - times.first().first);
  } else {
    for (FaceTrack& face : table.faces) face.times.assign(face.frames.begin(), face.frames.end());
  }
  const auto successes = [](const FaceTrack& face) {
    return std::count_if(face.success.begin(), face.success.end(), [](char s) { return s != 0; });
  };
  std::stable_sort(
      table.faces.begin(), table.faces.end(),
      [&](const FaceTrack& a, const FaceTrack& b) { return successes(a) > successes(b); });
}

std::string untold_text(std::span<const std::string> aus) {
  std::string text;
  for (const std::string& au : aus) {
    text += (text.empty() ? "" : ", ") + au;
    if (au == "AU04") text += " (frown)";
  }
  return text;
}

std::string_view au_description(std::string_view au) {
  for (const Description& known : kDescriptions)
    if (known.au == au) return known.name;
  return {};
}

double AuTable::begin() const {
  double first = std::numeric_limits<double>::max();
  for (const FaceTrack& face : faces) first = std::min(first, face.times.front());
  return first;
}

double AuTable::end() const {
  double last = std::numeric_limits<double>::lowest();
  for (const FaceTrack& face : faces) last = std::max(last, face.times.back());
  return last + step;
}

bool is_about_faces(const fs::path& file) {
  try {
    const RowReader rows(file);
    return !rows.action_units().empty() ||
           (rows.columns().size() == 3 && rows.frame_column() && rows.find(kSuccessColumn) &&
            rows.find(kTimestampColumn));
  } catch (const Error& error) {
    // That the machine cannot read it now says nothing of what it is about.
    if (error.code() == ErrorCode::machine) throw;
    return false;
  }
}

AuTable read_au_table(const fs::path& file, bool with_landmarks) {
  RowReader rows(file);
  const std::vector<AuColumns> aus = rows.action_units();
  const auto without_aus = [&]() -> Error {
    return {ErrorCode::input,
            fmt::format("{}: expected columns of action units such as AU12_r and AU12_c, found "
                        "none; write the table with -aus, or without column flags",
                        file.string())};
  };
  // PyFaceAU leaves them out where no frame succeeded.
  if (aus.empty() && !rows.find(kSuccessColumn)) throw without_aus();
  std::optional<LandmarkColumns> landmarks;
  if (with_landmarks && rows.find("x_0")) landmarks.emplace(rows);

  std::vector<std::pair<std::string, std::size_t>> blendshapes;
  for (const std::string_view name : kBlendshapeNames)
    if (const auto column = rows.find(name)) blendshapes.emplace_back(name, *column);

  const PlaceColumns places(rows);
  AuTable result;
  result.file = file;
  const auto timestamp = rows.find(kTimestampColumn);
  std::map<std::int64_t, FaceTrack> faces;
  while (rows.next()) {
    FaceTrack& face = faces[rows.face()];
    if (face.frames.empty()) {
      face.id = rows.face();
      for (const AuColumns& columns : aus) face.aus.push_back({columns.name, {}, {}, {}});
      for (const auto& [name, column] : blendshapes) face.blendshapes.push_back({name, {}});
    }
    const bool success = rows.success();
    if (success && aus.empty()) throw without_aus();
    face.frames.push_back(rows.frame());
    face.times.push_back(cell(rows, timestamp));
    face.success.push_back(success ? 1 : 0);
    places.read(rows, face);
    if (landmarks) face.landmarks.push_back(landmarks->read(rows, success));
    for (std::size_t i = 0; i < aus.size(); ++i) {
      if (aus[i].intensity) face.aus[i].intensity.push_back(cell(rows, aus[i].intensity));
      if (aus[i].presence) face.aus[i].presence.push_back(cell(rows, aus[i].presence));
    }
    for (std::size_t i = 0; i < blendshapes.size(); ++i)
      face.blendshapes[i].values.push_back(cell(rows, blendshapes[i].second));
  }
  if (faces.empty())
    throw Error(ErrorCode::input,
                fmt::format("{}: expected rows below the header, found none; write the table again",
                            file.string()));
  for (auto& [id, face] : faces) {
    if (rows.from_zero())
      for (std::int64_t& frame : face.frames) ++frame;
    sort_rows(face, file);
    result.faces.push_back(std::move(face));
  }
  complete_times(result);
  return result;
}

namespace {

void count_frames_with_face(AuTable& table) {
  std::set<std::int64_t> with_face;
  for (const FaceTrack& face : table.faces)
    for (std::size_t row = 0; row < face.frames.size(); ++row)
      if (face.success[row] != 0) with_face.insert(face.frames[row]);
  table.frames_with_face = with_face.size();
}

}  // namespace

void exclude(AuTable& table, const Excluded& excluded) {
  if (excluded.none()) return;
  std::set<std::int64_t> frames;
  for (FaceTrack& face : table.faces) {
    face.excluded.resize(face.frames.size());
    for (std::size_t row = 0; row < face.frames.size(); ++row) {
      if (excluded.contains(face.frames[row], table.timed ? face.times[row] : kMissing))
        face.excluded[row] = 1;
      if (face.excluded[row] == 0) continue;
      face.success[row] = 0;
      frames.insert(face.frames[row]);
    }
  }
  table.frames_excluded = frames.size();
  table.excluded_ranges += excluded.size();
  count_frames_with_face(table);
}

void require_confidence(AuTable& table, double least) {
  for (FaceTrack& face : table.faces) {
    if (face.confidence.empty())
      throw Error(ErrorCode::input,
                  fmt::format("{}: expected a column {} for --min-confidence, found none; leave "
                              "the option out, or write the table with it",
                              table.file.string(), kConfidenceColumn));
    for (std::size_t row = 0; row < face.frames.size(); ++row)
      if (!(face.confidence[row] >= least)) face.success[row] = 0;
  }
  count_frames_with_face(table);
}

void add_truth(AuTable& table, const fs::path& file) {
  RowReader truth(file);
  const auto column_of = [&](const std::string& au) {
    const auto plain = truth.find(au);
    return plain ? plain : truth.find(au + std::string(kIntensityEnding));
  };
  std::vector<std::optional<std::size_t>> columns;  // by the table's action units
  for (const AuTrack& au : table.faces.front().aus)
    columns.push_back(au.intensity.empty() ? std::nullopt : column_of(au.name));
  if (std::none_of(columns.begin(), columns.end(), [](const auto& c) { return c.has_value(); }))
    throw Error(ErrorCode::input,
                fmt::format("{}: expected intensities of the action units of {} in columns such as "
                            "AU12 or AU12_r, found none; is this the right table?",
                            file.string(), table.file.string()));

  using Values = std::vector<double>;
  std::map<std::int64_t, std::map<std::int64_t, Values>> faces;  // face, frame
  while (truth.next()) {
    const std::int64_t frame = truth.frame(), face = truth.face();
    Values values;
    for (const auto& column : columns)
      values.push_back(truth.success() ? cell(truth, column) : kMissing);
    if (!faces[face].emplace(frame, std::move(values)).second)
      truth.fail(
          fmt::format("frame {} face {} appears twice, expected one row each; remove one of "
                      "them",
                      frame, face));
  }

  // One face needs no id to be known: it is the only one, or the first, of the table.
  const bool by_id =
      faces.size() != 1 ||
      (table.faces.size() > 1 && truth.face_column() &&
       std::any_of(table.faces.begin(), table.faces.end(),
                   [&](const FaceTrack& face) { return face.id == faces.begin()->first; }));
  const std::int64_t first_frame = truth.from_zero() ? 0 : 1;
  std::set<std::int64_t> common;
  for (FaceTrack& face : table.faces) {
    if (!by_id && &face != &table.faces.front()) continue;
    const auto of_face = by_id ? faces.find(face.id) : faces.begin();
    if (of_face == faces.end()) continue;
    for (std::size_t i = 0; i < columns.size(); ++i)
      if (columns[i]) face.aus[i].truth.assign(face.frames.size(), kMissing);
    for (std::size_t row = 0; row < face.frames.size(); ++row) {
      const auto found = of_face->second.find(face.frames[row] - 1 + first_frame);
      if (found == of_face->second.end()) continue;
      common.insert(face.frames[row]);
      for (std::size_t i = 0; i < columns.size(); ++i)
        if (columns[i]) face.aus[i].truth[row] = found->second[i];
    }
  }
  if (common.empty())
    throw Error(ErrorCode::input,
                fmt::format("{}: expected frames (and faces) of {}, found none in common; is this "
                            "the truth of that video?",
                            file.string(), table.file.string()));
  table.truth = file;
  table.frames_with_truth = common.size();
}

}  // namespace auriga
