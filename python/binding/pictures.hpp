// Pictures that Python hands over.
#pragma once

#include <string>

#include <nanobind/nanobind.h>

#include "auriga/image.hpp"

namespace auriga::python {

enum class ChannelOrder { bgr, rgb };
// Throws Error(usage) for other words than bgr and rgb.
ChannelOrder channel_order(const std::string& word);

// A picture for as long as this lives and the array is not written to. Arrays of BGR whose pixels
// lie one behind the other are looked at where they are; of others a copy is made.
class GivenPicture {
 public:
  // `array`: height x width x 3, uint8, in memory of the processor; anything that NumPy makes such
  // an array of. `copy` is used where one is needed, and keeps its room. Throws Error(input) for
  // others, naming what was expected and what was found.
  GivenPicture(nanobind::handle array, ChannelOrder order, Image& copy);

  ImageView view() const { return view_; }

 private:
  nanobind::object held_;
  ImageView view_;
};

}  // namespace auriga::python
