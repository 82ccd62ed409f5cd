// What is built of JSON is dropped in order, wherever memory fails.
#include <cstddef>
#include <cstdlib>
#include <new>

#include <gtest/gtest.h>

#include "files/json.hpp"

namespace {

thread_local long left = -1;  // allocations until one fails; negative: none does

void* allocate(std::size_t size) {
  if (left == 0) {
    left = -1;
    throw std::bad_alloc();
  }
  if (left > 0) --left;
  if (void* block = std::malloc(size)) return block;
  throw std::bad_alloc();
}

}  // namespace

// Of this program, as tests/support/allocations.cpp has them.
void* operator new(std::size_t size) { return allocate(size); }
void* operator new[](std::size_t size) { return allocate(size); }
void operator delete(void* block) noexcept { std::free(block); }
void operator delete[](void* block) noexcept { std::free(block); }
void operator delete(void* block, std::size_t) noexcept { std::free(block); }
void operator delete[](void* block, std::size_t) noexcept { std::free(block); }

namespace auriga {
namespace {

TEST(JsonMemory, EveryAllocationMayFail) {
  const auto build = [] {
    return Json::object(
        {{"first", 1},
         {"text", "longer than what a string holds in place"},
         {"inner", Json::object({{"a", Json::array({1, "another long text of the list"})},
                                 {"a name that does not fit in place", 2.5}})}});
  };
  long failures = 0;
  for (bool is_whole = false; !is_whole && failures < 1000;) {
    left = failures;
    try {
      const Json json = build();
      const Json copy = json;
      is_whole = left >= 0;
      left = -1;
      EXPECT_TRUE(!is_whole || copy == json);
    } catch (const std::bad_alloc&) {
      ++failures;
    }
  }
  EXPECT_GT(failures, 10);
  EXPECT_LT(failures, 1000);
}

}  // namespace
}  // namespace auriga
