#include "bench_report.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <set>

#include <fmt/core.h>

#include "auriga/error.hpp"

namespace auriga::app {
namespace {

constexpr double kCritical = 0.20, kMajor = 0.10, kMinor = 0.05;  // shares of the whole

// Speeds of two runs that differ by less say nothing on a machine that does other things, too.
constexpr double kNoise = 1.05;

// A run that took so much longer than it had work to do was kept from it.
constexpr double kWaited = 1.3;

const StageTime* find(const Findings& findings, std::string_view name) {
  for (const StageTime& stage : findings.stages)
    if (stage.name == name) return &stage;
  return nullptr;
}

double share(const Findings& findings, std::string_view name) {
  const StageTime* stage = find(findings, name);
  return stage != nullptr ? stage->share : 0;
}

double mean_ms(const Findings& findings, std::string_view name) {
  const StageTime* stage = find(findings, name);
  return stage != nullptr ? stage->ms.mean : 0;
}

std::string list_of(const std::vector<std::string>& words) {
  std::string list;
  for (const std::string& word : words) list += (list.empty() ? "" : " and ") + word;
  return list;
}

// A run that is nearly as fast as its decoder.
constexpr double kBoundByDecoding = 0.75;
// A decoder that gains so much from threads.
constexpr double kSharesWork = 1.2;

// The fastest run, if little but decoding keeps it from being faster.
const WorkerRun* bound_by_decoding(const Findings& findings) {
  const auto slower = [](const WorkerRun& a, const WorkerRun& b) {
    return a.frames_per_second < b.frames_per_second;
  };
  const WorkerRun& best = *std::max_element(findings.runs.begin(), findings.runs.end(), slower);
  return best.decoded_per_second > 0 &&
                 best.frames_per_second >= kBoundByDecoding * best.decoded_per_second
             ? &best
             : nullptr;
}

void about_decoding(const Findings& findings, std::vector<std::string>& list) {
  const WorkerRun* run = bound_by_decoding(findings);
  if (run == nullptr) return;
  const double one = findings.runs.front().decoded_per_second;
  std::string help;
  if (run->workers > 1 && run->decoded_per_second > kSharesWork * one)
    help = "; the decoder of this format shares its work, so more cores make it faster";
  else if (findings.cores > 1)
    help =
        "; its decoder hardly gains from more cores, but several videos at a time do: auriga "
        "extract "
        "--jobs " +
        std::to_string(findings.cores);
  list.push_back(fmt::format(
      "bound by decoding: decoding alone reaches {:.0f} frames/s with {} thread{}, the whole run "
      "{:.0f}{}. A copy in a smaller size or in a format that is quicker to decode would be "
      "faster, "
      "but changes the results",
      run->decoded_per_second, run->workers, run->workers == 1 ? "" : "s", run->frames_per_second,
      help));
}

// How far workers help with one video, and what else the other cores can do.
void about_cores(const Findings& findings, std::vector<std::string>& list) {
  if (findings.cores < 2) return;
  const double following = mean_ms(findings, "detect") + mean_ms(findings, "landmarks");
  if (share(findings, "detect") + share(findings, "landmarks") <= 0.5) return;
  const double peak = findings.runs.front().peak_memory_mb;
  int jobs = findings.cores;
  std::string memory;
  if (findings.memory_mb > 0 && peak > 0 && jobs * peak > findings.memory_mb) {
    jobs = std::max(1, static_cast<int>(findings.memory_mb / peak));
    memory =
        fmt::format(", which is what fits into the {:.0f} MB of free memory", findings.memory_mb);
  }
  std::string text = fmt::format(
      "finding and following the face goes from frame to frame and takes {:.2f} ms, so more "
      "workers bring one video to at most {:.0f} frames/s",
      following, 1000 / following);
  if (jobs > 1)
    text += fmt::format("; several videos at a time use all cores: auriga extract --jobs {}{}",
                        jobs, memory);
  list.push_back(text);
}

void about_stages(const Findings& findings, std::vector<std::string>& list) {
  if (share(findings, "landmarks") > kCritical && !findings.other_presets.empty())
    list.push_back(fmt::format(
        "landmarks take {:.0f} %; the models of --preset {} are here, too: other landmarks and "
        "other results (docs/accuracy.md); bench with them shows the speed",
        100 * share(findings, "landmarks"), list_of(findings.other_presets)));
  if (share(findings, "detect") > kMajor && findings.detector_share > 0.05)
    list.push_back(fmt::format(
        "the detector looked at {:.0f} % of the frames, because the face is often absent, lost or "
        "in doubt: that lies in this video",
        100 * findings.detector_share));
  if (share(findings, "decode") > kCritical && bound_by_decoding(findings) == nullptr)
    list.push_back(
        fmt::format("decoding takes {:.0f} % and runs on a thread of its own; a copy in another "
                    "size or format would be quicker to read, but it changes the results",
                    100 * share(findings, "decode")));
  if (share(findings, "predict") > kMinor && findings.predictor == "sequential")
    list.push_back("the models are computed one after the other: --predictor batched is faster");
  if (share(findings, "write") > kMajor)
    list.push_back(
        fmt::format("writing takes {:.0f} %; fewer columns cost less, e.g. auriga extract -aus "
                    "-pose",
                    100 * share(findings, "write")));
}

void about_workers(const Findings& findings, std::vector<std::string>& list) {
  if (findings.waiting > kWaited) {
    list.push_back(
        fmt::format("a run with one worker took {:.1f} times as long as it had work to do: the "
                    "processor was busy with other programs, or the file slow to read. Frames per "
                    "second are those of now; the times of the stages hold",
                    findings.waiting));
    return;
  }
  const auto speed = [](const WorkerRun& a, const WorkerRun& b) {
    return a.frames_per_second < b.frames_per_second;
  };
  const WorkerRun& best = *std::max_element(findings.runs.begin(), findings.runs.end(), speed);
  const WorkerRun* usual = nullptr;  // what auriga extract takes without being told
  for (const WorkerRun& run : findings.runs)
    if (run.workers == findings.cores) usual = &run;
  if (usual != nullptr && best.frames_per_second > kNoise * usual->frames_per_second)
    list.push_back(fmt::format(
        "--workers {} was {:.2f} times as fast as the {} of `auriga extract` without the option; "
        "measure again when nothing else runs before you rely on it",
        best.workers, best.frames_per_second / usual->frames_per_second, usual->workers));
  const WorkerRun& most = findings.runs.back();
  if (most.workers <= findings.cores || findings.runs.size() < 2) return;
  double within = 0;  // the best speed with no more workers than cores
  for (const WorkerRun& run : findings.runs)
    if (run.workers <= findings.cores) within = std::max(within, run.frames_per_second);
  if (best.workers <= findings.cores || best.frames_per_second <= kNoise * within)
    list.push_back(fmt::format("this process may use {} core{}; more workers brought nothing",
                               findings.cores, findings.cores == 1 ? "" : "s"));
}

void about_memory(const Findings& findings, std::vector<std::string>& list) {
  const WorkerRun& most = findings.runs.back();
  if (findings.memory_mb > 0 && most.peak_memory_mb > findings.memory_mb / 2)
    list.push_back(fmt::format(
        "{:.0f} MB with {} worker{} are much for the {:.0f} MB of free memory; fewer "
        "workers and smaller frames need less",
        most.peak_memory_mb, most.workers, most.workers == 1 ? "" : "s", findings.memory_mb));
}

}  // namespace

Summary summarise(std::vector<double> values) {
  if (values.empty()) return {};
  std::sort(values.begin(), values.end());
  const std::size_t n = values.size();
  Summary summary;
  for (const double value : values) summary.mean += value;
  summary.mean /= static_cast<double>(n);
  summary.median = (values[(n - 1) / 2] + values[n / 2]) / 2;
  summary.p95 = values[(95 * n + 99) / 100 - 1];
  summary.min = values.front();
  summary.max = values.back();
  return summary;
}

std::string_view StageTime::class_name() const {
  return share > kCritical ? "critical" : share > kMajor ? "major" : share > kMinor ? "minor" : "";
}

std::vector<StageTime> stage_times(const std::vector<std::string>& names,
                                   const std::vector<float>& frame_ms, std::int64_t skipped) {
  std::vector<StageTime> stages;
  double all = 0;
  for (std::size_t i = 0; i < names.size(); ++i) {
    std::vector<double> values;
    for (std::size_t at = static_cast<std::size_t>(skipped) * names.size() + i;
         at < frame_ms.size(); at += names.size())
      values.push_back(static_cast<double>(frame_ms[at]));
    stages.push_back({names[i], summarise(std::move(values))});
    all += stages.back().ms.mean;
  }
  for (StageTime& stage : stages) stage.share = all > 0 ? stage.ms.mean / all : 0;
  return stages;
}

std::int64_t warm_up_frames(std::int64_t asked, std::int64_t frames) {
  const std::int64_t whole = (asked + kBatchFrames - 1) / kBatchFrames;
  return kBatchFrames * std::min(whole, frames / 2 / kBatchFrames);
}

std::vector<std::string> advice(const Findings& findings) {
  std::vector<std::string> list;
  about_workers(findings, list);
  about_decoding(findings, list);
  about_cores(findings, list);
  about_stages(findings, list);
  about_memory(findings, list);
  return list;
}

std::vector<int> parse_worker_list(std::string_view text) {
  constexpr int kMost = 256;
  std::set<int> counts = {1};
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t comma = std::min(text.find(',', begin), text.size());
    const std::string_view word = text.substr(begin, comma - begin);
    int count = 0;
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), count);
    if (error != std::errc() || end != word.data() + word.size() || count < 1 || count > kMost)
      throw Error(
          ErrorCode::usage,
          fmt::format("--workers expects numbers from 1 to {} with commas between, e.g. 1,2,4; "
                      "found '{}' in '{}'",
                      kMost, word, text));
    counts.insert(count);
    begin = comma + 1;
  }
  return {counts.begin(), counts.end()};
}

}  // namespace auriga::app
