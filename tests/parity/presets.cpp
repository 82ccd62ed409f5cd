#include <array>
#include <cmath>
#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "parity/result_table.hpp"
#include "parity/sections.hpp"
#include "support/golden.hpp"
#include "tables/agreement.hpp"
#include "tables/matched_tables.hpp"

namespace auriga::parity {
namespace {

namespace fs = std::filesystem;

// A way of getting tables that is not OpenFace's, and what it has to reach: a tenth of the
// distance, 0.1 of the correlation and 5 % of the presences beyond the worst of the four videos
// when it was measured first.
struct Way {
  const char *options, *preset, *landmarker, *au;
  double landmarks_percent;        // of the inter-ocular distance, at most
  double mean_r, presences_equal;  // at least
};

// Mean distance of landmarks in % of the distance between the outer eye corners (36, 45) in table
// B.
double landmarks_percent(const MatchedTables& tables) {
  const std::size_t x = tables.find("x_0").value(), y = tables.find("y_0").value(),
                    success = tables.find("success").value();
  double sum = 0;
  std::size_t rows = 0;
  for (std::size_t row = 0; row < tables.rows(); ++row) {
    if (tables.a(row, success) != 1 || tables.b(row, success) != 1) continue;
    const double eyes = std::hypot(tables.b(row, x + 45) - tables.b(row, x + 36),
                                   tables.b(row, y + 45) - tables.b(row, y + 36));
    double distances = 0;
    for (std::size_t i = 0; i < kLandmarks; ++i)
      distances += std::hypot(tables.a(row, x + i) - tables.b(row, x + i),
                              tables.a(row, y + i) - tables.b(row, y + i));
    sum += 100 * distances / kLandmarks / eyes;
    ++rows;
  }
  return rows == 0 ? INFINITY : sum / static_cast<double>(rows);
}

}  // namespace

PresetSections presets(const fs::path& data, Bounds& bounds) {
  static constexpr std::array<Way, 3> kWays{{
      {"--preset pyfaceau", "pyfaceau", "", "", 5.5, .6, .85},
      {"--landmarker mesh --au openface", "", "mesh", "openface", 5.1, .62, .83},
      {"--preset open", "open", "", "", 5.1, .21, .77},
  }};
  static constexpr std::array<const char*, 4> kVideos{"2015-10-15-15-14.avi", "video01.mp4",
                                                      "changeLighting.wmv", "multi_face.avi"};
  const test::TemporaryFolder folder;
  MarkdownTable by_video({"options", "video", "success equal",
                          "landmarks, % of the inter-ocular distance", "head rotation, rad",
                          "gaze vectors", "AU_r, mean difference", "AU_r, mean correlation",
                          "AU_c equal", "kept"});
  // By unit: of each way, for each video.
  std::map<std::string, std::array<std::vector<std::string>, kWays.size()>> correlations;
  for (std::size_t way = 0; way < kWays.size(); ++way) {
    RecipeChoice choice;
    choice.preset = kWays[way].preset;
    choice.landmarker = kWays[way].landmarker;
    choice.au = kWays[way].au;
    const Engine engine = Engine::load({.models = {data / "models", test::open_pack()}}, choice);
    for (const char* video : kVideos) {
      const std::string name = fs::path(video).stem().string();
      const fs::path ours = folder.path() / "ours.csv";
      write_table(engine, data / "videos" / video, ours);
      const MatchedTables tables(ours, data / "golden/csv" / (name + ".csv"));
      const Agreement agreed = agreement(tables);
      const double distance = landmarks_percent(tables);
      const std::string what = std::string(kWays[way].options) + ", " + name;
      std::string kept =
          bounds.at_most(what + ", landmarks", distance, kWays[way].landmarks_percent);
      for (const std::string& other :
           {bounds.at_least(what + ", AU_r, mean correlation", agreed.mean_pearson_r.value_or(-1),
                            kWays[way].mean_r),
            bounds.at_least(what + ", AU_c", agreed.presences_equal.value_or(0),
                            kWays[way].presences_equal)})
        if (other != "yes") kept = other;
      by_video.add({"`" + std::string(kWays[way].options) + "`", "`" + name + "`",
                    optional_percent(agreed.success_equal), fmt::format("{:.2f}", distance),
                    number(agreed.pose_rad.mean),
                    engine.setup().has_gaze ? number(agreed.gaze.mean) : "",
                    number(agreed.intensities.mean), optional_number(agreed.mean_pearson_r),
                    optional_percent(agreed.presences_equal), kept});
      for (const ColumnComparison& unit : agreed.by_intensity) {
        if (unit.n == 0) continue;  // not told
        correlations[unit.name][way].push_back(
            unit.pearson_r ? fmt::format("{:.2f}", *unit.pearson_r) : "–");
      }
    }
  }
  std::vector<std::string> header{"unit"};
  for (const Way& way : kWays) header.push_back("`" + std::string(way.options) + "`");
  MarkdownTable by_unit(header);
  for (const auto& [column, of_ways] : correlations) {
    std::vector<std::string> cells{column.substr(0, column.find('_'))};
    for (const std::vector<std::string>& values : of_ways) {
      std::string cell;
      for (const std::string& r : values) cell += (cell.empty() ? "" : ", ") + r;
      cells.push_back(cell);
    }
    by_unit.add(cells);
  }
  return {by_video.text(), by_unit.text()};
}

}  // namespace auriga::parity
