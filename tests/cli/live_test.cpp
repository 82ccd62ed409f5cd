// `auriga live` against other people's programs, and whatever befalls it.
#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <nlohmann/json.hpp>
#include <sys/socket.h>
#include <unistd.h>

#include "cli/command.hpp"
#include "support/dead_process.hpp"
#include "support/golden.hpp"
#include "support/live_schema.hpp"

namespace auriga {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using namespace nlohmann::literals;
using test::Outcome;
using test::read_text;
using testing::HasSubstr;
using testing::Not;

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kIsAsFastAsBuilt = false;
#else
constexpr bool kIsAsFastAsBuilt = true;
#endif

#define AURIGA_NEEDS_PROGRAM(check, name)                                   \
  do {                                                                      \
    if (test::program({"sh", "-c", check}).exit_code != 0)                  \
      GTEST_SKIP() << name << " is not installed; ./dev setup installs it"; \
  } while (false)

// A port that nobody listens at.
int free_port(int type = SOCK_STREAM) {
  const int one = socket(AF_INET, type, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  if (bind(one, reinterpret_cast<sockaddr*>(&address), size) != 0 ||
      getsockname(one, reinterpret_cast<sockaddr*>(&address), &size) != 0)
    return 0;
  close(one);
  return ntohs(address.sin_port);
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);)
    if (!line.empty()) lines.push_back(line);
  return lines;
}

class LiveCommand : public testing::Test {
 protected:
  void SetUp() override { AURIGA_NEEDS_OPEN_PACK(); }

  std::string at(const std::string& name) const { return (folder_.path() / name).string(); }

  // A shell script in the folder of the test, with `live` for the command.
  Outcome shell(const std::string& script, std::vector<std::string> environment = {}) {
    environment.insert(environment.end(), {"AURIGA=" + std::string(AURIGA_COMMAND), "DEMO=" + demo_,
                                           "MODELS=" + test::open_pack().string(),
                                           "HERE=" + (test::repository() / "tests/live").string(),
                                           "NODE_PATH=/usr/share/nodejs"});
    return test::program(
        {"bash", "-c",
         "cd '" + folder_.path().string() +
             "'\nlive() { timeout -s KILL 100 \"$AURIGA\" live \"$@\" --preset open --models "
             "\"$MODELS\"; }\n" +
             script},
        environment);
  }
  // The lines of a file, each held against the schema.
  std::vector<json> checked_lines(const std::string& text) {
    std::vector<json> all;
    for (const std::string& line : lines_of(text)) {
      all.push_back(json::parse(line));
      EXPECT_EQ(test::violation(schema_, all.back()), "");
    }
    return all;
  }

  const std::string demo_ = (test::repository() / "examples/demo.mp4").string();
  const json schema_ = test::live_schema();
  test::TemporaryFolder folder_;
};

TEST_F(LiveCommand, TableIsThatOfTheVideoAndLinesAreOneAFrame) {
  const Outcome run = shell(
      "live $DEMO -o live.csv --ndjson live.ndjson &&"
      "\"$AURIGA\" extract $DEMO -o video.csv --preset open --models $MODELS --quiet &&"
      "cmp live.csv video.csv");
  ASSERT_EQ(run.exit_code, 0) << run.err;
  EXPECT_THAT(run.err, HasSubstr("90 frames, face followed in 90, 0 lost"));
  EXPECT_THAT(run.err, HasSubstr("sent against final values in the first 10 s: 90 rows"));
  const std::vector<json> lines = checked_lines(read_text(at("live.ndjson")));
  ASSERT_EQ(lines.size(), 90u);
  double before = 0;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    EXPECT_EQ(lines[i]["frame"], i);
    EXPECT_NEAR(lines[i]["captured_s"], static_cast<double>(i) / 30, 1e-4);
    EXPECT_GE(lines[i]["sent_unix_s"], lines[i]["captured_unix_s"]);
    EXPECT_GE(lines[i]["sent_unix_s"].get<double>(), before);
    before = lines[i]["sent_unix_s"];
    EXPECT_EQ(lines[i]["lost"], 0);
    EXPECT_EQ(lines[i]["neutral"], "running");
  }
  const json manifest = json::parse(read_text(at("live.manifest.json")));
  EXPECT_EQ(manifest["status"], "complete");
  EXPECT_EQ(manifest["input"]["pixels"]["shown"], "square");
  EXPECT_EQ(manifest["counts"]["rows"], 90);
  EXPECT_THAT(manifest["notes"].dump(), HasSubstr("0 frames of the source were not"));
}

