#include "clm/ccnf_experts.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <mutex>
#include <string>

#include "auriga/error.hpp"

#include "base/parallel.hpp"
#include "base/simd.hpp"
#include "clm/area_of_interest.hpp"
#include "clm/ccnf_file.hpp"
#include "clm/ccnf_smoothing.hpp"
#include "clm/patch_experts_kernels.hpp"
#include "clm/patch_experts_workspace.hpp"

namespace auriga {
namespace {

using EdgeBases = std::vector<EdgeBasis>;

// Neurons with less than this are left out of the response, but not of the edges.
constexpr double kLeastAlpha = 1e-4;

struct Expert {
  explicit Expert(const CcnfExpert& source) : betas(source.betas), confidence(source.confidence) {
    std::vector<const CcnfNeuron*> used;
    float sum = 0;
    for (const CcnfNeuron& neuron : source.neurons) {
      sum += static_cast<float>(neuron.alpha);
      if (neuron.alpha > kLeastAlpha) used.push_back(&neuron);
    }
    alphas = static_cast<double>(sum);
    weights = WeightRows(static_cast<int>(used.size()), kPatchPixels);
    biases.reserve(used.size());
    heights.reserve(used.size());
    for (std::size_t k = 0; k < used.size(); ++k) {
      const auto gain = static_cast<float>(used[k]->gain);
      for (int tap = 0; tap < kPatchPixels; ++tap)
        weights.set(static_cast<int>(k), tap, used[k]->weights[tap] * gain);
      biases.push_back(static_cast<float>(used[k]->bias));
      heights.push_back(static_cast<float>(2 * used[k]->alpha));
    }
    weights.free_rows_of_mean();
  }

  WeightRows weights;                  // neurons x 121
  std::vector<float> biases, heights;  // of the sigmoids
  std::vector<double> betas;
  double alphas = 0, confidence = 0;
};

// sum_k heights[k] / (1 + exp(-(biases[k] + factors[p] products[k][p]))) for every place p.
template <typename W>
AURIGA_INLINE void add_sigmoids(const Expert& expert, const float* products, const float* factors,
                                int places, float* map) {
  using V = typename W::f32;
  const int neurons = expert.weights.rows();
  for (int p = 0; p < places; p += W::kLanes) {
    const V factor = load<V>(factors + p);
    V sum{};
    for (int k = 0; k < neurons; ++k) {
      const V product = load<V>(products + k * places + p);
      sum += expert.heights[k] / (1 + exponential<W>(-expert.biases[k] - factor * product));
    }
    store(map + p, sum);
  }
}

class CcnfExperts final : public PatchExperts {
 public:
  CcnfExperts(CcnfFile file, std::shared_ptr<const EdgeBases> edges, std::string name)
      : name_(std::move(name)), edges_(std::move(edges)) {
    kind_ = PatchExpertKind::ccnf;
    training_scale_ = file.training_scale;
    centres_ = std::move(file.centres);
    visible_ = std::move(file.visible);
    landmarks_ = static_cast<int>(visible_.size() / centres_.size());
    experts_.reserve(file.experts.size());
    for (const CcnfExpert& expert : file.experts) experts_.emplace_back(expert);
    smoothings_ = std::make_unique<Slot[]>(edges_->size() * centres_.size());
  }

  double confidence(int view, int landmark) const override {
    return experts_[view * landmarks_ + landmark].confidence;
  }

