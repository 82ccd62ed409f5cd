// For tests: a small network, and the errors that loading and running give.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "auriga/error.hpp"

#include "nn/fake_onnx.hpp"
#include "nn/network.hpp"
#include "support/golden.hpp"

namespace auriga::test {

inline const TensorSpec kSmallInput{"x", {-1, 2}};
inline const std::vector<TensorSpec> kSmallOutputs{{"y", {-1, 3}}, {"z", {-1, 2}}};

// y = x W + b, z = max(x, 0); x: n x 2.
inline TinyOnnx small_network() {
  TinyOnnx network;
  network.input("x", {-1, 2});
  network.output("y", {-1, 3});
  network.output("z", {-1, 2});
  network.tensor("w", {2, 3}, {1, 2, 3, 10, 20, 30});
  network.tensor("b", {3}, {0.5f, 0, -0.5f});
  network.node("Gemm", {"x", "w", "b"}, "y");
  network.node("Relu", {"x"}, "z");
  return network;
}

// The message of the Error(model) that `action` has to throw.
inline std::string model_error(const std::function<void()>& action) {
  try {
    action();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::model) << error.what();
    return error.what();
  }
  ADD_FAILURE() << "accepted";
  return "";
}

// Writes networks to a file and loads them.
class NetworkFile {
 public:
  const std::filesystem::path& path() const { return file_; }
  std::shared_ptr<const Network> load(const std::string& bytes,
                                      const TensorSpec& input = kSmallInput,
                                      const std::vector<TensorSpec>& outputs = kSmallOutputs,
                                      const DeviceChoice& device = Device::cpu, int threads = 1) {
    write_text(file_, bytes);
    return Network::load(file_, input, outputs, device, threads);
  }

 private:
  TemporaryFolder folder_;
  std::filesystem::path file_ = folder_.path() / "network.onnx";
};

}  // namespace auriga::test
