// The blendshape network of the open pack.
#pragma once

#include <string>
#include <string_view>

#include "tflite_network.hpp"

namespace auriga::open_pack {

// face_blendshapes.onnx, made of MediaPipe's face_blendshapes.tflite: `points` 1x146x2 in,
// `blendshapes` 52 out. The same bytes whoever the file came from. Throws Error(model) for a
// network that has not one input and one output, and as to_onnx().
std::string blendshapes_onnx(const TfliteNetwork& network);

// Of the file itself. `file`: for messages.
std::string blendshapes_onnx(const std::string& file, std::string_view tflite);

}  // namespace auriga::open_pack
