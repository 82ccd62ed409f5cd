#include "input_report.hpp"

#include <cstring>
#include <type_traits>
#include <utility>

#include <fmt/core.h>

#include "auriga/error.hpp"

#include "files/manifest.hpp"
#include "input_run.hpp"

namespace auriga::app {
namespace {

std::string summary_of(const std::string& input, bool picture, const OutputPaths& paths,
                       const RunManifest& manifest) {
  const auto& counts = manifest.counts;
  const auto percent = [&](std::int64_t n) {
    return counts.frames > 0 ? 100.0 * static_cast<double>(n) / static_cast<double>(counts.frames)
                             : 0;
  };
  std::string text = fmt::format(
      "{}: {}\n", input, manifest.complete ? "done" : "PARTIAL: " + manifest.partial_reason);
  if (picture) {
    text += fmt::format("  {} faces in {:.2f} s\n", counts.faces_found, manifest.seconds);
  } else {
    text +=
        fmt::format("  {} frames, face followed in {} ({:.1f} %), detector ran on {} ({:.1f} %)\n",
                    counts.frames, counts.faces_found, percent(counts.faces_found),
                    counts.detector_runs, percent(counts.detector_runs));
    text +=
        fmt::format("  {:.1f} s, {:.0f} frames/s, peak memory {:.0f} MB\n", manifest.seconds,
                    static_cast<double>(counts.frames) / manifest.seconds, manifest.peak_memory_mb);
    std::string stages;
    for (const auto& [stage, ms] : manifest.timings_ms)
      if (ms > 0)
        stages += fmt::format("{}{} {:.2f}", stages.empty() ? "" : ", ", stage,
                              ms / static_cast<double>(counts.frames));
    text += fmt::format("  processor time per frame, ms: {}\n", stages);
  }
  const auto& provider = manifest.execution_provider;
  text +=
      fmt::format("  preset {}: {} + {}, action units {}, networks on {}{}\n", manifest.preset,
                  manifest.detector, manifest.landmarker, manifest.estimator, provider.used,
                  provider.fallback_reason.empty() ? "" : " (" + provider.fallback_reason + ")");
  for (const std::string& one : manifest.notes) text += fmt::format("  note: {}\n", one);
  for (const std::string& warning : manifest.warnings)
    text += fmt::format("  warning: {}\n", warning);
  std::string written;
  for (const std::string& name : manifest.outputs) written += (written.empty() ? "" : ", ") + name;
  return text + fmt::format("  wrote {}, {}\n", written, paths.manifest.string());
}

// Notes and warnings are left to who knows what has been said of others.
std::string line_of(const RunInput& input, const RunManifest& manifest, const InputReport& report) {
  const auto& counts = manifest.counts;
  std::string text = input.path + (manifest.complete ? ": done" : ": PARTIAL");
  if (input.picture)
    text += fmt::format(", {} faces", counts.faces_found);
  else
    text += fmt::format(", {} frames, face followed in {:.1f} %, {:.1f} s", counts.frames,
                        100 * share_followed(report), manifest.seconds);
  if (!manifest.complete) {
    std::string_view reason = manifest.partial_reason;
    if (reason.starts_with(input.path + ": ")) reason.remove_prefix(input.path.size() + 2);
    text += fmt::format(": {}", reason);
  }
  return text + '\n';
}

// The members one after the other: numbers as they are in memory, texts and lists behind their
// sizes.
class Packer {
 public:
  template <typename Number>
  requires std::is_arithmetic_v<Number>
  void operator()(const Number& number) {
    bytes_.append(reinterpret_cast<const char*>(&number), sizeof number);
  }
  void operator()(const std::string& text) {
    (*this)(static_cast<std::uint64_t>(text.size()));
    bytes_ += text;
  }
  void operator()(const std::vector<std::string>& texts) {
    (*this)(static_cast<std::uint64_t>(texts.size()));
    for (const std::string& one : texts) (*this)(one);
  }
  std::string bytes() && { return std::move(bytes_); }

 private:
  std::string bytes_;
};

// Whoever wrote the bytes is not trusted.
class Unpacker {
 public:
  explicit Unpacker(std::string_view bytes) : left_(bytes) {}

