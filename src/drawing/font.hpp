// Text for pictures, in a small font of our own: printable ASCII as 5 x 9 dots that are joined to
// smooth strokes, so that it can be drawn at any size.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "auriga/image.hpp"

#include "drawing/overlay.hpp"

namespace auriga {

// Rows from the top, the leftmost dot in bit 4. Capitals and digits stand in the rows 0..6; rows 7
// and 8 are for what hangs below the line.
using Glyph = std::array<std::uint8_t, 9>;
// Of a character from ' ' to '~'; every other byte has the glyph of '?'.
const Glyph& glyph(char c);

inline constexpr int kCapitalDots = 7, kGlyphDots = 9;  // heights

// From the left edge of the first dot to the right edge of the last, px. `dot`: px from a dot to
// the next. Letters are as wide as they need, all digits are alike. 0 for an empty text.
float text_width(std::string_view text, float dot);

// `left`, `top`: edges of the text's first dot column and of its capitals, px. Strokes are one dot
// thick. Pixels outside the image are not drawn. `image`: BGR. `dot` > 0; with one that is not a
// number, or a place that is none, nothing is drawn. Does not allocate.
void draw_text(Image& image, float left, float top, std::string_view text, float dot,
               Colour colour);

}  // namespace auriga
