// Draws what was found into a picture: landmarks, head box, eyes, gaze (spec outputs.md section
// 10).
#pragma once

#include <cstdint>
#include <span>

#include "auriga/face.hpp"
#include "auriga/image.hpp"
#include "auriga/row.hpp"

namespace auriga {

struct Colour {
  std::uint8_t b = 0, g = 0, r = 0;
};

// A stroke with smooth edges: a pixel whose centre is d px from the line takes thickness / 2 + 1/2
// - d of the colour, between none and all. Pixels outside the image are not drawn; coordinates may
// be any numbers, and with one that is not finite nothing is drawn. Centres of pixels have whole
// coordinates. `image`: BGR. Does not allocate.
void draw_line(Image& image, Point2 from, Point2 to, float thickness, Colour colour);
// The outline of a circle; one that is as thick as it is wide becomes a disc.
void draw_circle(Image& image, Point2 centre, float radius, float thickness, Colour colour);
// From each point to the next and from the last to the first.
void draw_closed_polyline(Image& image, std::span<const Point2> points, float thickness,
                          Colour colour);

// A face with a confidence above 0.4; others are not drawn. Pictures, unlike videos, are drawn with
// confidence 1. Thickness grows with the width of the image. `camera`: the one of `result`. `gaze`:
// whether the result has eyes and gaze.
void draw_face(Image& image, const FrameResult& result, const Camera& camera, bool gaze);

}  // namespace auriga
