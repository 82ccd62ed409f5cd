// What the facts mean and what to do about them.
#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include <fmt/core.h>

#include "auriga/error.hpp"

#include "doctor.hpp"

namespace auriga::app {
namespace {

std::string joined(const std::vector<std::string>& words, const char* separator = ", ") {
  std::string text;
  for (const std::string& one : words) text += (text.empty() ? "" : separator) + one;
  return text;
}

std::string described(const std::vector<Isa>& isas) {
  std::vector<std::string> words;
  for (const Isa isa : isas) words.push_back(fmt::format("{} ({})", isa_word(isa), isa_title(isa)));
  return joined(words);
}

std::string of_cores(int count) { return fmt::format("{} core{}", count, count == 1 ? "" : "s"); }

Finding kernels(const DoctorFacts& facts) {
  Finding line{"kernels", Status::ok,
               fmt::format("{} ({}) in use; compiled in: {}", isa_word(facts.isa),
                           isa_title(facts.isa), described(facts.compiled)),
               ""};
  const Isa best = facts.runnable.front();
  if (facts.isa != best) {
    line.status = Status::warning;
    line.found += fmt::format("; AURIGA_ISA={}", facts.isa_setting);
    line.to_do = fmt::format("unset AURIGA_ISA: {} is faster here and gives the same results",
                             isa_word(best));
  } else if (best != facts.compiled.front()) {
    line.status = Status::note;
    line.found += fmt::format("; this processor has no {}", isa_title(facts.compiled.front()));
    line.to_do =
        best == Isa::base
            ? "nothing, the results are the same; a processor with AVX2 is two to four times faster"
            : "nothing, the results are the same";
  }
  return line;
}

Finding cores(const DoctorFacts& facts) {
  Finding line{"cores", Status::ok,
               fmt::format("{} of {} may be used; so many workers run by default",
                           facts.allowed_cores, of_cores(facts.cores)),
               ""};
  if (facts.allowed_cores < facts.bound_cores) {
    line.status = Status::note;
    line.found += fmt::format(
        "; the process may run on {}, but its control group has time for fewer, or "
        "Slurm gave it fewer",
        facts.bound_cores);
    line.to_do = fmt::format("no --workers above {}; or give the container more processor time",
                             facts.allowed_cores);
  } else if (facts.bound_cores < facts.cores) {
    line.status = Status::note;
    line.found += "; the process is bound to them (taskset, a job scheduler or a container)";
    line.to_do = "nothing if that is meant";
  } else if (facts.allowed_cores == 1) {
    line.status = Status::note;
    line.to_do = "nothing; with more cores a video takes less time";
  }
  return line;
}

// OpenBLAS' names of the processors that its kernels are for, by the level that they need.
constexpr std::array kV4Names = {"SkylakeX", "Cooperlake", "SapphireRapids"};
constexpr std::array kV3Names = {"Haswell", "Zen", "Excavator"};
constexpr std::array kBaseNames = {
    "Generic",      "Katmai",      "Coppermine", "Northwood", "Prescott",   "Banias",
    "Core2",        "Penryn",      "Dunnington", "Nehalem",   "Atom",       "Athlon",
    "Opteron",      "Barcelona",   "Bobcat",     "Bulldozer", "Piledriver", "Nano",
    "Opteron_SSE3", "Steamroller", "Sandybridge"};

bool same_name(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? char(c - 'A' + 'a') : c; };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [&](char x, char y) { return lower(x) == lower(y); });
}

std::optional<Isa> isa_of_core(std::string_view name) {
  const auto is_in = [&](const auto& names) {
    return std::any_of(names.begin(), names.end(),
                       [&](const char* one) { return same_name(one, name); });
  };
  if (is_in(kV4Names)) return Isa::v4;
  if (is_in(kV3Names)) return Isa::v3;
  if (is_in(kBaseNames)) return Isa::base;
  return std::nullopt;
}

std::string setting(const DoctorFacts& facts, std::string_view name) {
  for (const auto& [key, value] : facts.blas_settings)
    if (key == name) return value;
  return "";
}

Finding algebra(const DoctorFacts& facts) {
  Finding line{"linear algebra", Status::ok, "Eigen " + facts.eigen, ""};
  if (!facts.blas || !facts.blas->is_used)
    line.found += fmt::format(", its own kernels for {}; no BLAS is linked", facts.eigen_isa);
  if (facts.blas) {
    const Blas& blas = *facts.blas;
    line.found +=
        fmt::format("{}{}{}, {}", blas.is_used ? " with " : "; loaded but not used: ", blas.name,
                    blas.processor.empty() ? "" : " for " + blas.processor,
                    blas.threads == 1 ? "1 thread" : fmt::format("{} threads", blas.threads));
    if (!blas.optimised && blas.is_used) {
      line.status = Status::warning;
      line.to_do = "link an optimised BLAS, e.g. OpenBLAS, or none: Eigen's own kernels are faster";
    }
  }
  if (line.status == Status::ok)
    line.found +=
        ". Only small systems of equations go through it; the products of the models have kernels "
        "of their own";
  return line;
}

