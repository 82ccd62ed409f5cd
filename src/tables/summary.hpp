// What a table of results says about the action units of each face, in short: `auriga summary`.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tables/au_table.hpp"
#include "tables/events.hpp"

namespace auriga {

struct TimeRange {
  double begin = 0, end = 0;
};

// How far intensities are from the truth, over the rows that have both.
struct TruthAgreement {
  std::size_t rows = 0;             // >= 1
  std::optional<double> pearson_r;  // none where either is constant
  double mean_abs_difference = 0;
};

// Over the rows with success. Numbers that do not exist are empty, never NaN.
struct AuSummary {
  std::string name;
  std::optional<double> mean, peak;  // of the intensity
  std::optional<double> peak_time;
  double present = 0;             // share of the rows, 0..1: is_present()
  std::vector<TimeRange> active;  // its events (find_events()), ascending
  std::optional<TruthAgreement> truth;
};

// Of a blendshape over the rows with success that have a number.
struct BlendshapeSummary {
  std::string name;
  double mean = 0, peak = 0, peak_time = 0;
};

struct FaceSummary {
  std::int64_t id = 0;
  std::size_t rows = 0, rows_with_face = 0;
  std::vector<AuSummary> aus;                  // those with a number in any row with success
  std::vector<std::string> not_estimated;      // the others
  std::vector<BlendshapeSummary> blendshapes;  // those with a number in any row with success
};
FaceSummary summarise(const AuTable& table, const FaceTrack& face, const EventRules& rules = {});

// For people, at most about 100 characters wide. `estimator`: what told the action units; empty:
// not known.
std::string summary_text(const AuTable& table, const std::string& estimator,
                         const EventRules& rules = {});
// Numbers that do not exist are null; all faces, all times.
std::string summary_json(const AuTable& table, const std::string& estimator,
                         const EventRules& rules = {});

}  // namespace auriga
