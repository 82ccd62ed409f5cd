#include "nn/network.hpp"

#include <algorithm>
#include <cassert>
#include <cstdlib>
#include <new>
#include <utility>

#include <onnxruntime_cxx_api.h>
#include <onnxruntime_session_options_config_keys.h>

#include "auriga/error.hpp"

#include "base/file.hpp"
#include "nn/conv_network.hpp"
#include "nn/dead_channels.hpp"
#include "nn/providers.hpp"
#include "nn/subnormals_as_zero.hpp"

namespace auriga {
namespace {

using Shape = std::vector<std::int64_t>;

// A network of this project has a few MB.
constexpr std::size_t kMaxFileBytes = std::size_t{1} << 28;

void ORT_API_CALL discard_log(void*, OrtLoggingLevel, const char*, const char*, const char*,
                              const char*) {}

// Shared by all networks, with an arena that grows by what is asked for, not in powers of two.
Ort::Env& environment() {
  static Ort::Env env = [] {
    setenv("ORT_DISABLE_TELEMETRY", "1", 0);  // 0: a value that is there stays
    Ort::Env created(ORT_LOGGING_LEVEL_FATAL, "auriga", discard_log, nullptr);
    created.DisableTelemetryEvents();
    const Ort::ArenaCfg as_requested(0, 1, -1, -1);
    try {
      created.CreateAndRegisterAllocator(
          Ort::MemoryInfo::CreateCpu(OrtArenaAllocator, OrtMemTypeDefault), as_requested);
    } catch (const Ort::Exception&) {
      // The program around us uses ONNX Runtime too and has registered its own; that will do.
    }
    return created;
  }();
  return env;
}

std::string to_string(const TensorSpec& spec) {
  std::string text = "'" + spec.name + "' float ";
  for (std::size_t i = 0; i < spec.shape.size(); ++i) {
    text +=
        (i ? "x" : "") + (spec.shape[i] < 0 ? std::string("any") : std::to_string(spec.shape[i]));
  }
  return text;
}

[[noreturn]] void throw_model(const std::filesystem::path& file, const std::string& found,
                              const TensorSpec& input, const std::vector<TensorSpec>& outputs) {
  std::string expected = "an ONNX network with input " + to_string(input) + " and output";
  for (const TensorSpec& output : outputs)
    expected += (&output == outputs.data() ? " " : ", ") + to_string(output);
  throw Error(ErrorCode::model, "model " + file.string() + ": expected " + expected + "; found " +
                                    found + ". Fetch the file again or give the right one");
}

Ort::SessionOptions session_options(const DeviceChoice& choice, int threads,
                                    const Providers& providers) {
  const ProviderSetup setup = provider_setup(choice, threads);
  Ort::SessionOptions options;
  options.SetIntraOpNumThreads(setup.session_threads);
  options.SetInterOpNumThreads(1);
  options.SetExecutionMode(ORT_SEQUENTIAL);
  options.SetGraphOptimizationLevel(ORT_ENABLE_ALL);
  // A memory pattern is kept for every input shape and needs half as much memory again as the arena
  // alone.
  options.DisableMemPattern();
  options.AddConfigEntry(kOrtSessionOptionsConfigUseEnvAllocators, "1");
  // Threads that wait for each other within a run spin (a third faster with two threads), but not
  // from run to run, which would take the cores from other stages.
  options.AddConfigEntry(kOrtSessionOptionsConfigIntraOpSpinDurationUs, "100");
  // For the runtime's own threads; the caller's has SubnormalsAsZero.
  options.AddConfigEntry(kOrtSessionOptionsConfigSetDenormalAsZero, "1");
  options.AddConfigEntry(kOrtSessionOptionsRecordEpGraphAssignmentInfo,
                         choice.device == Device::cpu ? "0" : "1");
  providers.append(options, setup);
  return options;
}

// Nothing when the tensor is as expected, else a description of it. Where any size is expected, an
// input has to take any, an output may be known to have one.
std::string mismatch(const TensorSpec& expected, const std::string& name, const Ort::TypeInfo& type,
                     bool is_output) {
  if (type.GetONNXType() != ONNX_TYPE_TENSOR) return "'" + name + "', which is not a tensor";
  const auto tensor = type.GetTensorTypeAndShapeInfo();
  if (tensor.GetElementType() != ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT)
    return "'" + name + "', which is not float";
  const Shape shape = tensor.GetShape();
  bool same = name == expected.name && shape.size() == expected.shape.size();
  for (std::size_t i = 0; same && i < shape.size(); ++i) {
    same = shape[i] == expected.shape[i] || shape[i] < 0 || (is_output && expected.shape[i] < 0);
  }
  return same ? "" : to_string({name, shape});
}

}  // namespace

bool TensorSpec::admits(std::span<const std::int64_t> of) const {
  return std::equal(
      of.begin(), of.end(), shape.begin(), shape.end(),
      [](std::int64_t is, std::int64_t should) { return should < 0 || is == should; });
}

struct Network::Impl {
  std::filesystem::path file;
  TensorSpec input;
  std::vector<TensorSpec> outputs;
  const Providers* providers = nullptr;  // null: kernels of our own where they can
  std::shared_ptr<const ConvNetwork> own;
  Device device = Device::cpu;
  std::string fallback_reason;
  // The runtime lets any number of threads run one session.
  mutable Ort::Session session{nullptr};

  // Of the runtime's own words: nothing else tells that there was no memory.
  [[noreturn]] void fail(const std::string& found) const {
    if (device == Device::cpu)
      for (const char* words : {"std::bad_alloc", "Failed to allocate memory"})
        if (found.find(words) != std::string::npos) throw std::bad_alloc();
    throw_model(file, found, input, outputs);
  }

