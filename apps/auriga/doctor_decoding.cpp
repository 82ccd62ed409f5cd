// How fast video is decoded on this machine.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <filesystem>

#include "auriga/error.hpp"
#include "auriga/image.hpp"
#include "auriga/sinks.hpp"
#include "auriga/source.hpp"

#include "bench_run.hpp"
#include "doctor.hpp"
#include "process.hpp"
#include "temporary_folder.hpp"

namespace auriga::app {
namespace {

constexpr int kWidth = 1920, kHeight = 1080, kFrames = 40, kWarmUp = 8;
constexpr int kFps = 30;

// Waves that move, with some noise on them as of a camera.
void draw(Image& image, int frame) {
  std::uint32_t noise = 1;
  for (int y = 0; y < kHeight; ++y) {
    std::uint8_t* row = image.row(y);
    for (int x = 0; x < kWidth; ++x)
      for (int c = 0; c < 3; ++c) {
        noise = noise * 1664525 + 1013904223;
        const int wave = (x + 5 * frame) / 3 % 256, other = (y * (c + 1) + 3 * frame) / 4 % 256;
        row[3 * x + c] = static_cast<std::uint8_t>(
            (std::abs(wave - 128) + std::abs(other - 128)) / 2 + static_cast<int>(noise >> 29));
      }
  }
}

}  // namespace

std::optional<DecodingSpeed> measure_decoding() {
  try {
    const TemporaryFolder folder;
    const std::filesystem::path file = folder.path() / "waves.mp4";
    const auto video = make_tracked_video_sink(file);
    StreamInfo stream;
    stream.width = kWidth;
    stream.height = kHeight;
    stream.fps = kFps;
    video->begin(stream, {});
    Image image(kWidth, kHeight, 3);
    for (int frame = 0; frame < kFrames; ++frame) {
      draw(image, frame);
      video->frame({frame, static_cast<double>(frame) / kFps, image});
    }
    video->finish({});
    video->publish();
    DecodingSpeed speed;
    speed.width = kWidth;
    speed.height = kHeight;
    speed.format = open_source(file)->info().description;
    speed.threads = std::clamp(cores_given(), 1, 4);
    speed.one_thread = decoded_per_second(file.string(), 1, kWarmUp, kFrames);
    speed.all_threads = speed.threads == 1
                            ? speed.one_thread
                            : decoded_per_second(file.string(), speed.threads, kWarmUp, kFrames);
    return speed;
  } catch (const Error&) {
    return std::nullopt;  // no encoder, or no place for a file: nothing that `extract` needs
  }
}

}  // namespace auriga::app
