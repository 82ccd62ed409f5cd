#include "nn/conv_network.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <cstdint>
#include <stdexcept>
#include <utility>

#include <oneapi/tbb/task_arena.h>

#include "base/parallel.hpp"
#include "nn/conv_kernels.hpp"
#include "nn/conv_plan.hpp"
#include "nn/onnx_fields.hpp"
#include "nn/subnormals_as_zero.hpp"

namespace auriga {
namespace {

// A step with at least so many multiplications a band, some 25 us, gains from another thread.
constexpr std::int64_t kBandWork = 1'500'000;
constexpr int kMostBands = 4;

// One run.
class Run {
 public:
  Run(const ConvPlan& plan, const float* weights, ConvWorkspace& workspace)
      : plan_(plan),
        weights_(weights),
        workspace_(workspace),
        bands_(std::min(kMostBands, tbb::this_task_arena::max_concurrency())),
        rows_(workspace.rows.fit(plan.row_floats * static_cast<std::size_t>(bands_))) {}

  void take_in(std::span<const float> input) {
    const ConvMap& map = plan_.maps[0];
    float* const to = memory_of(0);
    clear_border(0);
    const std::size_t area = static_cast<std::size_t>(map.height) * map.width;
    for (int c = 0; c < map.channels; ++c) {
      const float* from = input.data() + static_cast<std::size_t>(c) * area;
      if (map.planar) {
        for (int y = 0; y < map.height; ++y, from += map.width)
          std::copy_n(from, map.width, to + c * map.block_floats() + map.at(y, 0));
        continue;
      }
      float* const lane = to + c / kChannelBlock * map.block_floats() + c % kChannelBlock;
      for (int y = 0; y < map.height; ++y, from += map.width) {
        float* const row = lane + map.at(y, 0);
        for (int x = 0; x < map.width; ++x) row[x * kChannelBlock] = from[x];
      }
    }
    if (!map.planar) {
      const int lanes = map.channels % kChannelBlock;
      if (lanes == 0) return;
      for (int y = 0; y < map.height; ++y)
        for (int x = 0; x < map.width; ++x)
          std::fill_n(to + (map.blocks() - 1) * map.block_floats() + map.at(y, x) + lanes,
                      kChannelBlock - lanes, 0.0f);
    }
  }

  void take(const ConvStep& step) {
    clear_border(step.out);
    switch (step.kind) {
      case ConvStepKind::dense:
        add_rows(step);
        break;
      case ConvStepKind::separable:
        add_separable(step);
        break;
      case ConvStepKind::channels:
        add_channel_rows(step);
        break;
      case ConvStepKind::add:
        add_maps(step);
        break;
      case ConvStepKind::bend:
        bend(step);
        break;
      case ConvStepKind::largest:
        halve(step);
        break;
      case ConvStepKind::mean:
        take_mean(step);
        break;
      case ConvStepKind::join:
        join(step);
        break;
      case ConvStepKind::double_size:
        double_size(step);
        break;
    }
  }

  void give_out(const std::vector<ConvOutputPart>& parts, std::vector<float>& output) {
    std::size_t floats = 0;
    for (const ConvOutputPart& part : parts) {
      const ConvMap& map = map_of(part.map);
      floats += static_cast<std::size_t>(map.channels) * map.height * map.width;
    }
    output.resize(floats);
    float* to = output.data();
    for (const ConvOutputPart& part : parts) {
      const ConvMap& map = map_of(part.map);
      const float* from = memory_of(part.map);
      if (part.by_pixel) {
        for (int y = 0; y < map.height; ++y)
          for (int x = 0; x < map.width; ++x)
            for (int c = 0; c < map.channels; c += kChannelBlock)
              to = std::copy_n(from + c / kChannelBlock * map.block_floats() + map.at(y, x),
                               std::min(kChannelBlock, map.channels - c), to);
        continue;
      }
      for (int c = 0; c < map.channels; ++c) {
        const float* lane = from + c / kChannelBlock * map.block_floats() + c % kChannelBlock;
        for (int y = 0; y < map.height; ++y, to += map.width) {
          const float* const row = lane + map.at(y, 0);
          for (int x = 0; x < map.width; ++x) to[x] = row[x * kChannelBlock];
        }
      }
    }
  }

 private:
  const ConvMap& map_of(int map) const { return plan_.maps[static_cast<std::size_t>(map)]; }
  float* memory_of(int map) {
    return workspace_.maps[static_cast<std::size_t>(map_of(map).memory)].fit(map_of(map).floats());
  }
  const float* weights(std::size_t from) const {
    return from == ConvStep::kNone ? nullptr : weights_ + from;
  }