TEST_F(LiveCommand, RemovesWhatAKilledRunLeft) {
  std::vector<std::string> parts;
  for (const char* name : {"live.csv", "live.manifest.json", "live_online.csv", "live.mp4"})
    parts.push_back(test::part_of_dead_process(at(name)).string());
  for (const std::string& part : parts) test::write_text(part, "half");
  const Outcome run = shell("live $DEMO --seconds 0.2 -o live.csv --record live.mp4");
  ASSERT_EQ(run.exit_code, 0) << run.err;
  for (const std::string& part : parts) EXPECT_FALSE(fs::exists(part)) << part;
}

// The comparison beside the table, computed once more from what was sent and the table.
TEST_F(LiveCommand, ComparesWhatWasSentWithTheTable) {
  ASSERT_EQ(shell("live $DEMO -o live.csv --ndjson live.ndjson --quiet").exit_code, 0);
  const std::vector<json> lines = checked_lines(read_text(at("live.ndjson")));
  const test::Table table(at("live.csv")), online(at("live_online.csv"));
  ASSERT_EQ(table.rows(), lines.size());
  for (std::size_t row = 0; row < online.rows(); ++row) {
    const std::string unit = online.text(row, "unit");
    const std::string kind = unit.ends_with("_r") ? "au_r" : "au_c";
    double difference = 0, equal = 0;
    for (std::size_t i = 0; i < lines.size(); ++i) {
      const double sent = lines[i][kind][unit.substr(0, unit.size() - 2)];
      difference += sent - table.number(i, unit);
      equal += sent == table.number(i, unit) ? 1 : 0;
    }
    const auto n = static_cast<double>(lines.size());
    EXPECT_EQ(online.number(row, "rows_first_10s"), n);
    EXPECT_NEAR(online.number(row, "mean_difference_first_10s"), difference / n, 6e-3) << unit;
    if (kind == "au_c") {
      EXPECT_NEAR(online.number(row, "equal_first_10s"), equal / n, 1e-4) << unit;
    }
    EXPECT_EQ(online.text(row, "rows_later"), "0");
  }
}

TEST_F(LiveCommand, ReadsWhatAnotherProgramWrites) {
  AURIGA_NEEDS_PROGRAM("command -v ffmpeg", "ffmpeg");
  const Outcome run = shell(
      "ff() { ffmpeg -v error -nostdin -i $DEMO \"$@\" -; }\n"
      "\"$AURIGA\" extract $DEMO -o video.csv --preset open --models $MODELS --quiet\n"
      "ff -c copy -f matroska | live - -o mkv.csv --quiet && cmp mkv.csv video.csv || echo mkv\n"
      "ff -f rawvideo -pix_fmt bgr24 | live - --raw bgr24 --size 480x480 --rate 30 --quiet "
      "--ndjson - >raw.ndjson || echo raw\n"
      "ff -f mjpeg -q:v 2 | live - --quiet --ndjson jpeg.ndjson || echo jpeg\n");
  EXPECT_EQ(run.out, "") << run.err;
  for (const char* name : {"raw.ndjson", "jpeg.ndjson"}) {
    const std::vector<json> lines = checked_lines(read_text(at(name)));
    ASSERT_EQ(lines.size(), 90u) << name;
    EXPECT_TRUE(lines[89]["success"]);
  }
}

