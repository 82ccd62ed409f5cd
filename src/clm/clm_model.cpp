#include "clm/clm_model.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <sstream>
#include <string_view>
#include <system_error>

#include "auriga/error.hpp"

#include "base/file.hpp"
#include "base/parallel.hpp"
#include "base/real_text.hpp"

namespace auriga {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kLargestText = std::size_t{1} << 20;

// What a main file and its detector file say, before anything they name is read.
struct PartLine {
  fs::path main_file;
  std::string name;
  std::vector<std::pair<int, int>> landmarks;
};
struct Description {
  fs::path main_file, detector_file, validator;
  std::vector<PartLine> parts;
  PatchExpertKind kind{};
  fs::path pdm, early_termination;
  std::vector<fs::path> patches;
};

[[noreturn]] void reject(const fs::path& file, const std::string& message) {
  throw Error(ErrorCode::model, file.string() + ": " + message);
}

std::string in_quotes(std::string_view text) { return "'" + std::string(text.substr(0, 80)) + "'"; }

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r\v\f";
  const std::size_t begin = text.find_first_not_of(kBlanks);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlanks) - begin + 1);
}

// Calls `handle(keyword, rest)` for every line that is not blank; both are trimmed.
template <typename Handle>
void for_each_line(const fs::path& file, const std::string& what, Handle handle) {
  std::istringstream in(read_file(file, ErrorCode::model, what, kLargestText));
  for (std::string line; std::getline(in, line);) {
    const std::string_view text = trimmed(line);
    if (text.empty()) continue;
    const std::size_t end = std::min(text.find_first_of(" \t"), text.size());
    handle(text.substr(0, end), trimmed(text.substr(end)));
  }
}

fs::path beside(const fs::path& file, std::string_view relative, std::string_view keyword,
                const FindFile& find) {
  if (relative.empty()) reject(file, "expected a file name after " + in_quotes(keyword));
  if (relative.find('\0') != std::string_view::npos)
    reject(file, "expected a text file, found a zero byte");
  return find(file.parent_path() / relative);
}

std::string_view first_word(std::string_view text) {
  return text.substr(0, text.find_first_of(" \t"));
}

// `path name i0 j0 i1 j1 ...`
PartLine parse_part(const fs::path& file, std::string_view text, const FindFile& find) {
  PartLine part;
  std::istringstream words{std::string(text)};
  std::string path;
  words >> path >> part.name;
  part.main_file = beside(file, path, "LandmarkDetector_part", find);
  std::vector<int> numbers;
  for (std::string word; words >> word;) {
    int number = 0;
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), number);
    if (error != std::errc() || end != word.data() + word.size())
      reject(file, "part " + in_quotes(part.name) + ": expected the number of a landmark, found " +
                       in_quotes(word));
    numbers.push_back(number);
  }
  if (numbers.empty() || numbers.size() % 2 != 0)
    reject(file,
           "part " + in_quotes(part.name) +
               ": expected a name and pairs of landmarks (of the whole, of the part), found " +
               std::to_string(numbers.size()) + " numbers");
  for (std::size_t i = 0; i < numbers.size(); i += 2)
    part.landmarks.emplace_back(numbers[i], numbers[i + 1]);
  return part;
}

Description describe(const fs::path& main_file, const FindFile& find) {
  Description model;
  model.main_file = main_file;
  for_each_line(main_file, "landmark model", [&](std::string_view keyword, std::string_view rest) {
    if (keyword == "LandmarkDetector")
      model.detector_file = beside(main_file, first_word(rest), keyword, find);
    else if (keyword == "LandmarkDetector_part")
      model.parts.push_back(parse_part(main_file, rest, find));
    else if (keyword == "DetectionValidator")
      model.validator = beside(main_file, first_word(rest), keyword, find);
  });
  if (model.detector_file.empty())
    reject(main_file,
           "expected a line LandmarkDetector, found none; name a main file of OpenFace, e.g. "
           "model/main_clnf_general.txt");
  return model;
}

