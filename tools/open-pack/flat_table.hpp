// Reader of FlatBuffers, the format of TFLite files, that believes nothing a file says about
// itself.
//
// A table is a list of numbered fields, each of which may be absent: a scalar, another table, a
// vector. All positions are offsets from where they stand; each is checked before it is followed.
#pragma once

#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace auriga::open_pack {

// A view: the bytes must outlive it. Every member throws Error(model), which names the file, when
// what it reads does not lie within the bytes.
class FlatTable {
 public:
  // The root table. `file` is for messages.
  FlatTable(const std::string& file, std::string_view bytes);

  // `fallback` when the field is absent.
  template <typename T>
  T scalar(int field, T fallback) const {
    const std::size_t at = position(field);
    return at == 0 ? fallback : number<T>(at);
  }

  std::optional<FlatTable> table(int field) const;

  // Vectors; empty when the field is absent. More elements than `most` are refused: vectors can
  // share their bytes, so that the size of the file alone does not bound the memory.
  std::vector<FlatTable> tables(int field, std::size_t most) const;
  std::vector<std::int32_t> integers(int field, std::size_t most) const;

  // A vector of bytes, or a string without its final zero.
  std::string_view bytes(int field) const;

  bool has(int field) const { return position(field) != 0; }

 private:
  struct Source {
    std::string file;
    std::string_view bytes;
  };
  FlatTable(std::shared_ptr<const Source> source, std::size_t at);

  template <typename T>
  T number(std::size_t at) const {
    need(at, sizeof(T));
    T value;
    std::memcpy(&value, source_->bytes.data() + at, sizeof(T));
    return value;
  }
  void need(std::size_t at, std::size_t size) const;
  std::size_t position(int field) const;  // 0: absent
  std::size_t follow(std::size_t at) const;
  struct Vector {
    std::size_t at = 0, count = 0;
  };
  Vector vector(int field, std::size_t element_size) const;
  void limit(std::size_t count, std::size_t most) const;

  std::shared_ptr<const Source> source_;
  std::size_t at_ = 0, vtable_ = 0, vtable_size_ = 0;
};

}  // namespace auriga::open_pack