// As from a camera: 30 and 60 frames per second, at their own speed, none lost.
TEST_F(LiveCommand, KeepsUpWithAPipeAtThirtyAndSixtyFramesPerSecond) {
  AURIGA_NEEDS_PROGRAM("command -v ffmpeg", "ffmpeg");
  if (!kIsAsFastAsBuilt) GTEST_SKIP() << "sanitizers are slower than cameras";
  for (const int rate : {30, 60}) {
    const Outcome run =
        shell("ffmpeg -v error -nostdin -re -r " + std::to_string(rate) +
              " -i $DEMO -c:v mpeg4 -q:v 3 -f mpegts - | live - --quiet --ndjson -");
    ASSERT_EQ(run.exit_code, 0) << run.err;
    const std::vector<json> lines = checked_lines(run.out);
    ASSERT_EQ(lines.size(), 90u);
    EXPECT_NEAR(lines[89]["captured_s"], 89.0 / rate, 0.01);
    std::vector<double> latencies;
    for (const json& line : lines) latencies.push_back(line["latency_ms"]);
    std::nth_element(latencies.begin(), latencies.begin() + 45, latencies.end());
    // No frame waits for the next ones; a machine that is busy otherwise is given some time.
    EXPECT_LT(latencies[45], 250);
  }
}

TEST_F(LiveCommand, PlaysAVideoAtItsOwnSpeedAndCountsWhatItLost) {
  const Outcome run = shell(
      "live $DEMO --realtime --quiet --ndjson a.ndjson -o a.csv & live $DEMO --realtime --quiet & "
      "live $DEMO --realtime --quiet & live $DEMO --realtime --quiet & wait");
  ASSERT_EQ(run.exit_code, 0) << run.err;
  const std::vector<json> lines = checked_lines(read_text(at("a.ndjson")));
  ASSERT_GT(lines.size(), 2u);
  EXPECT_LE(lines.size(), 90u);
  const test::Table table(at("a.csv"));
  ASSERT_EQ(table.rows(), lines.size());
  for (std::size_t i = 0; i < lines.size(); ++i) {
    // Every frame of the video was either analysed or is counted.
    const double number = lines[i]["captured_s"].get<double>() * 30;
    EXPECT_NEAR(number, static_cast<double>(i) + lines[i]["lost"].get<double>(), 0.01);
    EXPECT_NEAR(table.number(i, "timestamp"), lines[i]["captured_s"], 6e-4);
  }
}

TEST_F(LiveCommand, SaysALostFaceWithinThreeFrames) {
  AURIGA_NEEDS_PROGRAM("command -v ffmpeg", "ffmpeg");
  const std::string models =
      fs::exists(test::test_data() / "models/onnx") ? (test::test_data() / "models").string() : "";
  std::vector<std::string> ways = {"--preset open --models $MODELS"};
  if (!models.empty()) {
    ways.push_back("--preset openface --models " + models);
    ways.push_back("--preset pyfaceau --models " + models);
  }
  ASSERT_EQ(shell("ffmpeg -v error -nostdin -i $DEMO -vf \"drawbox=t=fill:color=gray:enable="
                  "'between(n,30,59)'\" -c:v mpeg4 -q:v 2 lost.avi")
                .exit_code,
            0);
  for (const std::string& way : ways) {
    const Outcome run = shell("\"$AURIGA\" live lost.avi --quiet --ndjson - " + way);
    ASSERT_EQ(run.exit_code, 0) << run.err;
    const std::vector<json> lines = checked_lines(run.out);
    ASSERT_EQ(lines.size(), 90u);
    EXPECT_TRUE(lines[29]["success"]) << way;
    for (std::size_t i = 32; i < 60; ++i) {
      EXPECT_FALSE(lines[i]["success"]) << way << " " << i;
      EXPECT_TRUE(lines[i]["au_r"].is_null()) << way << " " << i;
    }
    EXPECT_TRUE(lines[89]["success"]) << way;
  }
}

TEST_F(LiveCommand, SendsOscToAnotherProgram) {
  AURIGA_NEEDS_PROGRAM("command -v oscdump", "oscdump (liblo-tools)");
  const int port = free_port(SOCK_DGRAM);
  const Outcome run = shell("timeout 30 oscdump -L " + std::to_string(port) +
                            " >dump & sleep 0.5; live $DEMO --realtime --seconds 2 --quiet --osc "
                            "127.0.0.1:" +
                            std::to_string(port) + "; sleep 0.3; kill %1");
  const std::vector<std::string> lines = lines_of(read_text(at("dump")));
  int frames = 0, smiles = 0;
  for (const std::string& line : lines) {
    frames += line.find(" /auriga/frame iffi ") != std::string::npos;
    smiles += line.find(" /auriga/face/0/au_r/AU12 f ") != std::string::npos;
  }
  EXPECT_GT(frames, 5) << run.err;
  EXPECT_LE(frames, 60);
  EXPECT_EQ(smiles, frames);
  EXPECT_THAT(read_text(at("dump")), HasSubstr("/auriga/face/0/pose ffffff "));
}

