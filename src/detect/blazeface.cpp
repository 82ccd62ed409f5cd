#include "detect/blazeface.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>

#include "detect/blazeface_boxes.hpp"
#include "detect/blazeface_input.hpp"
#include "nn/network.hpp"
#include "nn/runner.hpp"

namespace auriga {
namespace {

constexpr float kMaxOverlap = 0.3f;
constexpr float kMaxNested = 0.5f;
constexpr double kTileOverlap = 0.25;
constexpr int kSmallestTile = 256;

struct Candidate {
  FaceBox face;
  bool is_cut;  // by the edge of its tile: another tile should have the whole
};

struct Span {
  int begin, length;
};

// So many tiles cover `length` px.
int tile_side(int length, int tiles) {
  return static_cast<int>(std::ceil(length / (tiles - (tiles - 1) * kTileOverlap)));
}

std::vector<Span> tile_spans(int length, int tile) {
  if (tile >= length) return {{0, length}};
  const double step = tile * (1 - kTileOverlap);
  const int tiles = static_cast<int>(std::ceil((length - tile) / step)) + 1;
  std::vector<Span> spans;
  for (int i = 0; i < tiles; ++i) {
    spans.push_back({static_cast<int>(std::int64_t{length - tile} * i / (tiles - 1)), tile});
  }
  return spans;
}

bool is_beyond(float begin, float length, const Span& tile, int picture) {
  return (begin < 0 && tile.begin > 0) ||
         (begin + length > static_cast<float>(tile.length) && tile.begin + tile.length < picture);
}

void move(FaceBox& face, int x, int y) {
  const float dx = static_cast<float>(x), dy = static_cast<float>(y);
  face.x += dx;
  face.y += dy;
  for (Point2& point : face.points) point = {point.x + dx, point.y + dy};
}

std::shared_ptr<const Network> load_network(const std::filesystem::path& file,
                                            const BlazeFaceAnchors& anchors,
                                            const DeviceChoice& device, int threads) {
  return Network::load(file, {"image", {1, 3, anchors.input, anchors.input}},
                       {{"boxes", {1, anchors.count(), 16}}, {"scores", {1, anchors.count(), 1}}},
                       device, threads);
}

// One of the two networks with its buffers.
class RangeDetector {
 public:
  RangeDetector(std::shared_ptr<const Network> network, BlazeFaceAnchors anchors)
      : anchors_(std::move(anchors)), runner_(std::move(network)) {}

  // Replaces `faces` by those of the picture, whose `side` px fill the input.
  void detect(ImageView bgr, double side, float threshold, std::vector<FaceBox>& faces) {
    const Letterbox place(bgr.width, bgr.height, side, anchors_.input);
    const std::int64_t length = anchors_.input;
    input_.write(bgr, place, anchors_.input,
                 runner_.input(std::array<std::int64_t, 4>{1, 3, length, length}).data());
    runner_.run();
    faces.clear();
    decode(anchors_, runner_.output(0), runner_.output(1), place, threshold, faces);
    merge_overlapping(faces, kMaxOverlap, scratch_);
  }

 private:
  BlazeFaceAnchors anchors_;
  Runner runner_;
  BlazeFaceInput input_;
  std::vector<FaceBox> scratch_;
};

}  // namespace

BlazeFace::Model::Model(const std::filesystem::path& short_range, std::filesystem::path full_range,
                        const DeviceChoice& device, int threads)
    : short_range_(load_network(short_range, BlazeFaceAnchors::short_range(), device, threads)),
      full_range_file_(std::move(full_range)),
      device_(device),
      threads_(threads) {}

std::shared_ptr<const Network> BlazeFace::Model::full_range() const {
  const std::lock_guard lock(mutex_);
  if (!full_range_)
    full_range_ = load_network(full_range_file_, BlazeFaceAnchors::full_range(), device_, threads_);
  return full_range_;
}

std::shared_ptr<const BlazeFace::Model> BlazeFace::load(const std::filesystem::path& short_range,
                                                        const std::filesystem::path& full_range,
                                                        const DeviceChoice& device, int threads) {
  return std::shared_ptr<const Model>(new Model(short_range, full_range, device, threads));
}

struct BlazeFace::Impl {
  std::shared_ptr<const Model> model;
  RangeDetector short_range;
  std::optional<RangeDetector> full_range_detector;
  std::vector<FaceBox> faces, found;
  std::vector<Candidate> candidates;

