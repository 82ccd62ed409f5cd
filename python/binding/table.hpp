// A table in memory, column by column, and its ways out: NumPy and Arrow.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nanobind/nanobind.h>

namespace auriga::python {

enum class ColumnType { whole, real, single, truth, text };  // int64, float64, float32, bool, str

struct Column {
  std::string name;
  ColumnType type = ColumnType::real;
  // `rows` values one behind the other: std::int64_t, double, float, std::uint8_t (0 or 1) or
  // std::string.
  const void* values = nullptr;
};

// Immutable: any number of threads may read. Copies share the values.
class Table {
 public:
  // `owner` keeps what the columns point to.
  Table(std::vector<Column> columns, std::size_t rows, std::shared_ptr<const void> owner);

  const std::vector<Column>& columns() const { return columns_; }
  std::size_t rows() const { return rows_; }
  const std::shared_ptr<const void>& owner() const { return owner_; }
  const Column* find(std::string_view name) const;
  Table only(const std::vector<std::string>& names) const;  // throws Error(usage) for others
  Table where(const std::vector<std::size_t>& rows) const;  // a copy

 private:
  std::vector<Column> columns_;
  std::size_t rows_;
  std::shared_ptr<const void> owner_;
};

// Columns that are put together value by value; ends as a Table.
struct Columns {
  std::vector<std::string> names;
  std::vector<ColumnType> types;
  // One of each is used, as the type says.
  std::vector<std::vector<std::int64_t>> whole;
  std::vector<std::vector<double>> real;
  std::vector<std::vector<float>> single;
  std::vector<std::vector<std::uint8_t>> truth;
  std::vector<std::vector<std::string>> text;

  void add(const std::string& name, ColumnType type);
  std::size_t size() const { return names.size(); }
};
Table table_of(Columns columns, std::size_t rows);

// The Arrow C data interface: an ArrowArrayStream of one batch in a capsule. NaN stands for a
// missing number, there are no nulls. Numbers are shared with the table, not copied.
nanobind::capsule arrow_stream(const Table& table);

void bind_table(nanobind::module_& module);

}  // namespace auriga::python