TEST_F(LiveCommand, SendsVmcWithBlendshapesOrUnits) {
  AURIGA_NEEDS_PROGRAM("command -v oscdump", "oscdump (liblo-tools)");
  const int port = free_port(SOCK_DGRAM);
  const Outcome run = shell("timeout 30 oscdump -L " + std::to_string(port) +
                            " >dump & sleep 0.5; live $DEMO --realtime --seconds 1 --quiet --vmc "
                            "127.0.0.1:" +
                            std::to_string(port) + "; sleep 0.3; kill %1");
  const std::string dump = read_text(at("dump"));
  EXPECT_THAT(dump, HasSubstr("/VMC/Ext/OK iiii 1 3 0 1")) << run.err;
  EXPECT_THAT(dump, HasSubstr("/VMC/Ext/T f "));
  EXPECT_THAT(dump, HasSubstr("/VMC/Ext/Bone/Pos sfffffff \"Head\""));
  EXPECT_THAT(dump, HasSubstr("/VMC/Ext/Blend/Val sf \"mouthSmileLeft\""));
  EXPECT_THAT(dump, HasSubstr("/VMC/Ext/Blend/Apply"));
  const bool network = fs::exists(test::open_pack() / "face_blendshapes.onnx");
  EXPECT_EQ(dump.find("\"jawForward\"") != std::string::npos, network);
}

TEST_F(LiveCommand, SendsZmqToAnotherProgram) {
  AURIGA_NEEDS_PROGRAM("/usr/bin/python3 -c 'import zmq'", "python3-zmq");
  const std::string endpoint = "tcp://127.0.0.1:" + std::to_string(free_port());
  const Outcome run =
      shell("timeout 30 /usr/bin/python3 $HERE/read_zmq.py " + endpoint +
            " 20 10 >got & sleep 0.7; live $DEMO --realtime --quiet --zmq " + endpoint + "; wait");
  const std::vector<std::string> lines = lines_of(read_text(at("got")));
  ASSERT_EQ(lines.size(), 21u) << run.err;
  const json message = json::parse(lines[20]);
  EXPECT_EQ(message[0], "openface");
  EXPECT_GT(message[1], 1'600'000'000'000);
  EXPECT_EQ(message[2]["success"], true);
  EXPECT_TRUE(message[2]["au_r"].contains("AU12"));
  EXPECT_TRUE(message[2]["pose"].contains("pose_Rx"));
  EXPECT_TRUE(message[2]["gaze"].contains("gaze_angle_x"));
}

TEST_F(LiveCommand, SendsToAWebSocketAndObeysIt) {
  AURIGA_NEEDS_PROGRAM("NODE_PATH=/usr/share/nodejs node -e 'require(\"ws\")'", "node-ws");
  const std::string port = std::to_string(free_port());
  const Outcome run =
      shell("node $HERE/read_ws.js ws://127.0.0.1:" + port +
            " 20 >good & node $HERE/read_ws.js ws://localhost:" + port +
            " 2 http://evil.example >evil & node $HERE/read_ws.js ws://127.0.0.1:" + port +
            " 20 http://localhost:3000 >page & "
            "live $DEMO --retry --realtime --seconds 8 --ws " +
            port + "; wait");
  EXPECT_EQ(run.exit_code, 0) << run.err;
  EXPECT_THAT(run.err, HasSubstr("--ws " + port));
  for (const char* name : {"good", "page"}) {
    const std::vector<json> lines = checked_lines(read_text(at(name)));
    ASSERT_GT(lines.size(), 30u) << name << run.err;
    EXPECT_EQ(lines.back()["neutral"], "shown");
  }
  EXPECT_THAT(read_text(at("evil")), testing::StartsWith("error"));
}

