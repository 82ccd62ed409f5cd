// A stream of made-up faces, to test sinks without models.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "auriga/engine.hpp"
#include "auriga/sink.hpp"

#include "appearance/fhog.hpp"

namespace auriga::test {

// Owns what a FaceRow shows.
struct TestFace {
  FrameResult result;
  std::vector<float> fhog = std::vector<float>(kFhogSize);
  Image aligned;
  std::optional<FaceMesh> mesh;
  std::optional<Blendshapes> blendshapes;
  std::vector<double> intensities, presences;  // final

  FaceRow row() const {
    return {result,
            {},
            {},
            fhog,
            aligned,
            mesh && result.success ? &*mesh : nullptr,
            blendshapes ? &*blendshapes : nullptr};
  }
};

// 25 frames/s of 64 x 48 px, AU01 and AU12 as intensities, AU28 as presence.
class TestStream {
 public:
  TestStream() {
    info.width = 64;
    info.height = 48;
    info.fps = 25;
    info.camera = {60, 61, 32, 24};
    info.units = {{"AU01", "AU12"}, {"AU28"}};
  }

  TestFace& add(std::int64_t frame, int face_id, bool success) {
    TestFace face;
    face.result.frame = frame;
    face.result.face_id = face_id;
    face.result.timestamp_s = static_cast<double>(frame) * 0.0333;
    face.result.confidence = success ? 0.875 : 0.125;
    face.result.success = success;
    face.result.landmarks.x.fill(static_cast<float>(20 + frame));
    face.result.landmarks.y.fill(static_cast<float>(10 + face_id));
    face.result.camera = info.camera;
    face.result.pose.translation_mm = {0, 0, 900};
    face.fhog.front() = static_cast<float>(frame) + 0.5F;
    face.aligned.resize(kFhogCrop, kFhogCrop, 3);
    std::fill_n(face.aligned.data(), face.aligned.size_bytes(),
                static_cast<std::uint8_t>(10 * frame + face_id));
    face.mesh.emplace().x.fill(static_cast<float>(frame));
    face.intensities = {static_cast<double>(frame), 0.25};
    face.presences = {static_cast<double>(face_id % 2)};
    faces.push_back(std::move(face));
    return faces.back();
  }

  FinalUnits units() const {
    class Rows : public FinalUnits::Rows {
     public:
      explicit Rows(const std::vector<TestFace>& faces) : faces_(faces) {}
      std::size_t size() const override { return faces_.size(); }
      void read(std::size_t row, std::span<double> intensities,
                std::span<double> presences) const override {
        const TestFace& face = faces_[row];
        std::copy(face.intensities.begin(), face.intensities.end(), intensities.begin());
        std::copy(face.presences.begin(), face.presences.end(), presences.begin());
      }

     private:
      std::vector<TestFace> faces_;
    };
    return {info.units, std::make_shared<Rows>(faces)};
  }

  // A grey picture, darker from frame to frame.
  Image picture(std::int64_t frame) const {
    Image image(info.width, info.height, 3);
    std::fill_n(image.data(), image.size_bytes(), static_cast<std::uint8_t>(200 - 10 * frame));
    return image;
  }

  // All calls but the last.
  void feed(Sink& sink) const {
    sink.begin(info, setup);
    std::size_t next = 0;
    for (std::int64_t frame = 0; frame < frames; ++frame) {
      for (; next < faces.size() && faces[next].result.frame == frame; ++next)
        sink.row(faces[next].row());
      const Image bgr = picture(frame);
      sink.frame({frame, static_cast<double>(frame) * 0.0333,
                  sink.needs().picture ? bgr.view() : ImageView{}});
    }
  }

  std::vector<Written> run(Sink& sink) const {
    feed(sink);
    std::vector<Written> written = sink.finish(units());
    sink.publish();
    return written;
  }

  StreamInfo info;
  Setup setup;
  std::int64_t frames = 3;
  std::vector<TestFace> faces;  // by frame, then by face
};

}  // namespace auriga::test
