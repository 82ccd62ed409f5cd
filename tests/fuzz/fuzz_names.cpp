// Small texts from outside: names of files that others left, who connects to a WebSocket, words of
// `auriga live`.
#include <string>

#include "files/face_folder.hpp"
#include "files/natural_order.hpp"
#include "files/part_name.hpp"
#include "files/table_name.hpp"
#include "fuzz_folder.hpp"
#include "live/websocket.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace auriga;
  const std::string text(fuzz::text(bytes, size));
  if (const auto part = parse_part_name(text); part && part->stem.empty()) __builtin_trap();
  is_face_file(text);
  table_stem(text);
  beside_table(text, ".hog");
  const std::string half = text.substr(0, size / 2), rest = text.substr(size / 2);
  // An order: nothing comes before itself, and of two at most one before the other.
  if (natural_less(text, text) || (natural_less(half, rest) && natural_less(rest, half)))
    __builtin_trap();
  origin_allowed(half, {rest});
  if (host_allowed(half, true) && !host_allowed(half, false)) __builtin_trap();
  is_loopback(half);
  return 0;
}
