#include "base/pages.hpp"

#include <new>
#include <utility>

#include <sys/mman.h>

namespace auriga {
namespace {

constexpr std::size_t kLargePage = std::size_t{1} << 21;

}  // namespace

Pages::~Pages() {
  if (data_ != nullptr) munmap(data_, mapped_);
}

Pages::Pages(Pages&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)),
      size_(std::exchange(other.size_, 0)),
      mapped_(std::exchange(other.mapped_, 0)) {}

Pages& Pages::operator=(Pages&& other) noexcept {
  std::swap(data_, other.data_);
  std::swap(size_, other.size_);
  std::swap(mapped_, other.mapped_);
  return *this;
}

Pages Pages::own(std::size_t bytes) {
  // A large page more than needed, so that one begins in it; what lies before is given back.
  const std::size_t whole = (bytes + kLargePage - 1) / kLargePage * kLargePage;
  void* const mapped =
      mmap(nullptr, whole + kLargePage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (mapped == MAP_FAILED) throw std::bad_alloc();
  auto* const begin = static_cast<std::byte*>(mapped);
  const std::size_t before =
      (kLargePage - reinterpret_cast<std::size_t>(begin) % kLargePage) % kLargePage;
  if (before > 0) munmap(begin, before);
  if (before < kLargePage) munmap(begin + before + whole, kLargePage - before);
  Pages pages;
  pages.data_ = begin + before;
  pages.size_ = bytes;
  pages.mapped_ = whole;
#ifdef MADV_HUGEPAGE
  // No more than a hint. The last part of a large page would be memory for nothing.
  madvise(pages.data_, bytes / kLargePage * kLargePage, MADV_HUGEPAGE);
#endif
  return pages;
}

std::optional<Pages> Pages::of_file(int descriptor, std::size_t bytes) {
  void* const mapped = mmap(nullptr, bytes, PROT_READ, MAP_SHARED, descriptor, 0);
  if (mapped == MAP_FAILED) return std::nullopt;
  Pages pages;
  pages.data_ = static_cast<std::byte*>(mapped);
  pages.size_ = pages.mapped_ = bytes;
  return pages;
}

}  // namespace auriga
