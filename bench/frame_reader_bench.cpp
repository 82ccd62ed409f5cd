// What it costs to have any frame of a video, ms: jumps beside decoding from the key frame,
// neighbours, frames that are kept; as pictures and as JPEG.
//   frame_reader_bench VIDEO [THREADS]
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdarg>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <vector>

extern "C" {
#include <libavutil/log.h>
}

#include "auriga/error.hpp"
#include "auriga/source.hpp"

#include "drawing/encode.hpp"
#include "media/bgr_converter.hpp"
#include "media/container.hpp"
#include "media/frame_reader.hpp"
#include "media/jump_decoder.hpp"
#include "media/packet_order.hpp"

namespace auriga {
namespace {

using Clock = std::chrono::steady_clock;

double ms_since(Clock::time_point begin) {
  return std::chrono::duration<double, std::milli>(Clock::now() - begin).count();
}

// Of all threads: the same on a machine that does other things, too.
double processor_s() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

// In ascending order.
struct Times {
  std::vector<double> ms;
  void add(double one) { ms.insert(std::upper_bound(ms.begin(), ms.end(), one), one); }
  double at(double share) const {
    return ms[static_cast<std::size_t>(share * static_cast<double>(ms.size() - 1))];
  }
  double sum() const {
    double all = 0;
    for (const double one : ms) all += one;
    return all;
  }
  void print(const char* what) const {
    std::printf("%-44s median %8.2f   95 %% %8.2f   largest %8.2f   (%zu)\n", what, at(0.5),
                at(0.95), ms.back(), ms.size());
  }
};

void have(FrameReader& reader, std::int64_t frame, Times& picture, Times& jpeg) {
  const Clock::time_point begin = Clock::now();
  const auto shown = reader.frame(frame);
  picture.add(ms_since(begin));
  if (!shown) return;
  encode_jpeg(*shown->bgr, {});
  jpeg.add(ms_since(begin));
}

// A place in the file, the pictures from its key frame on, the last one in BGR; nothing is looked
// up or compared.
class KeyFrameDecoding {
 public:
  KeyFrameDecoding(const std::string& video, int threads)
      : decoder_(video, std::make_unique<Container>(video), threads) {
    Container container(video);
    const std::atomic<bool> stopped = false;
    table_ = std::make_shared<PacketTable>(*read_packets(container, stopped));
  }

  // Of the frame at a place in the order of times, which is its number in a sound file.
  double ms(std::int64_t frame) {
    const PacketOrder order(*table_);
    const std::int64_t pts = *order.pts_at(frame);
    const std::size_t packet = *order.packet_of(pts);
    std::size_t key = *(std::upper_bound(order.keys().begin(), order.keys().end(), packet) - 1);
    const Clock::time_point begin = Clock::now();
    decoder_.go_to(table_, key, false);
    while (decoder_.next() && decoder_.frame().pts != pts) {
    }
    const AVFrame& picture = decoder_.frame();
    Image bgr;
    converter_.convert(picture, ShownAs{picture.width, picture.height, {}}, bgr);
    return ms_since(begin);
  }

 private:
  JumpDecoder decoder_;
  BgrConverter converter_;
  std::shared_ptr<const PacketTable> table_;
};

void measure(const std::string& video, int threads) {
  const SourceOptions source{.threads = threads};
  Clock::time_point begin = Clock::now();
  FrameReader reader(video, {.source = source});
  const std::int64_t frames = reader.wait_for_index().value();
  const double index_ms = ms_since(begin);
  std::printf("index of %lld frames: %.0f ms, %.2f ms a frame\n", static_cast<long long>(frames),
              index_ms, index_ms / static_cast<double>(frames));
  std::mt19937 random(1);
  constexpr int kJumps = 12;

  KeyFrameDecoding plain(video, threads);
  FrameReader cold(video, {.source = source, .cache_bytes = 1, .read_ahead = false});
  cold.wait_for_index();
  Times jumps, jump_jpegs, decoding;
  double jump_cpu_s = 0, decoding_cpu_s = 0;
  for (int i = 0; i < kJumps; ++i) {
    const auto frame = static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(frames));
    // Another place between them, so that no jump goes on from the one before.
    cold.frame((frame + frames / 2) % frames);
    const std::int64_t before = cold.counts().jumps;
    double cpu_s = processor_s();
    begin = Clock::now();
    const auto shown = cold.frame(frame);
    const double ms = ms_since(begin);
    cpu_s = processor_s() - cpu_s;
    if (cold.counts().jumps == before) continue;  // it lay ahead all the same
    encode_jpeg(*shown->bgr, {});
    jump_jpegs.add(ms_since(begin));
    jumps.add(ms);
    jump_cpu_s += cpu_s;
    cpu_s = processor_s();
    decoding.add(plain.ms(frame));
    decoding_cpu_s += processor_s() - cpu_s;
  }
  decoding.print("decoding from the key frame");
  jumps.print("jump");
  std::printf("  together %.3f x decoding, %.3f x of its processor time\n",
              jumps.sum() / decoding.sum(), jump_cpu_s / decoding_cpu_s);
  jump_jpegs.print("jump, as JPEG");

  for (const bool forward : {true, false})
    for (const int pause_ms : {0, 40}) {
      Times pictures, jpegs;
      const std::int64_t from = forward ? frames / 3 : 2 * frames / 3;
      reader.frame(from);
      for (std::int64_t k = 1; k <= 60; ++k) {
        std::this_thread::sleep_for(std::chrono::milliseconds(pause_ms));
        have(reader, forward ? from + k : from - k, pictures, jpegs);
      }
      const std::string what = std::string(forward ? "next" : "previous") + " frame, " +
                               (pause_ms > 0 ? "40 ms between" : "at once");
      pictures.print(what.c_str());
      jpegs.print((what + ", as JPEG").c_str());
    }

  Times kept, kept_jpegs;
  for (int i = 0; i < 60; ++i) have(reader, 2 * frames / 3 - 60 + i % 10, kept, kept_jpegs);
  kept.print("kept");
  kept_jpegs.print("kept, as JPEG");
}

}  // namespace
}  // namespace auriga

int main(int argc, char** argv) {
  if (argc < 2 || argc > 3) {
    std::fprintf(stderr, "usage: %s VIDEO [THREADS]\n", argv[0]);
    return 2;
  }
  std::setvbuf(stdout, nullptr, _IOLBF, BUFSIZ);
  av_log_set_callback([](void* context, int level, const char*, va_list) {
    auriga::note_libav_message(context, level);
  });
  try {
    auriga::measure(argv[1], argc == 3 ? std::atoi(argv[2]) : 1);
    return 0;
  } catch (const auriga::Error& error) {
    std::fprintf(stderr, "%s: %s\n", argv[0], error.what());
    return static_cast<int>(error.code());
  }
}
