// Raw pictures of awkward sizes as BGR: too short ones are refused, others converted.
#include <cstddef>
#include <cstdint>
#include <vector>

#include "auriga/source.hpp"

#include "fuzz_choices.hpp"
#include "live/raw_picture.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace auriga;
  fuzz::Choices choices(bytes, size);
  const RawPixels pixels =
      choices.one_of({RawPixels::bgr24, RawPixels::rgb24, RawPixels::gray, RawPixels::yuyv422,
                      RawPixels::uyvy422, RawPixels::nv12, RawPixels::yuv420p});
  const int width = choices.number(1, 70), height = choices.number(1, 20);
  const std::size_t wanted = raw_bytes(pixels, width, height);
  std::vector<std::uint8_t> picture(wanted - static_cast<std::size_t>(choices.flag()));
  for (std::uint8_t& byte : picture) byte = choices.raw<std::uint8_t>();
  RawConverter converter;
  Frame frame;
  const bool converted = converter.convert(pixels, width, height, picture, 0, frame);
  if (converted != (picture.size() == wanted)) __builtin_trap();
  if (converted && (frame.bgr().width != width || frame.bgr().height != height)) __builtin_trap();
  return 0;
}
