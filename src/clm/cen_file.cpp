#include "clm/cen_file.hpp"

#include <algorithm>
#include <cmath>
#include <memory>
#include <string>
#include <utility>

#include "clm/patch_experts_header.hpp"
#include "models/binary_reader.hpp"

namespace auriga {
namespace {

constexpr std::size_t kLargestFile = std::size_t{1} << 30;
constexpr int kExpertMark = 6;
constexpr int kMostLayers = 64, kMostOutputs = 1 << 14;
constexpr int kInputs = 1 + kPatchSize * kPatchSize;

std::vector<int> read_indices(BinaryReader& reader, const std::string& what, int size) {
  std::vector<int> indices = reader.vector<std::int32_t>(what, size);
  for (const int index : indices)
    if (index < 0 || index >= size)
      reader.fail("expected " + what + " from 0 to " + std::to_string(size - 1) + ", found " +
                  std::to_string(index));
  return indices;
}

void expect_moderate(const BinaryReader& reader, const std::vector<float>& values) {
  constexpr auto kMost = static_cast<float>(kMostWeight);
  bool moderate = true;  // without a way out of the loop, which the compiler can then vectorise
  for (const float value : values) moderate &= std::abs(value) <= kMost;
  if (moderate) return;
  for (const float value : values)
    if (!(std::abs(value) <= kMost))
      reader.fail("expected weights of at most 1e9, found " + std::to_string(value));
}

CenExpert read_expert(BinaryReader& reader) {
  CenExpert expert;
  reader.i32("mark of an expert", kExpertMark, kExpertMark);
  const int width = reader.i32("width of the patch"), height = reader.i32("height of the patch");
  const int layers = reader.i32("number of layers", 0, kMostLayers);
  if (layers > 0 && (width != kPatchSize || height != kPatchSize))
    reader.fail("expected patches of 11 x 11 px, found " + std::to_string(width) + " x " +
                std::to_string(height));
  for (int l = 0; l < layers; ++l) {
    CenLayer layer;
    const std::int32_t activation = reader.i32("activation of a layer");
    layer.activation = activation == 0   ? Activation::sigmoid
                       : activation == 2 ? Activation::relu
                                         : Activation::identity;
    layer.bias = reader.vector<float>("bias of a layer");
    layer.outputs = static_cast<int>(layer.bias.size());
    layer.inputs = l == 0 ? kInputs : expert.layers.back().outputs;
    if (layer.outputs > kMostOutputs || (l + 1 == layers && layer.outputs != 1))
      reader.fail("expected " +
                  (l + 1 == layers ? std::string("1 output of the last layer")
                                   : "at most " + std::to_string(kMostOutputs) + " outputs") +
                  ", found " + std::to_string(layer.outputs));
    layer.weights = reader.matrix<float>("weights of a layer", layer.outputs, layer.inputs).values;
    expect_moderate(reader, layer.bias);
    expect_moderate(reader, layer.weights);
    expert.layers.push_back(std::move(layer));
  }
  expert.confidence = reader.f64("confidence of an expert");
  return expert;
}

// Reads a steady file from the first byte to the last in pieces that stay in the caches.
class Window {
 public:
  explicit Window(const SteadyFile& file) : file_(file) {}

  const char* operator()(std::size_t at, std::size_t count) {
    if (at < begin_ || at + count > begin_ + bytes_.size()) {
      bytes_.resize(std::max(count, std::min(kPiece, file_.size() - at)));
      file_.read(at, bytes_.data(), bytes_.size());
      begin_ = at;
    }
    return bytes_.data() + (at - begin_);
  }

 private:
  static constexpr std::size_t kPiece = std::size_t{1} << 19;
  const SteadyFile& file_;
  std::string bytes_;
  std::size_t begin_ = 0;
};

// `keep`: false frees the numbers of the layers.
CenFile read(const SteadyFile& file, bool keep, std::vector<std::size_t>& begins) {
  auto window = std::make_shared<Window>(file);
  BinaryReader reader(file.path(), file.size(),
                      [window](std::size_t at, std::size_t count) { return (*window)(at, count); });
  PatchExpertsHeader header = read_patch_experts_header(reader);
  const int views = header.views(), landmarks = header.landmarks();
  CenFile result;
  result.training_scale = header.training_scale;
  result.centres = std::move(header.centres);
  result.visible = std::move(header.visible);
  result.mirror_landmark = read_indices(reader, "mirrored landmarks", landmarks);
  result.mirror_view = read_indices(reader, "mirrored views", views);
  for (int k = 0; k < views * landmarks; ++k) {
    begins.push_back(reader.at());
    CenExpert& expert = result.experts.emplace_back(read_expert(reader));
    for (CenLayer& layer : expert.layers)
      if (!keep) layer.bias = layer.weights = std::vector<float>();
  }
  begins.push_back(reader.at());
  reader.expect_end();
  return result;
}

}  // namespace

CenSource::CenSource(const std::filesystem::path& file)
    : file_(file, ErrorCode::model, "file of CEN patch experts", kLargestFile),
      outline_(read(file_, false, begins_)) {}

CenExpert CenSource::expert(std::size_t index) const {
  const std::size_t begin = begins_[index], size = begins_[index + 1] - begin;
  std::string bytes(size, '\0');
  file_.read(begin, bytes.data(), size);
  BinaryReader reader(
      file_.path(), begins_[index + 1],
      [&](std::size_t at, std::size_t) { return bytes.data() + (at - begin); }, begin);
  return read_expert(reader);
}

CenFile read_cen_file(const std::filesystem::path& file) {
  const SteadyFile steady(file, ErrorCode::model, "file of CEN patch experts", kLargestFile);
  std::vector<std::size_t> begins;
  return read(steady, true, begins);
}

}  // namespace auriga
