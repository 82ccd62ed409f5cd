#include "sinks/video_failure.hpp"

#include <fmt/core.h>

#include "auriga/error.hpp"

#include "media/libav.hpp"

namespace auriga {

void fail_video(const std::filesystem::path& target, const std::string& reason) {
  throw Error(ErrorCode::output,
              fmt::format("cannot write {}: {}; leave out the tracked video, or choose another "
                          "place for it",
                          target.string(), reason));
}

void check_video(const std::filesystem::path& target, int result, const char* doing) {
  if (result < 0)
    fail_video(target, fmt::format("libav cannot {}: {}", doing, text_of_av_error(result)));
}

}  // namespace auriga
