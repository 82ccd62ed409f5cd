#include "tables/annotations.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <map>
#include <set>
#include <utility>

#include <fmt/core.h>

#include "auriga/error.hpp"

#include "files/number_text.hpp"
#include "files/study_columns.hpp"
#include "tables/study.hpp"

namespace auriga {

namespace fs = std::filesystem;

namespace {

// Times are written in whole ms.
std::int64_t ms(double seconds) { return std::llround(seconds * 1000); }

// Valid UTF-8 without control characters.
std::string clean(std::string_view text) {
  std::string result;
  for (std::size_t i = 0; i < text.size();) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const std::size_t length = byte < 0x80                   ? 1
                               : byte >= 0xC2 && byte < 0xE0 ? 2
                               : byte >= 0xE0 && byte < 0xF0 ? 3
                               : byte >= 0xF0 && byte < 0xF5 ? 4
                                                             : 0;
    bool valid = length > 0 && i + length <= text.size();
    for (std::size_t k = 1; valid && k < length; ++k)
      valid = (static_cast<unsigned char>(text[i + k]) & 0xC0) == 0x80;
    if (valid && length >= 3) {
      const auto second = static_cast<unsigned char>(text[i + 1]);
      valid = !(byte == 0xE0 && second < 0xA0) && !(byte == 0xED && second >= 0xA0) &&
              !(byte == 0xF0 && second < 0x90) && !(byte == 0xF4 && second >= 0x90);
    }
    if (!valid) {
      result += "\xEF\xBF\xBD";
      ++i;
      continue;
    }
    if (length == 1)
      result += byte < 0x20 || byte == 0x7F ? ' ' : text[i];
    else
      result.append(text.substr(i, length));
    i += length;
  }
  return result;
}

std::string xml(std::string_view text) {
  std::string result;
  for (const char c : clean(text)) {
    switch (c) {
      case '&':
        result += "&amp;";
        break;
      case '<':
        result += "&lt;";
        break;
      case '>':
        result += "&gt;";
        break;
      case '"':
        result += "&quot;";
        break;
      default:
        result += c;
    }
  }
  return result;
}

void check(const std::vector<Tier>& tiers, const AnnotatedVideo& video) {
  std::set<std::string> names;
  for (const Tier& tier : tiers) {
    const auto bad = [&](const Annotation& one, const std::string& problem) {
      throw Error(ErrorCode::input,
                  fmt::format("{}: expected annotations of the tier {} {}, found {:.3f} to {:.3f} "
                              "s; correct its times",
                              video.name.empty() ? "annotations" : video.name, tier.name, problem,
                              one.start_s, one.end_s));
    };
    if (tier.name.empty() || !names.insert(clean(tier.name)).second)
      throw Error(ErrorCode::input,
                  fmt::format("{}: expected tiers with names of their own, found {} twice; rename "
                              "one",
                              video.name, tier.name.empty() ? "an empty name" : tier.name));
    const Annotation* before = nullptr;
    for (const Annotation& one : tier.annotations) {
      if (!std::isfinite(one.start_s) || !std::isfinite(one.end_s) || ms(one.start_s) < 0 ||
          ms(one.end_s) <= ms(one.start_s))
        bad(one, "to have a length");
      if (before != nullptr && ms(one.start_s) < ms(before->end_s))
        bad(one, "to begin after the one before has ended");
      before = &one;
    }
  }
}

std::string elan_text(const std::vector<Tier>& tiers, const AnnotatedVideo& video) {
  std::string slots, body;
  std::size_t slot = 0, id = 0;
  for (const Tier& tier : tiers) {
    body +=
        fmt::format("    <TIER LINGUISTIC_TYPE_REF=\"event\" TIER_ID=\"{}\">\n", xml(tier.name));
    for (const Annotation& one : tier.annotations) {
      slots += fmt::format(
          "        <TIME_SLOT TIME_SLOT_ID=\"ts{}\" TIME_VALUE=\"{}\"/>\n"
          "        <TIME_SLOT TIME_SLOT_ID=\"ts{}\" TIME_VALUE=\"{}\"/>\n",
          slot + 1, ms(one.start_s), slot + 2, ms(one.end_s));
      body += fmt::format(
          "        <ANNOTATION>\n"
          "            <ALIGNABLE_ANNOTATION ANNOTATION_ID=\"a{}\" TIME_SLOT_REF1=\"ts{}\" "
          "TIME_SLOT_REF2=\"ts{}\">\n"
          "                <ANNOTATION_VALUE>{}</ANNOTATION_VALUE>\n"
          "            </ALIGNABLE_ANNOTATION>\n"
          "        </ANNOTATION>\n",
          ++id, slot + 1, slot + 2, xml(one.label));
      slot += 2;
    }
    body += "    </TIER>\n";
  }
  std::string media;
  if (!video.name.empty())
    media = fmt::format(
        "        <MEDIA_DESCRIPTOR MEDIA_URL=\"./{0}\" MIME_TYPE=\"video/*\" "
        "RELATIVE_MEDIA_URL=\"./{0}\"/>\n",
        xml(video.name));
  return fmt::format(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
      "<ANNOTATION_DOCUMENT AUTHOR=\"auriga\" DATE=\"1970-01-01T00:00:00+00:00\" FORMAT=\"3.0\" "
      "VERSION=\"3.0\" xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" "
      "xsi:noNamespaceSchemaLocation=\"http://www.mpi.nl/tools/elan/EAFv3.0.xsd\">\n"
      "    <HEADER MEDIA_FILE=\"\" TIME_UNITS=\"milliseconds\">\n{}"
      "        <PROPERTY NAME=\"lastUsedAnnotationId\">{}</PROPERTY>\n"
      "    </HEADER>\n    <TIME_ORDER>\n{}    </TIME_ORDER>\n{}"
      "    <LINGUISTIC_TYPE GRAPHIC_REFERENCES=\"false\" LINGUISTIC_TYPE_ID=\"event\" "
      "TIME_ALIGNABLE=\"true\"/>\n</ANNOTATION_DOCUMENT>\n",
      media, id, slots, body);
}

struct Moment {
  double time;
  bool is_start;
  const Tier* tier;
  const Annotation* annotation;
};

// BORIS' tabular events.
std::string boris_text(const std::vector<Tier>& tiers, const AnnotatedVideo& video) {
  std::vector<Moment> moments;
  for (const Tier& tier : tiers)
    for (const Annotation& one : tier.annotations) {
      moments.push_back({one.start_s, true, &tier, &one});
      moments.push_back({one.end_s, false, &tier, &one});
    }
  // A stop comes before a start of the same time.
  std::stable_sort(moments.begin(), moments.end(), [](const Moment& a, const Moment& b) {
    return std::pair(ms(a.time), a.is_start) < std::pair(ms(b.time), b.is_start);
  });
  std::string text =
      "Observation id,Observation type,Source,Media duration (s),FPS (frame/s),Subject,Behavior,"
      "Behavioral category,Behavior type,Time,Media file name,Image index,Comment\n";
  const std::string name = table_cell(clean(video.name), ',');
  for (const Moment& moment : moments) {
    const Annotation& one = *moment.annotation;
    const std::int64_t frame = moment.is_start ? one.first : one.last;
    text += fmt::format(
        "{},Media file(s),{},{:.3f},{},No focal subject,{},,{},{:.3f},{},{},{}\n", name, name,
        video.end_s, video.fps > 0 ? fmt::format("{:.3f}", video.fps) : std::string("NA"),
        table_cell(clean(moment.tier->name), ','), moment.is_start ? "START" : "STOP", moment.time,
        name, frame > 0 ? std::to_string(frame) : std::string("NA"),
        table_cell(clean(one.label), ','));
  }
  return text;
}

std::string praat(std::string_view text) {
  std::string result = "\"";
  for (const char c : clean(text)) {
    if (c == '"') result += '"';
    result += c;
  }
  return result + '"';
}

std::string textgrid_text(const std::vector<Tier>& tiers, const AnnotatedVideo& video) {
  double begin = std::min(0.0, video.begin_s), end = video.end_s;
  for (const Tier& tier : tiers)
    if (!tier.annotations.empty()) end = std::max(end, tier.annotations.back().end_s);
  if (!(ms(end) > ms(begin))) end = begin + 0.001;
  const auto seconds = [](double value) { return fmt::format("{:.3f}", value); };
  std::string text = fmt::format(
      "File type = \"ooTextFile\"\nObject class = \"TextGrid\"\n\nxmin = {}\nxmax = {}\n"
      "tiers? <exists>\nsize = {}\nitem []:\n",
      seconds(begin), seconds(end), tiers.size());
  for (std::size_t i = 0; i < tiers.size(); ++i) {
    // A tier has no gaps: what is between events is an interval without text.
    struct Interval {
      double begin, end;
      std::string_view label;
    };
    std::vector<Interval> intervals;
    double at = begin;
    for (const Annotation& one : tiers[i].annotations) {
      if (ms(one.start_s) > ms(at)) intervals.push_back({at, one.start_s, {}});
      intervals.push_back({one.start_s, one.end_s, one.label});
      at = one.end_s;
    }
    if (ms(end) > ms(at) || intervals.empty()) intervals.push_back({at, end, {}});
    text += fmt::format(
        "    item [{}]:\n        class = \"IntervalTier\"\n        name = {}\n"
        "        xmin = {}\n        xmax = {}\n        intervals: size = {}\n",
        i + 1, praat(tiers[i].name), seconds(begin), seconds(end), intervals.size());
    for (std::size_t k = 0; k < intervals.size(); ++k)
      text += fmt::format(
          "        intervals [{}]:\n            xmin = {}\n            xmax = {}\n"
          "            text = {}\n",
          k + 1, seconds(intervals[k].begin), seconds(intervals[k].end), praat(intervals[k].label));
  }
  return text;
}

std::string srt_time(double seconds) {
  const std::int64_t at = ms(seconds);
  return fmt::format("{:02}:{:02}:{:02},{:03}", at / 3600000, at / 60000 % 60, at / 1000 % 60,
                     at % 1000);
}

// Subtitles do not overlap well: a line per stretch in which the same annotations hold.
std::string srt_text(const std::vector<Tier>& tiers) {
  std::set<std::int64_t> bounds;
  for (const Tier& tier : tiers)
    for (const Annotation& one : tier.annotations) {
      bounds.insert(ms(one.start_s));
      bounds.insert(ms(one.end_s));
    }
  std::map<std::int64_t, std::vector<std::string>> lines;  // by the begin of a stretch
  for (const Tier& tier : tiers)
    for (const Annotation& one : tier.annotations)
      for (auto at = bounds.find(ms(one.start_s)); *at < ms(one.end_s); ++at)
        lines[*at].push_back(clean(one.label.starts_with(tier.name)
                                       ? one.label
                                       : tier.name + (one.label.empty() ? "" : " ") + one.label));
  std::string text;
  std::size_t number = 0;
  for (const auto& [begin, shown] : lines) {
    const std::int64_t end = *bounds.upper_bound(begin);
    text += fmt::format("{}\n{} --> {}\n", ++number, srt_time(static_cast<double>(begin) / 1000),
                        srt_time(static_cast<double>(end) / 1000));
    for (const std::string& line : shown) text += line + '\n';
    text += '\n';
  }
  return text;
}

}  // namespace