// Threads and kernels that the environment asks a BLAS for.
Finding blas_settings(const DoctorFacts& facts) {
  std::vector<std::string> set;
  for (const auto& [name, value] : facts.blas_settings) set.push_back(name + "=" + value);
  const bool is_used = facts.blas && facts.blas->is_used;
  Finding line{"threads", Status::ok,
               set.empty() ? "no setting of BLAS or OpenMP in the environment"
                           : joined(set) + (is_used ? "" : ": no effect, there is no BLAS"),
               ""};
  if (is_used && facts.blas->threads > 1 && facts.allowed_cores > 1) {
    line.status = Status::warning;
    line.found +=
        fmt::format("; {} workers with {} threads of the BLAS each would share {}",
                    facts.allowed_cores, facts.blas->threads, of_cores(facts.allowed_cores));
    line.to_do = "set OPENBLAS_NUM_THREADS=1 (MKL_NUM_THREADS, BLIS_NUM_THREADS, OMP_NUM_THREADS)";
  }
  const std::string core = setting(facts, "OPENBLAS_CORETYPE");
  const std::optional<Isa> asked = isa_of_core(core);
  if (core.empty() || !asked || facts.compiled.size() < 2) return line;  // not x86-64
  const Isa best = facts.runnable.front();
  if (*asked > best) {
    line.status = is_used ? Status::problem : Status::warning;
    line.exit_code = is_used ? static_cast<int>(ErrorCode::usage) : 0;
    line.found +=
        fmt::format("; this processor has no {}, which {} needs", isa_title(*asked), core);
    line.to_do = "unset OPENBLAS_CORETYPE: programs with OpenBLAS crash with it";
  } else if (*asked < best) {
    line.status = std::max(line.status, is_used ? Status::warning : Status::note);
    line.found +=
        fmt::format("; this processor has {}, which {} does without", isa_title(best), core);
    line.to_do += (line.to_do.empty() ? "" : "; ") +
                  std::string("unset OPENBLAS_CORETYPE: it slows programs with OpenBLAS down");
  }
  return line;
}

void add_products(const DoctorFacts& facts, std::vector<Finding>& lines) {
  const bool shares_threads = facts.blas && facts.blas->is_used;
  const int threads = shares_threads ? facts.blas->threads : 1;
  for (const std::string_view type : {"float", "double"}) {
    const double peak =
        threads * (type == "float" ? facts.peak.float_gflops : facts.peak.double_gflops);
    std::vector<std::string> sizes, left_out;
    for (const MatrixProduct& product : facts.products) {
      if (product.type != type) continue;
      if (product.runs == 0)
        left_out.push_back(fmt::format("size {} left out, one would take {:.0f} s", product.size,
                                       product.seconds));
      else
        sizes.push_back(fmt::format("{:.1f} at size {} ({:.0f} %)", product.gflops(), product.size,
                                    100 * product.gflops() / peak));
    }
    if (sizes.empty() && left_out.empty()) continue;
    sizes.insert(sizes.end(), left_out.begin(), left_out.end());
    lines.push_back({"products", Status::ok,
                     fmt::format("{}, GFLOPS: {}; peak of {} with {}, measured: {:.0f}", type,
                                 joined(sizes), of_cores(threads), isa_title(facts.isa), peak),
                     left_out.empty() ? "" : "--full measures those that were left out"});
  }
}

Finding media(const DoctorFacts& facts) {
  Finding line{"FFmpeg", Status::ok, facts.ffmpeg, ""};
  if (!facts.missing_decoders.empty()) {
    line.status = Status::warning;
    line.found += "; cannot decode " + joined(facts.missing_decoders);
    line.to_do = "install a complete build of FFmpeg's libraries for videos of these kinds";
  }
  return line;
}

Finding runtime(const DoctorFacts& facts) {
  Finding line{"ONNX Runtime", Status::ok,
               fmt::format("{}; devices: {}", facts.onnxruntime, joined(facts.devices)), ""};
  return line;
}