  // Another map may have been there.
  void clear_border(int index) {
    const ConvMap& map = map_of(index);
    if (map.border == 0) return;
    const std::ptrdiff_t row = map.row_floats(),
                         side = static_cast<std::ptrdiff_t>(map.border) * map.pixel_floats();
    for (int b = 0; b < map.blocks(); ++b) {
      float* const block = memory_of(index) + b * map.block_floats();
      std::fill_n(block, map.border * row + side, 0.0f);
      // The end of a row and the beginning of the next.
      for (int y = 0; y + 1 < map.height; ++y)
        std::fill_n(block + (map.border + y + 1) * row - side, 2 * side, 0.0f);
      float* const end = block + map.block_floats();
      std::fill(end - map.border * row - side, end, 0.0f);
    }
  }

  // Calls work(band, begin, end) for bands of rows of the output, on threads that have nothing else
  // to do where that is worth it. The rows of a band begin at a multiple of step.rows.
  template <typename Work>
  void in_bands(const ConvStep& step, const Work& work) {
    const int height = map_of(step.out).height, chunks = (height + step.rows - 1) / step.rows;
    const int bands = static_cast<int>(
        std::min<std::int64_t>({bands_, chunks, std::max<std::int64_t>(step.work / kBandWork, 1)}));
    in_parallel(bands, [&](int band) {
      const SubnormalsAsZero mode;  // of this thread
      const auto row = [&](int part) {
        return std::min(height, chunks * part / bands * step.rows);
      };
      Work own = work;
      own(band, row(band), row(band + 1));
    });
  }

  DenseSums sums_of(const ConvStep& step) {
    const ConvMap &in = map_of(step.in[0]), &out = map_of(step.out);
    DenseSums sums;
    sums.pixel_stride = static_cast<std::ptrdiff_t>(step.window.stride) * in.pixel_floats();
    sums.taps = step.taps.data();
    sums.depths = in.planar ? nullptr : step.depths.data();
    sums.tap_count = static_cast<int>(step.taps.size());
    sums.weights = weights(step.weights);
    sums.weights_stride = step.weights_stride;
    sums.bias = weights(step.bias);
    sums.blocks = out.blocks();
    sums.slopes = {weights(step.above_zero), weights(step.below_zero)};
    sums.out_stride = out.block_floats();
    sums.out_at = step.out_at.data();
    if (step.addend >= 0) {
      sums.addend_stride = map_of(step.addend).block_floats();
      sums.addend_at = step.addend_at.data();
      sums.addend_blocks = std::min(out.blocks(), map_of(step.addend).blocks());
    }
    return sums;
  }

  // From row `y` of the output on.
  void set_rows(const ConvStep& step, int y, DenseSums& sums) {
    sums.out = memory_of(step.out) + map_of(step.out).at(y, 0);
    if (step.addend >= 0) sums.addend = memory_of(step.addend) + map_of(step.addend).at(y, 0);
  }

  void add_rows(const ConvStep& step) {
    const ConvMap &in = map_of(step.in[0]), &out = map_of(step.out);
    DenseSums sums = sums_of(step);
    sums.pixels = out.width;
    in_bands(step, [&, sums](int, int begin, int end) mutable {
      for (int y = begin; y < end; ++y) {
        sums.in = memory_of(step.in[0]) +
                  in.at(y * step.window.stride - step.window.pad, -step.window.pad);
        set_rows(step, y, sums);
        add_dense(sums);
      }
    });
  }

  ChannelSums channels_of(const ConvStep& step) {
    const ConvMap& in = map_of(step.in[0]);
    ChannelSums sums;
    sums.in_stride = in.block_floats();
    sums.row_stride = in.row_floats();
    sums.stride = step.window.stride;
    sums.side = step.window.side;
    sums.blocks = in.blocks();
    sums.pixels = map_of(step.out).width;
    return sums;
  }
  const float* window_at(const ConvStep& step, int y) {
    return memory_of(step.in[0]) +
           map_of(step.in[0]).at(y * step.window.stride - step.window.pad, -step.window.pad);
  }

