// How far action units as known at the moment are from the final ones; the table of docs/cli.md,
// and with --units those of docs/accuracy.md.
//   online_difference [--units] MODELS OPEN_PACK VIDEO...
#include <array>
#include <cmath>
#include <cstddef>
#include <string>
#include <vector>

#include <fmt/core.h>

#include "auriga/engine.hpp"
#include "auriga/error.hpp"
#include "auriga/run.hpp"

namespace {

using Rows = std::vector<std::vector<double>>;  // rows x (intensities, presences)

class NowSink : public auriga::Sink {
 public:
  NowSink() = default;
  auriga::Needs needs() const override { return {.units_now = true}; }
  void row(const auriga::FaceRow& row) override {
    std::vector<double>& values = now.emplace_back(row.intensities.begin(), row.intensities.end());
    values.insert(values.end(), row.presences.begin(), row.presences.end());
    success.push_back(row.result.success);
    times_s.push_back(row.result.timestamp_s);
  }
  Rows now;
  std::vector<double> times_s;
  std::vector<bool> success;
};

struct Difference {
  double mean = 0, r = 0, presences_equal = 0;
  std::size_t rows = 0;
};

// Of the successful rows from `first` on; `units` intensities. r: over all of them together.
Difference difference(const NowSink& sink, const Rows& final_values, std::size_t units,
                      std::size_t first) {
  Difference result;
  double n = 0, sum_a = 0, sum_b = 0, aa = 0, bb = 0, ab = 0, equal = 0, presences = 0;
  for (std::size_t row = first; row < sink.now.size(); ++row) {
    if (!sink.success[row]) continue;
    ++result.rows;
    for (std::size_t i = 0; i < sink.now[row].size(); ++i) {
      const double a = sink.now[row][i], b = final_values[row][i];
      if (i >= units) {
        ++presences;
        equal += a == b ? 1 : 0;
        continue;
      }
      ++n;
      result.mean += std::abs(a - b);
      sum_a += a, sum_b += b, aa += a * a, bb += b * b, ab += a * b;
    }
  }
  result.mean /= n;
  result.presences_equal = equal / presences;
  result.r =
      (ab - sum_a * sum_b / n) / std::sqrt((aa - sum_a * sum_a / n) * (bb - sum_b * sum_b / n));
  return result;
}

// What a video gives: values of the moment, the final ones, and the units.
struct Compared {
  NowSink sink;
  Rows final_values;
  auriga::UnitNames units;
};

void compare(const auriga::Engine& engine, const std::string& video, Compared& to) {
  const auto source = auriga::open_source(video);
  auriga::Session session(engine);
  auriga::Sink* const sinks[] = {&to.sink};
  const auriga::RunReport report = auriga::run(*source, session, sinks);
  to.units = session.units();
  std::vector<double> intensities(to.units.intensities.size()),
      presences(to.units.presences.size());
  for (std::size_t row = 0; row < report.units.rows(); ++row) {
    report.units.read(row, intensities, presences);
    to.final_values.push_back(intensities);
    to.final_values.back().insert(to.final_values.back().end(), presences.begin(), presences.end());
  }
}

// Sums over rows of several videos.
struct UnitSums {
  double n = 0, a = 0, b = 0, aa = 0, bb = 0, ab = 0, equal = 0;

  void add(double now, double last) {
    ++n, a += now, b += last, aa += now * now, bb += last * last, ab += now * last;
    equal += now == last ? 1 : 0;
  }
  std::string r() const {
    const double va = aa - a * a / n, vb = bb - b * b / n;
    return n > 1 && va > 1e-9 && vb > 1e-9
               ? fmt::format("{:.2f}", (ab - a * b / n) / std::sqrt(va * vb))
               : "–";
  }
};

// Each unit over all videos, in the first ten seconds and later.
void print_units(const std::string& preset, const std::vector<Compared>& videos) {
  constexpr double kBegin_s = 10;
  const auriga::UnitNames& units = videos.front().units;
  std::vector<std::array<UnitSums, 2>> sums(units.intensities.size() + units.presences.size());
  for (const Compared& video : videos)
    for (std::size_t row = 0; row < video.final_values.size(); ++row) {
      if (!video.sink.success[row]) continue;
      for (std::size_t i = 0; i < sums.size(); ++i)
        sums[i][video.sink.times_s[row] < kBegin_s ? 0 : 1].add(video.sink.now[row][i],
                                                                video.final_values[row][i]);
    }
  fmt::print(
      "\n| `{}`, {:.0f} and {:.0f} frames | r, first 10 s | mean difference | r, later | mean "
      "difference | presence equal, first 10 s | later |\n|---|---|---|---|---|---|---|\n",
      preset, sums[0][0].n, sums[0][1].n);
  const auto presence = [&](const std::string& unit, std::size_t half) -> std::string {
    for (std::size_t i = 0; i < units.presences.size(); ++i)
      if (units.presences[i] == unit) {
        const UnitSums& one = sums[units.intensities.size() + i][half];
        return one.n > 0 ? fmt::format("{:.1f} %", 100 * one.equal / one.n) : "–";
      }
    return "–";
  };
  for (std::size_t i = 0; i < units.intensities.size(); ++i) {
    fmt::print("| {} |", units.intensities[i]);
    for (const UnitSums& one : sums[i])
      if (one.n > 0)
        fmt::print(" {} | {:+.2f} |", one.r(), (one.a - one.b) / one.n);
      else
        fmt::print(" – | – |");
    fmt::print(" {} | {} |\n", presence(units.intensities[i], 0),
               presence(units.intensities[i], 1));
  }
}

void print_row(const auriga::Engine& engine, const std::string& preset, const std::string& video) {
  Compared compared;
  compare(engine, video, compared);
  const NowSink& sink = compared.sink;
  const Rows& final_values = compared.final_values;
  const std::size_t units = compared.units.intensities.size();
  fmt::print("| `{}` | {} |", preset, std::filesystem::path(video).stem().string());
  for (const std::size_t first : {0, 150}) {
    const Difference d = difference(sink, final_values, units, first);
    if (d.rows == 0)
      fmt::print(" – | – | – |");
    else
      fmt::print(" {:.3f} | {:.2f} | {:.1f} % |", d.mean, d.r, 100 * d.presences_equal);
  }
  fmt::print("\n");
}

}  // namespace

int main(int argc, char** argv) {
  const bool by_unit = argc > 1 && std::string(argv[1]) == "--units";
  if (by_unit) --argc, ++argv;
  if (argc < 4) {
    fmt::print(stderr, "usage: online_difference [--units] MODELS OPEN_PACK VIDEO...\n");
    return 2;
  }
  try {
    if (!by_unit)
      fmt::print(
          "| preset | video | intensities, mean difference | r | presences equal | the same "
          "from the 151st frame on | r | presences equal |\n|---|---|---|---|---|---|---|---|\n");
    for (const std::string preset : {"openface", "open"}) {
      const auriga::Engine engine =
          auriga::Engine::load({.models = {argv[1], argv[2]}}, {.preset = preset});
      std::vector<Compared> videos(by_unit ? static_cast<std::size_t>(argc - 3) : 0);
      for (int i = 3; i < argc; ++i)
        if (by_unit)
          compare(engine, argv[i], videos[static_cast<std::size_t>(i - 3)]);
        else
          print_row(engine, preset, argv[i]);
      if (by_unit) print_units(preset, videos);
    }
    return 0;
  } catch (const auriga::Error& error) {
    fmt::print(stderr, "online_difference: {}\n", error.what());
    return static_cast<int>(error.code());
  }
}
