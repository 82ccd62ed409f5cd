#include "detect/mtcnn.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>
#include <cstddef>
#include <sstream>

#include "auriga/error.hpp"

#include "base/file.hpp"
#include "base/same_math.hpp"
#include "detect/mtcnn_boxes.hpp"
#include "detect/mtcnn_input.hpp"
#include "detect/mtcnn_network.hpp"
#include "detect/mtcnn_runner.hpp"

namespace auriga {
namespace {

constexpr double kSmallestFace = 60;  // px
constexpr double kPyramidFactor = 0.709;
constexpr int kCell = 12, kCellStep = 2;  // px of its input that a cell of PNet sees, and from cell
                                          // to cell
constexpr int kRnetInput = 24, kOnetInput = 48;
constexpr float kPnetThreshold = 0.6f, kRnetThreshold = 0.7f, kOnetThreshold = 0.7f;
constexpr float kOverlapInScale = 0.5f, kOverlap = 0.7f;

// Of one stage. A picture of 2000 x 2000 px has 700; more are passed over, so that a damaged model
// cannot keep us busy for long.
constexpr std::size_t kMostCandidates = 1 << 14;

// Outputs of the networks: two logits, then the regression.
float face_probability(const float* outputs) { return 1 / (1 + std::exp(outputs[0] - outputs[1])); }
std::array<float, 4> regression(const float* outputs) {
  return {outputs[2], outputs[3], outputs[4], outputs[5]};
}

int scale_count(int width, int height) {
  const double side = std::min(width, height);
  if (side < 1) return 0;
  return std::max(
      0, static_cast<int>(std::floor(same::log(kSmallestFace / side) / same::log(kPyramidFactor))) +
             1);
}

// From pixels of the picture to those of PNet's input.
double scale_factor(int scale) {
  double factor = 1;
  for (int i = 0; i < scale; ++i) factor *= kPyramidFactor;
  return kCell / kSmallestFace * factor;
}
int scaled_length(int length, int scale) {
  return static_cast<int>(std::ceil(length * scale_factor(scale)));
}

// The two conventions differ: MTCNN's boxes begin above the brows and end at the jaw.
FaceBox in_landmark_convention(const MtcnnCandidate& box) {
  FaceBox face;
  face.x = static_cast<float>(box.x - 0.0075 * box.w);
  face.y = static_cast<float>(box.y + 0.2459 * box.h);
  face.w = static_cast<float>(1.0323 * box.w);
  face.h = static_cast<float>(0.7751 * box.h);
  face.score = box.score;
  return face;
}

struct NetworkFiles {
  std::filesystem::path pnet, rnet, onet;
};

NetworkFiles read_list(const std::filesystem::path& list, const FindFile& find) {
  std::istringstream lines(read_file(list, ErrorCode::model, "list of MTCNN's networks", 1 << 16));
  const auto fail = [&](const std::string& message) {
    throw Error(ErrorCode::model,
                list.string() + ": " + message +
                    "; get a fresh copy of the file (`auriga models verify` compares it)");
  };
  NetworkFiles files;
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);  // a CR at the end is white space
    std::string key, name;
    if (!(words >> key)) continue;
    words >> name;
    if (name.empty()) fail("expected the name of a file behind '" + key.substr(0, 40) + "'");
    const std::filesystem::path file = find(list.parent_path() / name);
    if (key == "PNet")
      files.pnet = file;
    else if (key == "RNet")
      files.rnet = file;
    else if (key == "ONet")
      files.onet = file;
    else
      fail("expected lines that begin with PNet, RNet or ONet, found '" + key.substr(0, 40) + "'");
  }
  std::string missing;
  for (const auto& [key, file] : {std::pair{"PNet", files.pnet}, std::pair{"RNet", files.rnet},
                                  std::pair{"ONet", files.onet}}) {
    if (file.empty()) fail("expected lines PNet, RNet and ONet, found no " + std::string(key));
    std::error_code error;
    if (!std::filesystem::exists(file, error))
      missing += (missing.empty() ? "" : ", ") + file.string();
  }
  if (!missing.empty()) fail("expected the networks of MTCNN, found no " + missing);
  return files;
}

}  // namespace

