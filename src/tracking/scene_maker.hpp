// Makes scenes for the tracker's tests and calibration from decoded frames: faces that move about,
// are covered, leave, come back or make room for other people, and where they really are.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <vector>

#include "auriga/face.hpp"
#include "auriga/image.hpp"

#include "detect/retinaface.hpp"
#include "landmarks/pfld.hpp"

namespace auriga::test {

// Frames of a video with the face that is widest in the first of them: where the detector sees it
// in every frame, linked from frame to frame by overlap, and the landmarks that PFLD finds in that
// box.
struct Clip {
  std::vector<Image> frames;
  std::vector<FaceBox> boxes;
  std::vector<Landmarks> landmarks;
};

// `count` frames from `first` on, every `step`-th. Throws Error when the video cannot be read, is
// shorter, or when the detector loses the face.
Clip read_clip(const std::filesystem::path& video, int first, int count, int step,
               RetinaFace& detector, Pfld& landmarker);

enum class Cover {
  none,
  face_black,  // the detector's box, 10 % larger
  face_noise,
  face_background,  // by another piece of the same frame, without the face
  frame_black,
  frame_noise,
  frame_freeze,  // a still picture of a piece of background, whatever frame is asked for
};

// What is to be seen in one frame of a scene.
struct Shot {
  const Clip* clip = nullptr;
  int frame = 0;  // of the clip
  Cover cover = Cover::none;
  double x = 0, y = 0;    // where the top-left corner of the clip's frame lies in the picture, px
  double zoom = 1;        // size of the clip's frame in the picture
  double brightness = 1;  // factor of the grey levels
};

enum class Backdrop { grey, noise, blurred };  // what surrounds the clip's frame in the picture

struct Scene {
  int width = 0, height = 0;  // of the picture, px
  Backdrop backdrop = Backdrop::grey;
  std::vector<Shot> shots;

  int frames() const { return static_cast<int>(shots.size()); }
};

// Draws one frame of the scene. The same frame of the same scene is always the same picture.
void draw(const Scene& scene, int frame, Image& picture);

// The landmarks of the clip's face in the picture; nothing when it is covered. May lie outside of
// the picture.
std::optional<Landmarks> true_landmarks(const Scene& scene, int frame);

// Mean distance of the points, divided by the IOD of `truth`.
double mean_error(const Landmarks& landmarks, const Landmarks& truth);

}  // namespace auriga::test
