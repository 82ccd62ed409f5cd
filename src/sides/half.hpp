// Which half of a face, and which points of it mirror which.
#pragma once

#include <array>
#include <cstddef>
#include <utility>

#include "auriga/face.hpp"

namespace auriga {

// By the side of the picture: of somebody who faces the camera the left half of the picture shows
// the right half of the face, unless the recording is mirrored.
enum class PictureHalf { left, right };
inline constexpr std::array<PictureHalf, 2> kPictureHalves = {PictureHalf::left,
                                                              PictureHalf::right};

// Of the 68 landmarks the one that each becomes in a mirror; those of the middle are their own.
inline constexpr std::array<std::size_t, kLandmarks> kMirroredLandmark = [] {
  std::array<std::size_t, kLandmarks> other{};
  for (std::size_t i = 0; i < kLandmarks; ++i) other[i] = i;
  const auto swap_all = [&](std::size_t first, std::size_t last, std::size_t sum) {
    for (std::size_t i = first; i <= last; ++i) other[i] = sum - i;
  };
  swap_all(0, 16, 16);   // jaw
  swap_all(17, 26, 43);  // brows
  swap_all(31, 35, 66);  // nostrils
  constexpr std::array<std::pair<std::size_t, std::size_t>, 6> kEyes = {
      {{36, 45}, {37, 44}, {38, 43}, {39, 42}, {40, 47}, {41, 46}}};
  for (const auto& [left, right] : kEyes) {
    other[left] = right;
    other[right] = left;
  }
  swap_all(48, 54, 102);  // outer edge of the upper lip
  swap_all(55, 59, 114);  // outer edge of the lower lip
  swap_all(60, 64, 124);  // inner edges
  swap_all(65, 67, 132);
  return other;
}();

// Whether one of the 68 landmarks is on the right of the picture; neither in the middle.
constexpr bool is_on_right(std::size_t i) {
  return (i >= 9 && i <= 16) || (i >= 22 && i <= 26) || (i >= 34 && i <= 35) ||
         (i >= 42 && i <= 47) || (i >= 52 && i <= 56) || (i >= 63 && i <= 65);
}

// Where the middle of the face is told from: the inner ends of the brows, and the chin.
inline constexpr std::size_t kLeftBrowEnd = 21, kRightBrowEnd = 22, kChinPoint = 8;

// Of MediaPipe's mesh the points on the left of the picture with those that mirror them: all that
// action units are told from, and what the mesh is aligned by. Of the others that are looked at,
// all are in the middle.
inline constexpr std::array<std::pair<std::size_t, std::size_t>, 55> kMirroredMesh{
    {{33, 263},  {133, 362}, {109, 338}, {67, 297},  {103, 332}, {54, 284},  {21, 251},  {162, 389},
     {127, 356}, {234, 454}, {122, 351}, {196, 419}, {174, 399}, {198, 420}, {55, 285},  {107, 336},
     {65, 295},  {66, 296},  {52, 282},  {105, 334}, {53, 283},  {63, 293},  {46, 276},  {70, 300},
     {159, 386}, {158, 385}, {160, 387}, {145, 374}, {153, 380}, {144, 373}, {27, 257},  {28, 258},
     {30, 260},  {23, 253},  {230, 450}, {50, 280},  {205, 425}, {117, 346}, {129, 358}, {98, 327},
     {37, 267},  {39, 269},  {40, 270},  {82, 312},  {61, 291},  {87, 317},  {81, 311},  {178, 402},
     {84, 314},  {203, 423}, {206, 426}, {57, 287},  {43, 273},  {58, 288},  {192, 416}}};
inline constexpr std::array<std::size_t, 18> kMiddleOfMesh = {
    0, 1, 2, 4, 6, 8, 9, 10, 13, 14, 17, 151, 152, 168, 175, 195, 199, 200};
inline constexpr std::size_t kLeftBrowEndOfMesh = 55, kRightBrowEndOfMesh = 285, kChinOfMesh = 152;

}  // namespace auriga