  void respond(int view, int window, const SearchAreas& areas, std::span<float> responses,
               PatchWorkspace& workspace) const override {
    PatchWorkspace::Buffers& buffers = workspace.buffers();
    buffers.fit(window);
    const int pixels = window * window, places = padded_places(pixels);
    const Smoothing* smoothing = this->smoothing(view, window);
    const AreaSampler sampler(areas, window);
    plane_offsets(window, buffers.offsets.data());
    float *area = buffers.area.data(), *map = buffers.map.data();
    float* edge_scratch = buffers.scratch(1, 2 * static_cast<std::size_t>(places + 4 * 8));
    int seen = 0;  // before this landmark
    for (int i = 0; i < landmarks_; ++i) {
      const int index = view * landmarks_ + i;
      if (visible_[index] == 0) continue;
      const Expert& expert = experts_[index];
      float* products =
          buffers.scratch(0, static_cast<std::size_t>(expert.weights.rows()) * places);
      sampler.sample(i, area);
      centre(area, sampler.side());
      inverse_norms(area, window, buffers.factors.data());
      spread_area(area, window, buffers.planes.data());
      correlate(expert.weights, buffers.planes.data(), buffers.offsets.data(), places, products);
      run_wide([&](auto wide) AURIGA_ALWAYS_INLINE {
        add_sigmoids<decltype(wide)>(expert, products, buffers.factors.data(), places, map);
      });
      if (smoothing != nullptr) {
        smoothing->smooth(seen++, map, edge_scratch);
      } else {
        const auto factor = static_cast<float>(1 / (2 * expert.alphas));
        for (int p = 0; p < pixels; ++p) map[p] *= factor;
      }
      const float least = std::min(0.0f, *std::min_element(map, map + pixels));
      float* response = responses.data() + static_cast<std::ptrdiff_t>(i) * pixels;
      for (int p = 0; p < pixels; ++p) response[p] = map[p] - least;
    }
  }

 private:
  // Written once, under its flag, also by respond(): shared by all who fit with these experts.
  struct Slot {
    std::once_flag once;
    std::unique_ptr<const Smoothing> smoothing;
  };

  // The matrices of the visible landmarks of a view, made on first use; null when the model has no
  // edges for the window.
  const Smoothing* smoothing(int view, int window) const {
    for (std::size_t i = 0; i < edges_->size(); ++i) {
      const EdgeBasis& basis = (*edges_)[i];
      if (basis.window() != window) continue;
      Slot& slot = smoothings_[static_cast<std::size_t>(view) * edges_->size() + i];
      std::call_once(slot.once, [&] {
        std::vector<Smoothing::Weights> weights;
        for (int k = view * landmarks_; k < (view + 1) * landmarks_; ++k)
          if (visible_[k] != 0) weights.push_back({experts_[k].alphas, &experts_[k].betas});
        slot.smoothing = std::make_unique<const Smoothing>(basis, weights, name_);
      });
      return slot.smoothing.get();
    }
    return nullptr;
  }

  std::string name_;  // of the file
  std::shared_ptr<const EdgeBases> edges_;
  std::vector<Expert> experts_;         // views x landmarks
  std::unique_ptr<Slot[]> smoothings_;  // views x edges
};

}  // namespace

std::vector<std::unique_ptr<PatchExperts>> read_ccnf_experts(
    const std::vector<std::filesystem::path>& files) {
  std::vector<CcnfFile> scales(files.size());
  in_parallel_all(static_cast<int>(files.size()), [&](int index) {
    const auto i = static_cast<std::size_t>(index);
    scales[i] = read_ccnf_file(files[i]);
  });
  const auto edges = std::make_shared<EdgeBases>();
  if (!scales.empty())
    for (const EdgeComponents& entry : scales.back().edges)
      if (!entry.matrices.empty()) edges->emplace_back(entry);
  std::vector<std::unique_ptr<PatchExperts>> experts(files.size());
  in_parallel_all(static_cast<int>(files.size()), [&](int index) {
    const auto i = static_cast<std::size_t>(index);
    for (const CcnfExpert& expert : scales[i].experts)
      for (const EdgeBasis& basis : *edges)
        if (!expert.neurons.empty() && static_cast<int>(expert.betas.size()) != basis.components())
          throw Error(ErrorCode::model,
                      files[i].string() + ": expected " + std::to_string(basis.components()) +
                          " betas per expert, as " + files.back().string() +
                          " has edge components for window size " + std::to_string(basis.window()) +
                          ", found " + std::to_string(expert.betas.size()) +
                          "; use the files of one model together");
    experts[i] = std::make_unique<CcnfExperts>(std::move(scales[i]), edges, files[i].string());
  });
  return experts;
}

}  // namespace auriga
