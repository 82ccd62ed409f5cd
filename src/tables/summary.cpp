#include "tables/summary.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>
#include <utility>

#include <fmt/core.h>

#include "files/json.hpp"

namespace auriga {

namespace {

constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();
// Of a text for people.
constexpr std::size_t kRangesShown = 3, kFacesShown = 10, kBlendshapesShown = 8;

bool has_number(const FaceTrack& face, const std::vector<double>& values) {
  for (std::size_t row = 0; row < values.size(); ++row)
    if (face.success[row] != 0 && !std::isnan(values[row])) return true;
  return false;
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

FaceSummary summarise(const AuTable& table, const FaceTrack& face, const EventRules& rules) {
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
      present += is_present(au, row, rules) ? 1 : 0;
    }
    if (numbers > 0) summary.mean = sum / static_cast<double>(numbers);
    summary.present = percent(present, rows) / 100;
    for (const AuEvent& event : find_events(table, face, au, rules))
      summary.active.push_back({event.start_s, event.end_s});
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

std::string summary_text(const AuTable& table, const std::string& estimator,
                         const EventRules& rules) {
  std::string text;
  const auto out = std::back_inserter(text);
  const std::string length =
      table.timed ? fmt::format(", {:.1f} s", table.end() - table.begin()) : std::string();
  fmt::format_to(out, "{}\n  {} {}{}, a face in {} ({:.1f} %)\n", table.file.string(), table.frames,
                 table.frames == 1 ? "frame" : "frames", length, table.frames_with_face,
                 percent(table.frames_with_face, table.frames));
  if (table.excluded_ranges > 0)
    fmt::format_to(
        out, "  {}\n",
        left_out_text(table.frames_excluded, table.excluded_ranges, marks_path(table.file)));
  if (!estimator.empty()) fmt::format_to(out, "  action units by {}\n", estimator);
  if (!table.truth.empty())
    fmt::format_to(out,
                   "  r, off by: correlation with and mean distance from {}, {} frames in common\n",
                   table.truth.string(), table.frames_with_truth);
  for (std::size_t i = 0; i < std::min(table.faces.size(), kFacesShown); ++i) {
    const FaceSummary face = summarise(table, table.faces[i], rules);
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

std::string summary_json(const AuTable& table, const std::string& estimator,
                         const EventRules& rules) {
  const auto word = [](const std::string& value) { return value.empty() ? Json() : Json(value); };
  Json faces = Json::array();
  for (const FaceTrack& track : table.faces) {
    const FaceSummary face = summarise(table, track, rules);
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
  Json json = Json::object({
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
  if (table.excluded_ranges > 0) {
    json.add("frames_excluded", table.frames_excluded);
    json.add("excluded_ranges", table.excluded_ranges);
  }
  return json.text() + '\n';
}

}  // namespace auriga
