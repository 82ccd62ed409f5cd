// Compares auriga with the reference on all of its recorded results and writes docs/parity.md:
//
//   parity TEST_DATA OUT.md
//
// The text around the figures is parity.md.in beside this file. Exit code 0: all bounds are kept;
// 1: some are missed, the document names them; 2: something is missing or broken.
#include <chrono>
#include <cstdio>
#include <ctime>
#include <exception>
#include <filesystem>
#include <map>
#include <sstream>
#include <string>

#include <fmt/format.h>

#include "parity/sections.hpp"
#include "support/golden.hpp"

namespace {

namespace fs = std::filesystem;
using namespace auriga::parity;

std::string date() {
  const std::time_t now = std::time(nullptr);
  char text[16];
  std::strftime(text, sizeof text, "%F", std::gmtime(&now));
  return text;
}

std::string compiler() {
#if defined(__clang__)
  return fmt::format("clang {}.{}", __clang_major__, __clang_minor__);
#else
  return fmt::format("g++ {}.{}", __GNUC__, __GNUC_MINOR__);
#endif
}

std::string processor() {
  std::istringstream lines(auriga::test::read_text("/proc/cpuinfo"));
  for (std::string line; std::getline(lines, line);)
    if (line.starts_with("model name")) return line.substr(line.find(':') + 2);
  return "an unknown processor";
}

std::string verdict(const Bounds& bounds) {
  if (bounds.missed().empty()) return fmt::format("All {} bounds are kept.", bounds.count());
  std::string text =
      fmt::format("**{} of {} bounds are missed:**\n\n", bounds.missed().size(), bounds.count());
  for (const std::string& missed : bounds.missed()) text += "- " + missed + "\n";
  text.pop_back();
  return text;
}

// Progress: the whole takes a minute.
template <typename Section>
auto timed(const char* name, const Section& section) {
  const auto begin = std::chrono::steady_clock::now();
  auto text = section();
  const std::chrono::duration<double> passed = std::chrono::steady_clock::now() - begin;
  fmt::print("parity: {} ({:.0f} s)\n", name, passed.count());
  std::fflush(stdout);
  return text;
}

int compare(const fs::path& data, const fs::path& out) {
  const std::string document =
      auriga::test::read_text(auriga::test::repository() / "tests/parity/parity.md.in");
  Bounds bounds;
  std::map<std::string, std::string> texts;
  texts["detections"] = timed("detections", [&] { return detections(data, bounds); });
  texts["stages"] = timed("stages", [&] { return stages(data, bounds); });
  texts["ceclm"] = timed("CE-CLM", [&] { return ceclm(data, bounds); });
  texts["pictures"] = timed("pictures", [&] { return pictures(data, bounds); });
  const VideoSections of_videos = timed("videos", [&] { return videos(data, bounds); });
  texts["videos"] = of_videos.videos;
  texts["action_units"] = of_videos.action_units;
  texts["largest"] = of_videos.largest;
  texts["nudges"] = of_videos.nudges;
  const PresetSections of_presets = timed("presets", [&] { return presets(data, bounds); });
  texts["presets"] = of_presets.presets;
  texts["preset_units"] = of_presets.preset_units;
  texts["verdict"] = verdict(bounds);
  texts["date"] = date();
  texts["compiler"] = compiler();
  texts["processor"] = processor();
  auriga::test::write_text(out, fill_in(document, texts));
  fmt::print("{}\nparity: wrote {}\n", verdict(bounds), out.string());
  return bounds.missed().empty() ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    fmt::print(stderr, "usage: parity TEST_DATA OUT.md\n");
    return 2;
  }
  try {
    return compare(argv[1], argv[2]);
  } catch (const std::exception& error) {
    fmt::print(stderr, "parity: {}\n", error.what());
    return 2;
  }
}
