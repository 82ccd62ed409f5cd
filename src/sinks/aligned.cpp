#include "sinks/aligned.hpp"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include <fmt/core.h>

#include "auriga/sinks.hpp"

#include "appearance/fhog.hpp"
#include "drawing/encode.hpp"
#include "files/atomic_file.hpp"
#include "sinks/background.hpp"

namespace auriga {

namespace fs = std::filesystem;

namespace {

const char* ending(PictureFormat format) {
  switch (format) {
    case PictureFormat::bmp:
      return ".bmp";
    case PictureFormat::png:
      return ".png";
    case PictureFormat::jpg:
      return ".jpg";
  }
  return "";
}

}  // namespace

AlignedFaces::AlignedFaces(fs::path folder, PictureFormat format, int size_px, bool keep_failed)
    : folder_(std::move(folder)),
      format_(format),
      ending_(ending(format)),
      keep_failed_(keep_failed),
      black_(size_px, size_px, 3) {
  std::fill_n(black_.data(), black_.size_bytes(), std::uint8_t{0});
}

Written AlignedFaces::describe() const {
  Written written = describe_faces(folder_.part());
  written.path = folder_.target();
  return written;
}

void AlignedFaces::add_frame(int face_id, std::int64_t frame, ImageView crop, bool success) {
  write(fmt::format("frame_det_{:02}_{:06}", face_id, frame + 1), crop, success);
}

void AlignedFaces::add_face(int face_id, ImageView crop, bool success) {
  write(fmt::format("face_det_{:06}", face_id), crop, success);
}

void AlignedFaces::write(const std::string& stem, ImageView crop, bool success) {
  if (!success && !keep_failed_) return;
  const ImageView image = crop.empty() ? black_.view() : crop;
  write_file(folder_.part() / (stem + ending_), encode(image, format_), Durability::crash);
}

namespace {

constexpr std::size_t kMostWaiting = 64;  // faces of 37 KB that wait to be written

class AlignedSink : public Sink {
 public:
  AlignedSink(fs::path folder, const AlignedSinkOptions& options)
      : folder_(std::move(folder)), options_(options) {}

  Needs needs() const override { return {.aligned = true}; }

  void begin(const StreamInfo& stream, const Setup&) override {
    still_ = stream.still;
    faces_.emplace(folder_, options_.format, kFhogCrop, options_.keep_failed);
    background_.emplace(kMostWaiting);
  }

  void row(const FaceRow& row) override {
    background_->add([this, face_id = row.result.face_id, frame = row.result.frame,
                      success = row.result.success, crop = Image(row.aligned)] {
      if (still_)
        faces_->add_face(face_id, crop, true);
      else
        faces_->add_frame(face_id, frame, crop, success);
    });
  }

  std::vector<Written> finish(const FinalUnits&) override {
    background_->finish();
    return {faces_->describe()};
  }

  void publish() override { faces_->publish(); }

 private:
  fs::path folder_;
  AlignedSinkOptions options_;
  bool still_ = false;
  std::optional<AlignedFaces> faces_;
  std::optional<Background> background_;  // encodes and writes; ends before what it uses
};

}  // namespace

std::unique_ptr<Sink> make_aligned_sink(fs::path folder, const AlignedSinkOptions& options) {
  return std::make_unique<AlignedSink>(std::move(folder), options);
}

}  // namespace auriga
