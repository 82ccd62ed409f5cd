#include "media/image_sequence.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <string>
#include <system_error>
#include <utility>

#include "auriga/error.hpp"

#include "base/stage_clock.hpp"
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
    pending_ = read(first_);
    if (!pending_) throw Error(ErrorCode::input, first_failure_);
    info_.width = first_.width();
    info_.height = first_.height();
    info_.expected_frames = static_cast<std::int64_t>(files_.size());
    info_.description =
        std::to_string(files_.size()) + (files_.size() == 1 ? " picture" : " pictures");
  }

  bool next(Frame& frame) override {
    const double begin_ms = StageClock::now();
    Image& image = frame.write_bgr();
    if (pending_)
      image = std::exchange(first_, {});
    else if (!read(image))
      return false;
    pending_ = false;
    frame.index = delivered_++;
    frame.timestamp_s = 0;
    frame.decode_ms = StageClock::now() - begin_ms;
    return true;
  }

  const SourceInfo& info() const override { return info_; }

  SourceStatus status() const override {
    SourceStatus status{delivered_, failures_ > 0, {}};
    status.facts.rotate_deg = rotate_;
    if (status.partial)
      status.message = std::to_string(failures_) + " of " + std::to_string(files_.size()) +
                       " pictures were passed over, the first because: " + first_failure_;
    return status;
  }

 private:
  // The next picture that can be read; false at the end of the list.
  bool read(Image& image) {
    while (at_ < files_.size()) {
      try {
        read_image(files_[at_++], image, orientation_of_turn(rotate_));
        return true;
      } catch (const Error& error) {
        if (failures_++ == 0) first_failure_ = error.what();
      }
    }
    return false;
  }

  std::vector<fs::path> files_;
  int rotate_;          // degrees
  std::size_t at_ = 0;  // of files_, to be read next
  Image first_;
  bool pending_ = false;  // first_ is not yet delivered
  SourceInfo info_;
  std::int64_t delivered_ = 0;
  std::int64_t failures_ = 0;
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
  static const std::array<std::string, 4> kExtensions{".jpg", ".jpeg", ".png", ".bmp"};
  std::string extension = file.extension().string();
  std::transform(extension.begin(), extension.end(), extension.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return std::find(kExtensions.begin(), kExtensions.end(), extension) != kExtensions.end();
}

std::vector<fs::path> list_images(const fs::path& folder) {
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
  for (; !error && entry != fs::directory_iterator(); entry.increment(error))
    if (is_picture_name(entry->path()) && !entry->is_directory(error))
      files.push_back(entry->path());
  if (error)
    throw Error(ErrorCode::input,
                folder.string() + ": the folder cannot be read: " + error.message());
  if (files.empty())
    throw Error(ErrorCode::input,
                folder.string() + ": there is no picture (.jpg, .jpeg, .png) in this folder");
  std::sort(files.begin(), files.end(),
            [](const fs::path& a, const fs::path& b) { return a.native() < b.native(); });
  return files;
}

std::unique_ptr<Source> open_image_sequence(std::vector<fs::path> files, int rotate) {
  return std::make_unique<ImageSequence>(std::move(files), rotate);
}

std::unique_ptr<Source> open_picture(const fs::path& file, int rotate) {
  return std::make_unique<Picture>(file, rotate);
}

std::unique_ptr<Source> open_image_sequence(const fs::path& folder, int rotate) {
  return open_image_sequence(list_images(folder), rotate);
}

}  // namespace auriga
