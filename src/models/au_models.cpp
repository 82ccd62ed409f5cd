#include "models/au_models.hpp"

#include <array>
#include <cstdint>
#include <sstream>
#include <system_error>

#include "auriga/error.hpp"
#include "auriga/face.hpp"

#include "base/file.hpp"
#include "models/binary_reader.hpp"

namespace auriga {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kLargestFile = std::size_t{256} << 20;

std::string trim_right(std::string text) {
  while (!text.empty() && (text.back() == ' ' || text.back() == '\r' || text.back() == '\t'))
    text.pop_back();
  return text;
}

// The non-blank lines of a list file, right-trimmed.
std::vector<std::string> read_lines(const fs::path& file, const std::string& what) {
  std::istringstream in(read_file(file, ErrorCode::model, what, std::size_t{1} << 20));
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);)
    if (line = trim_right(line); !line.empty()) lines.push_back(line);
  return lines;
}

void read_predictor_list(const fs::path& list, AuModelSet& set, const FindFile& find) {
  set.files.push_back(list);
  for (const std::string& line : read_lines(list, "list of AU models")) {
    const std::size_t blank = line.find(' ');
    if (blank == std::string::npos || blank == 0)
      throw Error(ErrorCode::model, list.string() + ": expected lines `<file> <AU name>`, found '" +
                                        line.substr(0, 80) + "'; get a fresh copy of the file");
    const fs::path file = find(list.parent_path() / line.substr(0, blank));
    std::stringstream names(line.substr(blank + 1));
    for (std::string name; std::getline(names, name, ',');) {
      const int features =
          set.models.empty() ? 0 : static_cast<int>(set.models.front().weights.size());
      set.models.push_back(read_au_model(file, name, features));
    }
    set.files.push_back(file);
  }
}

}  // namespace

AuModel read_au_model(const fs::path& file, const std::string& au_name, int features) {
  const std::string bytes = read_file(file, ErrorCode::model, "AU model", kLargestFile);
  BinaryReader reader(file, bytes);
  AuModel model;
  model.name = au_name;
  const std::int32_t marker = reader.i32("marker of the kind of model");
  if (marker != 0 && marker != 1 && marker != 4 && marker != 5)
    reader.fail("expected marker 0, 1 (SVR) or 4, 5 (SVM), found " + std::to_string(marker));
  model.kind = marker < 4 ? AuKind::intensity : AuKind::presence;
  model.dynamic = (marker & 1) != 0;
  if (marker == 1) model.cutoff = reader.f64("cutoff");
  if (model.cutoff != -1 && !(model.cutoff >= 0 && model.cutoff < 1))
    reader.fail("expected a cutoff of -1 or in [0, 1), found " + std::to_string(model.cutoff));
  model.means = reader.matrix<double>("means", 1, features).values;
  model.weights = reader.matrix<double>("weights", static_cast<int>(model.means.size()), 1).values;
  model.bias = reader.f64("bias");
  if (model.kind == AuKind::presence) {
    model.class_if_positive = reader.f64("class if positive");
    model.class_otherwise = reader.f64("class otherwise");
  }
  reader.expect_end();
  return model;
}

AuModelSet read_au_model_set(const fs::path& list_file, bool dynamic, const FindFile& find) {
  AuModelSet set;
  set.dynamic = dynamic;
  set.files.push_back(list_file);
  fs::path pdm_file, triangulation_file;
  for (const std::string& line : read_lines(list_file, "list of AU model files")) {
    std::istringstream words(line);
    std::string keyword, path;
    words >> keyword >> path;
    if (path.empty()) continue;
    if (keyword != "AUPredictor" && keyword != "PDM" && keyword != "Triangulation") continue;
    const fs::path file = find(list_file.parent_path() / path);
    if (keyword == "AUPredictor") read_predictor_list(file, set, find);
    if (keyword == "PDM") pdm_file = file;
    if (keyword == "Triangulation") triangulation_file = file;
  }
  if (set.models.empty() || pdm_file.empty() || triangulation_file.empty())
    throw Error(ErrorCode::model,
                list_file.string() + ": expected lines AUPredictor, PDM and Triangulation, found " +
                    (set.models.empty() ? "no AUPredictor"
                     : pdm_file.empty() ? "no PDM"
                                        : "no Triangulation") +
                    "; use main_dynamic_svms.txt or main_static_svms.txt of OpenFace 2.2");
  set.pdm = read_pdm(pdm_file);
  set.triangles = read_triangulation(triangulation_file, set.pdm.points);
  set.files.push_back(pdm_file);
  set.files.push_back(triangulation_file);
  // The reference computes with the means of the first file of each bank (au-core.md 1.4).
  std::array<const AuModel*, 4> first{};
  for (AuModel& model : set.models) {
    const AuModel*& bank =
        first[(model.kind == AuKind::presence ? 2u : 0u) + (model.dynamic ? 1u : 0u)];
    if (bank == nullptr)
      bank = &model;
    else
      model.means = bank->means;
  }
  return set;
}

void find_au_model_set(const fs::path& list_file, const FindFile& find) {
  const auto first_words = [](const fs::path& file, const auto& each) {
    std::error_code ignored;
    if (!fs::is_regular_file(file, ignored)) return;
    for (const std::string& line : read_lines(file, "list of AU models")) {
      std::istringstream words(line);
      std::string first, second;
      if (words >> first >> second) each(first, second);
    }
  };
  first_words(list_file, [&](const std::string& keyword, const std::string& path) {
    if (keyword != "AUPredictor" && keyword != "PDM" && keyword != "Triangulation") return;
    const fs::path file = find(list_file.parent_path() / path);
    if (keyword == "AUPredictor")
      first_words(file, [&](const std::string& model, const std::string&) {
        find(file.parent_path() / model);
      });
  });
}

}  // namespace auriga
