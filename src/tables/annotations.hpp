// Labelled stretches of time in the forms of programs that people annotate videos with: ELAN,
// BORIS, Praat, and subtitles.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tables/events.hpp"

namespace auriga {

struct Annotation {
  double start_s = 0, end_s = 0;
  std::int64_t first = 0, last = 0;  // frames, from 1; 0: not known
  std::string label;                 // UTF-8
};

struct Tier {
  std::string name;
  std::vector<Annotation> annotations;  // ascending
};

// What the annotations are about.
struct AnnotatedVideo {
  std::string name;  // of the video file, as it is written into the result; may be empty
  double begin_s = 0, end_s = 0;
  double fps = 0;  // 0: not known
};

enum class AnnotationForm {
  elan,      // .eaf
  boris,     // .boris.csv: tabular events
  textgrid,  // .TextGrid
  srt,       // .srt
  csv,       // .csv; of events of action units only
};
// By the ending of the name, in any case of letters; nothing for other endings.
std::optional<AnnotationForm> annotation_form(const std::filesystem::path& file);

// A tier per unit and face with the events of the whole table. Throws Error(input) for a table
// without times.
std::vector<Tier> event_tiers(const AuTable& table, const EventRules& rules);

// The text of the file. Annotations of length zero, such that begin before the one before has
// ended, such outside of the video, tiers of one name: what other programs' readers accept and then
// misread is an Error(input) that names tier and time. Text that is not UTF-8 is replaced by
// U+FFFD, control characters by blanks.
std::string annotation_text(AnnotationForm form, const std::vector<Tier>& tiers,
                            const AnnotatedVideo& video);
// The events of all faces, as event_columns() say.
std::string event_table(const AuTable& table, const EventRules& rules, char separator);

}  // namespace auriga
