// Orders to `auriga live`, as they come from a FIFO, in whatever pieces.
#include <string>

#include "fuzz_file.hpp"
#include "fuzz_folder.hpp"
#include "live_controls.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace auriga::app;
  const std::string_view text = auriga::fuzz::text(bytes, size);
  live_order(text);
  // What is not an order is complained about on standard error.
  LiveOrders orders;
  auriga::fuzz::with_file(bytes, size,
                          [&](const auto& file) { LiveCommands commands(file.string(), orders); });
  int count = 0;
  while (orders.take()) ++count;
  if (count > 16) __builtin_trap();
  return 0;
}
