#include "clm/cen_experts.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <mutex>
#include <string>
#include <utility>

#include "auriga/error.hpp"

#include "base/pages.hpp"
#include "base/parallel.hpp"
#include "base/simd.hpp"
#include "clm/area_of_interest.hpp"
#include "clm/cen_file.hpp"
#include "clm/packed_cache.hpp"
#include "clm/packed_network.hpp"
#include "clm/patch_experts_kernels.hpp"
#include "clm/patch_experts_workspace.hpp"

namespace auriga {
namespace {

// The first layer for patches whose mean was not subtracted, row by row; the weights of the
// constant input are part of its bias.
CenLayer on_patches(const CenLayer& source) {
  CenLayer layer{source.activation, kPatchPixels, source.outputs, source.bias, {}};
  layer.weights.resize(static_cast<std::size_t>(source.outputs) * kPatchPixels);
  for (int r = 0; r < source.outputs; ++r) {
    const float* row = source.weights.data() + static_cast<std::ptrdiff_t>(r) * source.inputs;
    layer.bias[r] += row[0];
    std::array<float, kPatchPixels> pixels;
    for (int y = 0; y < kPatchSize; ++y)
      for (int x = 0; x < kPatchSize; ++x) pixels[y * kPatchSize + x] = row[1 + x * kPatchSize + y];
    free_of_mean(pixels, layer.weights.data() + static_cast<std::ptrdiff_t>(r) * kPatchPixels);
  }
  return layer;
}

struct Expert {
  NetworkShape shape;  // empty: no expert
  double confidence = 0;
  int view = 0;            // whose block of packed experts it is in
  std::size_t offset = 0;  // floats from there
};

// The network is evaluated where x + y is odd, the fields of one colour of a checkerboard, row by
// row. Row y has this many of them, the first at x = 1 - y % 2.
int fields_of_row(int y, int window) { return (window + y % 2) / 2; }

// fields[t * places + k]: pixel t of the patch at field k, first of one area, then of the next.
template <typename W>
AURIGA_INLINE void spread_fields(const SplitArea* areas, int count, int window, int places,
                                 float* fields) {
  using V = typename W::f32;
  for (int dy = 0; dy < kPatchSize; ++dy) {
    for (int dx = 0; dx < kPatchSize; ++dx, fields += places) {
      float* out = fields;
      for (int a = 0; a < count; ++a) {
        for (int y = 0; y < window; ++y) {
          const int x = 1 - y % 2 + dx, row_fields = fields_of_row(y, window);
          const float* from = areas[a].columns[x % 2] + (y + dy) * SplitArea::kStride + x / 2;
          // What is too much is overwritten by the next row, area or pixel.
          for (int k = 0; k < row_fields; k += W::kLanes) store(out + k, load<V>(from + k));
          out += row_fields;
        }
      }
    }
  }
}
static_assert((kMostWindow + 1) / 2 <= kPlaceBlock);

// Where x + y is even, the mean of the neighbours.
void fill_checkerboard(const float* fields, int window, float* map) {
  for (int y = 0; y < window; ++y)
    for (int x = 1 - y % 2; x < window; x += 2) map[y * window + x] = *fields++;
  for (int y = 0; y < window; ++y) {
    for (int x = y % 2; x < window; x += 2) {
      float* at = map + y * window + x;
      float sum = 0;
      int count = 0;
      const auto add = [&](bool inside, std::ptrdiff_t offset) {
        if (!inside) return;
        sum += at[offset];
        ++count;
      };
      add(y > 0, -window);
      add(x > 0, -1);
      add(x + 1 < window, 1);
      add(y + 1 < window, window);
      *at = count == 0 ? 1 : sum / static_cast<float>(count);
    }
  }
}

// Experts are packed when a face is first seen from a view that needs them, all of one stored view
// at once.
class CenExperts final : public PatchExperts {
 public:
  CenExperts(const std::filesystem::path& file, const PackedCache& cache)
      : source_(file), cache_(cache.folder) {
    if (!cache_.empty()) sha256_ = cache.sha256(file);
    const CenFile& outline = source_.outline();
    kind_ = PatchExpertKind::cen;
    training_scale_ = outline.training_scale;
    centres_ = outline.centres;
    visible_ = outline.visible;
    landmarks_ = static_cast<int>(visible_.size() / centres_.size());
    for (const CenExpert& described : outline.experts) {
      Expert& expert = experts_.emplace_back();
      expert.confidence = described.confidence;
      for (const CenLayer& layer : described.layers)
        expert.shape.push_back({layer.activation, layer.inputs, layer.outputs});
      for (const LayerShape& layer : expert.shape) widest_ = std::max(widest_, layer.outputs);
      if (!expert.shape.empty()) expert.shape.front().inputs = kPatchPixels;
    }
  }

