// How far action units as known at the moment are from the final ones; the table of docs/cli.md.
//   online_difference MODELS OPEN_PACK VIDEO...
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
  auriga::Needs needs() const override { return {.units_now = true}; }
  void row(const auriga::FaceRow& row) override {
    std::vector<double>& values = now.emplace_back(row.intensities.begin(), row.intensities.end());
    values.insert(values.end(), row.presences.begin(), row.presences.end());
    success.push_back(row.result.success);
  }
  Rows now;
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

void print_row(const auriga::Engine& engine, const std::string& preset, const std::string& video) {
  const auto source = auriga::open_source(video);
  auriga::Session session(engine);
  NowSink sink;
  auriga::Sink* const sinks[] = {&sink};
  const auriga::RunReport report = auriga::run(*source, session, sinks);
  const std::size_t units = session.units().intensities.size();
  std::vector<double> intensities(units), presences(session.units().presences.size());
  Rows final_values;
  for (std::size_t row = 0; row < report.units.rows(); ++row) {
    report.units.read(row, intensities, presences);
    final_values.push_back(intensities);
    final_values.back().insert(final_values.back().end(), presences.begin(), presences.end());
  }
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
  if (argc < 4) {
    fmt::print(stderr, "usage: online_difference MODELS OPEN_PACK VIDEO...\n");
    return 2;
  }
  try {
    fmt::print(
        "| preset | video | intensities, mean difference | r | presences equal | the same "
        "from the 151st frame on | r | presences equal |\n|---|---|---|---|---|---|---|---|\n");
    for (const std::string preset : {"openface", "open"}) {
      const auriga::Engine engine =
          auriga::Engine::load({.models = {argv[1], argv[2]}}, {.preset = preset});
      for (int i = 3; i < argc; ++i) print_row(engine, preset, argv[i]);
    }
    return 0;
  } catch (const auriga::Error& error) {
    fmt::print(stderr, "online_difference: {}\n", error.what());
    return static_cast<int>(error.code());
  }
}