void add_models(const DoctorFacts& facts, std::vector<Finding>& lines) {
  std::vector<std::string> folders;
  for (const auto& folder : facts.model_folders) folders.push_back(folder.string());
  if (facts.packs.empty())
    lines.push_back({"models", Status::note, "no model pack in " + joined(folders),
                     "`auriga models fetch openface` gets OpenFace's, `auriga models list` says "
                     "how to get others"});
  for (const PackFacts& pack : facts.packs) {
    Finding line{"models", Status::ok,
                 fmt::format("{} {} in {}{}: ", pack.name, pack.version, pack.folder.string(),
                             pack.why.empty() ? "" : " (" + pack.why + ")"),
                 ""};
    if (!pack.problems.empty()) {
      line.status = Status::warning;
      line.found += "not as published: " + joined(pack.problems, "; ");
      line.to_do = fmt::format(
          "get a fresh copy of these files (`auriga models import DIR --pack {}`)", pack.name);
    } else {
      line.found +=
          pack.complete.empty() ? "nothing complete" : "as published: " + joined(pack.complete);
    }
    if (!pack.incomplete.empty()) {
      line.status = std::max(line.status, Status::note);
      line.found += "; incomplete: " + joined(pack.incomplete);
      if (line.to_do.empty())
        line.to_do = "`auriga models list` says what is missing, if you need it";
    }
    if (!pack.size_only.empty()) line.found += "; no SHA-256 is known of " + joined(pack.size_only);
    lines.push_back(std::move(line));
  }
  if (facts.setup) {
    const Setup& setup = *facts.setup;
    lines.push_back(
        {"extract", setup.note.empty() ? Status::ok : Status::note,
         fmt::format(
             "preset {}: {} + {}, action units {}, networks on {}{}{}", setup.preset,
             setup.detector, setup.landmarker, setup.estimator, setup.device_used,
             setup.device_fallback_reason.empty() ? "" : " (" + setup.device_fallback_reason + ")",
             setup.note.empty() ? "" : "; " + setup.note),
         ""});
  } else {
    lines.push_back({"extract", Status::problem, facts.setup_problem,
                     "get a complete model pack: `auriga models list` says how",
                     static_cast<int>(ErrorCode::model)});
  }
}

void add_folders(const DoctorFacts& facts, std::vector<Finding>& lines) {
  Finding results{"results", Status::ok, facts.results.path.string() + " can be written", ""};
  if (!facts.results.problem.empty())
    results = {"results", Status::problem,
               facts.results.path.string() + ": " + facts.results.problem,
               "change to a folder of yours, or use --out-dir DIR or -o FILE",
               static_cast<int>(ErrorCode::output)};
  lines.push_back(results);
  Finding packs{"model folder", Status::ok, facts.pack_folder.path.string() + " can be written",
                ""};
  if (facts.pack_folder.path.empty())
    packs = {"model folder", Status::note, "neither XDG_DATA_HOME nor HOME is set",
             "set HOME, or use --to DIR with `auriga models import` and `fetch`"};
  else if (!facts.pack_folder.problem.empty())
    packs = {"model folder", Status::note,
             facts.pack_folder.path.string() + ": " + facts.pack_folder.problem,
             "use --to DIR with `auriga models import` and `fetch`"};
  lines.push_back(packs);
}

}  // namespace

double MatrixProduct::gflops() const {
  return runs > 0 ? 2.0 * std::pow(size, 3) / seconds * 1e-9 : 0;
}

void add_decoding(const DoctorFacts& facts, std::vector<Finding>& lines) {
  if (!facts.decoding) return;
  const DecodingSpeed& speed = *facts.decoding;
  std::string found = fmt::format("{}x{}, {}: {:.0f} frames/s with one thread", speed.width,
                                  speed.height, speed.format, speed.one_thread);
  if (speed.threads > 1) found += fmt::format(", {:.0f} with {}", speed.all_threads, speed.threads);
  lines.push_back({"decoding", Status::ok,
                   found + "; no video of this size and format is analysed faster", ""});
}

std::string_view word(Status status) {
  switch (status) {
    case Status::ok:
      return "ok";
    case Status::note:
      return "note";
    case Status::warning:
      return "warning";
    case Status::problem:
      return "problem";
  }
  return "";
}

std::vector<Finding> findings(const DoctorFacts& facts) {
  std::vector<Finding> lines = {{"processor", Status::ok, facts.processor, ""},
                                kernels(facts),
                                cores(facts),
                                algebra(facts),
                                blas_settings(facts)};
  add_products(facts, lines);
  lines.push_back(runtime(facts));
  lines.push_back(media(facts));
  add_decoding(facts, lines);
  add_models(facts, lines);
  add_folders(facts, lines);
  return lines;
}

int exit_code(const std::vector<Finding>& findings) {
  int code = 0;
  for (const Finding& finding : findings) code = std::max(code, finding.exit_code);
  return code;
}

}  // namespace auriga::app