// One that sleeps and one that is killed keep neither the third nor the run.
TEST_F(LiveCommand, LeavesSleepingAndKilledReadersBehind) {
  AURIGA_NEEDS_PROGRAM("NODE_PATH=/usr/share/nodejs node -e 'require(\"ws\")'", "node-ws");
  const std::string port = std::to_string(free_port());
  const Outcome run = shell("timeout 60 /usr/bin/python3 $HERE/sleep_ws.py " + port +
                            " 12 & node $HERE/read_ws.js "
                            "ws://127.0.0.1:" +
                            port + " 40 >good & node $HERE/read_ws.js ws://127.0.0.1:" + port +
                            " 40 >killed & victim=$!; (sleep 3; kill -KILL $victim) & "
                            "live $DEMO --retry --realtime --seconds 9 --ws " +
                            port + "; wait %1 %2");
  EXPECT_THAT(run.err, HasSubstr("messages dropped"));
  const std::vector<json> lines = checked_lines(read_text(at("good")));
  ASSERT_GT(lines.size(), 60u) << run.err;
  // Nothing is missing in between.
  for (std::size_t i = 1; i < lines.size(); ++i)
    EXPECT_EQ(lines[i]["frame"], lines[i - 1]["frame"].get<int>() + 1);
  EXPECT_GT(lines.back()["captured_s"], 8.5);
}

TEST_F(LiveCommand, SaysThatAPortIsInUse) {
  const std::string port = std::to_string(free_port());
  const Outcome run = shell(
      "live $DEMO --retry --realtime --commands orders --quiet --ws " + port +
      " & for i in $(seq 200); do (exec 3<>/dev/tcp/127.0.0.1/" + port +
      ") 2>/dev/null && break; sleep 0.1; done; live $DEMO --ws " + port +
      "; code=$?; until [ -p orders ]; do sleep 0.1; done; echo quit >orders; wait; exit $code");
  EXPECT_EQ(run.exit_code, 5);
  EXPECT_THAT(run.err, HasSubstr("another program uses the port"));
}

TEST_F(LiveCommand, OffersAnOutletForTheLabStreamingLayer) {
  const char* chosen = std::getenv("AURIGA_LSL_PYTHON");
  const std::string python =
      chosen != nullptr ? chosen : (test::repository() / "build/deps/lsl/bin/python").string();
  AURIGA_NEEDS_PROGRAM("'" + python + "' -c 'import pylsl, pyxdf'", "pylsl with pyxdf");
  const std::vector<std::string> alone = {
      "LSLAPICFG=" + (test::repository() / "tests/live/lsl_api.cfg").string(), "PYTHON=" + python};
  ASSERT_EQ(shell("ffmpeg -v error -nostdin -stream_loop 2 -i $DEMO -vf \"drawbox=t=fill:color="
                  "gray:enable='between(n,60,119)'\" -c:v mpeg4 -q:v 2 long.avi")
                .exit_code,
            0);
  const Outcome run = shell(
      "library=$($PYTHON -c 'import pylsl.lib; print(pylsl.lib.lib._name)')\n"
      "timeout 60 $PYTHON $HERE/read_lsl.py auriga-test 15 a.xdf >got & sleep 0.5\n"
      "live long.avi --realtime --quiet --lsl auriga-test --lsl-library $library; wait",
      alone);
  ASSERT_NE(read_text(at("got")), "") << run.err;
  const json got = json::parse(read_text(at("got")));
  EXPECT_EQ(got["type"], "FaceActionUnits");
  EXPECT_EQ(got["rate"], 0);
  EXPECT_EQ(got["labels"][0], (json{"frame", "count"}));
  EXPECT_EQ(got["labels"][6], (json{"AU01_r", "0..5"}));
  EXPECT_GT(got["recorded"], 60);
  EXPECT_EQ(got["read"], got["recorded"]);
  EXPECT_TRUE(got["lost_are_nan"]);
  const std::vector<double> times = got["times"], captured = got["captured"],
                            success = got["success"];
  EXPECT_GT(std::count(success.begin(), success.end(), 0.0), 20);
  // Over the pause as well.
  for (std::size_t i = 0; i < times.size(); ++i)
    EXPECT_NEAR(times[i], captured[i] - captured[0], 0.3) << i;
}

