// Large memory that is written once and read often.
#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>

namespace auriga {

// Begins on a page. Movable; one thread at a time may write, any number may read.
class Pages {
 public:
  Pages() = default;  // none
  ~Pages();
  Pages(Pages&& other) noexcept;
  Pages& operator=(Pages&& other) noexcept;

  // Of the process alone, zeros; large pages where the system has them, which saves the lookup of
  // addresses some 10 % of the time of a kernel that streams through it. Throws std::bad_alloc.
  static Pages own(std::size_t bytes);

  // All of an open file of that size, read-only and shared with all processes that map it. Nothing
  // if the system will not. The file must not become shorter as long as this lives.
  static std::optional<Pages> of_file(int descriptor, std::size_t bytes);

  std::byte* data() { return data_; }  // own() only
  const std::byte* data() const { return data_; }
  std::size_t size() const { return size_; }
  explicit operator bool() const { return data_ != nullptr; }

 private:
  std::byte* data_ = nullptr;
  std::size_t size_ = 0, mapped_ = 0;
};

}  // namespace auriga
