#include "flat_table.hpp"

#include <bit>
#include <utility>

#include "refuse.hpp"

namespace auriga::open_pack {

static_assert(std::endian::native == std::endian::little, "FlatBuffers are little-endian");

FlatTable::FlatTable(const std::string& file, std::string_view bytes)
    : FlatTable(std::make_shared<const Source>(Source{file, bytes}), 0) {}

FlatTable::FlatTable(std::shared_ptr<const Source> source, std::size_t at)
    : source_(std::move(source)) {
  at_ = follow(at);
  const auto back = static_cast<std::int64_t>(at_) - number<std::int32_t>(at_);
  if (back < 0)
    refuse(source_->file, "a table at byte " + std::to_string(at_),
           "one whose field list would lie before the file");
  vtable_ = static_cast<std::size_t>(back);
  vtable_size_ = number<std::uint16_t>(vtable_);
  need(vtable_, vtable_size_);
}

void FlatTable::need(std::size_t at, std::size_t size) const {
  const std::size_t all = source_->bytes.size();
  if (at > all || size > all - at)
    refuse(source_->file, std::to_string(size) + " bytes at byte " + std::to_string(at),
           "a file of " + std::to_string(all) + " bytes: damaged or cut short");
}

std::size_t FlatTable::follow(std::size_t at) const { return at + number<std::uint32_t>(at); }

std::size_t FlatTable::position(int field) const {
  const std::size_t slot = 4 + 2 * static_cast<std::size_t>(field);
  if (slot + 2 > vtable_size_) return 0;
  const auto offset = number<std::uint16_t>(vtable_ + slot);
  return offset == 0 ? 0 : at_ + offset;
}

std::optional<FlatTable> FlatTable::table(int field) const {
  const std::size_t at = position(field);
  if (at == 0) return std::nullopt;
  return FlatTable(source_, at);
}

FlatTable::Vector FlatTable::vector(int field, std::size_t element_size) const {
  std::size_t at = position(field);
  if (at == 0) return {};
  at = follow(at);
  const std::size_t count = number<std::uint32_t>(at);
  need(at + 4, count * element_size);
  return {at + 4, count};
}

void FlatTable::limit(std::size_t count, std::size_t most) const {
  if (count > most)
    refuse(source_->file, "a list of at most " + std::to_string(most) + " elements",
           std::to_string(count));
}

std::vector<FlatTable> FlatTable::tables(int field, std::size_t most) const {
  const Vector found = vector(field, 4);
  limit(found.count, most);
  std::vector<FlatTable> out;
  out.reserve(found.count);
  for (std::size_t i = 0; i < found.count; ++i) out.push_back(FlatTable(source_, found.at + 4 * i));
  return out;
}

std::vector<std::int32_t> FlatTable::integers(int field, std::size_t most) const {
  const Vector found = vector(field, sizeof(std::int32_t));
  limit(found.count, most);
  std::vector<std::int32_t> out(found.count);
  if (found.count > 0)
    std::memcpy(out.data(), source_->bytes.data() + found.at, found.count * sizeof(std::int32_t));
  return out;
}

std::string_view FlatTable::bytes(int field) const {
  const Vector found = vector(field, 1);
  return source_->bytes.substr(found.at, found.count);
}

}  // namespace auriga::open_pack