TEST_F(LiveCommand, ReadsACameraOfTheNetwork) {
  AURIGA_NEEDS_PROGRAM("command -v ffmpeg", "ffmpeg");
  const std::string address = "http://127.0.0.1:" + std::to_string(free_port()) + "/";
  const Outcome run =
      shell("timeout 40 ffmpeg -v error -nostdin -re -i $DEMO -c:v mpeg4 -f mpegts -listen 1 " +
            address + " & for i in $(seq 50); do sleep 0.2; live " + address +
            " --quiet --ndjson a.ndjson 2>error && break; done; cat error >&2");
  const std::vector<json> lines = checked_lines(read_text(at("a.ndjson")));
  ASSERT_GT(lines.size(), 5u) << run.err;
  EXPECT_TRUE(lines.back()["success"]);
  const Outcome refused = shell("live http://127.0.0.1:" + std::to_string(free_port()) + "/");
  EXPECT_EQ(refused.exit_code, 3);
  EXPECT_THAT(refused.err, HasSubstr("expected a camera"));
}

TEST_F(LiveCommand, SaysHowToGetLiblsl) {
  const Outcome run = shell("live $DEMO --lsl x --lsl-library ./none.so");
  EXPECT_EQ(run.exit_code, 2);
  EXPECT_THAT(run.err, HasSubstr("pip install pylsl"));
}

TEST_F(LiveCommand, ReadsCommandsFromAFifo) {
  const Outcome run = shell(
      "said() { until grep -q \"$1\" a.ndjson; do sleep 0.1; done; }\n"
      "live $DEMO --retry --realtime --commands orders --ndjson a.ndjson & until [ -p orders ]; do "
      "sleep 0.1; done; said '\"success\":true'; echo neutral >orders; said shown; echo what "
      ">orders; echo reset >orders; sleep 1.5; echo quit >orders; wait");
  EXPECT_THAT(run.err, HasSubstr("found 'what'"));
  std::vector<std::string> words;
  for (const json& line : checked_lines(read_text(at("a.ndjson"))))
    if (words.empty() || words.back() != line["neutral"]) words.push_back(line["neutral"]);
  EXPECT_THAT(words, testing::ElementsAre("running", "showing", "shown", "running")) << run.err;
}

TEST_F(LiveCommand, ComparesWithTheFirstSecondsButNotInTheTable) {
  const Outcome run = shell(
      "live $DEMO --quiet --ndjson a.ndjson -o a.csv --neutral 1 &&"
      "live $DEMO --quiet --ndjson b.ndjson -o b.csv && cmp a.csv b.csv");
  ASSERT_EQ(run.exit_code, 0) << run.err;
  const std::vector<json> with = checked_lines(read_text(at("a.ndjson"))),
                          without = checked_lines(read_text(at("b.ndjson")));
  EXPECT_EQ(with[20]["neutral"], "showing");
  EXPECT_EQ(with[20]["au_r"], without[20]["au_r"]);
  EXPECT_EQ(with[40]["neutral"], "shown");
  EXPECT_NE(with[40]["au_r"], without[40]["au_r"]);
}

TEST_F(LiveCommand, SmoothsWhatIsSentOnly) {
  const Outcome run = shell(
      "live $DEMO --quiet --ndjson a.ndjson -o a.csv --smooth &&"
      "live $DEMO --quiet --ndjson b.ndjson -o b.csv && cmp a.csv b.csv");
  ASSERT_EQ(run.exit_code, 0) << run.err;
  // How much values go to and fro, of head pose and of an intensity.
  const auto unrest = [&](const char* name) {
    const std::vector<json> lines = checked_lines(read_text(at(name)));
    std::pair<double, double> sums;
    for (std::size_t i = 1; i < lines.size(); ++i) {
      const auto off = [&](const json::json_pointer& value) {
        return std::abs(lines[i][value].get<double>() - lines[i - 1][value].get<double>());
      };
      sums.first += off("/pose/rotation_rad/1"_json_pointer);
      sums.second += off("/au_r/AU12"_json_pointer);
    }
    return sums;
  };
  const auto with = unrest("a.ndjson"), without = unrest("b.ndjson");
  EXPECT_LT(with.first, 0.8 * without.first);
  EXPECT_LT(with.second, 0.95 * without.second);
  EXPECT_THAT(read_text(at("a.manifest.json")), HasSubstr("\"smooth\": \"yes\""));
}

