#include <string>
#include <system_error>
#include <utility>

#include "auriga/error.hpp"
#include "auriga/source.hpp"

#include "media/image_sequence.hpp"
#include "media/resampled.hpp"
#include "media/video_source.hpp"

namespace auriga {

namespace {

constexpr double kLeastFps = 0.001, kMostFps = 1000;

void check(const SourceOptions& options) {
  const auto bad = [](const std::string& message) { throw Error(ErrorCode::usage, message); };
  if (options.rotate != 0 && options.rotate != 90 && options.rotate != 180 && options.rotate != 270)
    bad("--rotate expects 0, 90, 180 or 270 degrees, found " + std::to_string(options.rotate));
  if (options.fps != 0 && !(options.fps >= kLeastFps && options.fps <= kMostFps))
    bad("--fps expects 0.001 to 1000 frames per second, found " + std::to_string(options.fps));
}

std::unique_ptr<Source> open_as_it_comes(const std::filesystem::path& path,
                                         const SourceOptions& options) {
  std::error_code ignored;
  const bool folder = std::filesystem::is_directory(path, ignored);
  if (!folder && !is_picture_name(path)) return open_video(path, options);
  if (options.fps != 0)
    throw Error(ErrorCode::usage, path.string() + ": --fps expects a video, found " +
                                      (folder ? "pictures" : "a picture") +
                                      ", which have no times to go by; leave it out");
  return folder ? open_image_sequence(path, options.order, options.rotate)
                : open_picture(path, options.rotate);
}

}  // namespace

std::unique_ptr<Source> open_source(const std::filesystem::path& path,
                                    const SourceOptions& options) {
  check(options);
  std::unique_ptr<Source> source = open_as_it_comes(path, options);
  if (options.fps == 0) return source;
  return std::make_unique<Resampled>(std::move(source), options.fps);
}

}  // namespace auriga
