#include "drawing/study_picture.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <filesystem>
#include <set>
#include <string>

#include <fmt/core.h>

#include "auriga/error.hpp"

#include "drawing/font.hpp"

namespace auriga {
namespace {

constexpr Colour kPaper{255, 255, 255}, kInk{40, 40, 40}, kFaint{120, 120, 120};
constexpr Colour kNoNumber{228, 228, 228}, kStrong{180, 110, 40};

// px
constexpr int kMargin = 16, kName = 300, kCell = 44, kLine = 20, kHead = 60;
constexpr float kDot = 1.3f;
// Means above this have the full shade: the mean of a whole clip is seldom higher.
constexpr double kFullShade = 2;

void fill(Image& image, int left, int top, int width, int height, Colour colour) {
  for (int y = top; y < top + height; ++y)
    for (int x = left; x < left + width; ++x) {
      std::uint8_t* pixel = image.row(y) + 3 * x;
      pixel[0] = colour.b;
      pixel[1] = colour.g;
      pixel[2] = colour.r;
    }
}

Colour shade(double share) {
  const auto mix = [&](std::uint8_t from, std::uint8_t to) {
    return static_cast<std::uint8_t>(std::lround(from + share * (to - from)));
  };
  return {mix(kPaper.b, kStrong.b), mix(kPaper.g, kStrong.g), mix(kPaper.r, kStrong.r)};
}

std::string name_of(const StudyRow& row, bool several_faces) {
  std::string name = std::filesystem::path(row.file).replace_extension().string();
  if (row.part)
    name += row.part->task.empty()
                ? fmt::format(" {:.0f}-{:.0f} s", row.part->start_s, row.part->end_s)
                : " " + row.part->task;
  if (several_faces && row.face_id) name += fmt::format(", face {}", *row.face_id);
  // The end tells files of one study apart.
  if (text_width(name, kDot) <= kName - 10) return name;
  while (!name.empty() && text_width("..." + name, kDot) > kName - 10) name.erase(0, 1);
  return "..." + name;
}

}  // namespace

Image study_picture(const std::vector<StudyRow>& rows) {
  std::set<std::string> all;
  bool several_faces = false;
  for (const StudyRow& row : rows) {
    for (const UnitNumbers& unit : row.units) all.insert(unit.unit);
    several_faces |= !row.is_first_face;
  }
  if (all.empty())
    throw Error(ErrorCode::input,
                "--picture expected action units to draw, found none in these tables; were faces "
                "found?");
  if (rows.size() > kMostStudyRows)
    throw Error(ErrorCode::usage,
                fmt::format("--picture expected at most {} rows, found {}; give fewer tables or "
                            "longer windows",
                            kMostStudyRows, rows.size()));
  const std::vector<std::string> units(all.begin(), all.end());
  Image image(2 * kMargin + kName + kCell * static_cast<int>(units.size()),
              kHead + kLine * static_cast<int>(rows.size()) + kMargin, 3);
  fill(image, 0, 0, image.width(), image.height(), kPaper);
  draw_text(image, kMargin, 14, "mean intensity 0 to 5 (share of the frames where there is none)",
            kDot, kFaint);
  const auto centred = [&](int left, int top, const std::string& text, Colour colour) {
    const float width = text_width(text, kDot);
    draw_text(image, std::round(static_cast<float>(left) + (kCell - width) / 2),
              static_cast<float>(top), text, kDot, colour);
  };
  const auto left_of = [](std::size_t unit) {
    return kMargin + kName + kCell * static_cast<int>(unit);
  };
  for (std::size_t u = 0; u < units.size(); ++u) centred(left_of(u), kHead - 18, units[u], kInk);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const int top = kHead + kLine * static_cast<int>(i);
    draw_text(image, kMargin, static_cast<float>(top + 5), name_of(rows[i], several_faces), kDot,
              kInk);
    for (std::size_t u = 0; u < units.size(); ++u) {
      const auto found = std::find_if(rows[i].units.begin(), rows[i].units.end(),
                                      [&](const UnitNumbers& one) { return one.unit == units[u]; });
      const std::optional<double> mean =
          found == rows[i].units.end() ? std::nullopt : found->at(UnitColumn::mean);
      const std::optional<double> present =
          found == rows[i].units.end() ? std::nullopt : found->at(UnitColumn::present);
      const bool is_known = mean || present;
      const double share = mean ? *mean / kFullShade : present.value_or(0);
      fill(image, left_of(u) + 1, top + 1, kCell - 2, kLine - 2,
           is_known ? shade(std::clamp(share, 0.0, 1.0)) : kNoNumber);
      if (is_known)
        centred(left_of(u), top + 5,
                mean ? fmt::format("{:.1f}", *mean) : fmt::format("{:.0f} %", 100 * *present),
                share > 0.6 ? kPaper : kInk);
    }
  }
  return image;
}

}  // namespace auriga
