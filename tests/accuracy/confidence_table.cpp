// Prints the tables of docs/accuracy.md about confidence, measured on people that it was not fitted
// to; or, of portraits with known landmarks, what it is fitted to.
#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "confidence_looks.hpp"
#include "media/image_file.hpp"
#include "support/golden.hpp"

namespace auriga::accuracy {
namespace {

namespace fs = std::filesystem;

constexpr std::array kConfidences{&Look::confidence, &Look::presence};
constexpr double kKnown = 0.08;  // two kinds of landmarks differ by some percent

constexpr const char* kUsage =
    "usage: confidence_table [PEOPLE]              tables, of the people in ../shared/people\n"
    "       confidence_table --terms mesh|pfld|table PORTRAITS.csv\n"
    "PORTRAITS.csv: of `render_faces --portraits`, or any like it: picture, 68 x, 68 y.\n";

std::vector<Look> looks_at_people(Landmarks68 landmarks, std::size_t most) {
  Looker looker(landmarks, test::open_pack(), test::test_data());
  std::vector<fs::path> pictures;
  for (const fs::directory_entry& entry :
       fs::directory_iterator(test::test_data() / "people/london"))
    pictures.push_back(entry.path());
  std::sort(pictures.begin(), pictures.end());
  std::vector<Look> all;
  std::size_t people = 0;
  // Neutral of one, smiling of the next.
  for (std::size_t i = 0; i + 1 < pictures.size() && people < most; i += 2, ++people) {
    const fs::path& picture = pictures[i + people % 2];
    const Portrait portrait = looker.portrait(picture.stem().string(), read_image(picture));
    if (portrait.name.empty()) continue;
    const std::vector<Look> looks = looker.looks(portrait, static_cast<std::uint32_t>(people));
    all.insert(all.end(), looks.begin(), looks.end());
  }
  return all;
}

std::string cell(double value) { return fmt::format("{:.2f}", value); }

void print_tables(std::size_t most) {
  std::map<Landmarks68, std::vector<Look>> looks;
  for (const Landmarks68 landmarks : {Landmarks68::mesh, Landmarks68::pfld, Landmarks68::table})
    looks[landmarks] = looks_at_people(landmarks, most);

  fmt::print("| | AUC | calibration error | good faces, mean | looks |\n|---|---|---|---|---|\n");
  for (const auto& [landmarks, all] : looks) {
    std::vector<Look> good;
    std::copy_if(all.begin(), all.end(), std::back_inserter(good), is_good);
    for (double Look::*const of : kConfidences) {
      if (of == &Look::presence && landmarks != Landmarks68::mesh) continue;
      fmt::print("| {}{} | {:.3f} | {:.3f} | {:.3f} | {} |\n", name_of(landmarks),
                 of == &Look::presence ? ", its probability of a face" : "",
                 area_under_curve(all, of), calibration_error(calibration(all, of)),
                 mean_confidence(good, of), all.size());
    }
  }
  fmt::print("\n| confidence | mesh: right (looks) | pfld | table |\n|---|---|---|---|\n");
  for (std::size_t bin = 0; bin < 10; ++bin) {
    std::string line = fmt::format("| {:.1f}–{:.1f} |", 0.1 * static_cast<double>(bin),
                                   0.1 * static_cast<double>(bin + 1));
    for (const auto& [landmarks, all] : looks) {
      const Bin found = calibration(all, &Look::confidence)[bin];
      line += fmt::format(" {:.0f} % ({}) |", 100 * found.right, found.looks);
    }
    fmt::print("{}\n", line);
  }
  fmt::print(
      "\n| scene | mesh: probability of a face, confidence, right | pfld: confidence, right | "
      "table |\n|---|---|---|---|\n");
  std::vector<std::pair<std::string, double>> scenes;
  for (const Look& look : looks[Landmarks68::mesh]) {
    const std::pair scene{look.kind, look.degree};
    if (std::find(scenes.begin(), scenes.end(), scene) == scenes.end()) scenes.push_back(scene);
  }
  for (const auto& [kind, degree] : scenes) {
    std::string line =
        fmt::format("| {}{} |", kind, degree != 0 ? fmt::format(" {:g}", degree) : "");
    for (const auto& [landmarks, all] : looks) {
      double confidence = 0, presence = 0, right = 0, n = 0;
      for (const Look& look : all) {
        if (look.kind != kind || look.degree != degree) continue;
        confidence += look.confidence, presence += look.presence, right += look.right ? 1 : 0;
        ++n;
      }
      if (n == 0) {
        line += " – |";
        continue;
      }
      line += landmarks == Landmarks68::mesh ? " " + cell(presence / n) + "," : "";
      line += fmt::format(" {}, {} |", cell(confidence / n), cell(right / n));
    }
    fmt::print("{}\n", line);
  }
}

void print_terms(Landmarks68 landmarks, const fs::path& list) {
  Looker looker(landmarks, test::open_pack(), test::test_data());
  std::ifstream lines(list);
  std::uint32_t seed = 0;
  for (std::string line; std::getline(lines, line); ++seed) {
    std::istringstream cells(line);
    std::string name, value;
    std::getline(cells, name, ',');
    Portrait portrait{name, read_image(list.parent_path() / name), {}};
    for (std::size_t i = 0; i < 2 * std::size_t{kLandmarks}; ++i) {
      std::getline(cells, value, ',');
      (i < kLandmarks ? portrait.landmarks.x[i] : portrait.landmarks.y[i - kLandmarks]) =
          std::stof(value);
    }
    // What is right is what the same network says of the untouched picture, where that is right.
    const Portrait own = looker.portrait(name, portrait.picture, place_of(portrait.landmarks));
    if (own.name.empty() || landmark_error(own.landmarks, portrait.landmarks) > kKnown) continue;
    for (const Look& look : looker.looks(own, seed)) {
      std::string row = fmt::format("{},{},{:g},{:d},{:d},{:.6f}", look.portrait, look.kind,
                                    look.degree, look.detected, look.right, look.confidence);
      for (const double term : look.terms) row += fmt::format(",{:.6f}", term);
      fmt::print("{}\n", row);
    }
  }
}

int run(const std::vector<std::string>& arguments) {
  if (arguments.size() == 3 && arguments[0] == "--terms") {
    for (const Landmarks68 landmarks : {Landmarks68::mesh, Landmarks68::pfld, Landmarks68::table})
      if (arguments[1] == name_of(landmarks)) return print_terms(landmarks, arguments[2]), 0;
  } else if (arguments.size() <= 1) {
    print_tables(arguments.empty() ? 1000 : std::stoul(arguments[0]));
    return 0;
  }
  std::fputs(kUsage, stderr);
  return 2;
}

}  // namespace
}  // namespace auriga::accuracy

int main(int argc, char** argv) {
  try {
    return auriga::accuracy::run({argv + 1, argv + argc});
  } catch (const std::exception& error) {
    fmt::print(stderr, "confidence_table: {}\n", error.what());
    return 1;
  }
}