  explicit Impl(std::shared_ptr<const Model> shared)
      : model(std::move(shared)),
        short_range(model->short_range_, BlazeFaceAnchors::short_range()) {}

  RangeDetector& full_range() {
    if (!full_range_detector)
      full_range_detector.emplace(model->full_range(), BlazeFaceAnchors::full_range());
    return *full_range_detector;
  }
};

BlazeFace::BlazeFace(std::shared_ptr<const Model> model)
    : impl_(std::make_unique<Impl>(std::move(model))) {}
BlazeFace::~BlazeFace() = default;
BlazeFace::BlazeFace(BlazeFace&&) noexcept = default;
BlazeFace& BlazeFace::operator=(BlazeFace&&) noexcept = default;

const std::vector<FaceBox>& BlazeFace::detect(ImageView bgr, float threshold) {
  assert(bgr.empty() || bgr.channels == 3);
  Impl& impl = *impl_;
  impl.faces.clear();
  if (bgr.empty()) return impl.faces;
  const double side = std::max(bgr.width, bgr.height);
  impl.short_range.detect(bgr, side, threshold, impl.faces);
  if (impl.faces.empty()) impl.full_range().detect(bgr, side, threshold, impl.faces);
  return impl.faces;
}

const std::vector<FaceBox>& BlazeFace::detect_all(ImageView bgr, float threshold) {
  assert(bgr.empty() || bgr.channels == 3);
  Impl& impl = *impl_;
  impl.faces.clear();
  if (bgr.empty()) return impl.faces;
  impl.candidates.clear();
  const double side = std::max(bgr.width, bgr.height);
  RangeDetector& full_range = impl.full_range();
  for (RangeDetector* range : {&impl.short_range, &full_range}) {
    range->detect(bgr, side, threshold, impl.found);
    for (const FaceBox& face : impl.found) impl.candidates.push_back({face, false});
  }
  const int length = std::max(bgr.width, bgr.height);
  for (int tiles = 2; tile_side(length, tiles) >= kSmallestTile; tiles *= 2) {
    const int tile = tile_side(length, tiles);
    for (const Span& rows : tile_spans(bgr.height, tile)) {
      for (const Span& columns : tile_spans(bgr.width, tile)) {
        const ImageView view{bgr.row(rows.begin) + std::ptrdiff_t{columns.begin} * 3,
                             columns.length, rows.length, 3, bgr.stride};
        full_range.detect(view, tile, threshold, impl.found);
        for (FaceBox& face : impl.found) {
          const bool is_cut = is_beyond(face.x, face.w, columns, bgr.width) ||
                              is_beyond(face.y, face.h, rows, bgr.height);
          move(face, columns.begin, rows.begin);
          impl.candidates.push_back({face, is_cut});
        }
      }
    }
  }
  std::stable_sort(impl.candidates.begin(), impl.candidates.end(),
                   [](const Candidate& a, const Candidate& b) {
                     return a.is_cut != b.is_cut ? b.is_cut : a.face.score > b.face.score;
                   });
  for (const Candidate& candidate : impl.candidates) {
    const bool is_new =
        std::none_of(impl.faces.begin(), impl.faces.end(), [&](const FaceBox& better) {
          return intersection_over_smaller(better, candidate.face) > kMaxNested;
        });
    if (is_new) impl.faces.push_back(candidate.face);
  }
  std::stable_sort(impl.faces.begin(), impl.faces.end(),
                   [](const FaceBox& a, const FaceBox& b) { return a.score > b.score; });
  return impl.faces;
}

}  // namespace auriga
