#include "base/memory.hpp"

#include <cstddef>
#include <cstdlib>
#include <new>

namespace auriga {

void require_memory() {
  constexpr std::size_t kBytes = std::size_t{64} << 20;
  // Volatile, or a compiler may leave both calls out.
  void* volatile probe = std::malloc(kBytes);
  if (probe == nullptr) throw std::bad_alloc();
  std::free(probe);
}

}  // namespace auriga