  const CenFile& outline() const { return source_.outline(); }

  // To be called once, before anything else.
  void use_mirrors(const std::vector<int>& landmarks, const std::vector<int>& views) {
    jobs_.resize(centres_.size());
    blocks_ = std::vector<Block>(centres_.size());
    for (int view = 0; view < this->views(); ++view) plan(view, landmarks, views);
    for (std::size_t k = 0; k < experts_.size(); ++k) {
      const std::size_t view = k / landmarks_;
      const bool used = std::any_of(jobs_.begin(), jobs_.end(), [&](const auto& jobs) {
        return std::any_of(jobs.begin(), jobs.end(),
                           [&](const Job& job) { return job.expert == static_cast<int>(k); });
      });
      if (!used) continue;
      experts_[k].view = static_cast<int>(view);
      experts_[k].offset = blocks_[view].floats;
      blocks_[view].floats += packed_floats(experts_[k].shape);
      blocks_[view].experts.push_back(k);
    }
  }

  double confidence(int view, int landmark) const override {
    return experts_[view * landmarks_ + landmark].confidence;
  }

  void respond(int view, int window, const SearchAreas& areas, std::span<float> responses,
               PatchWorkspace& workspace) const override {
    const std::vector<Job>& jobs = jobs_[view];
    for (const Job& job : jobs) block_of(experts_[job.expert]);
    const AreaSampler sampler(areas, window);
    const int count = static_cast<int>(jobs.size());
    const int lanes = std::clamp(tbb::this_task_arena::max_concurrency(), 1, std::max(1, count));
    PatchWorkspace::Buffers& buffers = workspace.buffers();
    buffers.lanes.resize(std::max(buffers.lanes.size(), static_cast<std::size_t>(lanes)));
    for (int lane = 0; lane < lanes; ++lane) buffers.lanes[lane].fit(window, widest_);
    // Every lane takes the next job, so that one that begins late is not waited for.
    std::atomic<int> next = 0;
    in_parallel(lanes, [&](int lane) {
      for (int job = next++; job < count; job = next++)
        respond(jobs[job], window, sampler, responses, buffers.lanes[lane]);
    });
  }

 private:
  // A landmark that an expert serves; when it is another's, through a mirror.
  struct Target {
    int landmark;
    bool flipped;
  };
  static constexpr int kMostTargets = PatchWorkspace::Lane::kMostTargets;
  struct Job {
    int expert;
    int count;
    std::array<Target, kMostTargets> targets;
  };

  // The packed experts of one stored view.
  struct Block {
    std::vector<std::size_t> experts;  // that are used, in the order in which they lie
    std::size_t floats = 0;
    // Of whoever needs it first; the others wait. A failure is tried again by the next.
    mutable std::once_flag packing;
    mutable std::atomic<const float*> values = nullptr;
    mutable Pages pages;
  };

  const float* block_of(const Expert& expert) const {
    const Block& block = blocks_[expert.view];
    if (const float* values = block.values.load(std::memory_order_acquire)) return values;
    std::call_once(block.packing, [&] { fill(block, expert.view); });
    return block.values.load(std::memory_order_acquire);
  }

  void fill(const Block& block, int view) const {
    const std::size_t bytes = block.floats * sizeof(float);
    const auto use = [&](Pages pages, std::size_t begin) {
      block.pages = std::move(pages);
      block.values.store(reinterpret_cast<const float*>(std::as_const(block.pages).data() + begin),
                         std::memory_order_release);
    };
    if (!sha256_.empty())
      if (auto kept = find_packed(cache_, sha256_, view, bytes))
        return use(*std::move(kept), kPackedBegin);
    Pages pages = Pages::own(bytes);
    auto* const floats = reinterpret_cast<float*>(pages.data());
    in_parallel(static_cast<int>(block.experts.size()), [&](int i) {
      const std::size_t index = block.experts[i];
      CenExpert read = source_.expert(index);
      read.layers.front() = on_patches(read.layers.front());
      pack(read.layers, {floats + experts_[index].offset, packed_floats(experts_[index].shape)});
    });
    if (!sha256_.empty() && keep_packed(cache_, sha256_, view, {pages.data(), bytes}))
      if (auto kept = find_packed(cache_, sha256_, view, bytes))
        return use(*std::move(kept), kPackedBegin);
    use(std::move(pages), 0);
  }