void describe_detector(Description& model, const FindFile& find) {
  const fs::path& file = model.detector_file;
  std::array<std::vector<fs::path>, 3> patches;
  for_each_line(file, "landmark detector", [&](std::string_view keyword, std::string_view rest) {
    const auto add = [&](PatchExpertKind kind) {
      patches[static_cast<std::size_t>(kind)].push_back(beside(file, rest, keyword, find));
    };
    if (keyword == "PDM") model.pdm = beside(file, rest, keyword, find);
    if (keyword == "EarlyTermination") model.early_termination = beside(file, rest, keyword, find);
    if (keyword == "PatchesIntensity") add(PatchExpertKind::svr);
    if (keyword == "PatchesCCNF") add(PatchExpertKind::ccnf);
    if (keyword == "PatchesCEN") add(PatchExpertKind::cen);
  });
  // Where several kinds are named the reference computes with the last of svr, ccnf, cen.
  for (const PatchExpertKind kind :
       {PatchExpertKind::svr, PatchExpertKind::ccnf, PatchExpertKind::cen}) {
    const auto& files = patches[static_cast<std::size_t>(kind)];
    if (files.empty()) continue;
    model.kind = kind;
    model.patches = files;
  }
  if (model.pdm.empty() || model.patches.empty())
    reject(file, std::string("expected lines PDM and PatchesCCNF, PatchesCEN or PatchesIntensity, "
                             "found no ") +
                     (model.pdm.empty() ? "PDM" : "patch experts") +
                     "; is this the detector file that the main file names?");
  if (model.patches.size() > kMostScales)
    reject(file, "expected patch experts at " + std::to_string(kMostScales) +
                     " scales at most, found " + std::to_string(model.patches.size()));
}

bool is_missing(const fs::path& file) {
  std::error_code ignored;
  return fs::status(file, ignored).type() == fs::file_type::not_found;
}

// Follows the main file to everything that it names; parts[i] belongs to whole.parts[i].
struct Plan {
  Description whole;
  std::vector<Description> parts;
};

Plan plan_of(const fs::path& main_file, const FindFile& find) {
  std::vector<fs::path> missing;
  const auto have = [&](const fs::path& file) {
    const bool there = !is_missing(file);
    if (!there && std::find(missing.begin(), missing.end(), file) == missing.end())
      missing.push_back(file);
    return there;
  };
  bool lacks_cen = false;
  const auto follow = [&](Description& model) {
    if (!have(model.detector_file)) return;
    describe_detector(model, find);
    have(model.pdm);
    for (const fs::path& file : model.patches)
      if (!have(file)) lacks_cen |= model.kind == PatchExpertKind::cen;
    if (!model.early_termination.empty()) have(model.early_termination);
  };

  Plan plan;
  plan.whole = describe(main_file, find);
  follow(plan.whole);
  for (const PartLine& line : plan.whole.parts) {
    if (!have(line.main_file)) continue;
    Description part = describe(line.main_file, find);
    // No published part has parts, and none would be used; one that names itself has no end.
    if (!part.parts.empty())
      reject(line.main_file, "expected a part (" + in_quotes(line.name) + " of " +
                                 main_file.string() + ") without parts of its own, found " +
                                 in_quotes(part.parts.front().name));
    follow(part);
    plan.parts.push_back(std::move(part));
  }
  if (!plan.whole.validator.empty()) have(plan.whole.validator);

  if (!missing.empty()) {
    std::string message = main_file.string() + ": " + std::to_string(missing.size()) +
                          (missing.size() == 1 ? " file" : " files") +
                          " that the landmark model needs not found:";
    for (const fs::path& file : missing) message += "\n  " + file.string();
    message += lacks_cen ? "\nThe patch experts of CE-CLM (CEN) are a download of their own, apart "
                           "from the published models: put them there, or use "
                           "main_clnf_general.txt, which needs none of them"
                         : "\nCopy the whole folder `model` of OpenFace";
    throw Error(ErrorCode::model,
                message + " (`auriga models list` shows which models were found and where)");
  }
  return plan;
}

EarlyTermination read_early_termination(const fs::path& file, int views) {
  std::istringstream in(
      read_file(file, ErrorCode::model, "table of early termination", kLargestText));
  std::vector<double> numbers;
  for (std::string word; in >> word;) {
    double number = 0;
    const auto [end, error] = read_real(word.data(), word.data() + word.size(), number);
    if (error != std::errc() || end != word.data() + word.size() || !std::isfinite(number))
      reject(file, "expected a number, found " + in_quotes(word));
    numbers.push_back(number);
  }
  if (numbers.size() != 3 * static_cast<std::size_t>(views))
    reject(file, "expected 3 x " + std::to_string(views) +
                     " numbers (the experts of the first scale have " + std::to_string(views) +
                     " views), found " + std::to_string(numbers.size()));
  const auto third = [&](int i) {
    return std::vector<double>(numbers.begin() + i * views, numbers.begin() + (i + 1) * views);
  };
  return {third(0), third(1), third(2)};
}

