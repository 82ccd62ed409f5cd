#include "nn/runner.hpp"

#include <algorithm>
#include <cassert>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <onnxruntime_cxx_api.h>
#include <onnxruntime_run_options_config_keys.h>

#include "nn/conv_network.hpp"
#include "nn/subnormals_as_zero.hpp"

namespace auriga {

struct Runner::Impl {
  // What ONNX Runtime needs.
  struct Runtime {
    explicit Runtime(Ort::IoBinding for_network) : binding(std::move(for_network)) {}
    Ort::IoBinding binding;
    Ort::RunOptions plain_run;
    Ort::MemoryInfo memory = Ort::MemoryInfo::CreateCpu(OrtArenaAllocator, OrtMemTypeDefault);
  };

  explicit Impl(std::shared_ptr<const Network> shared)
      : network(std::move(shared)), output_values(network->outputs().size()) {
    if (network->own() == nullptr) runtime.emplace(network->make_binding());
  }

  std::shared_ptr<const Network> network;
  std::optional<Runtime> runtime;  // empty: kernels of our own, which need the next
  ConvWorkspace workspace;
  std::vector<std::int64_t> input_shape;
  std::vector<float> input_values;
  std::vector<std::vector<float>> output_values;
  bool are_outputs_bound = false;  // to output_values; not before the first run of a shape

  std::span<float> bind_input(std::span<const std::int64_t> shape) {
    assert(network->input().admits(shape));
    if (!std::equal(shape.begin(), shape.end(), input_shape.begin(), input_shape.end())) {
      std::size_t size = 1;
      for (std::int64_t n : shape) size *= static_cast<std::size_t>(n);
      if (runtime) {
        are_outputs_bound = false;
        runtime->binding.ClearBoundInputs();
        runtime->binding.ClearBoundOutputs();
      }
      if (size > input_values.capacity()) input_values = {};  // not the old beside the new
      input_values.resize(size);
      if (runtime)
        runtime->binding.BindInput(
            network->input().name.c_str(),
            Ort::Value::CreateTensor<float>(runtime->memory, input_values.data(), size,
                                            shape.data(), shape.size()));
      input_shape.assign(shape.begin(), shape.end());
    }
    return input_values;
  }

  void run() {
    assert(!input_shape.empty());
    if (runtime)
      run(runtime->plain_run);
    else
      network->own()->run(input_values, output_values, workspace);
  }

  void run(const Ort::RunOptions& run_options) {
    const SubnormalsAsZero mode;
    try {
      if (!are_outputs_bound) {
        for (const TensorSpec& output : network->outputs())
          runtime->binding.BindOutput(output.name.c_str(), runtime->memory);
      }
      network->run(run_options, runtime->binding);
      if (!are_outputs_bound) adopt_outputs();
    } catch (const Ort::Exception& error) {
      network->fail(std::string("a network that fails: ") + error.what());
    }
  }

  // After the first run of a shape, for which the runtime allocated the outputs: moves them to
  // buffers of our own, to which later runs write. Left in the runtime's arena they would make it
  // grow at the second run.
  void adopt_outputs() {
    const std::vector<Ort::Value> found = runtime->binding.GetOutputValues();
    runtime->binding.ClearBoundOutputs();
    for (std::size_t i = 0; i < output_values.size(); ++i) {
      const auto info = found[i].GetTensorTypeAndShapeInfo();
      const std::vector<std::int64_t> shape = info.GetShape();
      network->check_output(i, shape);
      const float* values = found[i].GetTensorData<float>();
      output_values[i].assign(values, values + info.GetElementCount());
      runtime->binding.BindOutput(
          network->outputs()[i].name.c_str(),
          Ort::Value::CreateTensor<float>(runtime->memory, output_values[i].data(),
                                          output_values[i].size(), shape.data(), shape.size()));
    }
    are_outputs_bound = true;
  }
};

Runner::Runner(std::shared_ptr<const Network> network)
    : impl_(std::make_unique<Impl>(std::move(network))) {}
Runner::~Runner() = default;
Runner::Runner(Runner&&) noexcept = default;
Runner& Runner::operator=(Runner&&) noexcept = default;

std::span<float> Runner::input(std::span<const std::int64_t> shape) {
  return impl_->bind_input(shape);
}
void Runner::run() { impl_->run(); }

void Runner::release_memory(std::span<const std::int64_t> small_shape) {
  if (!impl_->runtime) return;  // of one shape only
  Ort::RunOptions run_options;
  if (network().device() == Device::cpu)
    run_options.AddConfigEntry(kOrtRunOptionsConfigEnableMemoryArenaShrinkage, "cpu:0");
  impl_->bind_input(small_shape);
  impl_->run(run_options);
}

std::span<const float> Runner::output(std::size_t index) const {
  return impl_->output_values.at(index);
}
const Network& Runner::network() const { return *impl_->network; }

}  // namespace auriga
