#include "summary_options.hpp"

#include "marks_option.hpp"

namespace auriga::app {

OptionList summary_options(SummaryOptions& s) {
  constexpr const char *kOptions = "Options", *kStudy = "A study's numbers",
                       *kCounted = "What counts";
  return {
      {.flag = "TABLE",
       .group = kOptions,
       .help = "CSV files of any dialect, or folders of them",
       .setting = texts(s.tables),
       .required = true},
      {.flag = "--truth",
       .group = kOptions,
       .help = "CSV file with true intensities (AU12 or AU12_r, 0..5) per frame, to compare "
               "with; a table of another program will do",
       .more = "Matched by frame and `face_id`: correlation and mean distance per action unit",
       .label = "FILE",
       .effect = Effect::output,
       .setting = text(s.truth)},
      {.flag = "--picture",
       .group = kOptions,
       .help = "PNG file to write: intensities over time, with --video frames above; of several "
               "tables how strong each action unit is in each",
       .more = "A strip per action unit, 1000 px wide; of several tables a row each",
       .label = "OUT.png",
       .effect = Effect::output,
       .setting = text(s.picture)},
      {.flag = "--video",
       .group = kOptions,
       .help = "Video, picture or folder of pictures that the table is about",
       .more = "With `--picture`: up to five moments of it above, with the landmarks: where "
               "action units are highest. A video is read up to the last of them",
       .label = "VIDEO",
       .effect = Effect::output,
       .setting = text(s.video)},
      {.flag = "--face",
       .group = kOptions,
       .help = "Id of the face in the picture (default: the one seen longest)",
       .label = "ID",
       .effect = Effect::output,
       .setting = whole(s.face)},
      {.flag = "--json",
       .group = kOptions,
       .help = "Print JSON instead of text",
       .more = "With all faces and all times; of several tables a list",
       .setting = yes(s.json)},
      {.flag = "--events",
       .group = kOptions,
       .help = "Also write the events of each table for ELAN (.eaf), BORIS (.boris.csv), Praat "
               "(.TextGrid), as subtitles (.srt) or as a table (.csv); of several tables "
               "'DIR/{name}.eaf', where {name} is that of the table",
       .more = "By the ending of the name; every event with its frames, counted from 1, and "
               "seconds. [Names of several](#events)",
       .label = "FILE",
       .effect = Effect::output,
       .setting = text(s.events)},
      {.flag = "-o,--output",
       .group = kStudy,
       .help = "Table to write, .csv or .tsv: a row per file and face",
       .more = "[Its columns](#the-numbers-of-a-study)",
       .label = "FILE",
       .effect = Effect::output,
       .setting = text(s.output)},
      {.flag = "--long",
       .group = kStudy,
       .help = "A row per file, face and action unit",
       .effect = Effect::output,
       .setting = yes(s.long_form)},
      {.flag = "--by",
       .group = kStudy,
       .help = "Columns out of the paths: a regular expression with (named) groups, and a second "
               "table NAME_by.csv with averages per condition",
       .more = "E.g. `'(?<participant>P[0-9]+)/(?<condition>[a-z]+)'`: a condition is all groups "
               "but `participant`, each of whom counts once",
       .label = "REGEX",
       .effect = Effect::output,
       .setting = text(s.by)},
      {.flag = "--windows",
       .group = kStudy,
       .help = "A row per stretch of time of this length, such as 10s, 500ms, 1min",
       .label = "TIME",
       .effect = Effect::output,
       .setting = text(s.windows),
       .excludes = {"--tasks"}},
      {.flag = "--tasks",
       .group = kStudy,
       .help =
           "A row per task: task,start,end (and file) in a CSV file, ELAN's tab-delimited text, "
           "BORIS' events; or the word marks: the labels of each table's marks file",
       .more = "Seconds or hh:mm:ss. Each task is counted as though it were a file of its own",
       .label = "FILE",
       .effect = Effect::output,
       .setting = text(s.tasks)},
      no_marks_option(s.use_marks, kCounted),
      {.flag = "--min-confidence",
       .group = kCounted,
       .help = "Rows of less confidence count as rows without a face",
       .effect = Effect::result,
       .setting = real(s.min_confidence, 0)},
      {.flag = "--threshold",
       .group = kCounted,
       .help = "Intensity from which an action unit is present (default: where its presence is 1; "
               "in tables without presences 1)",
       .effect = Effect::result,
       .setting = real(s.threshold, 0)},
      {.flag = "--shortest",
       .group = kCounted,
       .help = "Shorter events are none, s (default: 0)",
       .more = "In tables without times frames, as with the next",
       .effect = Effect::result,
       .setting = real(s.shortest, 0)},
      {.flag = "--longest-gap",
       .group = kCounted,
       .help =
           "Gaps shorter than this do not end an event, s (default: 0.2; without times 6 frames)",
       .effect = Effect::result,
       .setting = real(s.longest_gap, 0)},
  };
}

}  // namespace auriga::app
