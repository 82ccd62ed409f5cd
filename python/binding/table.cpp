#include "table.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <nanobind/ndarray.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include "auriga/error.hpp"

#include "file_text.hpp"

namespace auriga::python {

namespace nb = nanobind;

Table::Table(std::vector<Column> columns, std::size_t rows, std::shared_ptr<const void> owner)
    : columns_(std::move(columns)), rows_(rows), owner_(std::move(owner)) {}

const Column* Table::find(std::string_view name) const {
  for (const Column& column : columns_)
    if (column.name == name) return &column;
  return nullptr;
}

Table Table::only(const std::vector<std::string>& names) const {
  std::vector<Column> some;
  for (const std::string& name : names) {
    const Column* column = find(name);
    if (column == nullptr)
      throw Error(
          ErrorCode::usage,
          fmt::format("no column '{}' in this table, which has {} columns", name, columns_.size()));
    some.push_back(*column);
  }
  return {std::move(some), rows_, owner_};
}

namespace {

template <typename Value>
void pick(std::vector<Value>& to, const Column& from, const std::vector<std::size_t>& rows) {
  to.reserve(rows.size());
  const auto* values = static_cast<const Value*>(from.values);
  for (const std::size_t row : rows) to.push_back(values[row]);
}

}  // namespace

Table Table::where(const std::vector<std::size_t>& rows) const {
  Columns some;
  for (const Column& column : columns_) {
    some.add(column.name, column.type);
    switch (column.type) {
      case ColumnType::whole:
        pick(some.whole.back(), column, rows);
        break;
      case ColumnType::real:
        pick(some.real.back(), column, rows);
        break;
      case ColumnType::single:
        pick(some.single.back(), column, rows);
        break;
      case ColumnType::truth:
        pick(some.truth.back(), column, rows);
        break;
      case ColumnType::text:
        pick(some.text.back(), column, rows);
        break;
    }
  }
  return table_of(std::move(some), rows.size());
}

void Columns::add(const std::string& name, ColumnType type) {
  names.push_back(name);
  types.push_back(type);
  whole.emplace_back();
  real.emplace_back();
  single.emplace_back();
  truth.emplace_back();
  text.emplace_back();
}

Table table_of(Columns given, std::size_t rows) {
  const auto held = std::make_shared<const Columns>(std::move(given));
  std::vector<Column> columns;
  for (std::size_t i = 0; i < held->size(); ++i) {
    const void* values = nullptr;
    switch (held->types[i]) {
      case ColumnType::whole:
        values = held->whole[i].data();
        break;
      case ColumnType::real:
        values = held->real[i].data();
        break;
      case ColumnType::single:
        values = held->single[i].data();
        break;
      case ColumnType::truth:
        values = held->truth[i].data();
        break;
      case ColumnType::text:
        values = held->text[i].data();
        break;
    }
    columns.push_back({held->names[i], held->types[i], values});
  }
  return {std::move(columns), rows, held};
}

namespace {

template <typename Value>
nb::object view(const Column& column, std::size_t rows, nb::handle owner) {
  using Array = nb::ndarray<nb::numpy, const Value, nb::ndim<1>>;
  return nb::cast(Array(static_cast<const Value*>(column.values), {rows}, owner));
}

// NumPy's view of a column; of text a list.
nb::object array_of(const Table& table, const Column& column, nb::handle owner) {
  switch (column.type) {
    case ColumnType::whole:
      return view<std::int64_t>(column, table.rows(), owner);
    case ColumnType::real:
      return view<double>(column, table.rows(), owner);
    case ColumnType::single:
      return view<float>(column, table.rows(), owner);
    case ColumnType::truth:
      return view<bool>(column, table.rows(), owner);
    case ColumnType::text:
      break;
  }
  const auto* texts = static_cast<const std::string*>(column.values);
  nb::list list;
  for (std::size_t i = 0; i < table.rows(); ++i) list.append(nb::cast(FileText(texts[i])));
  return list;
}

}  // namespace

void bind_table(nb::module_& module) {
  nb::class_<Table>(module, "Columns")
      .def("__len__", &Table::rows)
      .def("names",
           [](const Table& table) {
             std::vector<std::string> names;
             for (const Column& column : table.columns()) names.push_back(column.name);
             return names;
           })
      .def("column",
           [](nb::handle_t<Table> self, const std::string& name) -> nb::object {
             const Table& table = *nb::inst_ptr<Table>(self);
             const Column* column = table.find(name);
             if (column == nullptr) return nb::none();
             return array_of(table, *column, self);
           })
      .def("only", &Table::only)
      .def("where", &Table::where)
      .def("arrow_stream", &arrow_stream);
}

}  // namespace auriga::python
