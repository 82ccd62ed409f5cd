#include "files/manifest.hpp"

#include <limits>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "files/json.hpp"
#include "files/written_file.hpp"
#include "support/golden.hpp"

namespace auriga {
namespace {

using Json = nlohmann::ordered_json;

RunManifest example() {
  RunManifest run;
  run.auriga_version = "0.1.0";
  run.started_utc = "2024-01-02T03:04:05Z";
  run.input.path = "a.mp4";
  run.input.size_bytes = 1ULL << 40;
  run.input.format = "h264 in mp4";
  run.input.fps = 29.97;
  run.input.average_fps = 15.2;
  run.input.facts.times = {1, 2.5, 0.0625, 0.03125, 0.125, true, 9.5, 3, 4, 5};
  run.input.frames_decoded = 300;
  run.options = {{"-f", "a.mp4"}, {"-aus", ""}, {"-f", "b.mp4"}, {"-f", "c.mp4"}};
  run.models = {{"pdm.txt", "00ff"}};
  run.execution_provider = {"cuda", "cpu", "no device"};
  run.counts = {300, 299, 3, 600, 2};
  run.scene = {1, 1, {{45, 1.5}}, {{46, 1.75, 0, 1}}, true, false};
  run.partial_reason = "the file ends early";
  run.warnings = {"frame 7 is damaged"};
  run.notes = {"2 rows are lost"};
  run.kernels = "v3";
  run.seconds = 1.5;
  run.peak_memory_mb = 100;
  run.timings_ms = {{"decode", 12.5}, {"detect", 0.25}};
  run.outputs = {"processed/a.csv"};
  return run;
}

TEST(Manifest, HoldsWhatItIsGiven) {
  const Json json = Json::parse(manifest_json(example()));
  EXPECT_EQ(json["auriga"], "0.1.0");
  EXPECT_EQ(json["status"], "partial");
  EXPECT_EQ(json["partial_reason"], "the file ends early");
  EXPECT_EQ(json["finished_utc"], nullptr);
  EXPECT_EQ(json["input"]["size_bytes"], 1ULL << 40);
  EXPECT_EQ(json["input"]["frames_expected"], nullptr);
  EXPECT_EQ(json["input"]["format"], "h264 in mp4");
  EXPECT_EQ(json["input"]["fps"], 29.97);
  EXPECT_EQ(json["input"]["average_fps"], 15.2);
  EXPECT_EQ(json["input"]["times"].dump(),
            R"({"file_start_s":1.0,"first_picture_s":2.5,"mean_interval_s":0.0625,)"
            R"("least_interval_s":0.03125,"largest_interval_s":0.125,"variable":true,)"
            R"("hidden_frames":3,"dropped_frames":4,"packets_before_key_frame":5})");
  EXPECT_EQ(json["kernels"], "v3");
  EXPECT_EQ(json["seconds"], 1.5);
  EXPECT_EQ(json["peak_memory_mb"], 100);
  EXPECT_EQ(json["options"].dump(), R"({"-f":["a.mp4","b.mp4","c.mp4"],"-aus":""})");
  EXPECT_EQ(json["models"].dump(), R"([{"path":"pdm.txt","sha256":"00ff"}])");
  EXPECT_EQ(json["execution_provider"].dump(),
            R"({"requested":"cuda","used":"cpu","fallback_reason":"no device"})");
  EXPECT_EQ(json["counts"].dump(),
            R"({"frames":300,"faces_found":299,"detector_runs":3,"rows":600,"rows_lost":2})");
  EXPECT_EQ(json["warnings"].dump(), R"(["frame 7 is damaged"])");
  EXPECT_EQ(json["scene"].dump(),
            R"({"cut_count":1,"cuts":[{"frame":46,"timestamp_s":1.5}],"change_count":1,)"
            R"("changes_of_person":[{"frame":47,"timestamp_s":1.75,"from":0,"to":1}],)"
            R"("people_split":true,"portraits":false})");
  EXPECT_EQ(json["notes"].dump(), R"(["2 rows are lost"])");
  EXPECT_EQ(json["timings_ms"].dump(), R"({"decode":12.5,"detect":0.25})");
  EXPECT_EQ(json["outputs"].dump(), R"(["processed/a.csv"])");
}

TEST(Manifest, TellsWhereNeutralFacesComeFrom) {
  using State = NeutralFacts::State;
  RunManifest run;
  const auto neutral = [&] { return Json::parse(manifest_json(run))["neutral"]; };
  EXPECT_TRUE(neutral().is_null());
  run.neutral = {{3, {State::weak, 9, 0.25, 0.375}}};
  EXPECT_EQ(neutral().dump(), R"({"state":"weak","frames":9,"share":0.25,"weight":0.375})");
  run.neutral.push_back({4, {State::none, 1, 0.5, 0}});
  run.neutral.push_back({5, {State::given, 1, 0.5, 1}});
  EXPECT_EQ(neutral()["state"], "none") << "the one that is known least";
  ASSERT_EQ(neutral()["faces"].size(), 3U);
  EXPECT_EQ(neutral()["faces"][2]["state"], "given");
  EXPECT_EQ(neutral()["faces"][2]["face_id"], 5);
}

TEST(Manifest, TellsWhatWasWritten) {
  RunManifest run = example();
  run.written = {{"processed/a.csv", 0, 7, 5, "00ff"}, {"processed/a_aligned", 3, 9, 0, "11"}};
  const std::string text = manifest_json(run);
  EXPECT_EQ(Json::parse(text)["written"].dump(),
            R"([{"path":"processed/a.csv","size_bytes":7,"modified_ns":5,"sha256":"00ff"},)"
            R"({"path":"processed/a_aligned","files":3,"size_bytes":9,"sha256":"11"}])");
  EXPECT_EQ(written_of(auriga::Json::parse(text).value()), run.written);
  for (const char* bad : {"{}", "[]", "{\"written\":3}"})
    EXPECT_TRUE(written_of(auriga::Json::parse(bad).value()).empty()) << bad;
  EXPECT_EQ(written_of(auriga::Json::parse("{\"written\":[1,{\"files\":\"x\"}]}").value()),
            (std::vector<Written>{{}, {}}));
}

TEST(Manifest, HasTheSameKeysInTheSameOrderForEveryRun) {
  const auto keys = [](const RunManifest& run) {
    const Json json = Json::parse(manifest_json(run));
    std::string text;
    for (const auto& item : json.items()) text += item.key() + ' ';
    for (const auto& item : json["input"].items()) text += item.key() + ' ';
    return text;
  };
  EXPECT_EQ(keys(RunManifest{}), keys(example()));
  EXPECT_EQ(keys(example()).substr(0, 46), "auriga started_utc finished_utc status partial");
}

TEST(Manifest, ACompleteRunHasNoReason) {
  RunManifest run = example();
  run.complete = true;
  const Json json = Json::parse(manifest_json(run));
  EXPECT_EQ(json["status"], "complete");
  EXPECT_EQ(json["partial_reason"], nullptr);
}

TEST(Manifest, TakesAnyBytesAndNumbers) {
  RunManifest run = example();
  run.input.path = "caf\xE9\xFF\x80.mp4";
  run.options.emplace_back("\xC3", "\xF0\x28");
  run.input.fps = std::numeric_limits<double>::quiet_NaN();
  run.warnings.emplace_back("line\nfeed \"quoted\" \\ \x01");
  const Json json = Json::parse(manifest_json(run));
  EXPECT_EQ(json["input"]["path"], "caf\uFFFD\uFFFD\uFFFD.mp4");
  EXPECT_EQ(json["input"]["fps"], nullptr);
  EXPECT_EQ(json["warnings"][1], run.warnings[1]);
}

TEST(Manifest, IsWritten) {
  const test::TemporaryFolder folder;
  write_manifest(example(), folder.path() / "a.json");
  EXPECT_EQ(test::read_text(folder.path() / "a.json"), manifest_json(example()));
}

TEST(Manifest, TellsTheEstimatorOfATable) {
  const test::TemporaryFolder folder;
  const auto table = folder.path() / "clip.one.csv";
  EXPECT_EQ(manifest_path(table), folder.path() / "clip.one.manifest.json");
  EXPECT_EQ(estimator_of(table), "");
  RunManifest run = example();
  write_manifest(run, manifest_path(table));
  EXPECT_EQ(estimator_of(table), "");
  run.estimator = "open-0.1";
  write_manifest(run, manifest_path(table));
  EXPECT_EQ(estimator_of(table), "open-0.1");
  for (const char* bad : {"", "{", "[]", "{\"estimator\": 3}", "\xff\xfe"}) {
    test::write_text(manifest_path(table), bad);
    EXPECT_EQ(estimator_of(table), "") << bad;
  }
  // A table that its manifest does not tell of.
  test::write_text(table, "frame\n1\n");
  run.written = {describe_file(table)};
  write_manifest(run, manifest_path(table));
  EXPECT_EQ(estimator_of(table), "open-0.1");
  test::write_text(table, "frame\n1\n2\n");
  EXPECT_EQ(estimator_of(table), "");
  test::write_text(manifest_path(table),
                   "{\"estimator\": \"x\", \"pad\": \"" + std::string(2 << 20, ' ') + "\"}");
  EXPECT_EQ(estimator_of(table), "");
}

TEST(Manifest, TellsHowTheVideoWasShown) {
  const test::TemporaryFolder folder;
  const auto table = folder.path() / "clip.csv";
  EXPECT_FALSE(geometry_of(table));
  RunManifest run = example();
  for (const bool square : {false, true})
    for (const int degrees : {0, 90, 180, 270})
      for (const double fps : {0.0, 25.0, 30000 / 1001.0}) {
        run.input.facts.square_pixels = run.input.facts.deinterlaced = square;
        run.input.facts.rotate_deg = degrees;
        run.input.facts.resampled_fps = fps;
        write_manifest(run, manifest_path(table));
        const std::optional<SourceOptions> known = geometry_of(table);
        ASSERT_TRUE(known);
        EXPECT_EQ(known->square_pixels, square);
        EXPECT_EQ(known->deinterlace, square);
        EXPECT_EQ(known->rotate, degrees);
        EXPECT_EQ(known->fps, fps);
      }
  for (const char* bad : {"", "{", "[]", "{\"input\": 3}", "{\"input\": {\"pixels\": []}}"}) {
    test::write_text(manifest_path(table), bad);
    EXPECT_FALSE(geometry_of(table)) << bad;
  }
}

TEST(Manifest, TellsWhatTheInputIsMarkedWith) {
  RunManifest run = example();
  SourceFacts& facts = run.input.facts;
  facts.square_pixels = true;
  facts.pixel_aspect = 1.5, facts.scale_x = 1.5;
  facts.container_turn_deg = 270, facts.mirrored = true;
  facts.colour_range = "full", facts.colour_transfer = "smpte2084";
  facts.interlaced_frames = 7;
  facts.repeated_frames = 2, facts.left_out_frames = 1;
  const Json input = Json::parse(manifest_json(run))["input"];
  EXPECT_EQ(input["pixels"].dump(),
            R"({"shown":"square","aspect":1.5,"scale_x":1.5,"scale_y":1.0})");
  EXPECT_EQ(input["rotation"].dump(),
            R"({"container_deg":270,"container_mirrored":true,"added_deg":0})");
  EXPECT_EQ(input["colour"].dump(),
            R"({"range":"full","matrix":null,"transfer":"smpte2084","primaries":null})");
  EXPECT_EQ(input["interlaced_frames"], 7);
  EXPECT_EQ(input["deinterlaced"], false);
  EXPECT_EQ(input["resampled"].dump(), R"({"fps":null,"repeated_frames":2,"left_out_frames":1})");
}

TEST(Manifest, TellsTheRecordingBesideItsTable) {
  const test::TemporaryFolder folder;
  RunManifest run = example();
  run.light = {{4, {10, 120.5, 30, 0.5}}};
  run.faces_visible = 2;
  run.input.facts.is_section = true;
  run.input.facts.section_start_s = 1.5;
  run.input.facts.section_every = 3;
  run.input.facts.times =
      TimeFacts{.mean_interval_s = 0.04, .least_interval_s = 0.03, .largest_interval_s = 0.05};
  EXPECT_EQ(Json::parse(manifest_json(run))["input"]["section"].dump(),
            R"({"start_s":1.5,"end_s":null,"every":3})");
  write_manifest(run, folder.path() / "a.manifest.json");
  for (const char* table : {"a.csv", "a.tsv", "a.csv.gz"}) {
    const Recording found = recording_of(folder.path() / table);
    EXPECT_EQ(found.input, run.input.path);
    EXPECT_EQ(found.mean_interval_s, 0.04);
    EXPECT_EQ(found.largest_interval_s, 0.05);
    EXPECT_EQ(found.cuts, 1);
    EXPECT_EQ(found.changes_of_person, 1);
    EXPECT_EQ(found.faces_visible, 2);
    ASSERT_EQ(found.light.size(), 1u);
    EXPECT_EQ(found.light[0].first, 4);
    EXPECT_EQ(found.light[0].second.brightness, 120.5);
    EXPECT_EQ(found.partial, !run.complete);
  }
  // Nothing, and anything, is no reason to fail.
  EXPECT_EQ(recording_of(folder.path() / "b.csv").cuts, std::nullopt);
  test::write_text(folder.path() / "c.manifest.json",
                   R"({"input":{"times":{"mean_interval_s":-1}},"light":[{"face_id":"x"},7],)"
                   R"("scene":{"cut_count":-3}})");
  const Recording odd = recording_of(folder.path() / "c.csv");
  EXPECT_EQ(odd.mean_interval_s, 0);
  EXPECT_EQ(odd.cuts, std::nullopt);
  EXPECT_TRUE(odd.light.empty());
}

}  // namespace
}  // namespace auriga
