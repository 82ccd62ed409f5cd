#include "sinks/aligned.hpp"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <optional>
#include <system_error>
#include <utility>
#include <vector>

#include <fmt/core.h>
#include <unistd.h>

#include "auriga/sinks.hpp"

#include "appearance/fhog.hpp"
#include "drawing/encode.hpp"
#include "files/atomic_file.hpp"
#include "files/part_file.hpp"

namespace auriga {

namespace fs = std::filesystem;

namespace {

// An empty folder beside `folder`.
fs::path make_partial(const fs::path& folder) {
  static std::atomic<unsigned> counter{0};
  create_folders(folder.parent_path());
  for (;;) {
    fs::path partial = folder;
    partial += fmt::format(".part-{}-{}", getpid(), counter++);
    std::error_code failed;
    if (fs::create_directory(partial, failed)) return partial;
    if (failed) fail_output(partial, "create the folder", failed.value());
  }
}

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

bool is_aligned_face(const std::string& name) {
  return name.starts_with("frame_det_") || name.starts_with("face_det_");
}

}  // namespace

AlignedFaces::AlignedFaces(fs::path folder, PictureFormat format, int size_px, bool keep_failed)
    : folder_(std::move(folder)),
      format_(format),
      ending_(ending(format)),
      keep_failed_(keep_failed),
      black_(size_px, size_px, 3) {
  std::fill_n(black_.data(), black_.size_bytes(), std::uint8_t{0});
  std::error_code ignored;
  if (fs::is_symlink(folder_, ignored)) folder_ = fs::canonical(folder_, ignored);
  const fs::file_status status = fs::status(folder_, ignored);
  if (fs::exists(status) && !fs::is_directory(status))
    fail_output(folder_, "create the folder", ENOTDIR);
  partial_ = make_partial(folder_);
}

AlignedFaces::~AlignedFaces() {
  std::error_code ignored;
  if (!partial_.empty()) fs::remove_all(partial_, ignored);
}

void AlignedFaces::finish() {
  std::error_code failed;
  const auto rename = [&](const fs::path& from, const fs::path& to) {
    fs::rename(from, to, failed);
    if (failed) fail_output(folder_, "write", failed.value());
  };
  fs::path before;
  if (fs::exists(folder_, failed)) {
    before = make_partial(folder_);
    rename(folder_, before);
  }
  rename(partial_, folder_);
  partial_.clear();
  if (before.empty()) return;
  std::vector<fs::path> others;
  for (fs::directory_iterator entry(before, failed), end; !failed && entry != end;
       entry.increment(failed))
    if (!is_aligned_face(entry->path().filename().string()))
      others.push_back(entry->path().filename());
  if (failed) fail_output(before, "read", failed.value());
  for (const fs::path& other : others) rename(before / other, folder_ / other);
  fs::remove_all(before, failed);
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
  write_file(partial_ / (stem + ending_), encode(image, format_), Durability::crash);
}

namespace {

class AlignedSink : public Sink {
 public:
  AlignedSink(fs::path folder, const AlignedSinkOptions& options)
      : folder_(std::move(folder)), options_(options) {}

  Needs needs() const override { return {.aligned = true}; }

  void begin(const StreamInfo& stream, const Setup&) override {
    still_ = stream.still;
    faces_.emplace(folder_, options_.format, kFhogCrop, options_.keep_failed);
  }

  void row(const FaceRow& row) override {
    if (still_)
      faces_->add_face(row.result.face_id, row.aligned, true);
    else
      faces_->add_frame(row.result.face_id, row.result.frame, row.aligned, row.result.success);
  }

  std::vector<Written> finish(const FinalUnits&) override {
    faces_->finish();
    return {{folder_}};
  }

 private:
  fs::path folder_;
  AlignedSinkOptions options_;
  bool still_ = false;
  std::optional<AlignedFaces> faces_;
};

}  // namespace

std::unique_ptr<Sink> make_aligned_sink(fs::path folder, const AlignedSinkOptions& options) {
  return std::make_unique<AlignedSink>(std::move(folder), options);
}

}  // namespace auriga
