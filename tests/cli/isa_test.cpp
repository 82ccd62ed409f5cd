// The whole program on every instruction set that this machine has: the results have the same
// bytes.
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "cli/command.hpp"
#include "support/golden.hpp"

namespace auriga::test {
namespace {

std::vector<std::string> runnable() {
  const Outcome run = auriga({"doctor", "--quick", "--json"});
  return nlohmann::json::parse(run.out)["kernels"]["runnable"];
}

// Runs `auriga extract` on the demo with these arguments on each.
void expect_same_bytes(const std::vector<std::string>& more) {
  const std::vector<std::string> isas = runnable();
  if (isas.size() < 2) GTEST_SKIP() << "this machine or build has only '" << isas.front() << "'";
  TemporaryFolder folder;
  std::string expected;
  for (const std::string& isa : isas) {
    const std::string table = (folder.path() / "out.csv").string();
    std::vector<std::string> arguments = {"extract", (repository() / "examples/demo.mp4").string(),
                                          "-o",      table,
                                          "--quiet", "--full-precision"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const Outcome run = auriga(arguments, {"AURIGA_ISA=" + isa});
    ASSERT_EQ(run.exit_code, 0) << run.err;
    EXPECT_EQ(nlohmann::json::parse(read_text(folder.path() / "out.manifest.json"))["kernels"],
              isa);
    const std::string bytes = read_text(table) + read_text(folder.path() / "out.hog");
    if (expected.empty()) expected = bytes;
    EXPECT_TRUE(bytes == expected) << isa;
  }
  EXPECT_GT(expected.size(), 90u * 17872u);
}

TEST(InstructionSets, TheOpenModelsGiveTheSameBytes) {
  AURIGA_NEEDS_OPEN_PACK();
  expect_same_bytes({"--models", open_pack().string(), "--preset", "open", "--hog", "--mesh"});
}

TEST(InstructionSets, TheModelsOfOpenFaceGiveTheSameBytes) {
  AURIGA_NEEDS("models/openface-2.2");
  for (const char* preset : {"openface", "pyfaceau"}) {
    SCOPED_TRACE(preset);
    expect_same_bytes({"--models", (test_data() / "models").string(), "--preset", preset, "--hog"});
  }
}

}  // namespace
}  // namespace auriga::test
