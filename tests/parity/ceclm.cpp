#include <cmath>
#include <cstddef>
#include <map>
#include <memory>
#include <span>
#include <sstream>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "media/image_file.hpp"
#include "parity/sections.hpp"
#include "support/golden.hpp"
#include "tracking/openface_image.hpp"

namespace auriga::parity {
namespace {

namespace fs = std::filesystem;

// One line per item: "@name values...".
std::map<std::string, std::vector<double>> read_items(const fs::path& file) {
  std::map<std::string, std::vector<double>> items;
  std::istringstream lines(test::read_text(file));
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string name;
    words >> name;
    for (double value; words >> value;) items[name].push_back(value);
  }
  return items;
}

void replace_all(std::string& text, const std::string& from, const std::string& to) {
  for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size())
    text.replace(at, from.size(), to);
}

// main_ceclm_general as published, with the synthetic experts and the same cut-off for all views.
fs::path make_model(const fs::path& data, const fs::path& folder, int cutoff) {
  const fs::path model = data / "models/openface-2.2/model";
  std::string main_file = test::read_text(model / "main_ceclm_general.txt");
  for (const std::string path : {"model_eye/", "detection_validation/"})
    replace_all(main_file, path, (model / path).string());
  test::write_text(folder / "main_ceclm_general.txt", main_file);

  std::string experts = "PDM " + (model / "pdms/In-the-wild_aligned_PDM_68.txt").string() + "\n";
  for (const std::string scale : {"0.25", "0.35", "0.50", "1.00"})
    experts += "PatchesCEN " +
               (data / "models/cen-synthetic" / ("cen_patches_" + scale + "_of.dat")).string() +
               "\n";
  test::write_text(folder / "cen_general.txt", experts + "EarlyTermination early.txt\n");

  std::istringstream published(test::read_text(model / "early_term_cen_of.txt"));
  std::string early;
  double value = 0;
  for (int i = 0; i < 14 && published >> value; ++i) early += fmt::format("{} ", value);
  for (int view = 0; view < 7; ++view) early += fmt::format("{} ", cutoff);
  test::write_text(folder / "early.txt", early);
  return folder / "main_ceclm_general.txt";
}

void add_points(Differences& differences, std::span<const float> x, std::span<const float> y,
                const std::vector<double>& golden) {
  for (std::size_t i = 0; i < x.size(); ++i)
    differences.add_distance(x[i] - golden.at(i), y[i] - golden.at(x.size() + i));
}

}  // namespace

std::string ceclm(const fs::path& data, Bounds& bounds) {
  MarkdownTable table({"CE-CLM, 5 pictures", "success equal", "certainty equal, largest difference",
                       "landmarks within 0.05 px", "landmarks, largest, px",
                       "points of the eyes, largest, px", "kept"});
  StageClock clock;
  for (const std::string which : {"lo", "hi"}) {
    const test::TemporaryFolder folder;
    const auto model = read_clm_model(make_model(data, folder.path(), which == "hi" ? 100 : -100));
    Validator validator(Validator::load(model->validator));
    OpenFaceOptions options;
    options.multi_view = true;
    adapt_to_model(model->name, options);
    OpenFaceImage finder(model, &validator, options);
    int success = 0, certain = 0, runs = 0;
    Differences landmarks, eyes, certainty;
    for (int sample = 1; sample <= 5; ++sample) {
      const std::string name = "sample" + std::to_string(sample);
      auto golden = read_items(data / "golden/cen" / (name + "_" + which + ".txt"));
      const Image picture = read_image(data / "images" / (name + ".jpg"));
      const std::vector<double>& at = golden["@box"];
      FaceBox box;
      box.x = static_cast<float>(at.at(0));
      box.y = static_cast<float>(at.at(1));
      box.w = static_cast<float>(at.at(2));
      box.h = static_cast<float>(at.at(3));
      const TrackedFace face = finder.faces(picture, {&box, 1}, clock)[0];
      const std::vector<double>& ok = golden["@ok2"];
      success += face.success == (ok.at(0) != 0);
      certain += std::abs(face.confidence - ok.at(2)) < 1e-6;
      certainty.add(face.confidence, ok.at(2));
      ++runs;
      add_points(landmarks, face.landmarks.x, face.landmarks.y, golden["@lm2"]);
      for (std::size_t e = 0; e < 2; ++e)
        add_points(eyes, face.eyes[e].x, face.eyes[e].y, golden[fmt::format("@part{}lm", e)]);
    }
    const std::string title = which == "lo" ? "first hypothesis accepted" : "all 11 compared";
    const std::size_t missed = bounds.missed().size();
    bounds.at_least("CE-CLM, " + title + ", success", success, runs);
    bounds.at_most("CE-CLM, " + title + ", certainty", certainty.max(), 0.0501);  // one step
    bounds.at_most("CE-CLM, " + title + ", landmarks", landmarks.max(), 0.2);
    bounds.at_most("CE-CLM, " + title + ", eyes", eyes.max(), 0.2);
    table.add({title, fmt::format("{} of {}", success, runs),
               fmt::format("{} of {}, {}", certain, runs, number(certainty.max())),
               percent(landmarks.share_within(0.05)), number(landmarks.max()), number(eyes.max()),
               bounds.missed().size() == missed ? "yes" : "**no**"});
  }
  return table.text();
}

}  // namespace auriga::parity
