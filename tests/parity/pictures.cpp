#include <algorithm>
#include <cstddef>
#include <string>

#include <fmt/format.h>

#include "parity/result_table.hpp"
#include "parity/sections.hpp"
#include "support/golden.hpp"
#include "tables/agreement.hpp"
#include "tables/matched_tables.hpp"

namespace auriga::parity {

namespace fs = std::filesystem;

std::string pictures(const fs::path& data, Bounds& bounds) {
  const Engine engine = reference_engine(data);
  SessionOptions still;
  still.still = true;
  const test::TemporaryFolder folder;
  MarkdownTable table({"picture", "faces, auriga and reference", "confidence equal",
                       "landmarks, rms and largest, px", "AU_r, mean and largest", "AU_c equal",
                       "head position, mean, mm", "head rotation, mean, rad", "gaze, mean"});
  double units = 0, unit_cells = 0, classes = 0, class_cells = 0;
  for (int sample = 1; sample <= 6; ++sample) {
    const std::string name = "sample" + std::to_string(sample);
    const fs::path ours = folder.path() / (name + ".csv"),
                   theirs = data / "golden/images" / (name + ".csv");
    write_table(engine, data / "images" / (name + ".jpg"), ours, still);
    const MatchedTables tables(ours, theirs);
    const Agreement a = agreement(tables);
    const ColumnComparison confidence = compare_column(tables, tables.find("confidence").value());
    table.add({"`" + name + ".jpg`", fmt::format("{}, {}", tables.rows_a(), tables.rows_b()),
               confidence.max_abs_difference == 0 ? "yes" : "no",
               number(a.landmarks_px.rms) + ", " + number(a.landmarks_px.max),
               number(a.intensities.mean) + ", " + number(a.intensities.max),
               optional_percent(a.presences_equal), number(a.pose_mm.mean), number(a.pose_rad.mean),
               number(a.gaze.mean)});
    bounds.at_least(name + ", faces in both tables", static_cast<double>(tables.rows()),
                    static_cast<double>(std::max(tables.rows_a(), tables.rows_b())));
    bounds.at_most(name + ", confidence", confidence.max_abs_difference, 0);
    bounds.at_most(name + ", landmarks rms", a.landmarks_px.rms, 0.15);
    units += a.intensities.mean * static_cast<double>(a.intensities.n);
    unit_cells += static_cast<double>(a.intensities.n);
    for (const ColumnComparison& column : a.by_presence) {
      classes += column.class_agreement.value_or(0) * static_cast<double>(column.n);
      class_cells += static_cast<double>(column.n);
    }
  }
  MarkdownTable together({"all pictures", "measured", "bound", "kept"});
  together.add({"AU_r, mean difference", number(units / unit_cells), "0.02",
                bounds.at_most("pictures, AU_r", units / unit_cells, 0.02)});
  together.add({fmt::format("AU_c equal, of {}", class_cells), percent(classes / class_cells),
                "98.5 %", bounds.at_least("pictures, AU_c", classes / class_cells, 0.985)});
  return table.text() + "\n" + together.text();
}

}  // namespace auriga::parity