  void respond(const Job& job, int window, const AreaSampler& sampler, std::span<float> responses,
               PatchWorkspace::Lane& lane) const {
    const int side = sampler.side(), pixels = window * window, fields = pixels / 2;
    const int used = job.count * fields, places = row_floats(std::max(1, used));
    float* const factors = lane.factors.fit(static_cast<std::size_t>(places));
    std::fill(factors + used, factors + places, 0.0f);
    for (int t = 0; t < job.count; ++t) {
      float *area = lane.area.data(), *norms = lane.norms.data();
      sampler.sample(job.targets[t].landmark, area);
      if (job.targets[t].flipped) flip(area, side);
      centre(area, side);
      lane.split[t].set(area, side);
      inverse_norms(area, window, norms);
      float* out = factors + t * fields;
      for (int y = 0; y < window; ++y)
        for (int x = 1 - y % 2; x < window; x += 2) *out++ = norms[y * window + x];
    }
    float* const patches =
        lane.patches.fit(static_cast<std::size_t>(kPatchPixels) * places + kPlaceBlock);
    run_wide([&](auto wide) AURIGA_ALWAYS_INLINE {
      spread_fields<decltype(wide)>(lane.split.data(), job.count, window, places, patches);
    });
    const Expert& expert = experts_[job.expert];
    const float* outputs = evaluate(expert.shape, block_of(expert) + expert.offset, patches,
                                    factors, used, lane.network);
    for (int t = 0; t < job.count; ++t) {
      const Target& target = job.targets[t];
      float* response = responses.data() + static_cast<std::ptrdiff_t>(target.landmark) * pixels;
      fill_checkerboard(outputs + t * fields, window, response);
      if (target.flipped) flip(response, window);
    }
  }

  bool has_expert(int view, int landmark) const {
    return !experts_[view * landmarks_ + landmark].shape.empty();
  }

  // Which expert serves which visible landmark.
  void plan(int view, const std::vector<int>& mirror_landmark,
            const std::vector<int>& mirror_view) {
    struct Source {
      int expert = -1;
      bool flipped = false;
    };
    std::vector<Source> sources(landmarks_);
    for (int i = 0; i < landmarks_; ++i) {
      if (has_expert(view, i)) {
        sources[i] = {view * landmarks_ + i, false};
        if (view == 0 && mirror_landmark[i] != i)
          sources[mirror_landmark[i]] = {view * landmarks_ + i, true};
      } else if (view != 0 && has_expert(mirror_view[view], mirror_landmark[i])) {
        sources[i] = {mirror_view[view] * landmarks_ + mirror_landmark[i], true};
      }
    }
    for (int i = 0; i < landmarks_; ++i) {
      if (visible_[view * landmarks_ + i] == 0) continue;
      if (sources[i].expert < 0)
        throw Error(ErrorCode::model,
                    source_.path().string() + ": expected an expert for landmark " +
                        std::to_string(i) + ", which is visible from view " + std::to_string(view) +
                        ", or for its mirror image, found neither; get a fresh copy of the file");
      const auto open = std::find_if(jobs_[view].begin(), jobs_[view].end(), [&](const Job& job) {
        return job.expert == sources[i].expert && job.count < kMostTargets;
      });
      Job& job = open != jobs_[view].end()
                     ? *open
                     : jobs_[view].emplace_back(Job{sources[i].expert, 0, {}});
      job.targets[job.count++] = {i, sources[i].flipped};
    }
  }

  CenSource source_;
  std::filesystem::path cache_;
  std::string sha256_;                  // of the source, to keep what was packed; or empty
  std::vector<Expert> experts_;         // views x landmarks
  int widest_ = 1;                      // outputs of any layer
  std::vector<std::vector<Job>> jobs_;  // per view
  std::vector<Block> blocks_;           // per view
};

}  // namespace

std::vector<std::unique_ptr<PatchExperts>> read_cen_experts(
    const std::vector<std::filesystem::path>& files, const PackedCache& cache) {
  std::vector<std::unique_ptr<CenExperts>> scales;
  for (const std::filesystem::path& file : files)
    scales.push_back(std::make_unique<CenExperts>(file, cache));
  std::vector<std::unique_ptr<PatchExperts>> experts;
  for (std::size_t i = 0; i < scales.size(); ++i) {
    const CenFile &outline = scales[i]->outline(), &last = scales.back()->outline();
    if (outline.mirror_landmark.size() != last.mirror_landmark.size() ||
        outline.mirror_view.size() != last.mirror_view.size())
      throw Error(ErrorCode::model,
                  files[i].string() + ": expected " + std::to_string(last.mirror_landmark.size()) +
                      " landmarks and " + std::to_string(last.mirror_view.size()) +
                      " views as in " + files.back().string() + ", found " +
                      std::to_string(outline.mirror_landmark.size()) + " and " +
                      std::to_string(outline.mirror_view.size()) +
                      "; use the files of one model together");
    scales[i]->use_mirrors(last.mirror_landmark, last.mirror_view);
  }
  for (auto& scale : scales) experts.push_back(std::move(scale));
  return experts;
}

}  // namespace auriga