struct Mtcnn::Model {
  std::shared_ptr<const MtcnnNetwork> pnet, rnet, onet;
};

std::shared_ptr<const Mtcnn::Model> Mtcnn::load(const std::filesystem::path& list,
                                                const FindFile& find) {
  const NetworkFiles files = read_list(list, find);
  auto model = std::make_shared<Model>();
  model->pnet = std::make_shared<const MtcnnNetwork>(files.pnet, kCell, 6);
  model->rnet = std::make_shared<const MtcnnNetwork>(files.rnet, kRnetInput, 6);
  model->onet = std::make_shared<const MtcnnNetwork>(files.onet, kOnetInput, 16);
  MtcnnRunner pnet(model->pnet);
  pnet.set_input_size(kCell + kCellStep, kCell + kCellStep);
  if (pnet.output_width() != 2 || pnet.output_height() != 2)
    throw Error(ErrorCode::model, files.pnet.string() + ": expected a network with a cell every " +
                                      std::to_string(kCellStep) +
                                      " px, found another distance; give the right file");
  return model;
}

struct Mtcnn::Impl {
  explicit Impl(const Model& model) : pnet(model.pnet), rnet(model.rnet), onet(model.onet) {
    candidates.reserve(kMostCandidates);
    of_scale.reserve(kMostCandidates);
    faces.reserve(kMostCandidates);
  }

  // Of the counts, for a picture of this size.
  void name_stages(int width, int height);
  void propose(ImageView image, int scale);
  void refine(ImageView image, MtcnnRunner& network, int input_size, float threshold);

  MtcnnRunner pnet, rnet, onet;
  MtcnnInput input;
  std::vector<MtcnnCandidate> candidates, of_scale;
  std::vector<FaceBox> faces;
  std::vector<std::pair<std::string, int>> counts;
  int named_width = -1, named_height = -1;
};

void Mtcnn::Impl::name_stages(int width, int height) {
  if (width == named_width && height == named_height) return;
  counts.clear();
  const int scales = scale_count(width, height);
  for (int i = 0; i < scales; ++i)
    counts.emplace_back("pnet_scale" + std::to_string(i) + "_" +
                            std::to_string(scaled_length(width, i)) + "x" +
                            std::to_string(scaled_length(height, i)),
                        0);
  for (int i = 0; i < scales; ++i)
    counts.emplace_back("pnet_scale" + std::to_string(i) + "_after_nms0.5", 0);
  for (const char* name : {"pnet_all_after_nms0.7", "rnet_above_thresh", "rnet_after_nms0.7",
                           "onet_above_thresh", "final_after_nms0.7min"})
    counts.emplace_back(name, 0);
  named_width = width;
  named_height = height;
}

// Fills of_scale with the cells in which PNet sees a face.
void Mtcnn::Impl::propose(ImageView image, int scale) {
  of_scale.clear();
  const int width = scaled_length(image.width, scale), height = scaled_length(image.height, scale);
  const float factor = static_cast<float>(scale_factor(scale));
  input.set(image, {0, 0, image.width, image.height}, width, height);
  pnet.set_input_size(width, height);
  pnet.start(input);
  for (int y = 0; y < pnet.output_height(); ++y) {
    const float* cell = pnet.next_row();
    for (int x = 0; x < pnet.output_width(); ++x, cell += MtcnnRunner::kCellStride) {
      const float score = face_probability(cell);
      if (!(score >= kPnetThreshold) || of_scale.size() == kMostCandidates) continue;
      const auto position = [&](int at, int in_cell) {
        return std::trunc(static_cast<float>(kCellStep * at + in_cell) / factor);
      };
      MtcnnCandidate box;
      box.x = position(x, 1);
      box.y = position(y, 1);
      box.w = position(x, kCell) - box.x;
      box.h = position(y, kCell) - box.y;
      box.score = score;
      box.regression = regression(cell);
      of_scale.push_back(box);
    }
  }
  // Down the columns; the order decides between equal scores.
  std::sort(of_scale.begin(), of_scale.end(), [](const MtcnnCandidate& a, const MtcnnCandidate& b) {
    return a.x != b.x ? a.x < b.x : a.y < b.y;
  });
}

