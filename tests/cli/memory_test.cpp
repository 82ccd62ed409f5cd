// Memory is bounded in bytes: whatever the sizes of frames, the length of a video and the number of
// inputs at a time.
#include <algorithm>
#include <string>
#include <vector>

#include <fmt/core.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "cli/command.hpp"
#include "support/golden.hpp"

namespace auriga {
namespace {

namespace fs = std::filesystem;
using test::read_text;

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kMeasures = false;  // sanitizers need memory of their own
#else
constexpr bool kMeasures = true;
#endif

class Memory : public testing::Test {
 protected:
  void SetUp() override {
    AURIGA_NEEDS_OPEN_PACK();
    if (!kMeasures) GTEST_SKIP() << "the memory of sanitizers is not ours";
  }
  std::string at(const std::string& name) const { return (folder_.path() / name).string(); }

  void ffmpeg(std::vector<std::string> arguments) {
    std::vector<std::string> command = {"ffmpeg", "-v", "error", "-nostdin"};
    command.insert(command.end(), arguments.begin(), arguments.end());
    const test::Outcome outcome = test::program(command);
    ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  }

  // Peak of a run over these inputs, MB, as its last manifest has it.
  double peak_mb(std::vector<std::string> inputs, std::vector<std::string> options = {}) {
    std::vector<std::string> command = {"extract"};
    command.insert(command.end(), inputs.begin(), inputs.end());
    command.insert(command.end(), {"--preset", "open", "--models", test::open_pack().string(),
                                   "--out-dir", at("out"), "--quiet"});
    command.insert(command.end(), options.begin(), options.end());
    const test::Outcome outcome = test::auriga(command);
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    double most = 0;
    frames_ = 0;
    for (const auto& entry : fs::directory_iterator(at("out"))) {
      if (!entry.path().string().ends_with(".manifest.json")) continue;
      const nlohmann::json manifest = nlohmann::json::parse(read_text(entry.path()));
      most = std::max(most, manifest.at("peak_memory_mb").get<double>());
      frames_ += manifest.at("counts").at("frames").get<int>();
    }
    fs::remove_all(at("out"));
    EXPECT_GT(most, 20);
    return most;
  }

  const std::string demo_ = (test::repository() / "examples/demo.mp4").string();
  test::TemporaryFolder folder_;
  int frames_ = 0;  // of the last run, all inputs together
};

TEST_F(Memory, PicturesMayBecomeLargeInTheMiddleOfASequence) {
  if (IsSkipped()) return;
  for (const char* ending : {"jpg", "png"}) {
    const std::string folder = at(std::string("mixed_") + ending);
    fs::create_directory(folder);
    ffmpeg({"-i", demo_, "-frames:v", "1", "-vf", "scale=320:-2", folder + "/0." + ending});
    ffmpeg({"-i", demo_, "-frames:v", "1", "-vf", "scale=6000:4000", folder + "/1." + ending});
    for (const char* name : {"2", "3", "4", "5"})
      fs::copy_file(folder + "/1." + ending, folder + "/" + name + "." + ending);
    EXPECT_LT(peak_mb({folder}, {"--workers", "1"}), 350) << ending;
    EXPECT_EQ(frames_, 6);
    // Fewer batches than threads ask for: the schedule begins anew with them.
    EXPECT_LT(peak_mb({folder}, {"--workers", "6"}), 700) << ending;
    EXPECT_EQ(frames_, 6);
  }
}

TEST_F(Memory, OfA4kVideoIsSmall) {
  if (IsSkipped()) return;
  ffmpeg({"-i", demo_, "-frames:v", "24", "-vf", "scale=3840:2160", "-c:v", "libx264", "-preset",
          "ultrafast", at("large.mp4")});
  EXPECT_LT(peak_mb({at("large.mp4")}, {"--workers", "1"}), 350);
}

TEST_F(Memory, DoesNotGrowWithTheLengthOfAVideo) {
  if (IsSkipped()) return;
  ffmpeg({"-stream_loop", "9", "-i", demo_, "-c", "copy", at("longer.mp4")});
  const double once = peak_mb({demo_}), ten_times = peak_mb({at("longer.mp4")});
  EXPECT_LT(ten_times, once + 15) << once;
}

// Models are shared: a job costs its frames and its people.
TEST_F(Memory, OfFurtherJobsIsSmall) {
  if (IsSkipped()) return;
  std::vector<std::string> videos;
  for (const char* name : {"a", "b", "c", "d"}) {
    videos.push_back(at(std::string(name) + ".mp4"));
    fs::copy_file(demo_, videos.back());
  }
  const double one = peak_mb(videos, {"--jobs", "1", "--workers", "4"}),
               four = peak_mb(videos, {"--jobs", "4", "--workers", "4"});
  EXPECT_LT(four, one + 3 * 30) << one;
}

}  // namespace
}  // namespace auriga
