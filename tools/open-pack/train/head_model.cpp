#include "head_model.hpp"

#include <algorithm>
#include <cstring>

#include <fmt/format.h>

#include "auriga/error.hpp"

#include "base/file.hpp"

namespace auriga::training {
namespace {

constexpr std::string_view kMagic = "AURHEAD1";
constexpr std::size_t kLargestFile = std::size_t{1} << 30;

// First vertex behind each part, in ICT-FaceKit's order.
struct PartEnd {
  int end;
  HeadPart part;
};
constexpr std::array kParts = {PartEnd{9409, HeadPart::face},   PartEnd{11248, HeadPart::neck},
                               PartEnd{13294, HeadPart::mouth}, PartEnd{14062, HeadPart::socket},
                               PartEnd{17039, HeadPart::gums},  PartEnd{21451, HeadPart::teeth},
                               PartEnd{24591, HeadPart::eye},   PartEnd{26719, HeadPart::hidden}};

class Cursor {
 public:
  Cursor(const std::filesystem::path& file, std::string_view bytes) : file_(file), bytes_(bytes) {}

  std::string_view take(std::size_t count, std::string_view what) {
    if (count > bytes_.size()) {
      throw Error(
          ErrorCode::model,
          fmt::format("head model {}: expected {} bytes of {}, found {}; make it again with "
                      "convert_ict.py",
                      file_.string(), count, what, bytes_.size()));
    }
    const std::string_view head = bytes_.substr(0, count);
    bytes_.remove_prefix(count);
    return head;
  }
  template <typename T>
  void read(std::span<T> out, std::string_view what) {
    std::memcpy(out.data(), take(out.size_bytes(), what).data(), out.size_bytes());
  }
  int count(int least, int most, std::string_view what) {
    std::int32_t value = 0;
    read(std::span(&value, 1), what);
    if (value < least || value > most) {
      throw Error(ErrorCode::model,
                  fmt::format("head model {}: expected {} to {} {}, found {}; make it again with "
                              "convert_ict.py",
                              file_.string(), least, most, what, value));
    }
    return value;
  }

 private:
  const std::filesystem::path& file_;
  std::string_view bytes_;
};

}  // namespace

int HeadModel::identity_modes() const { return static_cast<int>(identities.size() / mean.size()); }

int HeadModel::expression(std::string_view name) const {
  const auto found = std::find(expression_names.begin(), expression_names.end(), name);
  if (found == expression_names.end()) {
    throw Error(ErrorCode::model,
                fmt::format("head model: expected an expression shape {}, found none; ICT-FaceKit "
                            "of another version?",
                            name));
  }
  return static_cast<int>(found - expression_names.begin());
}

HeadModel read_head_model(const std::filesystem::path& file) {
  const std::string bytes = read_file(file, ErrorCode::model, "head model", kLargestFile);
  Cursor at(file, bytes);
  if (const std::string_view magic = at.take(kMagic.size(), "magic"); magic != kMagic) {
    throw Error(ErrorCode::model,
                fmt::format("head model {}: expected a file of convert_ict.py, found '{}'",
                            file.string(), magic));
  }
  HeadModel head;
  head.vertices = at.count(kParts.back().end, kParts.back().end, "vertices");
  const int triangles = at.count(1, 1 << 20, "triangles");
  const int identities = at.count(1, 1000, "identity modes");
  const int expressions = at.count(1, 1000, "expression shapes");
  const auto coordinates = static_cast<std::size_t>(head.vertices) * 3;
  head.mean.resize(coordinates);
  at.read(std::span(head.mean), "vertices");
  std::vector<std::array<int, 3>> all(static_cast<std::size_t>(triangles));
  at.read(std::span(all), "triangles");
  at.read(std::span<int>(head.landmarks), "landmarks");
  head.identities.resize(coordinates * static_cast<std::size_t>(identities));
  at.read(std::span(head.identities), "identity modes");
  head.expressions.resize(coordinates * static_cast<std::size_t>(expressions));
  at.read(std::span(head.expressions), "expression shapes");
  for (int i = 0; i < expressions; ++i) {
    const std::string_view name = at.take(32, "names");
    head.expression_names.emplace_back(name.substr(0, name.find('\0')));
  }

  const auto in_mesh = [&](int vertex) { return vertex >= 0 && vertex < head.vertices; };
  if (!std::all_of(head.landmarks.begin(), head.landmarks.end(), in_mesh)) {
    throw Error(ErrorCode::model,
                fmt::format("head model {}: a landmark is no vertex", file.string()));
  }
  int first = 0;
  for (const PartEnd& part : kParts) {
    head.parts.insert(head.parts.end(), static_cast<std::size_t>(part.end - first), part.part);
    first = part.end;
  }
  for (const std::array<int, 3>& triangle : all) {
    if (!std::all_of(triangle.begin(), triangle.end(), in_mesh)) {
      throw Error(ErrorCode::model,
                  fmt::format("head model {}: a corner of a triangle is no vertex", file.string()));
    }
    if (head.parts[static_cast<std::size_t>(triangle[0])] != HeadPart::hidden) {
      head.triangles.push_back(triangle);
    }
  }
  return head;
}

void deform(std::span<const float> mean, std::span<const float> modes,
            std::span<const float> coefficients, std::vector<float>& out) {
  out.assign(mean.begin(), mean.end());
  const std::size_t n = mean.size();
  for (std::size_t mode = 0; mode < coefficients.size(); ++mode) {
    const float c = coefficients[mode];
    if (c == 0) {
      continue;
    }
    const float* displacement = modes.data() + mode * n;
    for (std::size_t i = 0; i < n; ++i) {
      out[i] += c * displacement[i];
    }
  }
}

}  // namespace auriga::training