  void add_channel_rows(const ConvStep& step) {
    const ConvMap& out = map_of(step.out);
    ChannelSums sums = channels_of(step);
    sums.weights = weights(step.weights);
    sums.bias = weights(step.bias);
    sums.slopes = {weights(step.above_zero), weights(step.below_zero)};
    sums.out_stride = out.block_floats();
    in_bands(step, [&, sums](int, int begin, int end) mutable {
      for (int y = begin; y < end; ++y) {
        sums.in = window_at(step, y);
        sums.out = memory_of(step.out) + out.at(y, 0);
        add_channels(sums);
      }
    });
  }

  // A few rows at a time, so that the second half finds what the first leaves in the cache.
  void add_separable(const ConvStep& step) {
    const ConvMap& out = map_of(step.out);
    ChannelSums channels = channels_of(step);
    channels.weights = weights(step.channel_weights);
    channels.bias = weights(step.channel_bias);
    channels.slopes = {weights(step.channel_above_zero), weights(step.channel_below_zero)};
    channels.out_stride = static_cast<std::ptrdiff_t>(step.rows) * out.width * kChannelBlock;
    DenseSums dense = sums_of(step);
    dense.pixel_stride = kChannelBlock;
    in_bands(step, [&, channels, dense](int band, int begin, int end) mutable {
      float* const rows = rows_ + static_cast<std::size_t>(band) * plan_.row_floats;
      dense.in = rows;
      for (int y = begin; y < end; y += step.rows) {
        const int count = std::min(step.rows, end - y);
        for (int r = 0; r < count; ++r) {
          channels.in = window_at(step, y + r);
          channels.out = rows + static_cast<std::ptrdiff_t>(r) * out.width * kChannelBlock;
          add_channels(channels);
        }
        dense.pixels = count * out.width;
        set_rows(step, y, dense);
        add_dense(dense);
      }
    });
  }

  void add_maps(const ConvStep& step) {
    const ConvMap& out = map_of(step.out);
    for (int b = 0; b < out.blocks(); ++b)
      for (int y = 0; y < out.height; ++y) {
        float* const to = memory_of(step.out) + b * out.block_floats() + out.at(y, 0);
        const int floats = out.width * kChannelBlock;
        std::fill_n(to, floats, 0.0f);
        for (const int index : step.in) {
          const ConvMap& in = map_of(index);
          if (b >= in.blocks()) continue;
          const float* from = memory_of(index) + b * in.block_floats() + in.at(y, 0);
          for (int i = 0; i < floats; ++i) to[i] += from[i];
        }
      }
  }

  void bend(const ConvStep& step) {
    const ConvMap &in = map_of(step.in[0]), &out = map_of(step.out);
    for (int b = 0; b < out.blocks(); ++b) {
      const float* const above = weights(step.above_zero) + b * kChannelBlock;
      const float* const below = weights(step.below_zero) + b * kChannelBlock;
      for (int y = 0; y < out.height; ++y) {
        const float* from = memory_of(step.in[0]) + b * in.block_floats() + in.at(y, 0);
        float* to = memory_of(step.out) + b * out.block_floats() + out.at(y, 0);
        for (int x = 0; x < out.width; ++x, from += kChannelBlock, to += kChannelBlock)
          for (int c = 0; c < kChannelBlock; ++c)
            to[c] = from[c] * (from[c] > 0 ? above[c] : below[c]);
      }
    }
  }

  void halve(const ConvStep& step) {
    const ConvMap &in = map_of(step.in[0]), &out = map_of(step.out);
    for (int b = 0; b < out.blocks(); ++b)
      for (int y = 0; y < out.height; ++y) {
        LargestOfFour rows;
        rows.in = memory_of(step.in[0]) + b * in.block_floats() + in.at(2 * y, 0);
        rows.row_stride = in.row_floats();
        rows.out = memory_of(step.out) + b * out.block_floats() + out.at(y, 0);
        rows.pixels = out.width;
        take_largest(rows);
      }
  }

  void take_mean(const ConvStep& step) {
    const ConvMap &in = map_of(step.in[0]), &out = map_of(step.out);
    for (int b = 0; b < out.blocks(); ++b) {
      float* const to = memory_of(step.out) + b * out.block_floats() + out.at(0, 0);
      std::fill_n(to, kChannelBlock, 0.0f);
      for (int y = 0; y < in.height; ++y) {
        const float* from = memory_of(step.in[0]) + b * in.block_floats() + in.at(y, 0);
        for (int x = 0; x < in.width; ++x, from += kChannelBlock)
          for (int c = 0; c < kChannelBlock; ++c) to[c] += from[c];
      }
      for (int c = 0; c < kChannelBlock; ++c)
        to[c] /= static_cast<float>(in.height) * static_cast<float>(in.width);
    }
  }