  void load(const DeviceChoice& wanted, int threads) {
    const bool may_be_own = providers == nullptr;
    if (may_be_own) providers = &linked_providers();
    const std::vector<Device> devices = devices_to_try(wanted.device, providers->available());
    const std::string bytes =
        without_dead_channels(read_file(file, ErrorCode::model, "neural network", kMaxFileBytes));

    // The graph optimiser calculates, and an option of the session alters the mode of this thread.
    const SubnormalsAsZero mode;
    for (Device candidate : devices) {
      try {
        if (candidate == Device::cpu && may_be_own) {
          own = ConvNetwork::read(bytes, input, outputs);
          if (own != nullptr) return;
        }
        open(bytes, candidate == wanted.device ? wanted : candidate, threads);
        return;
      } catch (const Ort::Exception& error) {
        if (candidate == Device::cpu)
          fail(std::string("a file that ONNX Runtime refuses: ") + error.what());
        const std::string reason = std::string(device_word(candidate)) + ": " + error.what();
        if (wanted.device != Device::automatic) {
          throw Error(ErrorCode::usage, "model " + file.string() + " cannot run on device " +
                                            reason + ". Choose --device cpu or auto");
        }
        fallback_reason += (fallback_reason.empty() ? "" : "; ") + reason;
      }
    }
  }

  // Throws Ort::Exception when the device cannot be had.
  void open(const std::string& bytes, const DeviceChoice& choice, int threads) {
    Ort::Env& env = environment();  // before anything else of the runtime
    session =
        Ort::Session(env, bytes.data(), bytes.size(), session_options(choice, threads, *providers));
    // The runtime may accept the device but leave the whole network to the CPU.
    if (choice.device != Device::cpu && !providers->is_used(session, choice.device))
      throw Ort::Exception("it can run no part of the network", ORT_FAIL);
    check_interface();
    device = choice.device;
    if (device != Device::cpu) warm_up();
  }

  void warm_up() const {
    constexpr std::int64_t kAnySize = 64;
    Shape shape = input.shape;
    if (device == Device::tensorrt && std::count(shape.begin(), shape.end(), -1) > 0) return;
    std::replace(shape.begin(), shape.end(), std::int64_t{-1}, kAnySize);
    std::size_t size = 1;
    for (std::int64_t n : shape) size *= static_cast<std::size_t>(n);
    std::vector<float> zeros(size);
    const auto memory = Ort::MemoryInfo::CreateCpu(OrtArenaAllocator, OrtMemTypeDefault);
    Ort::IoBinding binding(session);
    binding.BindInput(
        input.name.c_str(),
        Ort::Value::CreateTensor<float>(memory, zeros.data(), size, shape.data(), shape.size()));
    for (const TensorSpec& output : outputs) binding.BindOutput(output.name.c_str(), memory);
    providers->run(session, Ort::RunOptions(), binding);
    const std::vector<Ort::Value> found = binding.GetOutputValues();
    for (std::size_t i = 0; i < outputs.size(); ++i)
      check_output(i, found[i].GetTensorTypeAndShapeInfo().GetShape());
  }

  void check_output(std::size_t index, std::span<const std::int64_t> shape) const {
    const TensorSpec& expected = outputs[index];
    if (!expected.admits(shape))
      fail("output " + to_string({expected.name, {shape.begin(), shape.end()}}));
  }

  void check_interface() const {
    const Ort::AllocatorWithDefaultOptions allocator;
    if (session.GetInputCount() != 1) fail(std::to_string(session.GetInputCount()) + " inputs");
    if (session.GetOutputCount() != outputs.size())
      fail(std::to_string(session.GetOutputCount()) + " outputs");
    const std::string found_input =
        mismatch(input, session.GetInputNameAllocated(0, allocator).get(),
                 session.GetInputTypeInfo(0), false);
    if (!found_input.empty()) fail("input " + found_input);
    for (std::size_t i = 0; i < outputs.size(); ++i) {
      const std::string found_output =
          mismatch(outputs[i], session.GetOutputNameAllocated(i, allocator).get(),
                   session.GetOutputTypeInfo(i), true);
      if (!found_output.empty()) fail("output " + found_output);
    }
  }
};

std::shared_ptr<const Network> Network::load(const std::filesystem::path& file,
                                             const TensorSpec& input,
                                             const std::vector<TensorSpec>& outputs,
                                             const DeviceChoice& device, int threads,
                                             const Providers* providers) {
  assert(threads >= 1);
  auto impl = std::make_unique<Impl>();
  impl->file = file;
  impl->input = input;
  impl->outputs = outputs;
  impl->providers = providers;
  impl->load(device, threads);
  return std::shared_ptr<const Network>(new Network(std::move(impl)));
}

Network::Network(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Network::~Network() = default;

Device Network::device() const { return impl_->device; }
const std::string& Network::fallback_reason() const { return impl_->fallback_reason; }
const std::filesystem::path& Network::file() const { return impl_->file; }
const TensorSpec& Network::input() const { return impl_->input; }
const std::vector<TensorSpec>& Network::outputs() const { return impl_->outputs; }

const ConvNetwork* Network::own() const { return impl_->own.get(); }
Ort::IoBinding Network::make_binding() const { return Ort::IoBinding(impl_->session); }
void Network::run(const Ort::RunOptions& options, Ort::IoBinding& binding) const {
  impl_->providers->run(impl_->session, options, binding);
}
void Network::check_output(std::size_t index, std::span<const std::int64_t> shape) const {
  impl_->check_output(index, shape);
}
void Network::fail(const std::string& found) const { impl_->fail(found); }

}  // namespace auriga
