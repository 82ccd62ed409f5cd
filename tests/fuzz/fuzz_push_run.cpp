// Frames that are pushed one by one, and the same frames through run() with any number of workers:
// the same rows, the same final values. With the open pack and pictures made of the demo's.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string>
#include <vector>

#include "engine/fake_streams.hpp"
#include "fuzz_choices.hpp"

namespace {

using namespace auriga;
using test::StoredFrame;

// Small, so that a case costs little.
constexpr int kWidth = 160, kHeight = 120;

Image smaller(const Image& large) {
  Image small(kWidth, kHeight, 3);
  for (int y = 0; y < kHeight; ++y)
    for (int x = 0; x < kWidth; ++x)
      std::copy_n(large.row(y * large.height() / kHeight) + 3 * (x * large.width() / kWidth), 3,
                  small.row(y) + 3 * x);
  return small;
}

struct World {
  std::optional<Engine> engine;
  std::vector<Image> faces;

  World() {
    const std::string repository = AURIGA_REPOSITORY;
    if (!std::filesystem::exists(repository + "/build/open-pack/stamp")) {
      std::fprintf(stderr, "push_run: there is no open pack in build/open-pack: nothing is done\n");
      return;
    }
    Folders folders;
    folders.models = {repository + "/build/open-pack"};
    RecipeChoice choice;
    choice.preset = "open";
    engine = Engine::load(folders, choice);
    for (const StoredFrame& frame :
         test::stored_frames(*open_source(repository + "/examples/demo.mp4"), 8))
      faces.push_back(smaller(frame.bgr));
  }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  static const World world;
  if (!world.engine) return 0;
  fuzz::Choices choices(bytes, size);
  std::mt19937 random = choices.random();
  std::vector<StoredFrame> frames(static_cast<std::size_t>(choices.number(1, 10)));
  for (std::size_t i = 0; i < frames.size(); ++i) {
    StoredFrame& frame = frames[i];
    frame.index = static_cast<std::int64_t>(i);
    frame.timestamp_s = static_cast<double>(i) / 30;
    const int kind = choices.number(0, 15);
    if (kind < 3) {
      frame.bgr = test::copy_of(world.faces[static_cast<std::size_t>(choices.number(0, 7))]);
    } else {
      // Awkward sizes without a face, and frames that are missing.
      frame.bgr = kind == 4 ? Image(choices.number(1, 90), choices.number(1, 50), 3)
                            : Image(kWidth, kHeight, 3);
      const unsigned levels = kind < 8 ? 256 : 1;
      for (std::size_t k = 0; k < frame.bgr.size_bytes(); ++k)
        frame.bgr.data()[k] = static_cast<std::uint8_t>(random() % levels);
      frame.missing = kind == 5;
    }
  }
  SessionOptions options;
  options.faces = choices.number(1, 2);
  options.calibrate = choices.flag();
  const Needs now{.gaze = choices.flag(), .units_now = true};
  const test::Told one = test::pushed(*world.engine, options, frames, now);
  Threads threads;
  threads.workers = choices.number(1, 3);
  const test::Told other = test::read(*world.engine, options, frames, threads, now);
  if (!(one == other)) __builtin_trap();
  return 0;
}