  void join(const ConvStep& step) {
    const ConvMap& out = map_of(step.out);
    float* const to = memory_of(step.out) + out.at(0, 0);
    for (int b = 0; b < out.blocks(); ++b)
      std::fill_n(to + b * out.block_floats(), kChannelBlock, 0.0f);
    int next = 0;
    for (const int index : step.in) {
      const ConvMap& in = map_of(index);
      const float* from = memory_of(index) + in.at(0, 0);
      for (int c = 0; c < in.channels; ++c, ++next)
        to[next / kChannelBlock * out.block_floats() + next % kChannelBlock] =
            from[c / kChannelBlock * in.block_floats() + c % kChannelBlock];
    }
  }

  // Of the pixel at (i + 0.5) / 2 - 0.5: three quarters of the nearer neighbour and a quarter of
  // the other, which at the edge is the same.
  void double_size(const ConvStep& step) {
    const ConvMap &in = map_of(step.in[0]), &out = map_of(step.out);
    const auto near_and_far = [](int i, int size) {
      const int near = i / 2, far = std::clamp(i % 2 == 0 ? near - 1 : near + 1, 0, size - 1);
      return std::pair(near, far);
    };
    for (int b = 0; b < out.blocks(); ++b)
      for (int y = 0; y < out.height; ++y) {
        const float* const block = memory_of(step.in[0]) + b * in.block_floats();
        float* to = memory_of(step.out) + b * out.block_floats() + out.at(y, 0);
        const auto [near_y, far_y] = near_and_far(y, in.height);
        for (int x = 0; x < out.width; ++x, to += kChannelBlock) {
          const auto [near_x, far_x] = near_and_far(x, in.width);
          const float *near_near = block + in.at(near_y, near_x),
                      *near_far = block + in.at(near_y, far_x),
                      *far_near = block + in.at(far_y, near_x),
                      *far_far = block + in.at(far_y, far_x);
          for (int c = 0; c < kChannelBlock; ++c)
            to[c] = 0.75f * (0.75f * near_near[c] + 0.25f * near_far[c]) +
                    0.25f * (0.75f * far_near[c] + 0.25f * far_far[c]);
        }
      }
  }

  const ConvPlan& plan_;
  const float* weights_;
  ConvWorkspace& workspace_;
  const int bands_;    // that a step may have
  float* const rows_;  // scratch memory of so many
};

}  // namespace

struct ConvNetwork::Plan {
  ConvPlan plan;
  mutable AlignedFloats weights;  // those of the plan, on cache lines
  const float* aligned = nullptr;
};

std::shared_ptr<const ConvNetwork> ConvNetwork::read(std::string_view onnx, const TensorSpec& input,
                                                     const std::vector<TensorSpec>& outputs) {
  try {
    auto plan = std::make_unique<Plan>();
    plan->plan = plan_network(onnx, input, outputs);
    std::vector<float>& weights = plan->plan.weights;
    float* const aligned = plan->weights.fit(std::max<std::size_t>(1, weights.size()));
    std::copy(weights.begin(), weights.end(), aligned);
    plan->aligned = aligned;
    weights = {};
    return std::shared_ptr<const ConvNetwork>(new ConvNetwork(std::move(plan)));
  } catch (const onnx::NotUnderstood&) {
  } catch (const std::out_of_range&) {
  }
  return nullptr;
}

ConvNetwork::ConvNetwork(std::unique_ptr<const Plan> plan) : plan_(std::move(plan)) {}
ConvNetwork::~ConvNetwork() = default;

void ConvNetwork::run(std::span<const float> input, std::span<std::vector<float>> outputs,
                      ConvWorkspace& workspace) const {
  const ConvPlan& plan = plan_->plan;
  assert(outputs.size() == plan.outputs.size());
  const SubnormalsAsZero mode;
  if (workspace.maps.empty()) {
    workspace.maps.resize(static_cast<std::size_t>(plan.memories));
    for (const ConvMap& map : plan.maps)  // each as large as its largest map
      if (map.memory >= 0) workspace.maps[static_cast<std::size_t>(map.memory)].fit(map.floats());
  }
  Run run(plan, plan_->aligned, workspace);
  run.take_in(input);
  for (const ConvStep& step : plan.steps) run.take(step);
  for (std::size_t i = 0; i < outputs.size(); ++i) run.give_out(plan.outputs[i], outputs[i]);
}

}  // namespace auriga
