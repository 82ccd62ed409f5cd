// Leaves out what a TFLite network calculates and then drops.
#pragma once

#include <deque>
#include <string>
#include <vector>

#include "tflite_network.hpp"

namespace auriga::open_pack {

struct CroppedNetwork {
  TfliteNetwork network;              // refers to what the given one refers to, and to `constants`
  std::deque<std::string> constants;  // values of what has been added
};

// The same network, which of a tensor that a STRIDED_SLICE takes a part of (a mixer's first row)
// calculates that part only, as far back as an element depends on no other ones: through functions
// of each element, arithmetic, TRANSPOSE, MEAN and SUM along other axes, and CONV_2D with filters
// of one cell, which loses those that nobody asks for. The tensors `whole` stay what they are, and
// each element that stays is calculated as before.
//
// Throws nothing of its own: operators that the converter will refuse are left alone, and so is all
// of a network in which an operator takes what a later one makes.
CroppedNetwork without_unused_parts(const TfliteNetwork& network, const std::vector<int>& whole);

}  // namespace auriga::open_pack
