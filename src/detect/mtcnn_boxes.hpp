// The boxes between the stages of MTCNN: rounding, suppression, regression (spec mtcnn.md section
// 4).
#pragma once

#include <array>
#include <vector>

#include "detect/mtcnn_input.hpp"

namespace auriga {

struct MtcnnCandidate {
  float x = 0, y = 0, w = 0, h = 0;   // px; finite, below 2^24
  float score = 0;                    // probability of a face by the last network
  std::array<float, 4> regression{};  // of left, top, right, bottom; in widths and heights
  PixelBox rounded;                   // scratch of suppress(), with
  int place = 0;                      // the place among its input
};

// Each field to the nearest integer, halves to the even one.
PixelBox rounded(const MtcnnCandidate& box);

enum class OverlapOf { both, smaller };  // intersection over union, or over the smaller area

// What the next network sees of the picture for a box: one px more at the left and at the top, a
// heritage of counting from 1.
PixelBox crop_window(const MtcnnCandidate& box);

// Of boxes that overlap by more than `threshold`, keeps the one with the highest score; of equal
// scores, the one that comes last. Compares the rounded boxes. Leaves descending scores. Does not
// allocate.
void suppress(std::vector<MtcnnCandidate>& boxes, float threshold, OverlapOf overlap_of);

// Applies the regression of each box to the rounded box, which counts as `add` px wider and higher.
// Drops boxes whose numbers are then not finite or 2^24 and more, which only a damaged model makes.
void regress(std::vector<MtcnnCandidate>& boxes, int add);

// The squares around the same centres with the longer sides, all truncated towards zero.
void make_square(std::vector<MtcnnCandidate>& boxes);

}  // namespace auriga
