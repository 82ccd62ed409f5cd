#include "tracking/scene_maker.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <string>

#include "auriga/error.hpp"

#include "media/video_source.hpp"
#include "tracking/face_square.hpp"
#include "tracking/face_view.hpp"

namespace auriga::test {
namespace {

// A rectangle of whole pixels, clipped to a frame.
struct Rectangle {
  int left, top, right, bottom;  // half-open
};

Rectangle clipped(const FaceBox& box, double margin, const Image& frame) {
  const auto limit = [](double v, int last) {
    return static_cast<int>(std::clamp(v, 0.0, static_cast<double>(last)));
  };
  return {limit(box.x - margin * box.w, frame.width()),
          limit(box.y - margin * box.h, frame.height()),
          limit(box.x + (1 + margin) * box.w, frame.width()),
          limit(box.y + (1 + margin) * box.h, frame.height())};
}

// The widest column of the frame beside the face, where it has the most room.
Rectangle beside(const FaceBox& box, const Image& frame) {
  const Rectangle face = clipped(box, 0.25, frame);
  if (face.left > frame.width() - face.right) return {0, 0, face.left, frame.height()};
  return {face.right, 0, frame.width(), frame.height()};
}

std::uint32_t hash(std::uint32_t v) {
  v = (v ^ (v >> 16)) * 0x7feb352du;
  v = (v ^ (v >> 15)) * 0x846ca68bu;
  return v ^ (v >> 16);
}

std::array<std::uint8_t, 3> noise(int x, int y, int frame) {
  const std::uint32_t h =
      hash(static_cast<std::uint32_t>(x) +
           hash(static_cast<std::uint32_t>(y) + hash(static_cast<std::uint32_t>(frame))));
  return {static_cast<std::uint8_t>(h), static_cast<std::uint8_t>(h >> 8),
          static_cast<std::uint8_t>(h >> 16)};
}

std::array<std::uint8_t, 3> pixel_at(const Image& image, int x, int y) {
  const std::uint8_t* p = image.row(y) + 3 * x;
  return {p[0], p[1], p[2]};
}

std::array<std::uint8_t, 3> bilinear(const Image& image, double x, double y) {
  const float px = static_cast<float>(std::clamp(x, 0.0, image.width() - 1.0));
  const float py = static_cast<float>(std::clamp(y, 0.0, image.height() - 1.0));
  const int left = std::min(static_cast<int>(px), std::max(0, image.width() - 2));
  const int top = std::min(static_cast<int>(py), std::max(0, image.height() - 2));
  const float fx = px - static_cast<float>(left), fy = py - static_cast<float>(top);
  const std::uint8_t* upper = image.row(top) + 3 * left;
  const std::uint8_t* lower = upper + image.stride();
  std::array<std::uint8_t, 3> result;
  for (std::size_t c = 0; c < 3; ++c) {
    const float above = upper[c] * (1 - fx) + upper[c + 3] * fx;
    const float below = lower[c] * (1 - fx) + lower[c + 3] * fx;
    result[c] = static_cast<std::uint8_t>(above * (1 - fy) + below * fy + 0.5f);
  }
  return result;
}

// Means of cells of a coarse grid, to be read bilinearly: a backdrop with the colours of the clip
// and no details.
Image coarse(const Image& frame) {
  constexpr int kCell = 40;
  Image cells(std::max(2, frame.width() / kCell), std::max(2, frame.height() / kCell), 3);
  for (int y = 0; y < cells.height(); ++y) {
    for (int x = 0; x < cells.width(); ++x) {
      const int left = x * frame.width() / cells.width(),
                right = std::max(left + 1, (x + 1) * frame.width() / cells.width());
      const int top = y * frame.height() / cells.height(),
                bottom = std::max(top + 1, (y + 1) * frame.height() / cells.height());
      for (int c = 0; c < 3; ++c) {
        int sum = 0;
        for (int v = top; v < bottom; ++v) {
          for (int u = left; u < right; ++u) sum += frame.row(v)[3 * u + c];
        }
        cells.row(y)[3 * x + c] =
            static_cast<std::uint8_t>(sum / ((right - left) * (bottom - top)));
      }
    }
  }
  return cells;
}

}  // namespace

Clip read_clip(const std::filesystem::path& video, int first, int count, int step,
               RetinaFace& detector, Pfld& landmarker) {
  const std::unique_ptr<Source> source = open_video(video);
  Clip clip;
  Frame frame;
  while (static_cast<int>(clip.frames.size()) < count && source->next(frame)) {
    if (frame.index < first || (frame.index - first) % step != 0) continue;
    const auto preference = [&](const FaceBox& box) {
      return clip.boxes.empty() ? box.w : overlap(face_square(box), face_square(clip.boxes.back()));
    };
    const std::vector<FaceBox>& faces = detector.detect(frame.bgr());
    const auto best = std::max_element(
        faces.begin(), faces.end(),
        [&](const FaceBox& a, const FaceBox& b) { return preference(a) < preference(b); });
    const auto landmarks = best == faces.end() || preference(*best) <= 0
                               ? std::nullopt
                               : landmarker.landmarks(frame.bgr(), *best);
    if (!landmarks)
      throw Error(ErrorCode::input,
                  video.string() + ": no face in frame " + std::to_string(frame.index));
    clip.frames.emplace_back(frame.bgr());
    clip.boxes.push_back(*best);
    clip.landmarks.push_back(*landmarks);
  }
  if (static_cast<int>(clip.frames.size()) < count)
    throw Error(ErrorCode::input, video.string() + ": too short");
  return clip;
}

void draw(const Scene& scene, int frame, Image& picture) {
  const Shot& shot = scene.shots.at(static_cast<std::size_t>(frame));
  const std::size_t index = static_cast<std::size_t>(shot.frame);
  const Image& seen = shot.clip->frames.at(index);
  const Rectangle face = clipped(shot.clip->boxes.at(index), 0.1, seen);
  const Rectangle room = beside(shot.clip->boxes.at(index), seen);
  const Rectangle still = beside(shot.clip->boxes.front(), shot.clip->frames.front());
  const Image cells = scene.backdrop == Backdrop::blurred ? coarse(seen) : Image();

  const bool untouched = shot.cover == Cover::none && shot.zoom == 1 && shot.x == 0 &&
                         shot.y == 0 && shot.brightness == 1;
  if (untouched && seen.width() == scene.width && seen.height() == scene.height) {
    picture = seen;
    return;
  }
  picture.resize(scene.width, scene.height, 3);
  for (int y = 0; y < scene.height; ++y) {
    for (int x = 0; x < scene.width; ++x) {
      const double u = (x - shot.x) / shot.zoom,
                   v = (y - shot.y) / shot.zoom;  // in the clip's frame
      const bool in_clip = u >= 0 && v >= 0 && u <= seen.width() - 1 && v <= seen.height() - 1;
      const bool on_face = u >= face.left && u < face.right && v >= face.top && v < face.bottom;
      std::array<std::uint8_t, 3> colour{};
      if (shot.cover == Cover::frame_black || (shot.cover == Cover::face_black && on_face)) {
        colour = {0, 0, 0};
      } else if (shot.cover == Cover::frame_noise || (shot.cover == Cover::face_noise && on_face)) {
        colour = noise(x, y, frame);
      } else if (shot.cover == Cover::frame_freeze) {
        colour = bilinear(shot.clip->frames.front(),
                          still.left + (still.right - still.left) * (x + 0.5) / scene.width,
                          still.top + (still.bottom - still.top) * (y + 0.5) / scene.height);
      } else if (shot.cover == Cover::face_background && on_face) {
        colour = bilinear(
            seen, room.left + (room.right - room.left) * (u - face.left) / (face.right - face.left),
            room.top + (room.bottom - room.top) * (v - face.top) / (face.bottom - face.top));
      } else if (in_clip) {
        const bool whole = shot.zoom == 1 && u == std::floor(u) && v == std::floor(v);
        colour =
            whole ? pixel_at(seen, static_cast<int>(u), static_cast<int>(v)) : bilinear(seen, u, v);
      } else if (scene.backdrop == Backdrop::noise) {
        colour = noise(x, y, 0);
      } else if (scene.backdrop == Backdrop::blurred) {
        colour = bilinear(cells, (x + 0.5) * cells.width() / scene.width - 0.5,
                          (y + 0.5) * cells.height() / scene.height - 0.5);
      } else {
        colour = {128, 128, 128};
      }
      std::copy(colour.begin(), colour.end(), picture.row(y) + 3 * x);
    }
  }
  if (shot.brightness == 1) return;
  for (std::size_t i = 0; i < picture.size_bytes(); ++i) {
    const double level = std::lround(picture.data()[i] * shot.brightness);
    picture.data()[i] = static_cast<std::uint8_t>(std::clamp(level, 0.0, 255.0));
  }
}

std::optional<Landmarks> true_landmarks(const Scene& scene, int frame) {
  const Shot& shot = scene.shots.at(static_cast<std::size_t>(frame));
  if (shot.cover != Cover::none) return std::nullopt;
  Landmarks landmarks = shot.clip->landmarks.at(static_cast<std::size_t>(shot.frame));
  // Centres of pixels are at whole numbers: see `draw`.
  for (float& x : landmarks.x) x = static_cast<float>(x * shot.zoom + shot.x);
  for (float& y : landmarks.y) y = static_cast<float>(y * shot.zoom + shot.y);
  return landmarks;
}

double mean_error(const Landmarks& landmarks, const Landmarks& truth) {
  return mean_distance(landmarks, truth) / inter_ocular_distance(truth);
}

}  // namespace auriga::test
