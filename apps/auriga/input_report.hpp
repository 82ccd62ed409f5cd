// What became of an input, as values that can be printed and passed on.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "auriga/control.hpp"
#include "auriga/engine.hpp"
#include "auriga/sink.hpp"

#include "failure.hpp"
#include "files/part_name.hpp"
#include "run.hpp"

namespace auriga::app {

enum class InputStatus { not_started, done, partial, skipped, failed };

const char* word(InputStatus status);

struct InputReport {
  InputStatus status = InputStatus::not_started;
  int exit_code = 0;
  std::string message;  // why it is partial or failed
  std::string table;
  std::int64_t frames = 0, faces = 0;
  double seconds = 0;
  std::string manifest;  // JSON; of a skipped one the one that is there
  std::string preset, estimator;
  std::vector<std::string> warnings, notes;
  std::string line, summary;  // in words, with line feeds: as one of many, and in full
};

// Computes an input, or finds out that it need not be; what killed runs have left of its results is
// removed. `progress` takes the frames, too. Throws as InputRun does.
InputReport report_of(const Engine& engine, const BatchOptions& options, const RunInput& input,
                      AbandonedParts& abandoned, Sink& progress, const Control& control);
// Of the exception that is being handled, which report_of() has thrown. Never throws.
InputReport report_of_failure(const RunInput& input) noexcept;
InputReport failed_report(const Failure& failure);

// The share of frames with a face; 0 where there are no frames.
double share_followed(const InputReport& report);

// As bytes for another process, and back: nothing for bytes that are not of a report.
std::string packed(const InputReport& report);
std::optional<InputReport> unpacked_report(std::string_view bytes);

}  // namespace auriga::app
