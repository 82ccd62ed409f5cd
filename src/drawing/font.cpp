#include "drawing/font.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <cstddef>

namespace auriga {
namespace {

constexpr int kColumns = 5;
constexpr int kSpaceDots = 3;

constexpr std::array<Glyph, 95> kGlyphs{{
    {0, 0, 0, 0, 0, 0, 0, 0, 0},         // space
    {4, 4, 4, 4, 4, 0, 4, 0, 0},         // !
    {10, 10, 10, 0, 0, 0, 0, 0, 0},      // "
    {0, 10, 31, 10, 10, 31, 10, 0, 0},   // #
    {4, 15, 20, 14, 5, 30, 4, 0, 0},     // $
    {24, 25, 2, 4, 8, 19, 3, 0, 0},      // %
    {12, 18, 20, 8, 21, 18, 13, 0, 0},   // &
    {4, 4, 4, 0, 0, 0, 0, 0, 0},         // '
    {2, 4, 8, 8, 8, 4, 2, 0, 0},         // (
    {8, 4, 2, 2, 2, 4, 8, 0, 0},         // )
    {0, 4, 21, 14, 21, 4, 0, 0, 0},      // *
    {0, 4, 4, 31, 4, 4, 0, 0, 0},        // +
    {0, 0, 0, 0, 0, 0, 4, 4, 8},         // ,
    {0, 0, 0, 14, 0, 0, 0, 0, 0},        // -
    {0, 0, 0, 0, 0, 0, 4, 0, 0},         // .
    {1, 1, 2, 4, 8, 16, 16, 0, 0},       // /
    {14, 17, 19, 21, 25, 17, 14, 0, 0},  // 0
    {4, 12, 4, 4, 4, 4, 14, 0, 0},       // 1
    {14, 17, 1, 2, 4, 8, 31, 0, 0},      // 2
    {31, 2, 4, 2, 1, 17, 14, 0, 0},      // 3
    {2, 6, 10, 18, 31, 2, 2, 0, 0},      // 4
    {31, 16, 30, 1, 1, 17, 14, 0, 0},    // 5
    {6, 8, 16, 30, 17, 17, 14, 0, 0},    // 6
    {31, 1, 2, 4, 8, 8, 8, 0, 0},        // 7
    {14, 17, 17, 14, 17, 17, 14, 0, 0},  // 8
    {14, 17, 17, 15, 1, 2, 12, 0, 0},    // 9
    {0, 0, 4, 0, 0, 0, 4, 0, 0},         // :
    {0, 0, 4, 0, 0, 0, 4, 4, 8},         // ;
    {1, 2, 4, 8, 4, 2, 1, 0, 0},         // <
    {0, 0, 31, 0, 31, 0, 0, 0, 0},       // =
    {16, 8, 4, 2, 4, 8, 16, 0, 0},       // >
    {14, 17, 1, 2, 4, 0, 4, 0, 0},       // ?
    {14, 17, 23, 21, 23, 16, 14, 0, 0},  // @
    {4, 10, 17, 17, 31, 17, 17, 0, 0},   // A
    {30, 17, 17, 30, 17, 17, 30, 0, 0},  // B
    {14, 17, 16, 16, 16, 17, 14, 0, 0},  // C
    {30, 17, 17, 17, 17, 17, 30, 0, 0},  // D
    {31, 16, 16, 30, 16, 16, 31, 0, 0},  // E
    {31, 16, 16, 30, 16, 16, 16, 0, 0},  // F
    {14, 17, 16, 23, 17, 17, 14, 0, 0},  // G
    {17, 17, 17, 31, 17, 17, 17, 0, 0},  // H
    {14, 4, 4, 4, 4, 4, 14, 0, 0},       // I
    {1, 1, 1, 1, 17, 17, 14, 0, 0},      // J
    {17, 18, 20, 24, 20, 18, 17, 0, 0},  // K
    {16, 16, 16, 16, 16, 16, 31, 0, 0},  // L
    {17, 27, 21, 21, 17, 17, 17, 0, 0},  // M
    {17, 17, 25, 21, 19, 17, 17, 0, 0},  // N
    {14, 17, 17, 17, 17, 17, 14, 0, 0},  // O
    {30, 17, 17, 30, 16, 16, 16, 0, 0},  // P
    {14, 17, 17, 17, 21, 18, 13, 0, 0},  // Q
    {30, 17, 17, 30, 20, 18, 17, 0, 0},  // R
    {15, 16, 16, 14, 1, 1, 30, 0, 0},    // S
    {31, 4, 4, 4, 4, 4, 4, 0, 0},        // T
    {17, 17, 17, 17, 17, 17, 14, 0, 0},  // U
    {17, 17, 17, 17, 10, 10, 4, 0, 0},   // V
    {17, 17, 17, 21, 21, 27, 17, 0, 0},  // W
    {17, 17, 10, 4, 10, 17, 17, 0, 0},   // X
    {17, 17, 10, 4, 4, 4, 4, 0, 0},      // Y
    {31, 1, 2, 4, 8, 16, 31, 0, 0},      // Z
    {14, 8, 8, 8, 8, 8, 14, 0, 0},       // [
    {16, 16, 8, 4, 2, 1, 1, 0, 0},       // backslash
    {14, 2, 2, 2, 2, 2, 14, 0, 0},       // ]
    {4, 10, 17, 0, 0, 0, 0, 0, 0},       // ^
    {0, 0, 0, 0, 0, 0, 0, 31, 0},        // _
    {8, 4, 0, 0, 0, 0, 0, 0, 0},         // `
    {0, 0, 14, 1, 15, 17, 15, 0, 0},     // a
    {16, 16, 30, 17, 17, 17, 30, 0, 0},  // b
    {0, 0, 15, 16, 16, 16, 15, 0, 0},    // c
    {1, 1, 15, 17, 17, 17, 15, 0, 0},    // d
    {0, 0, 14, 17, 31, 16, 15, 0, 0},    // e
    {6, 8, 30, 8, 8, 8, 8, 0, 0},        // f
    {0, 0, 15, 17, 17, 17, 15, 1, 14},   // g
    {16, 16, 30, 17, 17, 17, 17, 0, 0},  // h
    {4, 0, 4, 4, 4, 4, 4, 0, 0},         // i
    {2, 0, 2, 2, 2, 2, 2, 2, 12},        // j
    {16, 16, 18, 20, 24, 20, 18, 0, 0},  // k
    {8, 8, 8, 8, 8, 8, 4, 0, 0},         // l
    {0, 0, 30, 21, 21, 21, 21, 0, 0},    // m
    {0, 0, 30, 17, 17, 17, 17, 0, 0},    // n
    {0, 0, 14, 17, 17, 17, 14, 0, 0},    // o
    {0, 0, 30, 17, 17, 17, 30, 16, 16},  // p
    {0, 0, 15, 17, 17, 17, 15, 1, 1},    // q
    {0, 0, 22, 24, 16, 16, 16, 0, 0},    // r
    {0, 0, 15, 16, 14, 1, 30, 0, 0},     // s
    {8, 8, 30, 8, 8, 8, 6, 0, 0},        // t
    {0, 0, 17, 17, 17, 17, 15, 0, 0},    // u
    {0, 0, 17, 17, 10, 10, 4, 0, 0},     // v
    {0, 0, 21, 21, 21, 21, 10, 0, 0},    // w
    {0, 0, 17, 10, 4, 10, 17, 0, 0},     // x
    {0, 0, 17, 17, 17, 17, 15, 1, 14},   // y
    {0, 0, 31, 2, 4, 8, 31, 0, 0},       // z
    {2, 4, 4, 8, 4, 4, 2, 0, 0},         // {
    {4, 4, 4, 4, 4, 4, 4, 4, 0},         // |
    {8, 4, 4, 2, 4, 4, 8, 0, 0},         // }
    {0, 0, 0, 13, 22, 0, 0, 0, 0},       // ~
}};

bool lit(const Glyph& dots, int column, int row) {
  return column >= 0 && column < kColumns && row < kGlyphDots &&
         (dots[static_cast<std::size_t>(row)] >> (kColumns - 1 - column) & 1) != 0;
}

// Which columns of the cell a character takes.
struct Extent {
  int first, count;
};

Extent extent(char c) {
  if (c == ' ') return {0, kSpaceDots};
  if (c >= '0' && c <= '9') return {0, kColumns};
  unsigned all = 0;
  for (const std::uint8_t row : glyph(c)) all |= row;
  int first = 0, last = kColumns - 1;
  while ((all >> (kColumns - 1 - first) & 1) == 0) ++first;
  while ((all >> (kColumns - 1 - last) & 1) == 0) --last;
  return {first, last - first + 1};
}

struct Stroke {
  float x, y, dx, dy;  // from a dot by -1, 0 or 1 in each direction

