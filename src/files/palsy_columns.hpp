// The columns of the table of tasks that `auriga palsy` writes.
#pragma once

#include <array>
#include <string_view>

namespace auriga {

// What a row is about: which task, when, what became of it; the frame of the peak of both sides
// together; whether the measure was asked for, should rest, is of the resting face, or is a
// quotient.
inline constexpr std::array<std::string_view, 12> kPalsyKeyColumns = {
    "task",   "repetition",  "start",       "end",  "status",  "peak_frame",
    "peak_s", "held_frames", "yaw_quality", "kind", "measure", "unit"};

// The numbers of a measure: docs/clinic.md.
inline constexpr std::array<std::string_view, 17> kPalsyColumns = {"left",
                                                                   "right",
                                                                   "left_s",
                                                                   "right_s",
                                                                   "left_change",
                                                                   "right_change",
                                                                   "ratio",
                                                                   "percent_difference",
                                                                   "weaker_side",
                                                                   "left_onset_per_s",
                                                                   "right_onset_per_s",
                                                                   "left_offset_per_s",
                                                                   "right_offset_per_s",
                                                                   "delay_s",
                                                                   "left_coupling",
                                                                   "right_coupling",
                                                                   "coupling_difference"};

}  // namespace auriga
