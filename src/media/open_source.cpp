#include <system_error>

#include "auriga/source.hpp"

#include "media/image_sequence.hpp"
#include "media/video_source.hpp"

namespace auriga {

std::unique_ptr<Source> open_source(const std::filesystem::path& path,
                                    const SourceOptions& options) {
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored)) return open_image_sequence(path, options.order);
  if (is_picture_name(path)) return open_picture(path);
  return open_video(path, options.threads);
}

}  // namespace auriga