  float distance(float px, float py) const {
    const float square = dx * dx + dy * dy;
    const float along = ((px - x) * dx + (py - y) * dy) / std::max(square, 1.0f);
    const float t = std::clamp(along, 0.0f, 1.0f);
    return std::hypot(px - x - t * dx, py - y - t * dy);
  }
};

// The strokes of a glyph, in dots from the centre of its top left one: neighbours are joined, those
// across a corner only if nothing joins them otherwise.
struct Strokes {
  std::array<Stroke, static_cast<std::size_t>(kColumns) * kGlyphDots * 4> all;
  std::size_t count = 0;

  explicit Strokes(const Glyph& dots) {
    for (int y = 0; y < kGlyphDots; ++y) {
      for (int x = 0; x < kColumns; ++x) {
        if (!lit(dots, x, y)) continue;
        const bool right = lit(dots, x + 1, y), below = lit(dots, x, y + 1);
        add(x, y, 0, 0);
        if (right) add(x, y, 1, 0);
        if (below) add(x, y, 0, 1);
        if (!right && !below && lit(dots, x + 1, y + 1)) add(x, y, 1, 1);
        if (!lit(dots, x - 1, y) && !below && lit(dots, x - 1, y + 1)) add(x, y, -1, 1);
      }
    }
  }

