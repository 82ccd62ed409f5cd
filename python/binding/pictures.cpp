#include "pictures.hpp"

#include <limits>

#include <fmt/format.h>
#include <nanobind/ndarray.h>

#include "auriga/error.hpp"

namespace auriga::python {
namespace {

namespace nb = nanobind;
using Array = nb::ndarray<nb::ro>;

constexpr const char* kExpected =
    "expected a picture as an array of height x width x 3 of uint8 (0..255), ";

[[noreturn]] void refuse(const std::string& found) {
  throw Error(ErrorCode::input, kExpected + ("found " + found));
}

std::string kind_of(nb::handle object) { return nb::str(object.type().attr("__name__")).c_str(); }

// As NumPy calls it.
std::string dtype_name(nb::dlpack::dtype type) {
  using Code = nb::dlpack::dtype_code;
  const auto code = static_cast<Code>(type.code);
  const char* word = code == Code::Float     ? "float"
                     : code == Code::UInt    ? "uint"
                     : code == Code::Int     ? "int"
                     : code == Code::Bool    ? "bool"
                     : code == Code::Complex ? "complex"
                                             : "another type of ";
  return code == Code::Bool ? word : fmt::format("{}{}", word, type.bits);
}

Array array_of(nb::handle given, nb::object& held) {
  Array array;
  if (nb::try_cast(given, array)) {
    held = nb::borrow(given);
    return array;
  }
  // Lists, pictures of Pillow and the like.
  if (!given.is_none() && !nb::isinstance<nb::str>(given) && !nb::isinstance<nb::dict>(given)) {
    try {
      held = nb::module_::import_("numpy").attr("asarray")(given);
    } catch (const nb::python_error&) {
      refuse(kind_of(given));
    }
    if (nb::try_cast(held, array)) return array;
  }
  refuse(kind_of(given));
}

}  // namespace

ChannelOrder channel_order(const std::string& word) {
  if (word == "bgr") return ChannelOrder::bgr;
  if (word == "rgb") return ChannelOrder::rgb;
  throw Error(ErrorCode::usage,
              "order expects \"bgr\" (OpenCV's) or \"rgb\", found '" + word + "'");
}

GivenPicture::GivenPicture(nb::handle given, ChannelOrder order, Image& copy) {
  const Array array = array_of(given, held_);
  if (array.device_type() != nb::device::cpu::value)
    refuse("one on an accelerator; copy it to the processor's memory");
  if (array.dtype() != nb::dtype<std::uint8_t>()) {
    const std::string found = dtype_name(array.dtype());
    refuse(found + (found.starts_with("float")
                        ? "; multiply values of 0..1 by 255 and make them uint8 with .astype"
                        : "; make it uint8 with .astype"));
  }
  std::string shape;
  for (std::size_t i = 0; i < array.ndim(); ++i)
    shape += fmt::format("{}{}", i == 0 ? "" : " x ", array.shape(i));
  if (array.ndim() != 3 || array.shape(2) != 3)
    refuse(array.ndim() == 2 ? shape + ", a grey picture; repeat it, numpy.dstack([a, a, a])"
                             : (shape.empty() ? "a number" : shape));
  constexpr std::size_t kMost = 1U << 16;  // px; no product of sizes overflows then
  const std::size_t height = array.shape(0), width = array.shape(1);
  if (height == 0 || width == 0) refuse(shape + ", an empty one");
  if (height > kMost || width > kMost) refuse(shape + fmt::format("; at most {} px a side", kMost));
  const auto* data = static_cast<const std::uint8_t*>(array.data());
  const std::int64_t down = array.stride(0), right = array.stride(1), channel = array.stride(2);
  const int w = static_cast<int>(width), h = static_cast<int>(height);
  if (order == ChannelOrder::bgr && channel == 1 && right == 3 &&
      down >= static_cast<std::int64_t>(3 * width)) {
    view_ = {data, w, h, 3, static_cast<std::ptrdiff_t>(down)};
    return;
  }
  copy.resize(w, h, 3);
  const std::int64_t first = order == ChannelOrder::rgb ? 2 * channel : 0;
  const std::int64_t step = order == ChannelOrder::rgb ? -channel : channel;
  for (int y = 0; y < h; ++y) {
    const std::uint8_t* from = data + y * down + first;
    std::uint8_t* to = copy.row(y);
    for (int x = 0; x < w; ++x, from += right, to += 3) {
      to[0] = from[0];
      to[1] = from[step];
      to[2] = from[2 * step];
    }
  }
  view_ = copy.view();
}

}  // namespace auriga::python