std::shared_ptr<ClmModel> load(const Description& description, const PackedCache& cache) {
  auto model = std::make_shared<ClmModel>(read_pdm(description.pdm));
  model->kind = description.kind;
  for (auto& experts : read_patch_experts(description.kind, description.patches, cache))
    model->scales.push_back(std::move(experts));
  model->validator = description.validator;
  model->name = description.main_file.stem().string();
  model->files = {description.main_file, description.detector_file, description.pdm};
  model->files.insert(model->files.end(), description.patches.begin(), description.patches.end());
  for (std::size_t k = 0; k < model->scales.size(); ++k)
    if (model->scales[k]->landmarks() != model->pdm.points)
      reject(description.patches[k], "expected experts for the " +
                                         std::to_string(model->pdm.points) + " points of " +
                                         description.pdm.string() + ", found them for " +
                                         std::to_string(model->scales[k]->landmarks()));
  if (!description.early_termination.empty()) {
    model->early_termination =
        read_early_termination(description.early_termination, model->scales.front()->views());
    model->files.push_back(description.early_termination);
  }
  return model;
}

// How a part is fitted follows from its name; options of the whole do not reach it (spec clnf.md
// section 6).
void configure(ClmPart& part) {
  const auto set = [&](const ClmWindows& windows, float regularisation, float sigma,
                       float weight_factor = 0) {
    part.windows = windows;
    part.settings = {5, sigma, regularisation, weight_factor, false};
  };
  if (part.name == "left_eye_28" || part.name == "right_eye_28")
    set({3, 5, 9, 0}, 0.5f, 1);
  else if (part.name == "left_eye" || part.name == "right_eye")
    set({5, 3, 0, 0}, 0.1f, 2);
  else if (part.name == "inner")
    set({9, 0, 0, 0}, 2.5f, 1.75f, 2.5f);
  else if (part.name == "mouth")
    set({7, 7, 0, 0}, 1, 2);
  else if (part.name == "brow")
    set({11, 9, 0, 0}, 10, 3.5f);
  else
    set({11, 9, 7, 5}, 22.5f, 2.25f);
}

}  // namespace

ClmModel::ClmModel(Pdm model) : pdm(std::move(model)), shape(pdm) {}
ClmModel::~ClmModel() = default;

std::shared_ptr<const ClmModel> read_clm_model(const fs::path& main_file, const FindFile& find,
                                               const PackedCache& cache) {
  const Plan plan = plan_of(main_file, find);
  // The whole, then the parts.
  std::vector<std::shared_ptr<ClmModel>> loaded(1 + plan.parts.size());
  in_parallel_all(static_cast<int>(loaded.size()), [&](int index) {
    const auto i = static_cast<std::size_t>(index);
    loaded[i] = load(i == 0 ? plan.whole : plan.parts[i - 1], cache);
  });
  const std::shared_ptr<ClmModel> model = std::move(loaded[0]);
  for (std::size_t i = 0; i < plan.parts.size(); ++i) {
    const PartLine& line = plan.whole.parts[i];
    const std::shared_ptr<const ClmModel> part = std::move(loaded[i + 1]);
    for (const auto& [of_whole, of_part] : line.landmarks)
      if (of_whole < 0 || of_whole >= model->pdm.points || of_part < 0 ||
          of_part >= part->pdm.points)
        reject(main_file, "part " + in_quotes(line.name) + ": expected landmarks 0.." +
                              std::to_string(model->pdm.points - 1) + " of the whole and 0.." +
                              std::to_string(part->pdm.points - 1) + " of the part, found " +
                              std::to_string(of_whole) + " " + std::to_string(of_part));
    model->files.insert(model->files.end(), part->files.begin(), part->files.end());
    model->parts.push_back({line.name, line.landmarks, part, {}, {}});
    configure(model->parts.back());
  }
  if (!model->validator.empty()) model->files.push_back(model->validator);
  return model;
}

}  // namespace auriga
