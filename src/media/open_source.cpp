#include <cmath>
#include <string>
#include <system_error>
#include <utility>

#include "auriga/error.hpp"
#include "auriga/source.hpp"

#include "media/image_sequence.hpp"
#include "media/resampled.hpp"
#include "media/section.hpp"
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
  if (options.every < 1)
    bad("--every expects a number of frames from 1 on, found " + std::to_string(options.every));
  if (!(options.start_s >= 0) || !std::isfinite(options.start_s))
    bad("--start expects a time from 0 on, found " + std::to_string(options.start_s));
  if (options.end_s != 0 && !(options.end_s > options.start_s))
    bad("--end expects a time behind --start, found " + std::to_string(options.end_s));
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
  if (options.start_s != 0 || options.end_s != 0)
    throw Error(ErrorCode::usage, path.string() + ": --start and --end expect a video, found " +
                                      (folder ? "pictures" : "a picture") +
                                      ", which have no times to go by; leave them out");
  return folder ? open_image_sequence(path, options.order, options.rotate)
                : open_picture(path, options.rotate);
}

}  // namespace

std::unique_ptr<Source> open_source(const std::filesystem::path& path,
                                    const SourceOptions& options) {
  check(options);
  std::unique_ptr<Source> source = open_as_it_comes(path, options);
  if (options.fps != 0) source = std::make_unique<Resampled>(std::move(source), options.fps);
  std::error_code ignored;
  const bool picture = !std::filesystem::is_directory(path, ignored) && is_picture_name(path);
  if (picture || (options.start_s == 0 && options.end_s == 0 && options.every == 1)) return source;
  return std::make_unique<Section>(std::move(source), options.start_s, options.end_s,
                                   options.every);
}

}  // namespace auriga
