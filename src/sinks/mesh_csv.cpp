#include "sinks/mesh_csv.hpp"

#include <cmath>
#include <cstddef>
#include <iterator>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include <fmt/core.h>

#include "auriga/error.hpp"
#include "auriga/sinks.hpp"

#include "files/columns.hpp"
#include "files/number_text.hpp"

namespace auriga {
namespace {

constexpr std::size_t kCoordinates = 3 * std::size_t{kMeshPoints};
constexpr int kPointDecimals = 2;

std::span<const KeyColumn> keys() { return key_columns(Dialect::openface, TableMode::sequence); }

}  // namespace

MeshCsv::MeshCsv(const std::filesystem::path& target) : target_(target), file_(target) {
  for (const KeyColumn& key : keys()) {
    if (!line_.empty()) line_.push_back(',');
    line_.append(key.name);
  }
  for (const char axis : {'x', 'y', 'z'})
    for (int i = 0; i < kMeshPoints; ++i)
      fmt::format_to(std::back_inserter(line_), ",{}_{}", axis, i);
  line_.push_back('\n');
  file_.write(line_);
}

void MeshCsv::add(const FrameResult& row, const FaceMesh* mesh) {
  line_.clear();
  for (const KeyColumn& key : keys()) {
    const double value = key.value(row);
    if (!std::isfinite(value)) refuse(std::string(key.name), value);
    if (!line_.empty()) line_.push_back(',');
    append_fixed(line_, value, key.decimals);
  }
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

void MeshCsv::points(char axis, const std::array<float, kMeshPoints>& px) {
  for (std::size_t i = 0; i < px.size(); ++i) {
    if (!std::isfinite(px[i])) refuse(fmt::format("{}_{}", axis, i), px[i]);
    line_.push_back(',');
    append_fixed(line_, px[i], kPointDecimals);
  }
}

// `line_` begins with the number of the frame.
void MeshCsv::refuse(const std::string& column, double value) const {
  throw Error(ErrorCode::output,
              fmt::format("cannot write {}: column {} of frame {} is {}, expected a finite number; "
                          "this is a mistake in the program or in a model file, please report it",
                          target_.string(), column, line_.substr(0, line_.find(',')), value));
}

namespace {

class MeshSink : public Sink {
 public:
  explicit MeshSink(std::filesystem::path table) : path_(std::move(table)) {}

  Needs needs() const override { return {.mesh = true}; }
  void begin(const StreamInfo&, const Setup&) override { table_.emplace(path_); }
  void row(const FaceRow& row) override { table_->add(row.result, row.mesh); }

  std::vector<Written> finish(const FinalUnits&) override { return {table_->complete()}; }

  void publish() override { table_->publish(); }

 private:
  std::filesystem::path path_;
  std::optional<MeshCsv> table_;
};

}  // namespace

std::unique_ptr<Sink> make_mesh_sink(std::filesystem::path table) {
  return std::make_unique<MeshSink>(std::move(table));
}

}  // namespace auriga