  template <typename Number>
  requires std::is_arithmetic_v<Number>
  void operator()(Number& number) {
    if (const std::string_view found = take(sizeof number); sound_)
      std::memcpy(&number, found.data(), sizeof number);
  }
  void operator()(std::string& text) { text = take(size()); }
  void operator()(std::vector<std::string>& texts) {
    for (std::uint64_t count = size(); count > 0 && sound_; --count) (*this)(texts.emplace_back());
  }
  bool is_whole() const { return sound_ && left_.empty(); }

 private:
  std::uint64_t size() {
    std::uint64_t size = 0;
    (*this)(size);
    return size;
  }
  std::string_view take(std::uint64_t size) {
    sound_ = sound_ && size <= left_.size();
    if (!sound_) return {};
    const std::string_view found = left_.substr(0, size);
    left_.remove_prefix(size);
    return found;
  }

  std::string_view left_;
  bool sound_ = true;
};

void visit_members(auto& report, auto& visitor) {
  visitor(report.exit_code);
  visitor(report.message);
  visitor(report.table);
  visitor(report.frames);
  visitor(report.faces);
  visitor(report.seconds);
  visitor(report.manifest);
  visitor(report.preset);
  visitor(report.estimator);
  visitor(report.warnings);
  visitor(report.notes);
  visitor(report.line);
  visitor(report.summary);
}

}  // namespace

const char* word(InputStatus status) {
  switch (status) {
    case InputStatus::not_started:
      return "not started";
    case InputStatus::done:
      return "done";
    case InputStatus::partial:
      return "partial";
    case InputStatus::skipped:
      return "skipped";
    case InputStatus::failed:
      return "failed";
  }
  return "";
}

InputReport report_of(const Engine& engine, const BatchOptions& options, const RunInput& input,
                      AbandonedParts& abandoned, Sink& progress, const Control& control) {
  InputReport report;
  const OutputPaths paths = input.paths();
  InputRun one(engine, options, input.path, input.picture, paths);
  const RunManifest& manifest = one.manifest();
  report.table = paths.csv.string();
  report.preset = manifest.preset;
  report.estimator = manifest.estimator;
  for (const std::string& name : manifest.outputs) abandoned.remove(name);
  abandoned.remove(paths.manifest);
  if (const auto finished = options.resume ? one.finished() : std::nullopt) {
    report.status = InputStatus::skipped;
    report.frames = finished->frames;
    report.faces = finished->faces;
    report.seconds = finished->seconds;
    report.manifest = finished->manifest;
    report.warnings = finished->warnings;
    report.line = report.summary =
        fmt::format("{}: skipped, {} is there\n", input.path, report.table);
    return report;
  }
  one.run({&progress}, control);
  one.publish();
  report.status = manifest.complete ? InputStatus::done : InputStatus::partial;
  report.message = manifest.partial_reason;
  report.exit_code = manifest.complete ? 0 : 1;
  report.frames = manifest.counts.frames;
  report.faces = manifest.counts.faces_found;
  report.seconds = manifest.seconds;
  report.manifest = manifest_json(manifest);
  report.warnings = manifest.warnings;
  report.notes = manifest.notes;
  report.line = line_of(input, manifest, report);
  report.summary = summary_of(input.path, input.picture, paths, manifest);
  return report;
}

InputReport failed_report(const Failure& failure) {
  InputReport report;
  report.status = InputStatus::failed;
  report.exit_code = failure.exit_code;
  report.message = failure.message;
  return report;
}

InputReport report_of_failure(const RunInput& input) noexcept {
  Failure failure;
  try {
    throw;
  } catch (const Error& error) {
    failure = {static_cast<int>(error.code()), error.what()};
  } catch (...) {
    failure = current_failure();
    failure.message = input.path + ": " + failure.message;
  }
  return failed_report(failure);
}

double share_followed(const InputReport& report) {
  return report.frames > 0 ? static_cast<double>(report.faces) / static_cast<double>(report.frames)
                           : 0;
}

std::string packed(const InputReport& report) {
  Packer pack;
  pack(static_cast<int>(report.status));
  visit_members(report, pack);
  return std::move(pack).bytes();
}

std::optional<InputReport> unpacked_report(std::string_view bytes) {
  InputReport report;
  Unpacker unpack(bytes);
  int status = -1;
  unpack(status);
  visit_members(report, unpack);
  if (!unpack.is_whole() || status < 0 || status > static_cast<int>(InputStatus::failed) ||
      report.exit_code < 0 || report.exit_code > static_cast<int>(ErrorCode::machine))
    return std::nullopt;
  report.status = static_cast<InputStatus>(status);
  return report;
}

}  // namespace auriga::app
