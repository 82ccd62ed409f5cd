#include "tables/summary.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>
#include <limits>
#include <map>
#include <set>
#include <utility>

#include <fmt/core.h>

#include "auriga/error.hpp"

#include "files/columns.hpp"
#include "files/json.hpp"
#include "tables/row_reader.hpp"

namespace auriga {

namespace fs = std::filesystem;

namespace {

constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();
// FACS's weakest intensity, A: decides where a table has no presences.
constexpr double kPresentIntensity = 1;
constexpr double kPause_s = 0.2, kPauseFrames = 6;
// Beyond every scale of intensities and every clock, and sums of them stay finite.
constexpr double kLargestNumber = 1e12;
// Of a text for people.
constexpr std::size_t kRangesShown = 3, kFacesShown = 10, kBlendshapesShown = 8;

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

// Completes what follows from the rows. Times that do not tell frames apart, as in tables of
// pictures, are replaced by the numbers of the frames.
void complete(AuTable& table) {
  std::set<std::int64_t> all, with_face;
  std::pair<std::int64_t, double> first{std::numeric_limits<std::int64_t>::max(), 0}, last{0, 0};
  bool have_times = true;
  for (const FaceTrack& face : table.faces) {
    for (std::size_t row = 0; row < face.frames.size(); ++row) {
      all.insert(face.frames[row]);
      if (face.success[row] != 0) with_face.insert(face.frames[row]);
      first = std::min(first, {face.frames[row], face.times[row]});
      last = std::max(last, {face.frames[row], face.times[row]});
      have_times = have_times && !std::isnan(face.times[row]);
      if (row > 0 && !(face.times[row] >= face.times[row - 1])) have_times = false;
    }
  }
  table.frames = all.size();
  table.frames_with_face = with_face.size();
  table.timed = have_times && last.first > first.first && last.second > first.second;
  if (table.timed) {
    table.step = (last.second - first.second) / static_cast<double>(last.first - first.first);
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

bool has_number(const FaceTrack& face, const std::vector<double>& values) {
  for (std::size_t row = 0; row < values.size(); ++row)
    if (face.success[row] != 0 && !std::isnan(values[row])) return true;
  return false;
}

std::vector<TimeRange> active_ranges(const AuTable& table, const FaceTrack& face,
                                     const AuTrack& au) {
  const double pause = table.timed ? kPause_s : kPauseFrames;
  std::vector<TimeRange> ranges;
  for (std::size_t row = 0; row < face.frames.size(); ++row) {
    if (face.success[row] == 0 || !is_present(au, row)) continue;
    const double begin = face.times[row], end = begin + table.step;
    // Half a step: times are rounded.
    if (!ranges.empty() && begin - ranges.back().end < std::max(pause, table.step / 2)) {
      ranges.back().end = end;
    } else {
      ranges.push_back({begin, end});
    }
  }
  return ranges;
}

std::optional<TruthAgreement> agreement(const FaceTrack& face, const AuTrack& au) {
  if (au.truth.empty() || au.intensity.empty()) return std::nullopt;
  std::vector<std::pair<double, double>> pairs;
  for (std::size_t row = 0; row < au.truth.size(); ++row)
    if (face.success[row] != 0 && !std::isnan(au.truth[row]) && !std::isnan(au.intensity[row]))
      pairs.emplace_back(au.intensity[row], au.truth[row]);
  if (pairs.empty()) return std::nullopt;
  TruthAgreement result;
  result.rows = pairs.size();
  const auto n = static_cast<double>(pairs.size());
  double mean_a = 0, mean_b = 0;
  bool constant_a = true, constant_b = true;
  for (const auto& [a, b] : pairs) {
    mean_a += a / n;
    mean_b += b / n;
    result.mean_abs_difference += std::abs(a - b) / n;
    constant_a = constant_a && a == pairs.front().first;
    constant_b = constant_b && b == pairs.front().second;
  }
  if (constant_a || constant_b) return result;
  double aa = 0, bb = 0, ab = 0;
  for (const auto& [a, b] : pairs) {
    aa += (a - mean_a) * (a - mean_a);
    bb += (b - mean_b) * (b - mean_b);
    ab += (a - mean_a) * (b - mean_b);
  }
  const double r = ab / std::sqrt(aa * bb);
  if (std::isfinite(r)) result.pearson_r = std::clamp(r, -1.0, 1.0);
  return result;
}

// The longest ranges, in the order of time.
std::string ranges_text(const AuTable& table, std::vector<TimeRange> ranges) {
  const std::size_t all = ranges.size();
  if (all == 0) return "-";
  const auto length = [](const TimeRange& range) { return range.end - range.begin; };
  std::stable_sort(ranges.begin(), ranges.end(),
                   [&](const TimeRange& a, const TimeRange& b) { return length(a) > length(b); });
  ranges.resize(std::min(all, kRangesShown));
  std::sort(ranges.begin(), ranges.end(),
            [](const TimeRange& a, const TimeRange& b) { return a.begin < b.begin; });
  std::string text;
  for (const TimeRange& range : ranges) {
    if (!text.empty()) text += ", ";
    if (table.timed) {
      text += fmt::format("{:.1f}-{:.1f}", range.begin, range.end);
    } else if (range.end - range.begin > 1) {
      text += fmt::format("{:.0f}-{:.0f}", range.begin, range.end - 1);
    } else {
      text += fmt::format("{:.0f}", range.begin);
    }
  }
  if (table.timed) text += " s";
  return all > kRangesShown ? text + fmt::format(" and {} more", all - kRangesShown) : text;
}

std::string number_text(std::optional<double> value) {
  return value ? fmt::format("{:.2f}", *value) : std::string("-");
}

// Those that move most, from the mean to the peak.
std::string blendshapes_text(const AuTable& table, std::vector<BlendshapeSummary> shapes) {
  if (shapes.empty()) return {};
  std::stable_sort(shapes.begin(), shapes.end(),
                   [](const BlendshapeSummary& a, const BlendshapeSummary& b) {
                     return a.peak - a.mean > b.peak - b.mean;
                   });
  const std::size_t all = shapes.size();
  shapes.resize(std::min(all, kBlendshapesShown));
  std::string text = fmt::format("  {:<25}  {:>5}  {:>5}  {}\n", "blendshape", "mean", "peak",
                                 table.timed ? "at" : "in frame");
  for (const BlendshapeSummary& shape : shapes)
    text += fmt::format("  {:<25}  {:>5.2f}  {:>5.2f}  {}\n", shape.name, shape.mean, shape.peak,
                        table.timed ? fmt::format("{:.1f} s", shape.peak_time)
                                    : fmt::format("{:.0f}", shape.peak_time));
  if (all > shapes.size())
    text += fmt::format("  and {} blendshapes that move less: --json shows them\n",
                        all - shapes.size());
  return text;
}

std::string face_text(const AuTable& table, const FaceSummary& face) {
  std::string text;
  const auto out = std::back_inserter(text);
  const bool truth = std::any_of(face.aus.begin(), face.aus.end(),
                                 [](const AuSummary& au) { return au.truth.has_value(); });
  if (!face.aus.empty())
    fmt::format_to(out, "  {:<25}  {:>5}  {:>5}  {:>8}{}   {}\n", "action unit", "mean", "peak",
                   "present", truth ? fmt::format("  {:>6}  {:>6}", "r", "off by") : "",
                   table.timed ? "when" : "in frames");
  for (const AuSummary& au : face.aus) {
    fmt::format_to(out, "  {:<4} {:<20}  {:>5}  {:>5}  {:>6.1f} %", au.name,
                   au_description(au.name), number_text(au.mean), number_text(au.peak),
                   100 * au.present);
    if (truth)
      fmt::format_to(out, "  {:>6}  {:>6}",
                     number_text(au.truth ? au.truth->pearson_r : std::nullopt),
                     au.truth ? fmt::format("{:.2f}", au.truth->mean_abs_difference) : "-");
    fmt::format_to(out, "   {}\n", ranges_text(table, au.active));
  }
  text += blendshapes_text(table, face.blendshapes);
  if (face.rows_with_face == 0) {
    text += "  no face was found, so there are no action units\n";
  } else if (!face.not_estimated.empty()) {
    fmt::format_to(out, "  not estimated: {}\n", untold_text(face.not_estimated));
  }
  return text;
}

double percent(std::size_t part, std::size_t whole) {
  return whole == 0 ? 0 : 100 * static_cast<double>(part) / static_cast<double>(whole);
}

}  // namespace

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
  complete(result);
  return result;
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

bool is_present(const AuTrack& au, std::size_t row) {
  if (!au.presence.empty()) return au.presence[row] > 0.5;
  return au.intensity[row] >= kPresentIntensity;
}

FaceSummary summarise(const AuTable& table, const FaceTrack& face) {
  FaceSummary result;
  result.id = face.id;
  result.rows = face.frames.size();
  for (const char success : face.success) result.rows_with_face += success != 0 ? 1 : 0;
  for (const AuTrack& au : face.aus) {
    if (!has_number(face, au.intensity) && !has_number(face, au.presence)) {
      result.not_estimated.push_back(au.name);
      continue;
    }
    AuSummary summary;
    summary.name = au.name;
    std::size_t numbers = 0, rows = 0, present = 0;
    double sum = 0;
    for (std::size_t row = 0; row < result.rows; ++row) {
      if (face.success[row] == 0) continue;
      const double intensity = au.intensity.empty() ? kMissing : au.intensity[row];
      if (!std::isnan(intensity)) {
        ++numbers;
        sum += intensity;
        if (!summary.peak || intensity > *summary.peak) {
          summary.peak = intensity;
          summary.peak_time = face.times[row];
        }
      }
      if (std::isnan(au.presence.empty() ? intensity : au.presence[row])) continue;
      ++rows;
      present += is_present(au, row) ? 1 : 0;
    }
    if (numbers > 0) summary.mean = sum / static_cast<double>(numbers);
    summary.present = percent(present, rows) / 100;
    summary.active = active_ranges(table, face, au);
    summary.truth = agreement(face, au);
    result.aus.push_back(std::move(summary));
  }
  for (const BlendshapeTrack& shape : face.blendshapes) {
    if (!has_number(face, shape.values)) continue;
    BlendshapeSummary summary{shape.name, 0, std::numeric_limits<double>::lowest(), 0};
    std::size_t numbers = 0;
    for (std::size_t row = 0; row < result.rows; ++row) {
      const double value = shape.values[row];
      if (face.success[row] == 0 || std::isnan(value)) continue;
      ++numbers;
      summary.mean += value;
      if (!(value > summary.peak)) continue;
      summary.peak = value;
      summary.peak_time = face.times[row];
    }
    summary.mean /= static_cast<double>(numbers);
    result.blendshapes.push_back(std::move(summary));
  }
  return result;
}

std::string summary_text(const AuTable& table, const std::string& estimator) {
  std::string text;
  const auto out = std::back_inserter(text);
  const std::string length =
      table.timed ? fmt::format(", {:.1f} s", table.end() - table.begin()) : std::string();
  fmt::format_to(out, "{}\n  {} {}{}, a face in {} ({:.1f} %)\n", table.file.string(), table.frames,
                 table.frames == 1 ? "frame" : "frames", length, table.frames_with_face,
                 percent(table.frames_with_face, table.frames));
  if (!estimator.empty()) fmt::format_to(out, "  action units by {}\n", estimator);
  if (!table.truth.empty())
    fmt::format_to(out,
                   "  r, off by: correlation with and mean distance from {}, {} frames in common\n",
                   table.truth.string(), table.frames_with_truth);
  for (std::size_t i = 0; i < std::min(table.faces.size(), kFacesShown); ++i) {
    const FaceSummary face = summarise(table, table.faces[i]);
    text += '\n';
    if (table.faces.size() > 1)
      fmt::format_to(out, "face {}: in {} of {} frames\n", face.id, face.rows_with_face,
                     table.frames);
    text += face_text(table, face);
  }
  if (table.faces.size() > kFacesShown)
    fmt::format_to(out, "\nand {} more faces: --json shows them\n",
                   table.faces.size() - kFacesShown);
  return text;
}

std::string summary_json(const AuTable& table, const std::string& estimator) {
  const auto word = [](const std::string& value) { return value.empty() ? Json() : Json(value); };
  Json faces = Json::array();
  for (const FaceTrack& track : table.faces) {
    const FaceSummary face = summarise(table, track);
    Json aus = Json::array();
    for (const AuSummary& au : face.aus) {
      Json active = Json::array();
      for (const TimeRange& range : au.active)
        active.add(Json::object({{"begin", range.begin}, {"end", range.end}}));
      Json truth;
      if (au.truth)
        truth = Json::object({{"rows", au.truth->rows},
                              {"pearson_r", au.truth->pearson_r},
                              {"mean_abs_difference", au.truth->mean_abs_difference}});
      aus.add(Json::object({{"name", au.name},
                            {"description", au_description(au.name)},
                            {"mean", au.mean},
                            {"peak", au.peak},
                            {"peak_time", au.peak_time},
                            {"present_share", au.present},
                            {"active", active},
                            {"truth", truth}}));
    }
    Json of_face = Json::object({{"face_id", face.id},
                                 {"rows", face.rows},
                                 {"rows_with_face", face.rows_with_face},
                                 {"action_units", aus},
                                 {"not_estimated", face.not_estimated}});
    Json shapes = Json::array();
    for (const BlendshapeSummary& shape : face.blendshapes)
      shapes.add(Json::object({{"name", shape.name},
                               {"mean", shape.mean},
                               {"peak", shape.peak},
                               {"peak_time", shape.peak_time}}));
    if (!face.blendshapes.empty()) of_face.add("blendshapes", shapes);
    faces.add(of_face);
  }
  const Json json = Json::object({
      {"file", table.file.string()},
      {"frames", table.frames},
      {"frames_with_face", table.frames_with_face},
      {"seconds", table.timed ? Json(table.end() - table.begin()) : Json()},
      {"time_unit", table.timed ? "s" : "frame"},
      {"estimator", word(estimator)},
      {"truth", word(table.truth.string())},
      {"frames_with_truth", table.truth.empty() ? Json() : Json(table.frames_with_truth)},
      {"faces", faces},
  });
  return json.text() + '\n';
}

}  // namespace auriga
