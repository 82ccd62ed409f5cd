// ICT-FaceKit's head as convert_ict.py writes it: mean, identity modes, expression shapes.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace auriga::training {

// Of which part of the head a vertex is, by ICT-FaceKit's vertex order.
enum class HeadPart : std::uint8_t { face, neck, mouth, socket, gums, teeth, eye, hidden };

// Coordinates in cm: x to the person's left, y up, z out of the face. Immutable.
struct HeadModel {
  int vertices = 0;
  std::vector<float> mean;                    // vertices x 3
  std::vector<float> identities;              // modes x vertices x 3, per standard deviation
  std::vector<float> expressions;             // shapes x vertices x 3, at full activation
  std::vector<std::string> expression_names;  // e.g. mouthSmile_L
  std::vector<std::array<int, 3>> triangles;  // without hidden parts (lashes, tear film)
  std::array<int, 68> landmarks{};            // vertices, in iBUG order
  std::vector<HeadPart> parts;                // of each vertex

  int identity_modes() const;
  // Index of an expression shape. Throws Error(model) when there is none of that name.
  int expression(std::string_view name) const;
};

// Throws Error(model) naming file, expected and found.
HeadModel read_head_model(const std::filesystem::path& file);

// mean + coefficients[i] * modes[i], added up into `out` (vertices x 3).
void deform(std::span<const float> mean, std::span<const float> modes,
            std::span<const float> coefficients, std::vector<float>& out);

}  // namespace auriga::training
