#include "files/study_columns.hpp"

#include <array>
#include <cstddef>

namespace auriga {

namespace {

constexpr std::array<StudyColumn, kFileColumns> kFile{{
    {"file", -1, "", "the table"},
    {"task", -1, "", "with --tasks: its name"},
    {"start", 3, "s", "with --tasks and --windows: from here"},
    {"end", 3, "s", "to before here"},
    {"face_id", 0, "", "the followed face, seen longest first"},
    {"estimator", -1, "", "what told the action units, as the manifest has it"},
    {"frames", 0, "", "frames of the table, without excluded ones"},
    {"frames_excluded", 0, "", "frames in ranges of the marks file that do not count"},
    {"seconds", 3, "s", "length, with excluded ranges; empty: the table has no times"},
    {"valid_frames", 0, "", "frames in which this face was followed; all else is about these"},
    {"followed", 4, "0..1", "share of the frames in which a face was followed"},
    {"quality", -1, "", "good, look or poor"},
    {"quality_reasons", -1, "", "why it is not good"},
    {"gaps", 0, "", "stretches of frames without a face"},
    {"longest_gap", 3, "s", "the longest of them"},
    {"face_px", 1, "px", "size of the face seen longest, median"},
    {"yaw_p05", 1, "deg", "turn of the head to a side: 5th percentile"},
    {"yaw_p95", 1, "deg", "95th percentile"},
    {"pitch_p05", 1, "deg", "turn of the head up or down: 5th percentile"},
    {"pitch_p95", 1, "deg", "95th percentile"},
    {"fps", 3, "1/s", "frames a second"},
    {"fps_spread", 3, "", "longest less shortest distance of two frames, by the mean one"},
    {"brightness", 1, "0..255", "mean grey of the face, as the manifest has it"},
    {"contrast", 1, "0..255", "standard deviation of grey of the face"},
    {"sharpness", 4, "", "of the face: standard deviation of the Laplacian by that of grey"},
    {"low_light", 0, "0 or 1", "whether the face is darker than the limit"},
    {"cuts", 0, "", "hard cuts"},
    {"changes_of_person", 0, "", "times that the followed face became another person's"},
    {"faces_visible", 0, "", "faces at a time, most"},
}};

constexpr std::array<StudyColumn, kUnitColumns> kUnit{{
    {"mean", 4, "0..5", "mean of the intensity over the valid frames"},
    {"sd", 4, "0..5", "its standard deviation (n - 1)"},
    {"median", 4, "0..5", "its median"},
    {"p05", 4, "0..5", "its 5th percentile (between neighbours, R's type 7)"},
    {"p95", 4, "0..5", "its 95th percentile"},
    {"peak", 4, "0..5", "its highest value"},
    {"peak_at", 3, "s", "when that was first; the frame where the table has no times"},
    {"present", 4, "0..1", "share of the valid frames in which the unit was present"},
    {"events", 0, "", "events"},
    {"events_per_minute", 4, "1/min", "events by the time of the valid frames"},
    {"event_length", 4, "s", "mean length of an event; frames where the table has no times"},
    {"onset_speed", 4, "1/s",
     "rise of the intensity from the first frame of an event to its peak, by the time between: "
     "mean "
     "over the events that have such a time"},
    {"offset_speed", 4, "1/s", "fall from the peak to the last frame, likewise"},
    {"valid_frames", 0, "", "frames with a number of this unit"},
}};

constexpr std::array<StudyColumn, 7> kCondition{{
    {"unit", -1, "", "the action unit"},
    {"measure", -1, "", "a column of the table of units"},
    {"participants", 0, "",
     "how many went into it: participants, or files where --by has no group `participant`"},
    {"files", 0, "", "files, or parts of files, behind them"},
    {"average", 4, "", "mean over the participants, each of which counts once"},
    {"sd", 4, "", "standard deviation between them (n - 1); empty: fewer than two"},
    {"median", 4, "", "their median"},
}};

constexpr std::array<StudyColumn, 9> kEvent{{
    {"face_id", 0, "", "the followed face"},
    {"unit", -1, "", "the action unit"},
    {"first_frame", 0, "", "the first frame in which it was present, from 1"},
    {"last_frame", 0, "", "the last"},
    {"start", 3, "s", "time of the first frame"},
    {"end", 3, "s", "time at which the last frame ends"},
    {"peak", 2, "0..5", "highest intensity; empty: the unit has none"},
    {"peak_frame", 0, "", "the frame with it"},
    {"peak_at", 3, "s", "its time"},
}};

constexpr std::array<StudyColumn, 32> kBlink{{
    {"face_id", 0, "", "the followed face"},
    {"blink", 0, "", "number, from 1"},
    {"eyes", -1, "", "both, left or right: the person's"},
    {"kind", -1, "", "complete: every eye that took part was; else partial"},
    {"start", 3, "s", "of the eye that was first"},
    {"apex", 3, "s", "mean of the eyes"},
    {"end", 3, "s", "of the eye that was last"},
    {"duration", 3, "s", "from start to end"},
    {"interval", 3, "s", "from the apex of the blink before"},
    {"delay", 3, "s",
     "how much later the left eye is than the right one, at half of the amplitude; empty: one eye "
     "only, or "
     "below 15 frames a second"},
    {"first_frame", 0, "", "the first frame within, from 1"},
    {"apex_frame", 0, "", "the frame of the apex"},
    {"last_frame", 0, "", "the last frame within"},
    {"yaw", 1, "deg", "turn of the head to a side at the apex"},
    {"left_kind", -1, "", "of the left eye alone: complete or partial; empty: it took no part"},
    {"left_start", 3, "s", "when it began to close (10 % of the way)"},
    {"left_apex", 3, "s", "when it was closed most"},
    {"left_end", 3, "s", "when it was open again (90 % of the way)"},
    {"left_openness", 4, "", "openness at the apex, in the unit of --measure"},
    {"left_amplitude", 4, "", "from the lower of the levels before and after to the apex"},
    {"left_closure", 3, "0..1", "1 less openness divided by the open level"},
    {"left_closing_speed", 2, "1/s",
     "mean from start to apex, in open levels; empty below 15 frames a second"},
    {"left_opening_speed", 2, "1/s", "mean from apex to end"},
    {"right_kind", -1, "", "of the right eye alone: complete or partial; empty: it took no part"},
    {"right_start", 3, "s", "when it began to close (10 % of the way)"},
    {"right_apex", 3, "s", "when it was closed most"},
    {"right_end", 3, "s", "when it was open again (90 % of the way)"},
    {"right_openness", 4, "", "openness at the apex, in the unit of --measure"},
    {"right_amplitude", 4, "", "from the lower of the levels before and after to the apex"},
    {"right_closure", 3, "0..1", "1 less openness divided by the open level"},
    {"right_closing_speed", 2, "1/s",
     "mean from start to apex, in open levels; empty below 15 frames a second"},
    {"right_opening_speed", 2, "1/s", "mean from apex to end"},
}};

}  // namespace

std::span<const StudyColumn> file_columns() { return kFile; }
std::span<const StudyColumn> unit_columns() { return kUnit; }
std::span<const StudyColumn> condition_columns() { return kCondition; }
std::span<const StudyColumn> event_columns() { return kEvent; }
std::span<const StudyColumn> blink_columns() { return kBlink; }

std::string_view column_name(FileColumn column) {
  return kFile[static_cast<std::size_t>(column)].name;
}

}  // namespace auriga
