#include <cstddef>
#include <cstdint>
#include <string>

#include "auriga/error.hpp"

#include "au/calibration_file.hpp"

// An Error is a good answer to bad input. What can be read can be written, and is the same when it
// is read again.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(bytes), size);
  auriga::Calibration calibration;
  try {
    calibration = auriga::parse_calibration("fuzz", text);
  } catch (const auriga::Error&) {
    return 0;
  }
  const std::string written = auriga::calibration_text(calibration, "fuzz");
  if (!(auriga::parse_calibration("fuzz", written) == calibration)) __builtin_trap();
  return 0;
}