TEST_F(LiveCommand, RecordsWhatItSawAtItsTimes) {
  AURIGA_NEEDS_PROGRAM("command -v ffprobe", "ffprobe");
  const Outcome run = shell(
      "live $DEMO --quiet --record seen.mp4 && ffprobe -v error -select_streams v -show_entries "
      "frame=pts_time -of csv=p=0 seen.mp4");
  ASSERT_EQ(run.exit_code, 0) << run.err;
  const std::vector<std::string> times = lines_of(run.out);
  ASSERT_EQ(times.size(), 90u);
  for (std::size_t i = 0; i < times.size(); ++i)
    EXPECT_NEAR(std::stod(times[i]), static_cast<double>(i) / 30, 1e-4);
}

TEST_F(LiveCommand, FollowsPicturesThatChangeTheirSize) {
  AURIGA_NEEDS_PROGRAM("command -v ffmpeg", "ffmpeg");
  const Outcome run = shell(
      "for size in 480 320 400; do ffmpeg -v error -nostdin -i $DEMO -frames:v 20 -vf "
      "scale=$size:$size -c:v mjpeg -q:v 2 -f mjpeg -; done | live - --rate 30 -o a.csv --record "
      "a.mp4 --ndjson a.ndjson");
  ASSERT_EQ(run.exit_code, 0) << run.err;
  const std::vector<json> lines = checked_lines(read_text(at("a.ndjson")));
  ASSERT_EQ(lines.size(), 60u);
  EXPECT_EQ(lines[19]["width_px"], 480);
  EXPECT_EQ(lines[20]["width_px"], 320);
  EXPECT_TRUE(lines[39]["success"]);
  EXPECT_EQ(lines[59]["width_px"], 400);
  EXPECT_THAT(run.err, HasSubstr("size"));
}

TEST_F(LiveCommand, EndsWithAReaderThatEnds) {
  const Outcome run = shell("live $DEMO --retry --realtime --ndjson - | head -1");
  EXPECT_EQ(lines_of(run.out).size(), 1u);
  EXPECT_THAT(run.err, HasSubstr("messages dropped"));
}

// A pipe that nobody reads: what comes on its own goes on, lines are dropped; a video waits, but
// not for ever once it is to end.
TEST_F(LiveCommand, IsNotHeldByAFullPipe) {
  const Outcome camera = shell(
      "mkfifo full; sleep 60 <full & holder=$!; ffmpeg -v error -nostdin -stream_loop 20 -i $DEMO "
      "-r 200 -c:v mpeg4 -q:v 5 many.avi; live many.avi --realtime --seconds 6 --ndjson full "
      "--multi-face 2; code=$?; kill $holder; exit $code");
  EXPECT_EQ(camera.exit_code, 0) << camera.err;
  const Outcome video = shell(
      "sleep 60 <full & holder=$!; live many.avi --ndjson full & job=$!; sleep 6; kill -INT "
      "$(pgrep -P $job auriga || pgrep -P $(pgrep -P $job)); wait $job; kill $holder");
  EXPECT_THAT(video.err, HasSubstr("dropped"));
}

TEST_F(LiveCommand, LeavesAFailingSinkOutAndKeepsTheTable) {
  const Outcome run = shell("live $DEMO --ndjson /dev/full -o a.csv --ndjson good.ndjson");
  EXPECT_EQ(run.exit_code, 5);
  EXPECT_THAT(run.err, HasSubstr("/dev/full"));
  EXPECT_THAT(run.err, HasSubstr("left out"));
  EXPECT_EQ(test::Table(at("a.csv")).rows(), 90u);
  EXPECT_EQ(checked_lines(read_text(at("good.ndjson"))).size(), 90u);
}

