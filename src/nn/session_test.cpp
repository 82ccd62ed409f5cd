#include "nn/session.hpp"

#include <array>
#include <cfloat>
#include <cmath>
#include <functional>
#include <limits>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "auriga/error.hpp"

#include "nn/tiny_onnx_test.hpp"
#include "support/golden.hpp"

namespace auriga {
namespace {

using test::TinyOnnx;
using testing::AllOf;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;

using Shape = std::vector<std::int64_t>;

const TensorSpec kInput{"x", {-1, 2}};
const std::vector<TensorSpec> kOutputs{{"y", {-1, 3}}, {"z", {-1, 2}}};

// y = x W + b, z = max(x, 0); x: n x 2.
TinyOnnx small_network() {
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

class SessionTest : public testing::Test {
 protected:
  std::filesystem::path write(const std::string& bytes) {
    const std::filesystem::path file = folder_.path() / "network.onnx";
    test::write_text(file, bytes);
    return file;
  }
  Session open(const std::string& bytes) {
    return Session(write(bytes), kInput, kOutputs, Device::cpu, 1);
  }

  // The message of the Error(model) that `action` has to throw.
  static std::string model_error(const std::function<void()>& action) {
    try {
      action();
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::model) << error.what();
      return error.what();
    }
    ADD_FAILURE() << "accepted";
    return "";
  }

  test::TemporaryFolder folder_;
};

void set(std::span<float> to, const std::vector<float>& from) {
  ASSERT_EQ(to.size(), from.size());
  std::copy(from.begin(), from.end(), to.begin());
}

TEST_F(SessionTest, RunsANetworkForChangingShapes) {
  Session session = open(small_network().model());
  EXPECT_EQ(session.device(), Device::cpu);
  EXPECT_EQ(session.fallback_reason(), "");
  for (int repeat = 0; repeat < 2; ++repeat) {
    set(session.input(Shape{1, 2}), {1, -2});
    session.run();
    EXPECT_THAT(session.output(0), ElementsAre(-18.5f, -38.0f, -57.5f));
    EXPECT_THAT(session.output(1), ElementsAre(1.0f, 0.0f));
    // The second run of a shape writes to kept buffers.
    set(session.input(Shape{1, 2}), {0, 1});
    session.run();
    EXPECT_THAT(session.output(0), ElementsAre(10.5f, 20.0f, 29.5f));
    EXPECT_THAT(session.output(1), ElementsAre(0.0f, 1.0f));

    set(session.input(Shape{3, 2}), {1, 0, 0, 1, -1, -1});
    session.run();
    EXPECT_THAT(session.output(0),
                ElementsAre(1.5f, 2, 2.5f, 10.5f, 20, 29.5f, -10.5f, -22, -33.5f));
    EXPECT_THAT(session.output(1), ElementsAre(1, 0, 0, 1, 0, 0));
    session.release_memory(Shape{2, 2});
  }
}

TEST_F(SessionTest, KeepsItsBuffersWhileTheShapeStays) {
  Session session = open(small_network().model());
  const float* input = session.input(Shape{4, 2}).data();
  session.run();
  const float* output = session.output(0).data();
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(session.input(Shape{4, 2}).data(), input);
    session.run();
    EXPECT_EQ(session.output(0).data(), output);
  }
}

TEST_F(SessionTest, GivesTheSameWithTwoThreads) {
  const std::filesystem::path file = write(small_network().model());
  Session one(file, kInput, kOutputs, Device::cpu, 1), two(file, kInput, kOutputs, Device::cpu, 2);
  for (Session* session : {&one, &two}) {
    std::span<float> x = session->input(Shape{500, 2});
    for (std::size_t i = 0; i < x.size(); ++i) x[i] = std::sin(static_cast<float>(i));
    session->run();
  }
  EXPECT_THAT(two.output(0), testing::ElementsAreArray(one.output(0)));
}

TEST_F(SessionTest, PassesNanOn) {
  Session session = open(small_network().model());
  set(session.input(Shape{1, 2}), {std::numeric_limits<float>::quiet_NaN(), 0});
  session.run();
  EXPECT_TRUE(std::isnan(session.output(0)[0]));
}

// A subnormal weight times 1e30 would be 1e-9.
TEST_F(SessionTest, CountsSubnormalsAsZeroInAnyThreadAndLeavesTheCallerAlone) {
  TinyOnnx network;
  network.input("x", {-1, 2});
  network.output("y", {-1, 3});
  network.output("z", {-1, 2});
  network.tensor("w", {2, 3}, std::vector<float>(6, 1e-39f));
  network.node("MatMul", {"x", "w"}, "y");
  network.node("Relu", {"x"}, "z");
  Session session = open(network.model());
  const auto check = [&session] {
    set(session.input(Shape{1, 2}), {1e30f, 1e30f});
    session.run();
    EXPECT_THAT(session.output(0), Each(0.0f));
    volatile float smallest = FLT_MIN;
    smallest = smallest / 2;
    EXPECT_GT(smallest, 0.0f);
  };
  check();
  std::thread(check).join();
}

TEST_F(SessionTest, RefusesNetworksThatDiffer) {
  const std::filesystem::path file = write(small_network().model());
  const auto error = [&](const TensorSpec& input, const std::vector<TensorSpec>& outputs) {
    return model_error([&] { Session(file, input, outputs, Device::cpu, 1); });
  };
  EXPECT_THAT(
      error({"q", {-1, 2}}, kOutputs),
      AllOf(HasSubstr(file.string()), HasSubstr("'q' float anyx2"), HasSubstr("'x' float anyx2")));
  EXPECT_THAT(error({"x", {-1, 5}}, kOutputs),
              AllOf(HasSubstr("'x' float anyx5"), HasSubstr("'x' float anyx2")));
  EXPECT_THAT(error({"x", {-1, -1}}, kOutputs), HasSubstr("found input 'x' float anyx2"));
  EXPECT_THAT(error({"x", {2}}, kOutputs), HasSubstr("found input 'x' float anyx2"));
  EXPECT_THAT(error(kInput, {{"y", {-1, 3}}}), HasSubstr("2 outputs"));
  EXPECT_THAT(error(kInput, {{"z", {-1, 2}}, {"y", {-1, 3}}}),
              HasSubstr("found output 'y' float anyx3"));
  EXPECT_THAT(error(kInput, {{"y", {-1, 4}}, {"z", {-1, 2}}}),
              HasSubstr("found output 'y' float anyx3"));

  TinyOnnx integers;
  integers.input("x", {-1, 2}, TinyOnnx::kInt64);
  integers.output("y", {-1, 2}, TinyOnnx::kInt64);
  integers.node("Identity", {"x"}, "y");
  EXPECT_THAT(model_error([&] { open(integers.model()); }), HasSubstr("outputs"));
  EXPECT_THAT(model_error([&] {
                Session(write(integers.model()), kInput, {{"y", {-1, 2}}}, Device::cpu, 1);
              }),
              HasSubstr("'x', which is not float"));

  TinyOnnx two_inputs = small_network();
  two_inputs.input("extra", {1});
  EXPECT_THAT(model_error([&] { open(two_inputs.model()); }), HasSubstr("2 inputs"));
}

TEST_F(SessionTest, RefusesAnOutputThatTurnsOutToBeOfAnotherShape) {
  TinyOnnx network;
  network.input("x", {-1, 2});
  network.output("y", {-1});
  network.node("Unique", {"x"}, "y");  // its length depends on the values
  Session session(write(network.model()), kInput, {{"y", {3}}}, Device::cpu, 1);
  const Shape shape{2, 2};
  set(session.input(shape), {1, 5, 3, 5});
  session.run();
  EXPECT_THAT(session.output(0), ElementsAre(1, 3, 5));
  set(session.input(Shape{3, 2}), {1, 1, 1, 1, 1, 2});
  for (int repeat = 0; repeat < 2; ++repeat) {
    EXPECT_THAT(model_error([&] { session.run(); }), HasSubstr("found output 'y' float 2"));
  }
  // A change without a change of the input shape does not fit the kept buffer.
  set(session.input(shape), {1, 5, 3, 5});
  session.run();
  set(session.input(shape), {1, 1, 1, 1});
  EXPECT_THAT(model_error([&] { session.run(); }), HasSubstr("fails"));
}

TEST_F(SessionTest, RefusesDamagedFilesWithoutPrinting) {
  const std::string whole = small_network().model();
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  for (std::size_t size = 0; size < whole.size(); ++size) {
    SCOPED_TRACE(size);
    const std::string message = model_error([&] { open(whole.substr(0, size)); });
    EXPECT_THAT(message, AllOf(HasSubstr("network.onnx"), HasSubstr("'x' float anyx2")));
  }
  for (const char* text : {"{\"not\": \"a network\"}", "#!/bin/sh\n", "PK\x03\x04"}) {
    EXPECT_THAT(model_error([&] { open(text); }), HasSubstr("network.onnx"));
  }
  EXPECT_EQ(testing::internal::GetCapturedStdout(), "");
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

TEST_F(SessionTest, RefusesWhatIsNoFile) {
  for (const std::filesystem::path& file : {folder_.path() / "missing.onnx", folder_.path()}) {
    EXPECT_THAT(model_error([&] { Session(file, kInput, kOutputs, Device::cpu, 1); }),
                HasSubstr(file.string()));
  }
}

TEST_F(SessionTest, RefusesTruncatedModels) {
  for (const char* name : {"models/onnx/pfld.onnx", "models/onnx/retinaface_mobilenet025.onnx"}) {
    AURIGA_NEEDS(name);
    const std::string whole = test::read_text(test::test_data() / name);
    for (std::size_t size :
         {std::size_t{1}, std::size_t{100}, whole.size() / 3, whole.size() - 2000,
          whole.size() - 20, whole.size() - 4, whole.size() - 1}) {
      SCOPED_TRACE(testing::Message() << name << " " << size);
      model_error([&] { open(whole.substr(0, size)); });
    }
  }
}

TEST_F(SessionTest, ReportsADeviceThatCannotBeHad) {
  const std::vector<Device> available = available_devices();
  if (available.size() > 1) GTEST_SKIP() << "this build of ONNX Runtime has accelerators";
  const std::filesystem::path file = write(small_network().model());
  EXPECT_EQ(Session(file, kInput, kOutputs, Device::automatic, 1).device(), Device::cpu);
  try {
    Session(file, kInput, kOutputs, Device::cuda, 1);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::usage);
    EXPECT_THAT(error.what(), HasSubstr("cuda"));
  }
}

}  // namespace
}  // namespace auriga
