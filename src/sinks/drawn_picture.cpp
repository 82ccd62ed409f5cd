// The picture with its faces drawn into it, as a sink.
#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "auriga/engine.hpp"
#include "auriga/sinks.hpp"

#include "drawing/encode.hpp"
#include "drawing/overlay.hpp"
#include "files/atomic_file.hpp"

namespace auriga {
namespace {

namespace fs = std::filesystem;

class DrawnPictureSink : public Sink {
 public:
  DrawnPictureSink(fs::path file, PictureFormat format) : path_(std::move(file)), format_(format) {}

  Needs needs() const override { return {.gaze = true, .picture = true}; }

  void begin(const StreamInfo& stream, const Setup& setup) override {
    if (!stream.still) return;
    camera_ = stream.camera;
    has_gaze_ = setup.has_gaze;
    file_.emplace(path_);
  }

  void row(const FaceRow& row) override {
    if (!file_) return;
    faces_.push_back(row.result);
    faces_.back().confidence = 1;  // all are drawn, alike
  }

  void frame(const FrameView& frame) override {
    if (!file_) return;
    const ImageView bgr = frame.bgr;
    Image canvas(bgr.width, bgr.height, bgr.channels);
    for (int y = 0; y < bgr.height; ++y)
      std::copy_n(bgr.row(y), static_cast<std::size_t>(canvas.stride()), canvas.row(y));
    for (const FrameResult& face : faces_) draw_face(canvas, face, camera_, has_gaze_);
    faces_.clear();
    file_->write(encode(canvas, format_));
  }

  std::vector<Written> finish(const FinalUnits&) override {
    if (!file_) return {};
    Written written = file_->complete();
    written.path = path_;
    return {std::move(written)};
  }

  void publish() override {
    if (file_) file_->commit();
  }

 private:
  fs::path path_;
  PictureFormat format_;
  std::optional<AtomicFile> file_;
  Camera camera_;
  bool has_gaze_ = false;
  std::vector<FrameResult> faces_;
};

}  // namespace

std::unique_ptr<Sink> make_drawn_picture_sink(fs::path file, PictureFormat format) {
  return std::make_unique<DrawnPictureSink>(std::move(file), format);
}

}  // namespace auriga
