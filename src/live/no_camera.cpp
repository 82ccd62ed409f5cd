// Systems without Video4Linux.
#include "auriga/error.hpp"
#include "auriga/live.hpp"

namespace auriga {

std::unique_ptr<LiveSource> open_camera(const std::filesystem::path& device, const CameraOptions&) {
  throw Error(ErrorCode::usage,
              device.string() +
                  ": cameras are read by Video4Linux, which this system does not have; let another "
                  "program (ffmpeg) write the camera's pictures to `auriga live -`");
}

std::vector<CameraInfo> list_cameras() { return {}; }

}  // namespace auriga
