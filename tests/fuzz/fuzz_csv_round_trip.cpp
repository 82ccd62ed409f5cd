// What the writer of tables writes the reader reads, in every dialect, and as spreadsheets and
// statistics programs leave it.
#include <array>
#include <charconv>
#include <cmath>
#include <map>
#include <string>
#include <vector>

#include "fuzz_choices.hpp"
#include "fuzz_folder.hpp"
#include "sinks/csv_writer.hpp"
#include "tables/row_reader.hpp"

namespace {

using namespace auriga;
using fuzz::Choices;

float any_float(Choices& choices) {
  switch (choices.number(0, 3)) {
    case 0: {
      // The writer refuses others, as mistakes of the program.
      const float value = choices.raw<float>();
      return std::isfinite(value) ? value : 0;
    }
    case 1:
      return choices.real(-1, 1);
    case 2:
      return static_cast<float>(choices.number(-300, 300));
    default:
      return choices.real(-5000, 5000);
  }
}

bool same(double a, double b) { return a == b || (std::isnan(a) && std::isnan(b)); }

using Cells = std::vector<std::vector<std::optional<double>>>;

Cells cells_of(const std::filesystem::path& file, std::vector<std::string>& names) {
  RowReader table(file);
  Cells cells;
  // A statistics program's names of rows come before the columns.
  const std::size_t first = !table.columns().empty() && names_rows(table.columns()[0]) ? 1 : 0;
  names.assign(table.columns().begin() + static_cast<std::ptrdiff_t>(first), table.columns().end());
  while (table.next()) {
    auto& row = cells.emplace_back();
    for (std::size_t i = first; i < table.columns().size(); ++i)
      row.push_back(table.is_number(i) || table.missing(i) ? table.number(i) : std::nullopt);
  }
  return cells;
}

// The text of a table with commas, as other programs write it.
std::string rewritten(const std::string& text, Choices& choices) {
  const char separator = choices.one_of({',', ';', '\t'});
  const bool comma = separator != ',' && choices.flag();
  const bool quoted = choices.flag(), row_names = separator == ',' && choices.flag();
  const char* end = choices.one_of({"\n", "\r\n", "\r"});
  std::string out;
  if (choices.flag()) out += "\xEF\xBB\xBF";
  if (separator == ';' && choices.flag()) out += std::string("sep=;") + end;
  std::size_t number = 0;
  for (std::size_t at = 0; at < text.size(); ++number) {
    const std::size_t stop = std::min(text.find('\n', at), text.size());
    std::string_view line = std::string_view(text).substr(at, stop - at);
    at = stop + 1;
    if (row_names && number > 0) out += '"' + std::to_string(number) + "\",";
    for (bool more = true; more;) {
      const std::size_t cell_end = line.find(',');
      more = cell_end != line.npos;
      std::string cell(line.substr(0, cell_end));
      if (more) line.remove_prefix(cell_end + 1);
      if (comma)
        for (char& c : cell)
          if (c == '.') c = ',';
      out += quoted ? '"' + cell + '"' : cell;
      if (more) out += separator;
    }
    out += end;
  }
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  Choices choices(bytes, size);
  CsvOptions options;
  options.dialect =
      choices.one_of({Dialect::openface, Dialect::openface_spaced, Dialect::pyfaceau});
  const bool spaced = options.dialect == Dialect::openface_spaced;
  const bool pyfaceau = options.dialect == Dialect::pyfaceau;
  options.mode = pyfaceau || choices.flag() ? TableMode::sequence : TableMode::image;
  options.groups = pyfaceau ? ColumnGroups{kAuColumns}
                            : static_cast<ColumnGroups>(kPoseColumns * choices.number(0, 1) +
                                                        kAuColumns * choices.number(0, 1) +
                                                        kGazeColumns * choices.number(0, 1) +
                                                        kShapeColumns * choices.number(0, 1));
  options.full_precision = choices.flag();
  options.lost_empty = choices.flag();
  options.lost_filled = choices.flag();
  options.aus = {{"AU01", "AU12"}, {"AU28"}};
  if (!spaced && choices.flag()) options.separator = '\t';
  options.compressed = choices.flag();
  const std::filesystem::path file = fuzz::folder().path() / "table";

  std::vector<FrameResult> rows;
  std::vector<std::array<double, 2>> intensities;
  std::vector<double> presences;
  for (int i = choices.number(1, 6); i > 0; --i) {
    FrameResult row;
    row.frame = static_cast<std::int64_t>(rows.size());
    row.timestamp_s = choices.real(0, 1000);
    row.confidence = choices.real(0, 1);
    row.success = choices.flag();
    for (float& value : row.pose.translation_mm) value = any_float(choices);
    for (float& value : row.pose.rotation_rad) value = any_float(choices);
    for (float& value : row.shape.p) value = any_float(choices);
    rows.push_back(row);
    intensities.push_back({choices.real(0, 5), choices.real(0, 5)});
    presences.push_back(choices.flag() ? 1 : 0);
  }
  CsvWriter writer(file, options);
  for (const FrameResult& row : rows) writer.add(row, nullptr, options.lost_empty && !row.success);
  std::size_t asked = 0;
  writer.complete([&](std::size_t) {
    // Of PyFaceAU's tables only rows with success are asked for.
    const std::size_t row = std::min(asked++, rows.size() - 1);
    return AuValues{intensities[row], {&presences[row], 1}};
  });
  writer.publish();

  std::vector<std::string> names;
  const Cells cells = cells_of(file, names);
  if (cells.size() != rows.size()) __builtin_trap();
  const auto column = [&](std::string_view name) {
    return static_cast<std::size_t>(std::find(names.begin(), names.end(), name) - names.begin());
  };
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const FrameResult& row = rows[i];
    const auto expect = [&](std::string_view name, double value, double tolerance) {
      const std::size_t at = column(name);
      if (at == names.size()) return;
      const std::optional<double> found = cells[i].at(at);
      if (std::isnan(value)) {
        if (found) __builtin_trap();
        return;
      }
      // Without a tolerance it is a float that is written as the shortest text for a float.
      if (!found || !(std::abs(*found - value) <= tolerance ||
                      static_cast<float>(*found) == static_cast<float>(value)))
        __builtin_trap();
    };
    if (options.mode == TableMode::sequence) {
      expect("frame", static_cast<double>(row.frame + (pyfaceau ? 0 : 1)), 0);
      expect("success", row.success ? 1 : 0, 0);
      expect("timestamp", row.timestamp_s, options.full_precision || pyfaceau ? 0 : 0.000501);
    }
    const bool empty = options.lost_empty && !row.success;
    const char axes[] = {'x', 'y', 'z'};
    for (std::size_t axis = 0; axis < 3; ++axis) {
      const auto name = [&](const char* stem) { return std::string(stem) + axes[axis]; };
      for (const auto& [stem, value, decimals] :
           {std::tuple{"pose_T", row.pose.translation_mm[axis], 0.0501},
            std::tuple{"pose_R", row.pose.rotation_rad[axis], 0.000501}}) {
        const double wanted = empty ? std::nan("") : static_cast<double>(value);
        expect(name(stem), wanted,
               options.full_precision ? 0 : decimals + std::abs(wanted) * 1e-12);
      }
    }
  }

  // As other programs leave it. Tables of PyFaceAU without decimals have no decimal mark to change.
  if (options.compressed || options.separator != ',' || spaced) return 0;
  std::string text;
  {
    std::ifstream in(file, std::ios::binary);
    text.assign(std::istreambuf_iterator<char>(in), {});
  }
  fuzz::folder().write("other", rewritten(text, choices));
  std::vector<std::string> other_names;
  const Cells others = cells_of(fuzz::folder().path() / "other", other_names);
  if (other_names != names || others.size() != cells.size()) __builtin_trap();
  for (std::size_t i = 0; i < cells.size(); ++i)
    for (std::size_t j = 0; j < names.size(); ++j) {
      if (cells[i][j].has_value() != others[i].at(j).has_value()) __builtin_trap();
      if (cells[i][j] && !same(*cells[i][j], *others[i][j])) __builtin_trap();
    }
  return 0;
}
