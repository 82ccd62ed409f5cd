// From the raw outputs of the BlazeFace networks to boxes.
#pragma once

#include <span>
#include <vector>

#include "auriga/face.hpp"

#include "detect/blazeface_input.hpp"

namespace auriga {

// One of the two networks: `cells` of equal distance cover the input, and at the centre of each
// are `anchors` anchors.
struct BlazeFaceLevel {
  int cells;    // along each side
  int anchors;  // per cell
};

// What there is to know of one of the networks.
struct BlazeFaceAnchors {
  int input;  // px, width and height of the input
  std::vector<BlazeFaceLevel> levels;

  static BlazeFaceAnchors short_range() { return {128, {{16, 2}, {8, 6}}}; }
  static BlazeFaceAnchors full_range() { return {192, {{48, 1}}}; }
  int count() const;
};

// Appends to `faces` those above `threshold`, in the order of the anchors, px of the picture that
// lay in the input as `place` says, pixel centres at whole numbers. `boxes`: per anchor 16 numbers,
// px of the input from the anchor: centre, width, height, and six points: pupils, nose tip, middle
// of the mouth, ears. `scores`: per anchor the logarithm of the odds. Drops what is not finite and
// boxes without area.
void decode(const BlazeFaceAnchors& anchors, std::span<const float> boxes,
            std::span<const float> scores, const Letterbox& place, float threshold,
            std::vector<FaceBox>& faces);

// Intersection over union, and over the smaller box; 0 where there is nothing to divide by.
float intersection_over_union(const FaceBox& a, const FaceBox& b);
float intersection_over_smaller(const FaceBox& a, const FaceBox& b);

// Weighted non-maximum suppression: the best box and all that overlap it by an IoU above
// `max_overlap` become one: their mean, weighted by the scores, with the best one's score; and so
// on with the rest. Of equal scores, the first counts as the better. Leaves descending scores.
// `scratch`: any; kept from call to call it saves allocations.
void merge_overlapping(std::vector<FaceBox>& faces, float max_overlap,
                       std::vector<FaceBox>& scratch);

}  // namespace auriga