TEST_F(LiveCommand, WaitsForFramesAndEndsWhenAsked) {
  const Outcome run = shell(
      "mkfifo slow; sleep 30 >slow & holder=$!; timeout -s INT 5 \"$AURIGA\" live - --raw bgr24 "
      "--size 64x64 --preset open --models $MODELS -o a.csv <slow; code=$?; kill $holder; exit "
      "$code");
  EXPECT_NE(run.exit_code, 137);
  EXPECT_THAT(run.err, HasSubstr("no frame for 3 s"));
  EXPECT_THAT(run.err, HasSubstr("no frame came"));
  EXPECT_FALSE(fs::exists(at("a.csv")));
}

TEST_F(LiveCommand, ShowsATerminalAndHearsKeys) {
  AURIGA_NEEDS_PROGRAM("command -v script", "script (bsdutils)");
  const Outcome run = shell(
      "shows() { until grep -aq \"$1\" screen; do sleep 0.1; done; }\n"
      "touch screen; (shows AU12; printf n; shows 'as it was shown'; printf q; sleep 2) | "
      "TERM=xterm timeout 60 script -qfec \"stty rows 30 cols 90; $AURIGA live $DEMO --retry "
      "--realtime --preset open --models $MODELS\" screen");
  const std::string screen = read_text(at("screen"));
  EXPECT_THAT(screen, HasSubstr("\x1b[?1049h"));
  EXPECT_THAT(screen, HasSubstr("frames/s"));
  EXPECT_THAT(screen, HasSubstr("as it was shown"));
  EXPECT_THAT(screen, HasSubstr("\x1b[?1049l"));
}

TEST_F(LiveCommand, RefusesWhatCannotBe) {
  const std::vector<std::pair<std::string, std::string>> bad = {
      {"", "expects a camera"},
      {"- --realtime", "--realtime is for videos"},
      {"a.mp4 --raw bgr24", "--raw is for pictures on standard input"},
      {"- --commands -", "cannot both be standard input"},
      {"a.mp4 --smooth-beta 1", "without --smooth"},
      {"a.mp4 --bind 0.0.0.0", "without --ws"},
      {"$DEMO --osc here", "--osc expects HOST:PORT"},
      {"$DEMO --record a.avi", "writes MP4"},
      {"$DEMO --zmq nonsense", "--zmq expects an endpoint"},
      {"$DEMO --ws 70000", "--ws"},
      {"$DEMO -o a.csv --ndjson a.csv", "a.csv"},
      {"$DEMO --ndjson $DEMO", "the input"},
  };
  for (const auto& [arguments, message] : bad) {
    const Outcome run = shell("live " + arguments);
    EXPECT_EQ(run.exit_code, 2) << arguments << run.err;
    EXPECT_THAT(run.err, HasSubstr(message)) << arguments;
  }
  EXPECT_EQ(shell("live missing.mp4").exit_code, 3);
  const Outcome none = shell("live /dev/video77");
  EXPECT_EQ(none.exit_code, 3);
  EXPECT_THAT(none.err, HasSubstr("/dev/video77: expected a camera, found no such device"));
}

// Twice the frames, the same memory.
TEST_F(LiveCommand, NeedsNoMoreMemoryForLongerStreams) {
  if (!kIsAsFastAsBuilt) GTEST_SKIP() << "sanitizers need memory of their own";
  const auto peak_mb = [&](int loops) {
    const Outcome run = shell(
        "ffmpeg -v error -nostdin -stream_loop " + std::to_string(loops) +
        " -i $DEMO -vf scale=240:240 -f rawvideo -pix_fmt bgr24 - | live - --raw bgr24 --size "
        "240x240 --rate 30 --ndjson a.ndjson");
    const std::size_t at = run.err.find("peak memory ");
    EXPECT_NE(at, std::string::npos) << run.err;
    return std::stod(run.err.substr(at + 12));
  };
  EXPECT_NEAR(peak_mb(9), peak_mb(3), 2);
}

}  // namespace
}  // namespace auriga