std::optional<AnnotationForm> annotation_form(const fs::path& file) {
  std::string name = file.filename().string();
  std::transform(name.begin(), name.end(), name.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  constexpr std::array<std::pair<std::string_view, AnnotationForm>, 5> kEndings{
      {{".eaf", AnnotationForm::elan},
       {".boris.csv", AnnotationForm::boris},
       {".textgrid", AnnotationForm::textgrid},
       {".srt", AnnotationForm::srt},
       {".csv", AnnotationForm::csv}}};
  for (const auto& [ending, form] : kEndings)
    if (name.size() > ending.size() && name.ends_with(ending)) return form;
  return std::nullopt;
}

std::vector<Tier> event_tiers(const AuTable& table, const EventRules& rules) {
  if (!table.timed)
    throw Error(ErrorCode::input,
                fmt::format("{}: expected times of frames, found a table without useful "
                            "timestamps; write the events as .csv, which has frames",
                            table.file.string()));
  std::vector<Tier> tiers;
  for (const FaceTrack& face : table.faces)
    for (const AuTrack& au : face.aus) {
      Tier tier;
      tier.name = table.faces.size() > 1 ? fmt::format("{} face {}", au.name, face.id) : au.name;
      for (AuEvent& event : find_events(table, face, au, rules)) {
        std::string label = fmt::format("{} frames {}-{}", au.name, event.first, event.last);
        if (!std::isnan(event.peak))
          label += fmt::format(" peak {:.2f} in frame {}", event.peak, event.peak_frame);
        tier.annotations.push_back(
            {event.start_s, event.end_s, event.first, event.last, std::move(label)});
      }
      // A step of a varying frame rate may reach beyond the next row.
      for (std::size_t i = 1; i < tier.annotations.size(); ++i)
        tier.annotations[i - 1].end_s =
            std::min(tier.annotations[i - 1].end_s, tier.annotations[i].start_s);
      tiers.push_back(std::move(tier));
    }
  return tiers;
}

std::string annotation_text(AnnotationForm form, const std::vector<Tier>& tiers,
                            const AnnotatedVideo& video) {
  check(tiers, video);
  switch (form) {
    case AnnotationForm::elan:
      return elan_text(tiers, video);
    case AnnotationForm::boris:
      return boris_text(tiers, video);
    case AnnotationForm::textgrid:
      return textgrid_text(tiers, video);
    case AnnotationForm::srt:
      return srt_text(tiers);
    case AnnotationForm::csv:
      break;
  }
  throw Error(ErrorCode::usage,
              "annotations expect one of the forms .eaf, .boris.csv, .TextGrid, .srt; found .csv");
}

std::string event_table(const AuTable& table, const EventRules& rules, char separator) {
  std::string text;
  for (const StudyColumn& column : event_columns())
    text += (text.empty() ? std::string() : std::string(1, separator)) + std::string(column.name);
  text += '\n';
  const auto number = [&](double value, std::size_t column) {
    text += separator;
    if (std::isfinite(value)) append_fixed(text, value, event_columns()[column].decimals);
  };
  for (const FaceTrack& face : table.faces)
    for (const AuEvent& event : find_events(table, face, rules)) {
      text += std::to_string(face.id);
      text += separator;
      text += event.unit;
      number(static_cast<double>(event.first), 2);
      number(static_cast<double>(event.last), 3);
      number(event.start_s, 4);
      number(event.end_s, 5);
      number(event.peak, 6);
      number(static_cast<double>(event.peak_frame), 7);
      number(event.peak_s, 8);
      text += '\n';
    }
  return text;
}

}  // namespace auriga
