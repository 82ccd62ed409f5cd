#include "nn/session.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

#include <onnxruntime_cxx_api.h>
#include <onnxruntime_run_options_config_keys.h>
#include <onnxruntime_session_options_config_keys.h>
#if defined(__x86_64__)
#include <immintrin.h>
#endif

#include "auriga/error.hpp"

#include "base/file.hpp"
#include "nn/dead_channels.hpp"
#include "nn/providers.hpp"

namespace auriga {
namespace {

using Shape = std::vector<std::int64_t>;

// A network of this project has a few MB.
constexpr std::size_t kMaxFileBytes = std::size_t{1} << 28;

// While it lives, the calling thread treats subnormal operands and results as zero. ONNX Runtime's
// own option would leave the mode on in the thread that creates the session and off in any other
// that runs it.
class SubnormalsAsZero {
 public:
#if defined(__x86_64__)
  SubnormalsAsZero() : saved_(_mm_getcsr()) { _mm_setcsr(saved_ | 0x8040); }  // FTZ | DAZ
  ~SubnormalsAsZero() { _mm_setcsr(saved_); }
#elif defined(__aarch64__)
  SubnormalsAsZero() {
    __asm__ volatile("mrs %0, fpcr" : "=r"(saved_));
    write(saved_ | (std::uint64_t{1} << 24));  // FZ
  }
  ~SubnormalsAsZero() { write(saved_); }
#else
  SubnormalsAsZero() {}
  ~SubnormalsAsZero() {}
#endif
  SubnormalsAsZero(const SubnormalsAsZero&) = delete;
  SubnormalsAsZero& operator=(const SubnormalsAsZero&) = delete;

