#include "nn/network.hpp"

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "auriga/error.hpp"

#include "nn/fake_network.hpp"
#include "nn/runner.hpp"
#include "support/golden.hpp"

namespace auriga {
namespace {

using test::kSmallInput;
using test::kSmallOutputs;
using test::model_error;
using test::NetworkFile;
using test::small_network;
using test::TinyOnnx;
using testing::AllOf;
using testing::HasSubstr;

TEST(Network, RefusesNetworksThatDiffer) {
  NetworkFile file;
  const auto error = [&](const TensorSpec& input, const std::vector<TensorSpec>& outputs) {
    return model_error([&] { file.load(small_network().model(), input, outputs); });
  };
  EXPECT_THAT(error({"q", {-1, 2}}, kSmallOutputs),
              AllOf(HasSubstr(file.path().string()), HasSubstr("'q' float anyx2"),
                    HasSubstr("'x' float anyx2")));
  EXPECT_THAT(error({"x", {-1, 5}}, kSmallOutputs),
              AllOf(HasSubstr("'x' float anyx5"), HasSubstr("'x' float anyx2")));
  EXPECT_THAT(error({"x", {-1, -1}}, kSmallOutputs), HasSubstr("found input 'x' float anyx2"));
  EXPECT_THAT(error({"x", {2}}, kSmallOutputs), HasSubstr("found input 'x' float anyx2"));
  EXPECT_THAT(error(kSmallInput, {{"y", {-1, 3}}}), HasSubstr("2 outputs"));
  EXPECT_THAT(error(kSmallInput, {{"z", {-1, 2}}, {"y", {-1, 3}}}),
              HasSubstr("found output 'y' float anyx3"));
  EXPECT_THAT(error(kSmallInput, {{"y", {-1, 4}}, {"z", {-1, 2}}}),
              HasSubstr("found output 'y' float anyx3"));

  TinyOnnx integers;
  integers.input("x", {-1, 2}, TinyOnnx::kInt64);
  integers.output("y", {-1, 2}, TinyOnnx::kInt64);
  integers.node("Identity", {"x"}, "y");
  EXPECT_THAT(model_error([&] { file.load(integers.model()); }), HasSubstr("outputs"));
  EXPECT_THAT(model_error([&] {
                file.load(integers.model(), kSmallInput, {{"y", {-1, 2}}});
              }),
              HasSubstr("'x', which is not float"));

  TinyOnnx two_inputs = small_network();
  two_inputs.input("extra", {1});
  EXPECT_THAT(model_error([&] { file.load(two_inputs.model()); }), HasSubstr("2 inputs"));
}

TEST(Network, RefusesDamagedFilesWithoutPrinting) {
  NetworkFile file;
  const std::string whole = small_network().model();
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  for (std::size_t size = 0; size < whole.size(); ++size) {
    SCOPED_TRACE(size);
    const std::string message = model_error([&] { file.load(whole.substr(0, size)); });
    EXPECT_THAT(message, AllOf(HasSubstr("network.onnx"), HasSubstr("'x' float anyx2")));
  }
  for (const char* text : {"{\"not\": \"a network\"}", "#!/bin/sh\n", "PK\x03\x04"}) {
    EXPECT_THAT(model_error([&] { file.load(text); }), HasSubstr("network.onnx"));
  }
  EXPECT_EQ(testing::internal::GetCapturedStdout(), "");
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

TEST(Network, RefusesWhatIsNoFile) {
  const test::TemporaryFolder folder;
  for (const std::filesystem::path& file : {folder.path() / "missing.onnx", folder.path()}) {
    EXPECT_THAT(
        model_error([&] { Network::load(file, kSmallInput, kSmallOutputs, Device::cpu, 1); }),
        HasSubstr(file.string()));
  }
}

TEST(Network, RefusesTruncatedModels) {
  NetworkFile file;
  for (const char* name : {"models/onnx/pfld.onnx", "models/onnx/retinaface_mobilenet025.onnx"}) {
    AURIGA_NEEDS(name);
    const std::string whole = test::read_text(test::test_data() / name);
    for (std::size_t size :
         {std::size_t{1}, std::size_t{100}, whole.size() / 3, whole.size() - 2000,
          whole.size() - 20, whole.size() - 4, whole.size() - 1}) {
      SCOPED_TRACE(testing::Message() << name << " " << size);
      model_error([&] { file.load(whole.substr(0, size)); });
    }
  }
}

TEST(Network, ReportsADeviceThatCannotBeHad) {
  const std::vector<Device> available = available_devices();
  if (available.size() > 1) GTEST_SKIP() << "this build of ONNX Runtime has accelerators";
  NetworkFile file;
  const auto load = [&](Device device) {
    return file.load(small_network().model(), kSmallInput, kSmallOutputs, device);
  };
  EXPECT_EQ(load(Device::automatic)->device(), Device::cpu);
  try {
    load(Device::cuda);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::usage);
    EXPECT_THAT(error.what(), HasSubstr("cuda"));
  }
}

// Ends the process: 0 if ORT_DISABLE_TELEMETRY is `expected` once the first network has run, and
// nothing of the runtime lies in the temporary folder. `host`: what it was before; null: not set.
[[noreturn]] void run_first_network(const char* host, const std::string& expected) {
  const test::TemporaryFolder folder;
  setenv("TMPDIR", folder.path().c_str(), 1);
  if (host != nullptr)
    setenv("ORT_DISABLE_TELEMETRY", host, 1);
  else
    unsetenv("ORT_DISABLE_TELEMETRY");
  Runner runner(NetworkFile().load(small_network().model()));
  const char* found = std::getenv("ORT_DISABLE_TELEMETRY");
  const bool is_empty = std::filesystem::is_empty(folder.path());
  std::_Exit(found == nullptr || found != expected ? 1 : (host == nullptr && !is_empty) ? 2 : 0);
}

// In processes of their own, for the runtime looks at the environment once.
TEST(NetworkDeathTest, KeepsTheRuntimeFromReportingUnlessTheHostHasDecided) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(run_first_network(nullptr, "1"), testing::ExitedWithCode(0), "");
  EXPECT_EXIT(run_first_network("0", "0"), testing::ExitedWithCode(0), "");
  EXPECT_EXIT(run_first_network("", ""), testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace auriga
