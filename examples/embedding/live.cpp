// A camera pushed into a Session: how much its owner smiles, as it happens.
//   live FOLDER_WITH_MODEL_PACKS /dev/video0|VIDEO
#include "auriga/live.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <string>

#include "auriga/error.hpp"
#include "auriga/session.hpp"

int main(int argc, char** argv) {
  if (argc != 3) return std::fprintf(stderr, "usage: live MODELS CAMERA|VIDEO\n"), 2;
  try {
    const auto engine = auriga::Engine::load({.models = {argv[1]}});
    auriga::Session session(engine, {.needs = {.units_now = true}, .final_units = false});
    const auto& names = session.units().intensities;
    const auto smile = std::find(names.begin(), names.end(), "AU12") - names.begin();
    const std::string from = argv[2];
    auriga::LiveFeed feed([&](auto) {
      return from.starts_with("/dev/") ? auriga::open_camera(from)
                                       : auriga::open_live_file(from, /*realtime=*/true);
    });
    auriga::LiveFrame frame;
    auriga::LiveFeed::Got got{};
    while ((got = feed.next(frame, std::chrono::milliseconds(100))) != auriga::LiveFeed::Got::end) {
      if (got == auriga::LiveFeed::Got::nothing) continue;
      for (const auriga::FaceRow& face : session.push(frame.view()))
        if (face.result.success)
          std::printf("%7.2f s  smile %.2f  (%lld frames lost)\n", frame.captured_s,
                      face.intensities[static_cast<std::size_t>(smile)],
                      static_cast<long long>(frame.lost));
    }
    return 0;
  } catch (const auriga::Error& error) {
    return std::fprintf(stderr, "live: %s\n", error.what()), static_cast<int>(error.code());
  }
}