 private:
#if defined(__x86_64__)
  unsigned saved_;
#elif defined(__aarch64__)
  static void write(std::uint64_t mode) { __asm__ volatile("msr fpcr, %0" : : "r"(mode)); }
  std::uint64_t saved_ = 0;
#endif
};

void ORT_API_CALL discard_log(void*, OrtLoggingLevel, const char*, const char*, const char*,
                              const char*) {}

// Shared by all sessions, with an arena that grows by what is asked for, not in powers of two.
Ort::Env& environment() {
  static Ort::Env env = [] {
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

bool agrees(std::span<const std::int64_t> shape, std::span<const std::int64_t> expected) {
  return std::equal(
      shape.begin(), shape.end(), expected.begin(), expected.end(),
      [](std::int64_t is, std::int64_t should) { return should < 0 || is == should; });
}

}  // namespace

struct Session::Impl {
  std::filesystem::path file;
  TensorSpec input;
  std::vector<TensorSpec> outputs;
  const Providers* providers = nullptr;
  Device device = Device::cpu;
  std::string fallback_reason;

  Ort::Session session{nullptr};
  Ort::IoBinding binding{nullptr};
  Ort::RunOptions plain_run;
  Ort::MemoryInfo memory = Ort::MemoryInfo::CreateCpu(OrtArenaAllocator, OrtMemTypeDefault);
  Shape input_shape;
  std::vector<float> input_values;
  std::vector<std::vector<float>> output_values;
  bool are_outputs_bound = false;  // to output_values; not before the first run of a shape

  [[noreturn]] void fail(const std::string& found) const {
    throw_model(file, found, input, outputs);
  }

  void load(const DeviceChoice& wanted, int threads) {
    const std::vector<Device> devices = devices_to_try(wanted.device, providers->available());
    const std::string bytes =
        without_dead_channels(read_file(file, ErrorCode::model, "neural network", kMaxFileBytes));

    // The graph optimiser calculates, and the option above alters the mode of this thread.
    const SubnormalsAsZero mode;
    for (Device candidate : devices) {
      try {
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
    binding = Ort::IoBinding(nullptr);  // of the device before
    input_shape.clear();
    session = Ort::Session(environment(), bytes.data(), bytes.size(),
                           session_options(choice, threads, *providers));
    // The runtime may accept the device but leave the whole network to the CPU.
    if (choice.device != Device::cpu && !providers->is_used(session, choice.device))
      throw Ort::Exception("it can run no part of the network", ORT_FAIL);
    check_interface();
    binding = Ort::IoBinding(session);
    device = choice.device;
    if (device != Device::cpu) warm_up();
  }

  void warm_up() {
    constexpr std::int64_t kAnySize = 64;
    Shape shape = input.shape;
    if (device == Device::tensorrt && std::count(shape.begin(), shape.end(), -1) > 0) return;
    std::replace(shape.begin(), shape.end(), std::int64_t{-1}, kAnySize);
    const std::span<float> values = bind_input(shape);
    std::fill(values.begin(), values.end(), 0.0f);
    run_bound(plain_run);
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

  std::span<float> bind_input(std::span<const std::int64_t> shape) {
    assert(agrees(shape, input.shape));
    if (!std::equal(shape.begin(), shape.end(), input_shape.begin(), input_shape.end())) {
      std::size_t size = 1;
      for (std::int64_t n : shape) size *= static_cast<std::size_t>(n);
      are_outputs_bound = false;
      binding.ClearBoundInputs();
      binding.ClearBoundOutputs();
      if (size > input_values.capacity()) input_values = {};  // not the old beside the new
      input_values.resize(size);
      binding.BindInput(input.name.c_str(),
                        Ort::Value::CreateTensor<float>(memory, input_values.data(), size,
                                                        shape.data(), shape.size()));
      input_shape.assign(shape.begin(), shape.end());
    }
    return input_values;
  }

  void run(const Ort::RunOptions& run_options) {
    assert(!input_shape.empty());
    const SubnormalsAsZero mode;
    try {
      run_bound(run_options);
    } catch (const Ort::Exception& error) {
      fail(std::string("a network that fails: ") + error.what());
    }
  }

  // May throw Ort::Exception.
  void run_bound(const Ort::RunOptions& run_options) {
    if (!are_outputs_bound) {
      for (const TensorSpec& output : outputs) binding.BindOutput(output.name.c_str(), memory);
    }
    providers->run(session, run_options, binding);
    if (!are_outputs_bound) adopt_outputs();
  }

  // After the first run of a shape, for which the runtime allocated the outputs: moves them to
  // buffers of our own, to which later runs write. Left in the runtime's arena they would make it
  // grow at the second run.
  void adopt_outputs() {
    const std::vector<Ort::Value> found = binding.GetOutputValues();
    binding.ClearBoundOutputs();
    for (std::size_t i = 0; i < outputs.size(); ++i) {
      const auto info = found[i].GetTensorTypeAndShapeInfo();
      const Shape shape = info.GetShape();
      if (!agrees(shape, outputs[i].shape)) fail("output " + to_string({outputs[i].name, shape}));
      const float* values = found[i].GetTensorData<float>();
      output_values[i].assign(values, values + info.GetElementCount());
      binding.BindOutput(
          outputs[i].name.c_str(),
          Ort::Value::CreateTensor<float>(memory, output_values[i].data(), output_values[i].size(),
                                          shape.data(), shape.size()));
    }
    are_outputs_bound = true;
  }
};

Session::Session(const std::filesystem::path& file, const TensorSpec& input,
                 const std::vector<TensorSpec>& outputs, const DeviceChoice& device, int threads,
                 const Providers* providers)
    : impl_(std::make_unique<Impl>()) {
  assert(threads >= 1);
  impl_->file = file;
  impl_->input = input;
  impl_->outputs = outputs;
  impl_->providers = providers != nullptr ? providers : &linked_providers();
  impl_->output_values.resize(outputs.size());
  impl_->load(device, threads);
}

Session::~Session() = default;
Session::Session(Session&&) noexcept = default;
Session& Session::operator=(Session&&) noexcept = default;

std::span<float> Session::input(std::span<const std::int64_t> shape) {
  return impl_->bind_input(shape);
}
void Session::run() { impl_->run(impl_->plain_run); }

void Session::release_memory(std::span<const std::int64_t> small_shape) {
  Ort::RunOptions run_options;
  if (impl_->device == Device::cpu)
    run_options.AddConfigEntry(kOrtRunOptionsConfigEnableMemoryArenaShrinkage, "cpu:0");
  impl_->bind_input(small_shape);
  impl_->run(run_options);
}

std::span<const float> Session::output(std::size_t index) const {
  return impl_->output_values.at(index);
}
Device Session::device() const { return impl_->device; }
const std::string& Session::fallback_reason() const { return impl_->fallback_reason; }
const std::filesystem::path& Session::file() const { return impl_->file; }

}  // namespace auriga
