// `auriga report`: results as one HTML file that can be sent.
#include "viewer/report.hpp"

#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <fmt/core.h>

#include "auriga/engine.hpp"
#include "auriga/error.hpp"

#include "commands.hpp"
#include "console.hpp"
#include "files/atomic_file.hpp"
#include "files/manifest.hpp"
#include "files/part_name.hpp"
#include "marks_option.hpp"
#include "own_names.hpp"
#include "viewer/moments.hpp"
#include "viewer/study.hpp"

namespace auriga::app {
namespace {

namespace fs = std::filesystem;

struct ReportOptions {
  std::vector<std::string> results, videos;
  std::string output;
  bool marks = true, pictures = true;
};

ReportPart part_of(const StudyResult& result, const ReportOptions& options) {
  ReportPart part;
  part.name = result.folder.empty() ? result.name : result.folder + "/" + result.name;
  part.table = read_au_table(result.table, true);
  part.marks = marks_of(result.table);
  part.marks_ignored = !options.marks && !Excluded(part.marks).none();
  if (options.marks) exclude(part.table, Excluded(part.marks));
  part.quality = quality_of(part.table, recording_of(result.table));
  part.manifest = result.manifest;
  part.estimator = estimator_of(result.table);
  part.warnings = result.warnings;
  if (result.status == ResultStatus::partial)
    part.warnings.insert(part.warnings.begin(), "partial: " + result.problem);
  if (!options.pictures) {
    part.moments_problem = "--no-pictures";
  } else if (result.video.empty()) {
    part.moments_problem = result.video_problem;
  } else {
    if (!result.video_problem.empty()) part.warnings.push_back(result.video_problem);
    try {
      part.moments = moments_of(part.table, result.video, result.video_options);
    } catch (const Error& error) {
      // A page without pictures would say of the video what is the machine's.
      if (error.code() == ErrorCode::machine) throw;
      part.moments_problem = error.what();
    }
  }
  return part;
}

int report(const ReportOptions& options) {
  const std::string ending = fs::path(options.output).extension().string();
  if (ending != ".html" && ending != ".htm")
    throw Error(ErrorCode::usage,
                fmt::format("-o {}: expected a name that ends in .html; the report is an HTML file",
                            options.output));
  const Study study = find_study({options.results.begin(), options.results.end()},
                                 {options.videos.begin(), options.videos.end()});
  OwnNames names;
  for (const StudyResult& result : study.results) {
    names.add_input(result.table, "the table " + result.table.string());
    if (!result.video.empty()) names.add_input(result.video, "the video " + result.video.string());
  }
  names.add_result(options.output, "the report");
  AbandonedParts().remove(options.output);
  AtomicFile file(options.output);  // before long videos are read
  std::vector<ReportPart> parts;
  std::vector<ReportFailure> failures;
  for (const StudyResult& result : study.results) {
    try {
      if (result.status == ResultStatus::failed) throw Error(ErrorCode::input, result.problem);
      parts.push_back(part_of(result, options));
    } catch (const Error& error) {
      if (study.results.size() == 1) throw;
      failures.push_back({result.name, error.what()});
      complain("auriga: {}\n", error.what());
    }
  }
  if (parts.empty())
    throw Error(ErrorCode::input, fmt::format("none of the {} tables could be read; see above",
                                              study.results.size()));
  file.write(report_html(parts, failures, version()));
  file.commit();
  for (const ReportPart& part : parts)
    if (part.table.excluded_ranges > 0)
      fmt::print("{}: {}\n", part.name,
                 left_out_text(part.table.frames_excluded, part.table.excluded_ranges,
                               marks_path(part.table.file)));
  fmt::print("wrote {}: {} of {} tables\n", options.output, parts.size(), study.results.size());
  return failures.empty() ? 0 : static_cast<int>(ErrorCode::input);
}

}  // namespace

Command report_command() {
  const auto options = std::make_shared<ReportOptions>();
  return {"report",
          "Results as one HTML page that can be sent: moments, timelines, numbers, quality",
          {{.flag = "RESULTS",
            .group = "Options",
            .help = "Tables, or folders with tables",
            .setting = texts(options->results),
            .required = true},
           {.flag = "-o,--output",
            .group = "Options",
            .help = "HTML file to write",
            .more = "One file without scripts; whoever gets it needs a browser and no network",
            .label = "REPORT.html",
            .effect = Effect::output,
            .setting = text(options->output),
            .required = true},
           {.flag = "--videos",
            .group = "Options",
            .help = "Folder where videos are looked for that are not where the manifest says",
            .label = "DIR",
            .setting = texts(options->videos)},
           no_marks_option(options->marks, "Options"),
           {.flag = "--no-pictures",
            .group = "Options",
            .help = "Without pictures of the face",
            .effect = Effect::output,
            .setting = no(options->pictures)}},
          [options] { return report(*options); }};
}

}  // namespace auriga::app
