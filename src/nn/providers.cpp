#include "nn/providers.hpp"

#include <unordered_map>

namespace auriga {

ProviderSetup provider_setup(const DeviceChoice& choice, int threads) {
  const auto option_or = [&](const char* otherwise) {
    return choice.option.empty() ? otherwise : choice.option;
  };
  switch (choice.device) {
    case Device::automatic:
    case Device::cpu:
      break;
    case Device::coreml:
      return {
          "CoreML", {{"ModelFormat", "MLProgram"}, {"MLComputeUnits", option_or("ALL")}}, threads};
    case Device::cuda:
      return {"CUDA",
              {{"device_id", option_or("0")},
               {"arena_extend_strategy", "kSameAsRequested"},
               {"cudnn_conv_algo_search", "HEURISTIC"}},
              threads};
    case Device::tensorrt:
      return {"TensorRT", {{"device_id", option_or("0")}}, threads};
    case Device::openvino:
      return {"OpenVINO", {{"device_type", option_or("AUTO")}}, threads};
    case Device::xnnpack:
      // It has a pool of its own; two would fight for the cores.
      return {"XNNPACK", {{"intra_op_num_threads", std::to_string(threads)}}, 1};
  }
  return {"", {}, threads};
}

void Providers::append(Ort::SessionOptions& options, const ProviderSetup& setup) const {
  const std::unordered_map<std::string, std::string> given(setup.options.begin(),
                                                           setup.options.end());
  if (setup.name.empty()) return;
  if (setup.name == "CUDA") {
    Ort::CUDAProviderOptions cuda;
    cuda.Update(given);
    options.AppendExecutionProvider_CUDA_V2(*cuda);
  } else if (setup.name == "TensorRT") {
    Ort::TensorRTProviderOptions tensorrt;
    tensorrt.Update(given);
    options.AppendExecutionProvider_TensorRT_V2(*tensorrt);
  } else {
    options.AppendExecutionProvider(setup.name, given);
  }
}

bool Providers::is_used(const Ort::Session& session, Device device) const {
  for (const auto& subgraph : session.GetEpGraphAssignmentInfo())
    if (subgraph.GetEpName() == provider_name(device)) return true;
  return false;
}

const Providers& linked_providers() {
  static const Providers providers;
  return providers;
}

}  // namespace auriga
