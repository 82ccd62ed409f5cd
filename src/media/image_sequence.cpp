#include "media/image_sequence.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdint>
#include <string>
#include <system_error>
#include <utility>

#include "auriga/error.hpp"

#include "base/stage_clock.hpp"
#include "files/natural_order.hpp"
#include "media/image_file.hpp"
#include "media/orientation.hpp"

namespace auriga {

namespace fs = std::filesystem;

namespace {

class ImageSequence final : public Source {
 public:
  ImageSequence(std::vector<fs::path> files, int rotate)
      : files_(std::move(files)), rotate_(rotate) {
    if (files_.empty())
      throw Error(ErrorCode::input, "the list of pictures is empty; name at least one picture");
    Image first;
    std::size_t readable = 0;
    while (readable < files_.size() && !read(readable, first)) ++readable;
    if (readable == files_.size())
      throw Error(ErrorCode::input, files_.size() == 1
                                        ? first_failure_
                                        : "none of " + counted(files_.size()) +
                                              " can be read, the first because: " + first_failure_);
    failures_.clear();  // they are met again
    if (readable == 0) first_ = std::move(first);
    info_.width = width_ = first.empty() ? first_.width() : first.width();
    info_.height = height_ = first.empty() ? first_.height() : first.height();
    info_.expected_frames = static_cast<std::int64_t>(files_.size());
    info_.description = counted(files_.size());
    for (const fs::path& file : files_) info_.frame_names.push_back(file.filename().string());
  }

  bool next(Frame& frame) override {
    if (at_ == files_.size()) return false;
    const double begin_ms = StageClock::now();
    Image& image = frame.write_bgr();
    if (!first_.empty())
      image = std::exchange(first_, {});
    else
      frame.missing = !read(at_, image);
    if (frame.missing) {
      image.fit(width_, height_, 3);
      for (int y = 0; y < height_; ++y) std::fill_n(image.row(y), 3 * width_, std::uint8_t{0});
    }
    width_ = image.width(), height_ = image.height();
    frame.index = static_cast<std::int64_t>(at_++);
    frame.timestamp_s = 0;
    frame.decode_ms = StageClock::now() - begin_ms;
    return true;
  }

  const SourceInfo& info() const override { return info_; }

  SourceStatus status() const override {
    SourceStatus status{static_cast<std::int64_t>(at_), !failures_.empty(), {}};
    status.facts.rotate_deg = rotate_;
    status.facts.unreadable = failures_;
    if (!status.partial) return status;
    constexpr std::size_t kMostNames = 10;
    std::string names;
    for (std::size_t i = 0; i < std::min(failures_.size(), kMostNames); ++i)
      names += (i == 0 ? "" : ", ") + failures_[i];
    if (failures_.size() > kMostNames) names += ", ...";
    status.message = std::to_string(failures_.size()) + " of " + counted(files_.size()) +
                     " could not be read (" + names + "), the first because: " + first_failure_;
    return status;
  }

 private:
  static std::string counted(std::size_t pictures) {
    return std::to_string(pictures) + (pictures == 1 ? " picture" : " pictures");
  }

  bool read(std::size_t i, Image& image) {
    try {
      read_image(files_[i], image, orientation_of_turn(rotate_));
      return true;
    } catch (const Error& error) {
      if (first_failure_.empty()) first_failure_ = error.what();
      failures_.push_back(files_[i].filename().string());
      return false;
    }
  }

  std::vector<fs::path> files_;
  int rotate_;                  // degrees
  std::size_t at_ = 0;          // of files_, to be read next
  Image first_;                 // the picture of the first file, until it is delivered
  int width_ = 0, height_ = 0;  // of the picture before
  SourceInfo info_;
  std::vector<std::string> failures_;  // names of files
  std::string first_failure_;
};

// One picture, which must be readable.
class Picture final : public Source {
 public:
  Picture(const fs::path& file, int rotate) : rotate_(rotate) {
    read_image(file, image_, orientation_of_turn(rotate));
    info_.width = image_.width();
    info_.height = image_.height();
    info_.expected_frames = 1;
    info_.description = "picture";
  }

  bool next(Frame& frame) override {
    if (delivered_) return false;
    frame.write_bgr() = std::exchange(image_, {});
    frame.index = 0;
    frame.timestamp_s = 0;
    return delivered_ = true;
  }

  const SourceInfo& info() const override { return info_; }
  SourceStatus status() const override {
    SourceStatus status{delivered_ ? 1 : 0, false, {}};
    status.facts.rotate_deg = rotate_;
    return status;
  }

 private:
  int rotate_;  // degrees
  Image image_;
  SourceInfo info_;
  bool delivered_ = false;
};

}  // namespace

bool is_picture_name(const fs::path& file) {
  static const std::array<std::string, 10> kExtensions{".jpg",  ".jpeg", ".png",  ".bmp",  ".tif",
                                                       ".tiff", ".webp", ".avif", ".heic", ".heif"};
  std::string extension = file.extension().string();
  std::transform(extension.begin(), extension.end(), extension.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return std::find(kExtensions.begin(), kExtensions.end(), extension) != kExtensions.end();
}

std::vector<fs::path> list_images(const fs::path& folder, PictureOrder order) {
  std::error_code error;
  const fs::file_status status = fs::status(folder, error);
  if (status.type() == fs::file_type::not_found)
    throw Error(ErrorCode::input,
                folder.string() + ": expected a folder of pictures, found nothing; check the path");
  if (!error && status.type() != fs::file_type::directory)
    throw Error(ErrorCode::input,
                folder.string() + ": expected a folder of pictures, found a file; give its folder");
  std::vector<fs::path> files;
  fs::directory_iterator entry(folder, error);
  for (std::error_code ignored; !error && entry != fs::directory_iterator(); entry.increment(error))
    if (is_picture_name(entry->path()) && !entry->path().filename().string().starts_with('.') &&
        !entry->is_directory(ignored))
      files.push_back(entry->path());
  if (error)
    throw Error(ErrorCode::input,
                folder.string() + ": the folder cannot be read: " + error.message());
  if (files.empty())
    throw Error(
        ErrorCode::input,
        folder.string() +
            ": there is neither a video nor a picture in this folder or below it (pictures: "
            ".jpg, .png, .bmp, .tif, .webp, .avif)");
  std::sort(files.begin(), files.end(), [&](const fs::path& a, const fs::path& b) {
    return order == PictureOrder::natural ? natural_less(a.native(), b.native())
                                          : a.native() < b.native();
  });
  return files;
}

std::unique_ptr<Source> open_image_sequence(std::vector<fs::path> files, int rotate) {
  return std::make_unique<ImageSequence>(std::move(files), rotate);
}

std::unique_ptr<Source> open_picture(const fs::path& file, int rotate) {
  return std::make_unique<Picture>(file, rotate);
}

std::unique_ptr<Source> open_image_sequence(const fs::path& folder, PictureOrder order,
                                            int rotate) {
  return open_image_sequence(list_images(folder, order), rotate);
}

}  // namespace auriga
