// What `auriga summary` is told.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "options.hpp"
#include "tables/summary.hpp"

namespace auriga::app {

struct SummaryOptions {
  std::vector<std::string> tables;
  std::string truth, picture, video;
  std::optional<std::int64_t> face;
  bool json = false;

  std::string output;  // -o
  bool long_form = false;
  std::string by, windows, tasks;
  std::string events;  // file of events
  bool use_marks = true;
  std::optional<double> min_confidence, threshold, shortest, longest_gap;

  EventRules rules() const { return {threshold, shortest.value_or(0), longest_gap}; }
};

// All options of `auriga summary`; they refer to `options`.
OptionList summary_options(SummaryOptions& options);

// The table as the options want it counted: without what marks exclude and without rows of little
// confidence.
AuTable counted_table(const std::filesystem::path& table, const SummaryOptions& options,
                      bool with_landmarks = false);

// Several tables, or numbers for a study: prints, and writes what is asked for.
int summarise_study(const SummaryOptions& options);

}  // namespace auriga::app
