#include "models/au_models.hpp"

#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <sstream>
#include <string_view>

#include "auriga/error.hpp"
#include "auriga/face.hpp"

#include "base/file.hpp"

namespace auriga {
namespace {

static_assert(std::endian::native == std::endian::little, "the model files are little-endian");

namespace fs = std::filesystem;

constexpr std::size_t kLargestFile = std::size_t{256} << 20;
constexpr std::int32_t kFloat64 = 6;  // the only element type that the published files use
constexpr int kMostFeatures = 1 << 20;

// Bounds-checked cursor over the bytes of one `.dat` file.
class BinaryReader {
 public:
  BinaryReader(const fs::path& file, std::string_view bytes)
      : name_(file.string()), bytes_(bytes) {}

  [[noreturn]] void fail(const std::string& message) const {
    throw Error(ErrorCode::model,
                name_ + ", byte " + std::to_string(at_) + ": " + message +
                    "; get a fresh copy of the file (`auriga models verify` compares it)");
  }

  std::int32_t i32(const std::string& what) { return number<std::int32_t>(what); }

  double f64(const std::string& what) {
    const double value = number<double>(what);
    if (!std::isfinite(value))
      fail("expected a finite number (" + what + "), found NaN or infinity");
    return value;
  }

  // A matrix that is a row (row = true) or a column of `size` values; size 0 accepts any length.
  std::vector<double> vector(const std::string& what, bool row, int size) {
    const std::int32_t rows = i32("rows of the " + what), cols = i32("columns of the " + what);
    const std::int32_t type = i32("element type of the " + what);
    const std::int32_t length = row ? cols : rows;
    if ((row ? rows : cols) != 1 || length < 1 || length > kMostFeatures ||
        (size != 0 && length != size)) {
      const std::string n = size != 0 ? std::to_string(size) : "n";
      fail("expected " + what + " of size " + (row ? "1 x " + n : n + " x 1") + ", found " +
           std::to_string(rows) + " x " + std::to_string(cols));
    }
    if (type != kFloat64)
      fail("expected element type 6 (f64) for the " + what + ", found " + std::to_string(type));
    need(static_cast<std::size_t>(length) * 8, what);
    std::vector<double> values(static_cast<std::size_t>(length));
    std::memcpy(values.data(), bytes_.data() + at_, values.size() * 8);
    for (const double value : values)
      if (!std::isfinite(value)) fail("expected finite " + what + ", found NaN or infinity");
    at_ += values.size() * 8;
    return values;
  }

  void expect_end() const {
    if (at_ != bytes_.size())
      fail("expected the end of the file, found " + std::to_string(bytes_.size() - at_) +
           " more bytes");
  }

 private:
  void need(std::size_t count, const std::string& what) const {
    if (bytes_.size() - at_ < count)
      fail("expected " + std::to_string(count) + " bytes (" + what + "), found " +
           std::to_string(bytes_.size() - at_) + ": the file is cut short");
  }

  template <typename T>
  T number(const std::string& what) {
    need(sizeof(T), what);
    T value;
    std::memcpy(&value, bytes_.data() + at_, sizeof(T));
    at_ += sizeof(T);
    return value;
  }

  std::string name_;
  std::string_view bytes_;
  std::size_t at_ = 0;
};

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

void read_predictor_list(const fs::path& list, AuModelSet& set) {
  set.files.push_back(list);
  for (const std::string& line : read_lines(list, "list of AU models")) {
    const std::size_t blank = line.find(' ');
    if (blank == std::string::npos || blank == 0)
      throw Error(ErrorCode::model, list.string() + ": expected lines `<file> <AU name>`, found '" +
                                        line.substr(0, 80) + "'; get a fresh copy of the file");
    const fs::path file = list.parent_path() / line.substr(0, blank);
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
  model.means = reader.vector("means", true, features);
  model.weights = reader.vector("weights", false, static_cast<int>(model.means.size()));
  model.bias = reader.f64("bias");
  if (model.kind == AuKind::presence) {
    model.class_if_positive = reader.f64("class if positive");
    model.class_otherwise = reader.f64("class otherwise");
  }
  reader.expect_end();
  return model;
}

AuModelSet read_au_model_set(const fs::path& list_file, bool dynamic) {
  AuModelSet set;
  set.dynamic = dynamic;
  set.files.push_back(list_file);
  fs::path pdm_file, triangulation_file;
  for (const std::string& line : read_lines(list_file, "list of AU model files")) {
    std::istringstream words(line);
    std::string keyword, path;
    words >> keyword >> path;
    if (path.empty()) continue;
    const fs::path file = list_file.parent_path() / path;
    if (keyword == "AUPredictor") read_predictor_list(file, set);
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

}  // namespace auriga
