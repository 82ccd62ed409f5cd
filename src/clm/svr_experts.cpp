#include "clm/svr_experts.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include "base/simd.hpp"
#include "clm/area_of_interest.hpp"
#include "clm/patch_experts_kernels.hpp"
#include "clm/patch_experts_workspace.hpp"
#include "clm/svr_file.hpp"

namespace auriga {
namespace {

struct Modality {
  explicit Modality(const SvrModality& source)
      : input(source.input),
        weights(1, kPatchPixels),
        scaling(static_cast<float>(source.scaling)),
        bias(static_cast<float>(source.bias)) {
    const double norm = set_template(weights, 0, source.weights);
    // As in the reference, a template without contrast correlates perfectly with everything.
    constant = norm * norm < std::numeric_limits<double>::epsilon() * kPatchPixels;
    inverse_norm = constant ? 0 : static_cast<float>(1 / norm);
  }

  SvrInput input;
  WeightRows weights;  // one row
  float scaling, bias, inverse_norm = 0;
  bool constant = false;
};

struct Expert {
  std::vector<Modality> modalities;
  double confidence = 0;
};

// E(y, x) = (I(y, x + 1) - I(y, x - 1))^2 + (I(y + 1, x) - I(y - 1, x))^2, 0 at the border.
AURIGA_INLINE void gradient_energy_body(const float* area, int side, float* energy) {
  std::fill_n(energy, side * side, 0.0f);
  for (int y = 1; y + 1 < side; ++y) {
    for (int x = 1; x + 1 < side; ++x) {
      const float* at = area + y * side + x;
      const float across = at[1] - at[-1], down = at[side] - at[-side];
      energy[y * side + x] = across * across + down * down;
    }
  }
}

void gradient_energy(const float* area, int side, float* energy) {
  run_wide([&](auto) AURIGA_ALWAYS_INLINE { gradient_energy_body(area, side, energy); });
}

// map[p] *= 1 / (1 + exp(-(c scaling + bias))) with the correlation coefficients c = products[p]
// factors[p] / norm of the template.
template <typename W>
AURIGA_INLINE void multiply_sigmoid(const Modality& modality, const float* products,
                                    const float* factors, int places, float* map) {
  using V = typename W::f32;
  for (int p = 0; p < places; p += W::kLanes) {
    V c = load<V>(products + p) * load<V>(factors + p) * modality.inverse_norm;
    c = c < 1.0f ? c : 1.0f + V{};  // beyond 1 is rounding
    c = c > -1.0f ? c : -1.0f + V{};
    if (modality.constant) c = 1.0f + V{};
    store(map + p, load<V>(map + p) / (1 + exponential<W>(-modality.bias - c * modality.scaling)));
  }
}

class SvrExperts final : public PatchExperts {
 public:
  explicit SvrExperts(SvrFile file) {
    kind_ = PatchExpertKind::svr;
    training_scale_ = file.training_scale;
    centres_ = std::move(file.centres);
    visible_ = std::move(file.visible);
    landmarks_ = static_cast<int>(visible_.size() / centres_.size());
    for (const std::vector<SvrModality>& source : file.experts) {
      Expert& expert = experts_.emplace_back();
      for (const SvrModality& modality : source) {
        expert.modalities.emplace_back(modality);
        expert.confidence += modality.confidence;
      }
    }
  }

  double confidence(int view, int landmark) const override {
    return experts_[view * landmarks_ + landmark].confidence;
  }

  void respond(int view, int window, const SearchAreas& areas, std::span<float> responses,
               PatchWorkspace& workspace) const override {
    PatchWorkspace::Buffers& buffers = workspace.buffers();
    buffers.fit(window);
    const AreaSampler sampler(areas, window);
    const int side = sampler.side(), pixels = window * window, places = padded_places(pixels);
    plane_offsets(window, buffers.offsets.data());
    float *area = buffers.area.data(), *map = buffers.map.data(), *factors = buffers.factors.data();
    float* energy = buffers.scratch(0, kAreaFloats);
    float* products = buffers.scratch(1, static_cast<std::size_t>(places));
    for (int i = 0; i < landmarks_; ++i) {
      const int index = view * landmarks_ + i;
      if (visible_[index] == 0) continue;
      sampler.sample(i, area);
      gradient_energy(area, side, energy);
      centre(area, side);
      std::fill_n(map, places, 1.0f);
      for (const Modality& modality : experts_[index].modalities) {
        const float* seen = modality.input == SvrInput::grey ? area : energy;
        inverse_norms(seen, window, factors);
        spread_area(seen, window, buffers.planes.data());
        correlate(modality.weights, buffers.planes.data(), buffers.offsets.data(), places,
                  products);
        run_wide([&](auto wide) AURIGA_ALWAYS_INLINE {
          multiply_sigmoid<decltype(wide)>(modality, products, factors, places, map);
        });
      }
      std::copy_n(map, pixels, responses.begin() + static_cast<std::ptrdiff_t>(i) * pixels);
    }
  }

 private:
  std::vector<Expert> experts_;  // views x landmarks
};

}  // namespace

std::vector<std::unique_ptr<PatchExperts>> read_svr_experts(
    const std::vector<std::filesystem::path>& files) {
  std::vector<std::unique_ptr<PatchExperts>> experts;
  for (const std::filesystem::path& file : files)
    experts.push_back(std::make_unique<SvrExperts>(read_svr_file(file)));
  return experts;
}

}  // namespace auriga
