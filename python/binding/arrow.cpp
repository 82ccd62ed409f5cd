// The Arrow C data interface and C stream interface.
#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "table.hpp"

// As the specification has them.
extern "C" {
struct ArrowSchema {
  const char* format;
  const char* name;
  const char* metadata;
  std::int64_t flags;
  std::int64_t n_children;
  ArrowSchema** children;
  ArrowSchema* dictionary;
  void (*release)(ArrowSchema*);
  void* private_data;
};
struct ArrowArray {
  std::int64_t length;
  std::int64_t null_count;
  std::int64_t offset;
  std::int64_t n_buffers;
  std::int64_t n_children;
  const void** buffers;
  ArrowArray** children;
  ArrowArray* dictionary;
  void (*release)(ArrowArray*);
  void* private_data;
};
struct ArrowArrayStream {
  int (*get_schema)(ArrowArrayStream*, ArrowSchema* out);
  int (*get_next)(ArrowArrayStream*, ArrowArray* out);
  const char* (*get_last_error)(ArrowArrayStream*);
  void (*release)(ArrowArrayStream*);
  void* private_data;
};
}

namespace auriga::python {
namespace {

const char* format_of(ColumnType type) {
  switch (type) {
    case ColumnType::whole:
      return "l";
    case ColumnType::real:
      return "g";
    case ColumnType::single:
      return "f";
    case ColumnType::truth:
      return "b";
    case ColumnType::text:
      return "U";
  }
  return "";
}

// What a schema or an array holds. A consumer may move children out and release them by
// themselves, in any order.
struct SchemaParts {
  std::string name;
  std::vector<ArrowSchema> children;
  std::vector<ArrowSchema*> pointers;
};

void release_schema(ArrowSchema* schema) {
  auto* parts = static_cast<SchemaParts*>(schema->private_data);
  for (ArrowSchema& child : parts->children)
    if (child.release != nullptr) child.release(&child);
  delete parts;
  schema->release = nullptr;
}

void fill(ArrowSchema& schema, const char* format, SchemaParts* parts) {
  for (ArrowSchema& child : parts->children) parts->pointers.push_back(&child);
  schema = {};
  schema.format = format;
  schema.name = parts->name.c_str();
  schema.n_children = static_cast<std::int64_t>(parts->children.size());
  schema.children = parts->pointers.empty() ? nullptr : parts->pointers.data();
  schema.release = release_schema;
  schema.private_data = parts;
}

void describe(const Table& table, ArrowSchema& out) {
  auto* top = new SchemaParts;
  top->children.resize(table.columns().size());
  for (std::size_t i = 0; i < table.columns().size(); ++i) {
    const Column& column = table.columns()[i];
    fill(top->children[i], format_of(column.type), new SchemaParts{column.name, {}, {}});
  }
  fill(out, "+s", top);
}

struct ArrayParts {
  std::shared_ptr<const void> owner;
  std::vector<std::uint8_t> bits;     // of truths
  std::vector<std::int64_t> offsets;  // of texts
  std::string characters;
  std::vector<const void*> buffers;
  std::vector<ArrowArray> children;
  std::vector<ArrowArray*> pointers;
};

void release_array(ArrowArray* array) {
  auto* parts = static_cast<ArrayParts*>(array->private_data);
  for (ArrowArray& child : parts->children)
    if (child.release != nullptr) child.release(&child);
  delete parts;
  array->release = nullptr;
}

void fill(ArrowArray& array, std::size_t rows, ArrayParts* parts) {
  for (ArrowArray& child : parts->children) parts->pointers.push_back(&child);
  array = {};
  array.length = static_cast<std::int64_t>(rows);
  array.n_buffers = static_cast<std::int64_t>(parts->buffers.size());
  array.buffers = parts->buffers.data();
  array.n_children = static_cast<std::int64_t>(parts->children.size());
  array.children = parts->pointers.empty() ? nullptr : parts->pointers.data();
  array.release = release_array;
  array.private_data = parts;
}

void fill(ArrowArray& array, const Table& table, const Column& column) {
  auto* parts = new ArrayParts;
  parts->owner = table.owner();
  parts->buffers.push_back(nullptr);  // no nulls
  if (column.type == ColumnType::truth) {
    const auto* values = static_cast<const std::uint8_t*>(column.values);
    parts->bits.assign(table.rows() / 8 + 1, 0);
    for (std::size_t i = 0; i < table.rows(); ++i)
      if (values[i] != 0) parts->bits[i / 8] |= static_cast<std::uint8_t>(1U << (i % 8));
    parts->buffers.push_back(parts->bits.data());
  } else if (column.type == ColumnType::text) {
    const auto* values = static_cast<const std::string*>(column.values);
    parts->offsets.push_back(0);
    for (std::size_t i = 0; i < table.rows(); ++i) {
      parts->characters += values[i];
      parts->offsets.push_back(static_cast<std::int64_t>(parts->characters.size()));
    }
    parts->buffers.push_back(parts->offsets.data());
    parts->buffers.push_back(parts->characters.data());
  } else {
    parts->buffers.push_back(column.values);
  }
  fill(array, table.rows(), parts);
}

struct Stream {
  Table table;
  bool given = false;
};

int get_schema(ArrowArrayStream* stream, ArrowSchema* out) noexcept {
  try {
    describe(static_cast<Stream*>(stream->private_data)->table, *out);
    return 0;
  } catch (...) {
    return ENOMEM;
  }
}

int get_next(ArrowArrayStream* stream, ArrowArray* out) noexcept {
  auto& given = *static_cast<Stream*>(stream->private_data);
  *out = {};  // released: the end
  if (given.given) return 0;
  try {
    const Table& table = given.table;
    auto* top = new ArrayParts;
    top->owner = table.owner();
    top->buffers.push_back(nullptr);
    top->children.resize(table.columns().size());
    for (std::size_t i = 0; i < table.columns().size(); ++i)
      fill(top->children[i], table, table.columns()[i]);
    fill(*out, table.rows(), top);
    given.given = true;
    return 0;
  } catch (...) {
    return ENOMEM;
  }
}

const char* get_last_error(ArrowArrayStream*) noexcept { return "out of memory"; }

void release_stream(ArrowArrayStream* stream) noexcept {
  delete static_cast<Stream*>(stream->private_data);
  stream->release = nullptr;
}

}  // namespace

nanobind::capsule arrow_stream(const Table& table) {
  auto* stream =
      new ArrowArrayStream{get_schema, get_next, get_last_error, release_stream, new Stream{table}};
  return {stream, "arrow_array_stream", [](void* pointer) noexcept {
            auto* unused = static_cast<ArrowArrayStream*>(pointer);
            if (unused->release != nullptr) unused->release(unused);
            delete unused;
          }};
}

}  // namespace auriga::python