// Keeps the candidates in which `network` sees a face, with its score and regression.
void Mtcnn::Impl::refine(ImageView image, MtcnnRunner& network, int input_size, float threshold) {
  std::erase_if(candidates, [&](MtcnnCandidate& box) {
    const PixelBox window = crop_window(box);
    if (window.w < 1 || window.h < 1 || window.x >= image.width || window.y >= image.height ||
        window.x + window.w <= 0 || window.y + window.h <= 0)
      return true;
    input.set(image, window, input_size, input_size);
    network.start(input);
    const float* outputs = network.next_row();
    box.score = face_probability(outputs);
    box.regression = regression(outputs);
    return !(box.score >= threshold);
  });
}

Mtcnn::Mtcnn(std::shared_ptr<const Model> model) : impl_(std::make_unique<Impl>(*model)) {}
Mtcnn::~Mtcnn() = default;
Mtcnn::Mtcnn(Mtcnn&&) noexcept = default;
Mtcnn& Mtcnn::operator=(Mtcnn&&) noexcept = default;

const std::vector<FaceBox>& Mtcnn::detect(ImageView image) {
  Impl& m = *impl_;
  std::vector<MtcnnCandidate>& candidates = m.candidates;
  m.faces.clear();
  candidates.clear();
  m.name_stages(image.width, image.height);
  const int scales = image.empty() ? 0 : scale_count(image.width, image.height);
  const auto count = [&](int stage, std::size_t boxes) {
    m.counts[static_cast<std::size_t>(stage)].second = static_cast<int>(boxes);
  };

  for (int scale = 0; scale < scales; ++scale) {
    m.propose(image, scale);
    count(scale, m.of_scale.size());
    suppress(m.of_scale, kOverlapInScale, OverlapOf::both);
    count(scales + scale, m.of_scale.size());
    const std::size_t room = kMostCandidates - candidates.size();
    candidates.insert(
        candidates.end(), m.of_scale.begin(),
        m.of_scale.begin() + static_cast<std::ptrdiff_t>(std::min(room, m.of_scale.size())));
  }
  suppress(candidates, kOverlap, OverlapOf::both);
  count(2 * scales, candidates.size());
  regress(candidates, 0);
  make_square(candidates);

  m.refine(image, m.rnet, kRnetInput, kRnetThreshold);
  count(2 * scales + 1, candidates.size());
  suppress(candidates, kOverlap, OverlapOf::both);
  count(2 * scales + 2, candidates.size());
  regress(candidates, 0);
  make_square(candidates);

  m.refine(image, m.onet, kOnetInput, kOnetThreshold);
  count(2 * scales + 3, candidates.size());
  regress(candidates, 1);
  suppress(candidates, kOverlap, OverlapOf::smaller);
  // Only a damaged model turns a box inside out.
  std::erase_if(candidates, [](const MtcnnCandidate& box) { return !(box.w > 0 && box.h > 0); });
  count(2 * scales + 4, candidates.size());
  for (const MtcnnCandidate& box : candidates) m.faces.push_back(in_landmark_convention(box));
  return m.faces;
}

std::span<const std::pair<std::string, int>> Mtcnn::stage_counts() const { return impl_->counts; }

const FaceBox* widest(std::span<const FaceBox> faces) {
  const auto best = std::max_element(faces.begin(), faces.end(),
                                     [](const FaceBox& a, const FaceBox& b) { return a.w < b.w; });
  return best == faces.end() ? nullptr : &*best;
}

const FaceBox* nearest(std::span<const FaceBox> faces, float x, float y) {
  const auto distance = [&](const FaceBox& face) {
    return same::length(face.x + face.w / 2 - x, face.y + face.h / 2 - y);
  };
  const auto best = std::min_element(
      faces.begin(), faces.end(),
      [&](const FaceBox& a, const FaceBox& b) { return distance(a) < distance(b); });
  return best == faces.end() ? nullptr : &*best;
}

}  // namespace auriga
