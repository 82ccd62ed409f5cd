// What the detector and the landmarker of a tracker say of a picture by itself.
#pragma once

#include <optional>
#include <span>

#include "auriga/face.hpp"
#include "auriga/image.hpp"

#include "base/stage_clock.hpp"

namespace auriga {

// The followed faces do not notice that it is asked. Not thread-safe, and not to be asked while its
// tracker is at work.
class PictureProbe {
 public:
  struct Traits {
    float least_score = 0;   // of a detection that is surely an upright face, 0..1
    bool has_points = true;  // detections tell where the eyes are
    // The tracker follows faces that are upside down, taking mouths for eyes, with full confidence.
    bool believes_anything = false;
  };

  virtual ~PictureProbe() = default;
  virtual Traits traits() const = 0;
  // By descending score, valid until the next call. `bgr`: 3 channels.
  virtual std::span<const FaceBox> detect(ImageView bgr) = 0;
  // Puts landmarks on a detection: the line of the eyes against the rows of the picture, rad,
  // clockwise as seen. Nothing where the landmarks are none of a face. Adds time to `clock`.
  virtual std::optional<float> roll(ImageView bgr, const FaceBox& box, StageClock& clock) = 0;
};

// Between the outer eye corners, as PictureProbe::roll().
float roll_of(const Landmarks& landmarks);

}  // namespace auriga
