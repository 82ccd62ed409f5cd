#include "open_units.hpp"

#include <cmath>
#include <cstddef>
#include <stdexcept>

#include "auriga/engine.hpp"
#include "auriga/run.hpp"

#include "support/golden.hpp"

namespace auriga::accuracy {
namespace {

double mean(const std::vector<double>& values) {
  double sum = 0;
  for (const double v : values) sum += v;
  return sum / static_cast<double>(values.size());
}

// Mean of the products of what both are off their means.
double covariance(const std::vector<double>& a, const std::vector<double>& b) {
  const double mean_a = mean(a), mean_b = mean(b);
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += (a[i] - mean_a) * (b[i] - mean_b);
  return sum / static_cast<double>(a.size());
}

class Successes : public Sink {
 public:
  void row(const FaceRow& row) override { of_rows.push_back(row.result.success); }
  std::vector<bool> of_rows;
};

}  // namespace

Agreement agreement(const Series& ours, const Series& reference) {
  Agreement result;
  result.reference_spread = std::sqrt(covariance(reference.intensity, reference.intensity));
  const double spread = std::sqrt(covariance(ours.intensity, ours.intensity));
  if (spread > 0 && result.reference_spread > 0)
    result.correlation =
        covariance(ours.intensity, reference.intensity) / (spread * result.reference_spread);
  double equal = 0, both = 0, said = 0, true_ones = 0;
  for (std::size_t i = 0; i < ours.intensity.size(); ++i) {
    result.mean_difference += std::abs(ours.intensity[i] - reference.intensity[i]);
    equal += ours.presence[i] == reference.presence[i];
    both += ours.presence[i] * reference.presence[i];
    said += ours.presence[i];
    true_ones += reference.presence[i];
  }
  const auto frames = static_cast<double>(ours.intensity.size());
  result.mean_difference /= frames;
  result.reference_present = true_ones / frames;
  result.equal_presence = equal / frames;
  if (said + true_ones > 0) result.f1 = 2 * both / (said + true_ones);
  return result;
}

std::vector<Clip> clips(const std::filesystem::path& test_data,
                        const std::filesystem::path& repository) {
  std::vector<Clip> all;
  for (const char* file :
       {"2015-10-15-15-14.avi", "video01.mp4", "changeLighting.wmv", "multi_face.avi"}) {
    const std::filesystem::path video = test_data / "videos" / file;
    const std::string name = video.stem().string();
    all.push_back({name, video, test_data / "golden/csv" / (name + ".csv")});
  }
  all.push_back({"demo", repository / "examples/demo.mp4", repository / "examples/demo_truth.csv"});
  return all;
}

std::vector<Agreement> compare(const Clip& clip, const std::filesystem::path& open_pack) {
  RecipeChoice choice;
  choice.preset = "open";
  choice.all_aus = true;
  const Engine engine = Engine::load({.models = {open_pack}}, choice);
  const auto source = open_source(clip.video);
  Session session(engine);
  Successes successes;
  Sink* const sinks[] = {&successes};
  const RunReport result = run(*source, session, sinks, {.threads = {.workers = 2}});
  const std::vector<bool>& success = successes.of_rows;

  const test::Table table(clip.table);
  const auto& units = result.units.names().intensities;
  std::vector<Series> ours(units.size()), reference(units.size());
  std::vector<double> intensities(units.size()), presences(units.size());
  std::size_t used = 0;
  for (std::size_t row = 0; row < table.rows() && row < success.size(); ++row) {
    if (!success[row] || (table.has("success") && table.number(row, "success") == 0)) continue;
    ++used;
    result.units.read(row, intensities, presences);
    for (std::size_t u = 0; u < units.size(); ++u) {
      const bool has_presence = table.has(units[u] + "_c");
      const double intensity = table.number(row, has_presence ? units[u] + "_r" : units[u]);
      reference[u].intensity.push_back(intensity);
      reference[u].presence.push_back(has_presence ? table.number(row, units[u] + "_c")
                                                   : static_cast<double>(intensity >= 1));
      ours[u].intensity.push_back(intensities[u]);
      ours[u].presence.push_back(presences[u]);
    }
  }
  if (2 * used < table.rows())
    throw std::runtime_error(clip.name + ": a face in only " + std::to_string(used) + " of " +
                             std::to_string(table.rows()) + " frames");
  std::vector<Agreement> all;
  const auto& experimental = engine.setup().experimental_aus;
  for (std::size_t u = 0; u < units.size(); ++u) {
    all.push_back(agreement(ours[u], reference[u]));
    all.back().unit = units[u];
    for (const std::string& name : experimental) all.back().experimental |= name == units[u];
  }
  return all;
}

}  // namespace auriga::accuracy
