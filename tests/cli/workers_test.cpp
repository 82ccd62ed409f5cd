// The number of workers and of batches under way changes no byte of any result.
#include <map>
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

// What a manifest tells without times, memory and threads, and of paths only the names.
std::string lasting_part(const fs::path& file) {
  nlohmann::json manifest = nlohmann::json::parse(read_text(file));
  for (const char* key :
       {"started_utc", "finished_utc", "seconds", "peak_memory_mb", "timings_ms", "workers"})
    EXPECT_EQ(manifest.erase(key), 1u) << key;
  for (auto& output : manifest["outputs"])
    output = fs::path(output.get<std::string>()).filename().string();
  for (auto& written : manifest["written"]) {
    written.erase("modified_ns");
    written["path"] = fs::path(written["path"].get<std::string>()).filename().string();
  }
  return manifest.dump(1);
}

// Every result of a run, by name.
std::map<std::string, std::string> results_in(const fs::path& folder) {
  std::map<std::string, std::string> results;
  for (const auto& entry : fs::directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with("summary.")) continue;  // it has times
    results[name] =
        name.ends_with(".manifest.json") ? lasting_part(entry.path()) : read_text(entry.path());
  }
  return results;
}

struct Way {
  const char* preset;
  int faces;
};
std::ostream& operator<<(std::ostream& out, const Way& way) {
  return out << way.preset << ", faces: " << way.faces;
}

class Workers : public testing::TestWithParam<Way> {
 protected:
  void SetUp() override {
    if (GetParam().preset == std::string("open")) {
      AURIGA_NEEDS_OPEN_PACK();
    } else {
      AURIGA_NEEDS("models/openface-2.2");
      AURIGA_NEEDS("models/onnx");
    }
    fs::create_directories(folder_.path() / "videos");
  }

  std::string folder(const std::string& name) const { return (folder_.path() / name).string(); }

  void ffmpeg(std::vector<std::string> arguments, const std::string& name) {
    std::vector<std::string> command = {"ffmpeg", "-v", "error", "-nostdin"};
    command.insert(command.end(), arguments.begin(), arguments.end());
    command.push_back(folder("videos/" + name));
    const test::Outcome outcome = test::program(command);
    ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  }
  // The first frames as they are in the file.
  void excerpt(const fs::path& video, const std::string& frames) {
    ffmpeg({"-i", video.string(), "-an", "-c", "copy", "-frames:v", frames},
           video.filename().string());
  }

  std::map<std::string, std::string> results(int workers, int in_flight, int exit_code,
                                             const std::vector<std::string>& others = {}) {
    const std::string out = folder(fmt::format("out-{}-{}-{}", workers, in_flight, others.size()));
    std::vector<std::string> command = {"extract",
                                        folder("videos"),
                                        "--out-dir",
                                        out,
                                        "--preset",
                                        GetParam().preset,
                                        "--models",
                                        GetParam().preset == std::string("open")
                                            ? test::open_pack().string()
                                            : (test::test_data() / "models").string(),
                                        "--workers",
                                        std::to_string(workers),
                                        "--hog",
                                        "--quiet"};
    command.insert(command.end(), others.begin(), others.end());
    if (in_flight > 0) command.insert(command.end(), {"--in-flight", std::to_string(in_flight)});
    if (GetParam().preset == std::string("open"))
      command.insert(command.end(), {"--mesh", "--tracked"});
    if (GetParam().faces > 1)
      command.insert(command.end(), {"--multi-face", std::to_string(GetParam().faces)});
    const test::Outcome outcome = test::auriga(command);
    EXPECT_EQ(outcome.exit_code, exit_code) << outcome.err;
    return results_in(out);
  }

  test::TemporaryFolder folder_;
};

TEST_P(Workers, ChangeNothing) {
  if (IsSkipped()) return;
  const bool has_data = fs::exists(test::test_data() / "videos/multi_face.avi");
  int exit_code = 0;
  const fs::path demo = test::repository() / "examples/demo.mp4";
  if (GetParam().faces > 1) {
    // Two of them, of which one comes and goes.
    ffmpeg({"-i", demo.string(), "-filter_complex",
            "[0]split[a][b];[b]hflip,drawbox=t=fill:enable='between(n,16,30)'[c];[a][c]hstack",
            "-frames:v", "56", "-c:v", "mpeg4", "-q:v", "2"},
           "two.avi");
    if (has_data) excerpt(test::test_data() / "videos/multi_face.avi", "24");
  } else {
    fs::copy_file(demo, folder("videos/demo.mp4"));
    // Without a face at the beginning and in between; it is lost and found.
    ffmpeg({"-i", demo.string(), "-vf", "drawbox=t=fill:enable='lt(n,5)+between(n,20,37)'",
            "-frames:v", "60", "-c:v", "mpeg4", "-q:v", "2"},
           "lost.avi");
    // Damaged in the middle: a partial result.
    ffmpeg({"-i", demo.string(), "-frames:v", "40", "-c:v", "mpeg4", "-q:v", "2"}, "damaged.avi");
    std::string bytes = read_text(folder("videos/damaged.avi"));
    for (std::size_t i = bytes.size() / 2; i < bytes.size() / 2 + 4000; ++i)
      bytes[i] = static_cast<char>(i * 37);
    test::write_text(folder("videos/damaged.avi"), bytes);
    exit_code = 1;
    if (has_data)
      for (const char* name : {"2015-10-15-15-14.avi", "changeLighting.wmv", "video01.mp4"})
        excerpt(test::test_data() / "videos" / name, "32");
  }

  const auto one = results(1, 0, exit_code);
  std::size_t tables = 0;
  for (const auto& [name, bytes] : one) {
    if (name.ends_with(".csv")) ++tables;
    EXPECT_FALSE(bytes.empty()) << name;
  }
  const std::size_t videos = GetParam().faces > 1 ? (has_data ? 2 : 1) : (has_data ? 6 : 3);
  EXPECT_EQ(tables, GetParam().preset == std::string("open") ? 2 * videos : videos);
  for (const auto& [workers, in_flight] : std::vector<std::pair<int, int>>{
           {1, 1}, {1, 5}, {2, 0}, {2, 2}, {4, 0}, {4, 3}, {8, 0}, {8, 1}, {8, 31}}) {
    const auto some = results(workers, in_flight, exit_code);
    ASSERT_EQ(some.size(), one.size());
    for (const auto& [name, bytes] : some)
      EXPECT_TRUE(one.contains(name) && bytes == one.at(name))
          << name << " differs with " << workers << " workers and " << in_flight << " batches";
  }
  // Nor does a process for each input.
  for (const auto& options :
       {std::vector<std::string>{"--isolate", "--isolate-memory", "1073741824"},
        {"--isolate", "--isolate-memory", "1073741824", "--jobs", "2"}}) {
    const auto isolated = results(2, 0, exit_code, options);
    ASSERT_EQ(isolated.size(), one.size());
    for (const auto& [name, bytes] : isolated)
      EXPECT_TRUE(one.contains(name) && bytes == one.at(name)) << name << " differs in isolation";
  }
}

INSTANTIATE_TEST_SUITE_P(OfEveryPreset, Workers,
                         testing::Values(Way{"open", 1}, Way{"open", 3}, Way{"openface", 1},
                                         Way{"openface", 3}, Way{"pyfaceau", 1},
                                         Way{"pyfaceau", 3}),
                         [](const auto& test) {
                           return std::string(test.param.preset) +
                                  (test.param.faces > 1 ? "_multi_face" : "");
                         });

}  // namespace
}  // namespace auriga