  void add(int x, int y, int dx, int dy) {
    all[count++] = {static_cast<float>(x), static_cast<float>(y), static_cast<float>(dx),
                    static_cast<float>(dy)};
  }
};

// `left`, `top`: centre of the glyph's first dot.
void draw_glyph(Image& image, float left, float top, const Glyph& dots, float dot, Colour colour) {
  const Strokes strokes(dots);
  const float reach = dot + 1;
  const auto bound = [](float v, int size) {
    return static_cast<int>(std::clamp(v, 0.0f, static_cast<float>(size)));
  };
  const int x_end = bound(left + kColumns * dot + reach, image.width()),
            y_end = bound(top + kGlyphDots * dot + reach, image.height());
  for (int y = bound(top - reach, image.height()); y < y_end; ++y) {
    for (int x = bound(left - reach, image.width()); x < x_end; ++x) {
      float nearest = 1e9f;
      for (std::size_t i = 0; i < strokes.count; ++i)
        nearest = std::min(nearest, strokes.all[i].distance((static_cast<float>(x) - left) / dot,
                                                            (static_cast<float>(y) - top) / dot));
      const float cover = std::clamp(dot / 2 + 0.5f - nearest * dot, 0.0f, 1.0f);
      std::uint8_t* pixel = image.row(y) + 3 * x;
      const std::array<std::uint8_t, 3> bgr{colour.b, colour.g, colour.r};
      for (std::size_t c = 0; c < 3; ++c)
        pixel[c] = static_cast<std::uint8_t>(static_cast<float>(pixel[c]) * (1 - cover) +
                                             static_cast<float>(bgr[c]) * cover + 0.5f);
    }
  }
}

}  // namespace

const Glyph& glyph(char c) {
  if (c < ' ' || c > '~') c = '?';
  return kGlyphs[static_cast<std::size_t>(c - ' ')];
}

float text_width(std::string_view text, float dot) {
  int dots = 0;
  for (const char c : text) dots += extent(c).count + 1;
  return static_cast<float>(std::max(dots - 1, 0)) * dot;
}

void draw_text(Image& image, float left, float top, std::string_view text, float dot,
               Colour colour) {
  assert(image.channels() == 3);
  if (!std::isfinite(left) || !std::isfinite(top) || !(dot > 0) || dot > 1e4f) return;
  // Centres of pixels have whole coordinates: the edge of the picture is at -1/2.
  float x = left - 0.5f + dot / 2;
  const float y = top - 0.5f + dot / 2;
  for (const char c : text) {
    const Extent columns = extent(c);
    draw_glyph(image, x - static_cast<float>(columns.first) * dot, y, glyph(c), dot, colour);
    x += static_cast<float>(columns.count + 1) * dot;
  }
}

}  // namespace auriga
