#include "clm/cen_experts.hpp"

#include <algorithm>
#include <string>

#include "auriga/error.hpp"

#include "base/simd.hpp"
#include "clm/area_of_interest.hpp"
#include "clm/cen_file.hpp"
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
  std::vector<float> packed;
  double confidence = 0;
};

// The network is evaluated where x + y is odd, the fields of one colour of a checkerboard, row by
// row. Row y has this many of them, the first at x = 1 - y % 2.
int fields_of_row(int y, int window) { return (window + y % 2) / 2; }

// Area with the even columns of each row apart from the odd ones, so that the fields of a row are
// contiguous.
struct SplitArea {
  static constexpr int kStride = (kMostSide + 1) / 2;
  float columns[2][kMostSide * kStride + kPlaceBlock];

  void set(const float* area, int side) {
    for (int y = 0; y < side; ++y)
      for (int x = 0; x < side; ++x) columns[x % 2][y * kStride + x / 2] = area[y * side + x];
  }
};

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

class CenExperts final : public PatchExperts {
 public:
  explicit CenExperts(CenFile file) {
    kind_ = PatchExpertKind::cen;
    training_scale_ = file.training_scale;
    centres_ = std::move(file.centres);
    visible_ = std::move(file.visible);
    landmarks_ = static_cast<int>(visible_.size() / centres_.size());
    for (CenExpert& source : file.experts) {
      Expert& expert = experts_.emplace_back();
      expert.confidence = source.confidence;
      if (!source.layers.empty()) source.layers.front() = on_patches(source.layers.front());
      for (const CenLayer& layer : source.layers)
        expert.shape.push_back({layer.activation, layer.inputs, layer.outputs});
      expert.packed.resize(packed_floats(expert.shape));
      pack(source.layers, expert.packed);
      source = {};  // large files: no second copy for long
    }
  }

  // To be called once, before anything else. `name` of the file, for messages.
  void use_mirrors(const std::vector<int>& landmarks, const std::vector<int>& views,
                   const std::string& name) {
    jobs_.resize(centres_.size());
    for (int view = 0; view < this->views(); ++view) plan(view, landmarks, views, name);
  }

  double confidence(int view, int landmark) const override {
    return experts_[view * landmarks_ + landmark].confidence;
  }

  void respond(int view, int window, const SearchAreas& areas, std::span<float> responses,
               PatchWorkspace& workspace) const override {
    PatchWorkspace::Buffers& buffers = workspace.buffers();
    buffers.fit(window);
    const AreaSampler sampler(areas, window);
    const int side = sampler.side(), pixels = window * window, fields = pixels / 2;
    // Zeros, as what lies beside the areas goes into padding; old numbers there may be denormal,
    // which makes arithmetic slow.
    SplitArea split[kMostTargets] = {};
    for (const Job& job : jobs_[view]) {
      const int used = job.count * fields, places = row_floats(std::max(1, used));
      float* factors = buffers.scratch(0, static_cast<std::size_t>(places));
      std::fill(factors + used, factors + places, 0.0f);
      for (int t = 0; t < job.count; ++t) {
        float *area = buffers.area.data(), *norms = buffers.factors.data();
        sampler.sample(job.targets[t].landmark, area);
        if (job.targets[t].flipped) flip(area, side);
        centre(area, side);
        split[t].set(area, side);
        inverse_norms(area, window, norms);
        float* out = factors + t * fields;
        for (int y = 0; y < window; ++y)
          for (int x = 1 - y % 2; x < window; x += 2) *out++ = norms[y * window + x];
      }
      float* patches =
          buffers.scratch(1, static_cast<std::size_t>(kPatchPixels) * places + kPlaceBlock);
      run_wide([&](auto wide) AURIGA_ALWAYS_INLINE {
        spread_fields<decltype(wide)>(split, job.count, window, places, patches);
      });
      const Expert& expert = experts_[job.expert];
      const float* outputs =
          evaluate(expert.shape, expert.packed.data(), patches, factors, used, buffers.network);
      for (int t = 0; t < job.count; ++t) {
        const Target& target = job.targets[t];
        float* response = responses.data() + static_cast<std::ptrdiff_t>(target.landmark) * pixels;
        fill_checkerboard(outputs + t * fields, window, response);
        if (target.flipped) flip(response, window);
      }
    }
  }

 private:
  // A landmark that an expert serves; when it is another's, through a mirror.
  struct Target {
    int landmark;
    bool flipped;
  };
  static constexpr int kMostTargets = 2;
  struct Job {
    int expert;
    int count;
    std::array<Target, kMostTargets> targets;
  };

  bool has_expert(int view, int landmark) const {
    return !experts_[view * landmarks_ + landmark].shape.empty();
  }

  // Which expert serves which visible landmark.
  void plan(int view, const std::vector<int>& mirror_landmark, const std::vector<int>& mirror_view,
            const std::string& name) {
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
                    name + ": expected an expert for landmark " + std::to_string(i) +
                        ", which is visible from view " + std::to_string(view) +
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

  std::vector<Expert> experts_;         // views x landmarks
  std::vector<std::vector<Job>> jobs_;  // per view
};

}  // namespace

std::vector<std::unique_ptr<PatchExperts>> read_cen_experts(
    const std::vector<std::filesystem::path>& files) {
  struct Scale {
    std::unique_ptr<CenExperts> experts;
    std::vector<int> mirror_landmark, mirror_view;
  };
  std::vector<Scale> scales;
  for (const std::filesystem::path& file : files) {
    CenFile read = read_cen_file(file);
    std::vector<int> landmarks = std::move(read.mirror_landmark),
                     views = std::move(read.mirror_view);
    scales.push_back(
        {std::make_unique<CenExperts>(std::move(read)), std::move(landmarks), std::move(views)});
  }
  std::vector<std::unique_ptr<PatchExperts>> experts;
  for (std::size_t i = 0; i < scales.size(); ++i) {
    const Scale &scale = scales[i], &last = scales.back();
    if (scale.mirror_landmark.size() != last.mirror_landmark.size() ||
        scale.mirror_view.size() != last.mirror_view.size())
      throw Error(ErrorCode::model,
                  files[i].string() + ": expected " + std::to_string(last.mirror_landmark.size()) +
                      " landmarks and " + std::to_string(last.mirror_view.size()) +
                      " views as in " + files.back().string() + ", found " +
                      std::to_string(scale.mirror_landmark.size()) + " and " +
                      std::to_string(scale.mirror_view.size()) +
                      "; use the files of one model together");
    scales[i].experts->use_mirrors(last.mirror_landmark, last.mirror_view, files[i].string());
    experts.push_back(std::move(scales[i].experts));
  }
  return experts;
}

}  // namespace auriga
