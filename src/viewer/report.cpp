#include "viewer/report.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <iterator>
#include <limits>
#include <optional>
#include <span>
#include <string_view>
#include <utility>

#include <fmt/core.h>

#include "tables/events.hpp"
#include "tables/summary.hpp"

namespace auriga {
namespace {

// Of a timeline, in its own units.
constexpr int kWidth = 1000, kStrip = 44, kLane = 16, kLeft = 190, kRight = 10, kAxis = 22;
constexpr int kPlot = kWidth - kLeft - kRight;
constexpr std::size_t kMostEvents = 200, kMostListed = 50;

constexpr std::string_view kStyle = R"(
:root{color-scheme:light dark;--paper:#fff;--ink:#1b1f24;--soft:#5b6570;--line:#d5dae0;--curve:#1f5fa8;
--fill:#1f5fa826;--bar:#c2571a;--good:#1d7a3f;--look:#946200;--poor:#b3261e;--band:#f3f5f7}
@media(prefers-color-scheme:dark){:root{--paper:#14171a;--ink:#e8eaed;--soft:#a5adb6;--line:#353b42;
--curve:#7db4f0;--fill:#7db4f033;--bar:#f0a06b;--good:#6fce8f;--look:#e6b450;--poor:#ff8a80;--band:#1c2024}}
*{box-sizing:border-box}
body{margin:0 auto;max-width:1080px;padding:24px 20px 60px;background:var(--paper);color:var(--ink);
font:15px/1.5 system-ui,sans-serif}
h1{font-size:24px;margin:0 0 4px}h2{font-size:20px;margin:40px 0 8px;border-top:1px solid var(--line);
padding-top:24px}h3{font-size:16px;margin:26px 0 8px}
p{margin:6px 0}.soft{color:var(--soft)}
table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}
th,td{text-align:left;padding:4px 10px 4px 0;border-bottom:1px solid var(--line);vertical-align:top}
td.n,th.n{text-align:right}
.scroll{overflow-x:auto}
.good{color:var(--good)}.look{color:var(--look)}.poor,.failed{color:var(--poor)}
b.verdict{text-transform:uppercase;font-size:13px;letter-spacing:.04em}
.facts{display:flex;flex-wrap:wrap;gap:6px 28px;margin:10px 0}
.facts div{min-width:110px}.facts span{display:block;color:var(--soft);font-size:13px}
.moments{display:flex;flex-wrap:wrap;gap:14px}
figure{margin:0;width:160px}figure img{width:160px;height:160px;display:block;border-radius:4px;
background:var(--band)}figcaption{font-size:13px;margin-top:4px}
svg{display:block;width:100%;height:auto;font:12px system-ui,sans-serif}
svg text{fill:var(--ink)}svg text.soft{fill:var(--soft)}
.curve{fill:none;stroke:var(--curve);stroke-width:1.2;stroke-linejoin:round}.area{fill:var(--fill)}
.present{fill:var(--bar)}.grid{stroke:var(--line)}.lost{fill:var(--poor);opacity:.55}
.excluded{fill:var(--soft);opacity:.25}.mark{stroke:var(--soft);stroke-dasharray:3 3}
ul{margin:6px 0;padding-left:20px}pre{white-space:pre-wrap;overflow-wrap:anywhere;background:var(--band);
padding:12px;border-radius:4px;font-size:12px}
details{margin:10px 0}summary{cursor:pointer}
@media print{details{display:none}h2{break-before:page}figure,svg,tr{break-inside:avoid}}
)";

std::string escaped(std::string_view text) {
  std::string safe;
  for (const char c : text) switch (c) {
      case '&':
        safe += "&amp;";
        break;
      case '<':
        safe += "&lt;";
        break;
      case '>':
        safe += "&gt;";
        break;
      case '"':
        safe += "&quot;";
        break;
      case '\'':
        safe += "&#39;";
        break;
      default:
        // What HTML does not know, as U+FFFD.
        if (static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\t')
          safe += "\xEF\xBF\xBD";
        else
          safe += c;
    }
  return safe;
}

std::string base64(std::string_view bytes) {
  constexpr std::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t at = 0; at < bytes.size(); at += 3) {
    const std::size_t count = std::min<std::size_t>(3, bytes.size() - at);
    std::uint32_t group = 0;
    for (std::size_t i = 0; i < 3; ++i)
      group = group << 8 | (i < count ? static_cast<std::uint8_t>(bytes[at + i]) : 0u);
    for (std::size_t i = 0; i < 4; ++i)
      text += i <= count ? kDigits[group >> (18 - 6 * i) & 63] : '=';
  }
  return text;
}

std::string seconds_text(double seconds) {
  if (seconds < 60) return fmt::format("{:.2f} s", seconds);
  const auto whole = static_cast<std::int64_t>(seconds);
  const double rest = seconds - static_cast<double>(whole) + static_cast<double>(whole % 60);
  if (whole < 3600) return fmt::format("{}:{:04.1f} min", whole / 60, rest);
  return fmt::format("{}:{:02}:{:04.1f} h", whole / 3600, whole / 60 % 60, rest);
}

std::string moment_text(const AuTable& table, double time) {
  return table.timed ? seconds_text(time) : fmt::format("frame {:.0f}", time);
}

std::string number(std::optional<double> value, int decimals = 2) {
  return value && std::isfinite(*value) ? fmt::format("{:.{}f}", *value, decimals) : "–";
}

// From times of the table to x.
struct Axis {
  double begin = 0, end = 1;

  explicit Axis(const AuTable& table) : begin(table.begin()), end(table.end()) {
    if (!(end > begin)) end = begin + 1;
  }
  double x(double time) const {
    return kLeft + kPlot * std::clamp((time - begin) / (end - begin), 0.0, 1.0);
  }
  std::size_t pixel(double time) const {
    return static_cast<std::size_t>(
        std::clamp((time - begin) / (end - begin) * kPlot, 0.0, kPlot - 1.0));
  }
};

// Where numbers of one pixel column lie.
struct Extent {
  float least = std::numeric_limits<float>::max(), most = std::numeric_limits<float>::lowest();
  bool any() const { return least <= most; }
};

std::vector<Extent> extents(const FaceTrack& face, const std::vector<double>& values,
                            const Axis& axis) {
  std::vector<Extent> all(kPlot);
  for (std::size_t row = 0; row < values.size(); ++row) {
    if (face.success[row] == 0 || std::isnan(values[row])) continue;
    Extent& one = all[axis.pixel(face.times[row])];
    one.least = std::min(one.least, static_cast<float>(values[row]));
    one.most = std::max(one.most, static_cast<float>(values[row]));
  }
  // Few rows per screen: a column between two rows belongs to the line that joins them.
  if (values.size() < kPlot) {
    const double columns_per_row =
        static_cast<double>(kPlot) / static_cast<double>(std::max<std::size_t>(values.size(), 1));
    const auto gap = static_cast<std::size_t>(std::ceil(2 * columns_per_row));
    std::optional<std::size_t> before;
    for (std::size_t i = 0; i < all.size(); ++i) {
      if (!all[i].any()) continue;
      if (before && i - *before > 1 && i - *before <= gap)
        for (std::size_t k = *before + 1; k < i; ++k) {
          const float share = static_cast<float>(k - *before) / static_cast<float>(i - *before);
          const float value = all[*before].most + share * (all[i].most - all[*before].most);
          all[k] = {value, value};
        }
      before = i;
    }
  }
  return all;
}

// A curve in a strip from `top` down, of values from `low` to `high`.
std::string curve(const std::vector<Extent>& all, double top, double height, double low,
                  double high, bool area) {
  std::string line, filled;
  const auto y = [&](double value) {
    return top + height * (1 - std::clamp((value - low) / (high - low), 0.0, 1.0));
  };
  for (std::size_t i = 0; i < all.size();) {
    if (!all[i].any()) {
      ++i;
      continue;
    }
    std::size_t end = i;
    while (end < all.size() && all[end].any()) ++end;
    line += fmt::format("M{} {:.1f}", kLeft + i, y(all[i].most));
    filled += fmt::format("M{} {:.1f}", kLeft + i, y(low));
    for (; i < end; ++i) {
      const double above = y(all[i].most), below = y(all[i].least);
      line += fmt::format("L{} {:.1f}", kLeft + i, above);
      if (below - above > 0.8) line += fmt::format("V{:.1f}V{:.1f}", below, above);
      filled += fmt::format("L{} {:.1f}", kLeft + i, above);
    }
    filled += fmt::format("L{} {:.1f}Z", kLeft + end - 1, y(low));
  }
  std::string text;
  if (area) text += fmt::format("<path class=\"area\" d=\"{}\"/>", filled);
  return text + fmt::format("<path class=\"curve\" d=\"{}\"/>", line);
}

// A step of the time axis: about eight labels.
double tick(double length) {
  double step = std::pow(10.0, std::floor(std::log10(length / 8)));
  for (const double factor : {1.0, 2.0, 5.0, 10.0})
    if (length / (step * factor) <= 10) return step * factor;
  return step * 10;
}

bool any_number(const std::vector<double>& values, const FaceTrack& face) {
  for (std::size_t row = 0; row < values.size(); ++row)
    if (face.success[row] != 0 && !std::isnan(values[row])) return true;
  return false;
}

// Stretches of rows for which `is` holds, as rectangles over the whole height.
template <typename Is>
std::string bands(const FaceTrack& face, const AuTable& table, const Axis& axis, double top,
                  double height, std::string_view kind, Is is) {
  std::string text;
  for (std::size_t row = 0; row < face.frames.size();) {
    if (!is(row)) {
      ++row;
      continue;
    }
    const std::size_t first = row;
    while (row < face.frames.size() && is(row)) ++row;
    const double from = axis.x(face.times[first]), to = axis.x(face.times[row - 1] + table.step);
    text += fmt::format(
        "<rect class=\"{}\" x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" "
        "height=\"{:.1f}\"/>",
        kind, from, top, std::max(to - from, 0.6), height);
    if (text.size() > 200'000) return text;  // thousands of gaps look like one
  }
  return text;
}

std::string timeline(const ReportPart& part, const FaceTrack& face) {
  const AuTable& table = part.table;
  const Axis axis(table);
  std::string body;
  double top = 4;
  const auto heading = [&](std::string_view name, std::string_view words) {
    body += fmt::format(
        "<text x=\"0\" y=\"{:.0f}\">{}</text><text class=\"soft\" x=\"0\" "
        "y=\"{:.0f}\">{}</text>",
        top + 15, escaped(name), top + 29, escaped(words));
  };
  const auto base = [&](double height) {
    body += fmt::format("<path class=\"grid\" d=\"M{} {:.1f}H{}\"/>", kLeft, top + height,
                        kWidth - kRight);
  };
  for (const AuTrack& unit : face.aus) {
    const bool intensity = any_number(unit.intensity, face),
               presence = any_number(unit.presence, face);
    if (!intensity && !presence) continue;
    heading(unit.name, au_description(unit.name));
    if (intensity) body += curve(extents(face, unit.intensity, axis), top, kStrip - 10, 0, 5, true);
    base(kStrip - 10);
    for (const AuEvent& event : find_events(table, face, unit)) {
      body += fmt::format(
          "<rect class=\"present\" x=\"{:.1f}\" y=\"{:.0f}\" width=\"{:.1f}\" "
          "height=\"4\"><title>{} {} to {}</title></rect>",
          axis.x(event.start_s), top + kStrip - 8,
          std::max(axis.x(event.end_s) - axis.x(event.start_s), 0.8), escaped(unit.name),
          moment_text(table, event.start_s), moment_text(table, event.end_s));
      if (body.size() > 2'000'000) break;
    }
    top += kStrip;
  }
  const std::array<std::pair<const std::vector<double>*, std::string_view>, 2> turns{
      {{&face.yaw_rad, "yaw"}, {&face.pitch_rad, "pitch"}}};
  for (const auto& [values, name] : turns) {
    if (!any_number(*values, face)) continue;
    heading(name, "±45°");
    constexpr double kReach = 0.785398;
    body += curve(extents(face, *values, axis), top, kStrip - 10, -kReach, kReach, false);
    body += fmt::format("<path class=\"grid\" d=\"M{} {:.1f}H{}\"/>", kLeft,
                        top + (kStrip - 10) / 2.0, kWidth - kRight);
    top += kStrip;
  }
  heading("face", "lost, excluded");
  const std::string lost = bands(face, table, axis, top + 4, kLane, "lost", [&](std::size_t row) {
    return face.success[row] == 0 && !face.is_excluded(row);
  });
  const std::string out = bands(face, table, axis, 0, top + kLane + 10, "excluded",
                                [&](std::size_t row) { return face.is_excluded(row); });
  body += lost + out;
  base(kLane + 6);
  top += kLane + 14;
  std::string marks;
  for (const ReportMoment& moment : part.moments)
    marks += fmt::format("<path class=\"mark\" d=\"M{0:.1f} 0V{1:.0f}\"/>",
                         axis.x(face.times[moment.row]), top - 8);
  const double step = tick(axis.end - axis.begin);
  for (double at = std::ceil(axis.begin / step) * step; at <= axis.end; at += step)
    body += fmt::format(
        "<path class=\"grid\" d=\"M{0:.1f} {1:.0f}v5\"/><text class=\"soft\" "
        "x=\"{0:.1f}\" y=\"{2:.0f}\" text-anchor=\"middle\">{3}</text>",
        axis.x(at), top - 4, top + 14,
        table.timed ? fmt::format("{:g} s", at) : fmt::format("{:g}", at));
  return fmt::format(
      "<svg viewBox=\"0 0 {} {:.0f}\" role=\"img\" aria-label=\"Action units over "
      "time; the numbers are in the table below\">{}{}</svg>\n",
      kWidth, top + kAxis, marks, body);
}

std::string verdict(const Quality& quality) {
  const std::string name(word(quality.verdict));
  return fmt::format("<b class=\"verdict {0}\">{0}</b>", name);
}

std::string fact(std::string_view name, const std::string& value) {
  return fmt::format("<div><span>{}</span>{}</div>", name, value);
}

std::string list_of(const std::vector<std::string>& lines) {
  std::string text = "<ul>";
  for (const std::string& line : lines) text += fmt::format("<li>{}</li>", escaped(line));
  return text + "</ul>\n";
}

std::string facts(const ReportPart& part, const FaceTrack& face) {
  const AuTable& table = part.table;
  const Quality& quality = part.quality;
  std::string text = "<div class=\"facts\">";
  text += fact("frames", std::to_string(table.frames));
  if (table.timed) text += fact("length", seconds_text(table.end() - table.begin()));
  text += fact("face followed", fmt::format("{:.1f} %", 100 * quality.followed));
  if (table.faces.size() > 1)
    text += fact("faces", fmt::format("{}, drawn: id {}", table.faces.size(), face.id));
  if (quality.face_px) text += fact("face", fmt::format("{:.0f} px", *quality.face_px));
  if (quality.yaw_deg)
    text += fact("yaw, 5 to 95 %",
                 fmt::format("{:.0f}° to {:.0f}°", quality.yaw_deg->low, quality.yaw_deg->high));
  if (quality.pitch_deg)
    text += fact("pitch, 5 to 95 %", fmt::format("{:.0f}° to {:.0f}°", quality.pitch_deg->low,
                                                 quality.pitch_deg->high));
  if (table.frames_excluded > 0)
    text += fact("excluded by marks", fmt::format("{} frames", table.frames_excluded));
  text += fact("quality", verdict(quality));
  return text + "</div>\n";
}

std::string moments(const ReportPart& part, const FaceTrack& face) {
  if (part.moments.empty())
    return part.moments_problem.empty() ? ""
                                        : fmt::format("<p class=\"soft\">No pictures: {}</p>\n",
                                                      escaped(part.moments_problem));
  std::string text = "<h3>Key moments</h3>\n<div class=\"moments\">\n";
  for (const ReportMoment& moment : part.moments) {
    std::vector<std::pair<double, std::string>> strongest;
    for (const AuTrack& unit : face.aus)
      if (!unit.intensity.empty() && unit.intensity[moment.row] >= kPresentIntensity)
        strongest.emplace_back(-unit.intensity[moment.row], unit.name);
    std::sort(strongest.begin(), strongest.end());
    std::string units;
    for (std::size_t i = 0; i < std::min<std::size_t>(strongest.size(), 3); ++i)
      units +=
          fmt::format("{}{} {:.1f}", i == 0 ? "" : ", ", strongest[i].second, -strongest[i].first);
    text += fmt::format(
        "<figure><img alt=\"The face at {0}\" src=\"data:image/jpeg;base64,{1}\">"
        "<figcaption>{0}, frame {2}<br><span class=\"soft\">{3}</span>"
        "</figcaption></figure>\n",
        moment_text(part.table, face.times[moment.row]), base64(moment.jpeg),
        face.frames[moment.row], units.empty() ? "no unit above 1" : units);
  }
  return text + "</div>\n";
}

std::string units_table(const ReportPart& part, const FaceTrack& face) {
  const FaceSummary summary = summarise(part.table, face);
  if (summary.aus.empty()) return "<p>The table has no action units of this face.</p>\n";
  const double minutes = part.table.timed ? (part.table.end() - part.table.begin()) / 60 : 0;
  std::string text =
      "<div class=\"scroll\"><table><thead><tr><th scope=\"col\">action unit</th><th scope=\"col\" "
      "class=\"n\">mean</th><th scope=\"col\" class=\"n\">peak</th><th scope=\"col\">at</th><th "
      "scope=\"col\" class=\"n\">present</th><th scope=\"col\" class=\"n\">events</th>";
  if (minutes > 0) text += "<th scope=\"col\" class=\"n\">per minute</th>";
  text += "</tr></thead><tbody>\n";
  for (const AuSummary& unit : summary.aus) {
    text += fmt::format(
        "<tr><th scope=\"row\">{} <span class=\"soft\">{}</span></th><td "
        "class=\"n\">{}</td><td class=\"n\">{}</td><td>{}</td><td "
        "class=\"n\">{:.1f} %</td><td class=\"n\">{}</td>",
        escaped(unit.name), escaped(au_description(unit.name)), number(unit.mean),
        number(unit.peak), unit.peak_time ? moment_text(part.table, *unit.peak_time) : "–",
        100 * unit.present, unit.active.size());
    if (minutes > 0)
      text += fmt::format("<td class=\"n\">{:.1f}</td>",
                          static_cast<double>(unit.active.size()) / minutes);
    text += "</tr>\n";
  }
  text += "</tbody></table></div>\n";
  text +=
      "<p class=\"soft\">Intensity 0 to 5; present: share of the frames in which the face was "
      "followed.</p>\n";
  if (!summary.not_estimated.empty())
    text += fmt::format("<p class=\"soft\">Not told with these models: {}.</p>\n",
                        escaped(untold_text(summary.not_estimated)));
  return text;
}

std::string events_table(const ReportPart& part, const FaceTrack& face) {
  std::vector<AuEvent> events = find_events(part.table, face);
  if (events.empty()) return {};
  std::stable_sort(events.begin(), events.end(),
                   [](const AuEvent& a, const AuEvent& b) { return a.start_s < b.start_s; });
  const std::size_t all = events.size();
  events.resize(std::min(all, kMostEvents));
  std::string text = fmt::format(
      "<details><summary>Events ({}{})</summary><div class=\"scroll\"><table><thead><tr><th "
      "scope=\"col\">unit</th><th scope=\"col\">from</th><th scope=\"col\">to</th><th "
      "scope=\"col\" "
      "class=\"n\">frames</th><th scope=\"col\" class=\"n\">peak</th></tr></thead><tbody>\n",
      all, all > events.size() ? fmt::format(", the first {}", events.size()) : "");
  for (const AuEvent& event : events)
    text += fmt::format(
        "<tr><th scope=\"row\">{}</th><td>{}</td><td>{}</td><td class=\"n\">{} to "
        "{}</td><td class=\"n\">{}</td></tr>\n",
        escaped(event.unit), moment_text(part.table, event.start_s),
        moment_text(part.table, event.end_s), event.first, event.last, number(event.peak));
  return text + "</tbody></table></div></details>\n";
}

std::string marks_table(const ReportPart& part) {
  if (part.marks.empty()) return {};
  std::string text =
      "<h3>Marks</h3>\n<div class=\"scroll\"><table><thead><tr><th scope=\"col\">kind</th><th "
      "scope=\"col\">from</th><th scope=\"col\">to</th><th scope=\"col\">label</th></tr></thead>"
      "<tbody>\n";
  std::size_t listed = 0;
  for (const Mark& mark : part.marks) {
    if (++listed > kMostListed) break;
    const auto end = [](std::optional<std::int64_t> frame, std::optional<double> seconds) {
      std::string words;
      if (seconds) words = seconds_text(*seconds);
      if (frame) words += fmt::format("{}frame {}", words.empty() ? "" : ", ", *frame);
      return words;
    };
    text += fmt::format("<tr><th scope=\"row\">{}</th><td>{}</td><td>{}</td><td>{}</td></tr>\n",
                        name_of(mark.kind), end(mark.first, mark.start_s),
                        end(mark.last, mark.end_s), escaped(mark.label));
  }
  text += "</tbody></table></div>\n";
  if (part.marks.size() > kMostListed)
    text += fmt::format("<p class=\"soft\">and {} more</p>\n", part.marks.size() - kMostListed);
  if (part.marks_ignored) text += "<p>Excluded ranges were not applied (--no-marks).</p>\n";
  return text;
}

std::string how_made(const ReportPart& part) {
  std::string text = "<h3>How it was made</h3>\n";
  if (part.manifest.is_null())
    return text +
           "<p>There is no manifest beside this table, so that it is not known with which "
           "program, models and options it was made.</p>\n";
  const auto words = [&](const char* name) {
    const std::string* value = part.manifest.at(name).as_text();
    return value != nullptr ? *value : std::string("–");
  };
  const Json& input = part.manifest.at("input");
  const std::string* path = input.at("path").as_text();
  text += fmt::format(
      "<p>auriga {}, preset {}, landmarks {}, action units {}; finished {}. Input: "
      "{}.</p>\n",
      escaped(words("auriga")), escaped(words("preset")), escaped(words("landmarker")),
      escaped(words("estimator")), escaped(words("finished_utc")),
      path != nullptr ? escaped(*path) : "–");
  std::string manifest = part.manifest.text();
  constexpr std::size_t kMostManifest = 200'000;
  if (manifest.size() > kMostManifest) {
    manifest.resize(kMostManifest);
    manifest += "\n... (the rest is in the file)";
  }
  return text + fmt::format("<details><summary>Manifest</summary><pre>{}</pre></details>\n",
                            escaped(manifest));
}

std::string section(const ReportPart& part, std::size_t index, bool alone) {
  const FaceTrack& face = part.table.faces.front();
  std::string text =
      fmt::format("<section id=\"r{}\" aria-label=\"{}\">\n", index, escaped(part.name));
  if (!alone) text += fmt::format("<h2>{}</h2>\n", escaped(part.name));
  text += facts(part, face);
  if (!part.quality.reasons.empty()) text += list_of(part.quality.reasons);
  if (!part.warnings.empty()) text += "<h3>Warnings</h3>\n" + list_of(part.warnings);
  text += moments(part, face);
  text += "<h3>Action units over time</h3>\n" + timeline(part, face);
  text += "<h3>In numbers</h3>\n" + units_table(part, face);
  text += events_table(part, face);
  text += marks_table(part);
  text += how_made(part);
  return text + "</section>\n";
}

std::string study_table(const std::vector<ReportPart>& parts,
                        const std::vector<ReportFailure>& failures) {
  std::string text =
      "<div class=\"scroll\"><table><thead><tr><th scope=\"col\">table</th><th scope=\"col\" "
      "class=\"n\">length</th><th scope=\"col\" class=\"n\">followed</th><th scope=\"col\">quality"
      "</th><th scope=\"col\" class=\"n\">events</th><th scope=\"col\">to look at</th></tr></thead>"
      "<tbody>\n";
  for (const ReportFailure& failure : failures)
    text += fmt::format(
        "<tr><th scope=\"row\">{}</th><td class=\"n\">–</td><td "
        "class=\"n\">–</td><td><b class=\"verdict failed\">failed</b></td><td "
        "class=\"n\">–</td><td>{}</td></tr>\n",
        escaped(failure.name), escaped(failure.problem));
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const ReportPart& part = parts[i];
    std::vector<std::string> notes = part.quality.reasons;
    notes.insert(notes.end(), part.warnings.begin(), part.warnings.end());
    std::string look;
    for (const std::string& note : notes) look += (look.empty() ? "" : "; ") + note;
    if (look.size() > 300) {
      look.resize(300);
      while (!look.empty() && (static_cast<unsigned char>(look.back()) & 0xC0) == 0x80)
        look.pop_back();
      look += "…";
    }
    text += fmt::format(
        "<tr><th scope=\"row\"><a href=\"#r{}\">{}</a></th><td class=\"n\">{}</td><td "
        "class=\"n\">{:.1f} %</td><td>{}</td><td class=\"n\">{}</td><td>{}</td></tr>\n",
        i, escaped(part.name),
        part.table.timed ? seconds_text(part.table.end() - part.table.begin())
                         : fmt::format("{} frames", part.table.frames),
        100 * part.quality.followed, verdict(part.quality),
        find_events(part.table, part.table.faces.front()).size(), escaped(look));
  }
  return text + "</tbody></table></div>\n";
}

}  // namespace

std::string report_html(const std::vector<ReportPart>& parts,
                        const std::vector<ReportFailure>& failures, const std::string& version) {
  const bool alone = parts.size() == 1 && failures.empty();
  const std::string title =
      alone ? parts.front().name : fmt::format("{} results", parts.size() + failures.size());
  std::string text = fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta "
      "name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<meta "
      "http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; img-src data:; "
      "style-src 'unsafe-inline'\">\n<title>{0} – auriga</title>\n<style>{1}</style>\n</head>\n"
      "<body>\n<header><h1>{0}</h1>\n<p class=\"soft\">Facial action units, by auriga {2}. Not a "
      "medical device.</p></header>\n<main>\n",
      escaped(title), kStyle, escaped(version));
  if (!alone) text += study_table(parts, failures);
  for (std::size_t i = 0; i < parts.size(); ++i) text += section(parts[i], i, alone);
  return text + "</main>\n</body>\n</html>\n";
}

}  // namespace auriga
