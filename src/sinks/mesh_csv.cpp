#include "sinks/mesh_csv.hpp"

#include <cmath>
#include <cstddef>
#include <iterator>

#include <fmt/format.h>

#include "auriga/error.hpp"

#include "files/number_text.hpp"

namespace auriga {
namespace {

constexpr std::size_t kCoordinates = 3 * std::size_t{kMeshPoints};
constexpr int kPointDecimals = 2;

}  // namespace

MeshCsv::MeshCsv(const std::filesystem::path& target) : target_(target), file_(target) {
  line_ = "frame,face_id,timestamp,confidence,success";
  for (const char axis : {'x', 'y', 'z'})
    for (int i = 0; i < kMeshPoints; ++i)
      fmt::format_to(std::back_inserter(line_), ",{}_{}", axis, i);
  line_.push_back('\n');
  file_.write(line_);
}

void MeshCsv::add(const FrameResult& row, const FaceMesh* mesh) {
  line_.clear();
  fmt::format_to(std::back_inserter(line_), "{},{}", row.frame + 1, row.face_id);
  if (!std::isfinite(row.timestamp_s)) refuse("timestamp", row.timestamp_s);
  number(row.timestamp_s, 3);
  if (!std::isfinite(row.confidence)) refuse("confidence", row.confidence);
  number(row.confidence, 2);
  line_.append(row.success ? ",1" : ",0");
  if (row.success && mesh != nullptr) {
    points('x', mesh->x);
    points('y', mesh->y);
    points('z', mesh->z);
  } else {
    line_.append(kCoordinates, ',');
  }
  line_.push_back('\n');
  file_.write(line_);
}

void MeshCsv::finish() { file_.commit(); }

void MeshCsv::number(double value, int decimals) {
  line_.push_back(',');
  append_fixed(line_, value, decimals);
}

void MeshCsv::points(char axis, const std::array<float, kMeshPoints>& px) {
  for (std::size_t i = 0; i < px.size(); ++i) {
    if (!std::isfinite(px[i])) refuse(fmt::format("{}_{}", axis, i), px[i]);
    number(px[i], kPointDecimals);
  }
}

// `line_` begins with the number of the frame.
void MeshCsv::refuse(const std::string& column, double value) const {
  throw Error(ErrorCode::output,
              fmt::format("cannot write {}: column {} of frame {} is {}, expected a finite number; "
                          "this is a mistake in the program or in a model file, please report it",
                          target_.string(), column, line_.substr(0, line_.find(',')), value));
}

}  // namespace auriga
