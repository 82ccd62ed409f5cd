#include "viewer/viewer.hpp"

#include <chrono>
#include <cstring>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <fmt/core.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <httplib.h>
#include <signal.h>

#include "auriga/source.hpp"

#include "drawing/encode.hpp"
#include "files/json.hpp"
#include "media/image_file.hpp"
#include "sinks/mesh_csv.hpp"
#include "support/dead_process.hpp"
#include "support/golden.hpp"
#include "viewer/page_files.hpp"

namespace auriga {
namespace {

namespace fs = std::filesystem;
using test::TemporaryFolder;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

constexpr const char* kRefused = "This is auriga view.";

// The demo, which is 90 frames of 480 x 480 px at 30 frames/s, with a table of it made here.
class ViewerTest : public ::testing::Test {
 protected:
  void SetUp() override {
    signal(SIGPIPE, SIG_IGN);
    fs::create_directories(folder_.path() / "r");
    fs::copy_file(test::repository() / "examples/demo.mp4", folder_.path() / "demo.mp4");
    std::string table = "frame,face_id,timestamp,confidence,success,AU12_r,AU12_c,AU04_r\n";
    for (int frame = 1; frame <= 90; ++frame)
      table += fmt::format("{},0,{:.3f},0.9,{},{:.2f},{},\n", frame, (frame - 1) / 30.0,
                           frame != 60, frame / 20.0, frame >= 31 && frame <= 45);
    test::write_text(folder_.path() / "r/demo.csv", table);
    test::write_text(folder_.path() / "r/lost.csv", "frame,success,AU12_r\n1,1,2\n");
  }

  void start(ViewerOptions options = {}) {
    options.version = "9.9";
    viewer_ = std::make_unique<Viewer>(find_study({folder_.path() / "r"}, {}), options);
    client_ = std::make_unique<httplib::Client>("127.0.0.1", viewer_->port());
    const std::string address = viewer_->address();
    const auto entered = client_->Get(address.substr(address.find("/?")));
    ASSERT_EQ(entered->status, 303);
    cookie_ = entered->get_header_value("Set-Cookie");
    cookie_ = cookie_.substr(0, cookie_.find(';'));
  }

  httplib::Result get(const std::string& path, httplib::Headers more = {}) const {
    more.emplace("Cookie", cookie_);
    return client_->Get(path, more);
  }
  Json json(const std::string& path) const { return Json::parse(get(path)->body).value(); }
  httplib::Result put(const std::string& path, const std::string& body) const {
    return client_->Put(path, {{"Cookie", cookie_}}, body, "application/json");
  }
  std::vector<float> numbers(const std::string& path) const {
    const std::string bytes = get(path)->body;
    std::vector<float> values(bytes.size() / sizeof(float));
    std::memcpy(values.data(), bytes.data(), values.size() * sizeof(float));
    return values;
  }
  // Until all tables were read.
  Json study() const {
    for (int i = 0; i < 200; ++i) {
      Json now = json("/api/study");
      bool pending = false;
      for (const Json& result : now.at("results").items())
        pending = pending || result.at("pending") == Json(true);
      if (!pending) return now;
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
    return {};
  }

  const TemporaryFolder folder_;
  std::unique_ptr<Viewer> viewer_;
  std::unique_ptr<httplib::Client> client_;
  std::string cookie_;
};

TEST_F(ViewerTest, TellsOfTheStudy) {
  start();
  const Json all = study();
  EXPECT_EQ(*all.at("version").as_text(), "9.9");
  ASSERT_EQ(all.at("results").items().size(), 2u);
  const Json& demo = all.at("results").items()[0];
  EXPECT_EQ(*demo.at("name").as_text(), "demo.csv");
  EXPECT_EQ(demo.at("video"), Json(true));
  EXPECT_EQ(*demo.at("rows").as_whole(), 90);
  EXPECT_EQ(*demo.at("events").at("AU12").as_whole(), 1);
  // What the estimator does not tell is not "0 events".
  EXPECT_TRUE(demo.at("events").at("AU04").is_null());
  EXPECT_NEAR(demo.at("followed").number(), 89.0 / 90, 1e-9);
  const Json& lost = all.at("results").items()[1];
  EXPECT_EQ(lost.at("video"), Json(false));
  EXPECT_EQ(lost.at("warnings").items().size(), 1u);
}

TEST_F(ViewerTest, NobodyElseGetsAnything) {
  start();
  std::vector<std::string> paths{
      "/",
      "/api/study",
      "/api/results/0",
      "/api/results/0/marks",
      "/v/0/frame/1.jpg",
      "/v/0/file",
      "/api/alive",
      "/?token=",
      "/?token=0",
      "/api/study?token=" + viewer_->address().substr(viewer_->address().size() - 32)};
  for (const PageFile& file : page_files()) paths.push_back("/page/" + std::string(file.name));
  for (const std::string& path : paths) {
    const auto reply = client_->Get(path);
    EXPECT_EQ(reply->status, 403) << path;
    EXPECT_THAT(reply->body, StartsWith(kRefused));
    EXPECT_FALSE(reply->has_header("Set-Cookie"));
  }
  for (const httplib::Headers& headers :
       {httplib::Headers{{"Host", "evil.example"}, {"Cookie", cookie_}},
        httplib::Headers{{"Origin", "http://evil.example"}, {"Cookie", cookie_}},
        httplib::Headers{{"Sec-Fetch-Site", "cross-site"}, {"Cookie", cookie_}}})
    for (const std::string& path : paths)
      EXPECT_THAT(client_->Get(path, headers)->status, testing::AnyOf(403, 421)) << path;
  EXPECT_EQ(client_->Put("/api/results/0/marks", "{}", "application/json")->status, 403);
  EXPECT_EQ(client_->Delete("/api/results/0/marks", {{"Cookie", cookie_}})->status, 405);
  EXPECT_FALSE(fs::exists(folder_.path() / "r/demo.marks.csv"));
}

TEST_F(ViewerTest, NoWordOfARequestBecomesAPath) {
  start();
  test::write_text(folder_.path() / "r/secret.txt", "the secret");
  for (const char* path : {"/page/../viewer.cpp",
                           "/page/..%2f..%2fetc%2fpasswd",
                           "/page//etc/passwd",
                           "/page/",
                           "/page/secret.txt",
                           "/../r/secret.txt",
                           "/r/secret.txt",
                           "/v/0/../1/file",
                           "/v/0/frame/../../secret.txt",
                           "/v/0/frame/1.jpg/..",
                           "/v/demo.mp4/file",
                           "/v/..%2f0/file",
                           "/v/99/file",
                           "/v/-1/file",
                           "/v/0x0/file",
                           "/v/18446744073709551616/file",
                           "/v/0/secret.txt",
                           "/api/results/0/../../study",
                           "/api/results/secret.txt",
                           "/api/results/0/secret.txt",
                           "/api/results/0/%00",
                           "/api/results//marks",
                           "//",
                           "/v",
                           "/v/",
                           "/v/0",
                           "/api",
                           "/api/results",
                           "/.git/config",
                           "/%2e%2e/%2e%2e/etc/passwd",
                           "/page/%2e%2e/index.html"}) {
    const auto reply = get(path);
    ASSERT_TRUE(reply) << path;
    EXPECT_EQ(reply->status, 404) << path;
    EXPECT_THAT(reply->body, Not(HasSubstr("secret"))) << path;
  }
}

TEST_F(ViewerTest, PagesAllowNothingFromElsewhere) {
  start();
  ASSERT_FALSE(page_files().empty());
  bool index = false;
  for (const PageFile& file : page_files()) {
    const auto reply = get("/page/" + std::string(file.name));
    EXPECT_EQ(reply->status, 200) << file.name;
    EXPECT_EQ(reply->body, file.bytes) << file.name;
    const std::string policy = reply->get_header_value("Content-Security-Policy");
    EXPECT_THAT(policy,
                testing::AllOf(HasSubstr("default-src 'none'"), HasSubstr("script-src 'self';"),
                               HasSubstr("style-src 'self';"), Not(HasSubstr("unsafe")),
                               Not(HasSubstr("http"))));
    EXPECT_EQ(reply->get_header_value("X-Content-Type-Options"), "nosniff");
    index = index || file.name == "index.html";
    if (file.name.starts_with("uplot")) continue;
    // Nothing that the policy would refuse, or that would ask another machine.
    for (const char* word : {"http://", "https://", " style=", " onclick=", "<style", "eval("}) {
      std::string text(file.bytes);
      std::size_t name_space = 0;
      while ((name_space = text.find("http://www.w3.org/")) != std::string::npos)
        text.erase(name_space, 18);
      EXPECT_EQ(text.find(word), std::string::npos) << file.name << " has " << word;
    }
  }
  EXPECT_TRUE(index);
  EXPECT_EQ(get("/")->body, get("/page/index.html")->body);
}

TEST_F(ViewerTest, AFrameIsTheOneThatTheTableMeans) {
  start();
  const auto source = open_source(folder_.path() / "demo.mp4");
  Frame frame;
  std::vector<std::string> wanted;
  while (source->next(frame)) wanted.push_back(encode_jpeg(frame.bgr(), {.quality = 90}));
  ASSERT_EQ(wanted.size(), 90u);
  for (const int number : {1, 90, 2, 45, 46, 44, 89, 1, 17}) {
    const auto reply = get(fmt::format("/v/0/frame/{}.jpg", number));
    ASSERT_EQ(reply->status, 200);
    EXPECT_EQ(reply->get_header_value("X-Frame"), std::to_string(number));
    EXPECT_NEAR(std::stod(reply->get_header_value("X-Time")), (number - 1) / 30.0, 1e-3);
    EXPECT_EQ(reply->body, wanted[static_cast<std::size_t>(number - 1)]) << number;
  }
  for (int i = 0; i < 100 && json("/api/results/0/index").at("complete") != Json(true); ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  EXPECT_EQ(*json("/api/results/0/index").at("frames").as_whole(), 90);
  EXPECT_EQ(get("/v/0/times")->body.size(), 90 * sizeof(double));
  EXPECT_EQ(get("/v/0/frame/91.jpg")->status, 404);
  EXPECT_EQ(get("/v/0/frame/0.jpg")->status, 404);
  EXPECT_EQ(get("/v/0/frame/-1.jpg")->status, 404);
  EXPECT_EQ(get("/v/0/frame/1.png")->status, 404);
  EXPECT_EQ(get("/v/1/frame/1.jpg")->status, 404);  // no video
  EXPECT_LT(get("/v/0/frame/1.jpg?width=120")->body.size(), wanted[0].size() / 2);
  for (const char* width : {"0", "-5", "x", "1e9", "99999999"})
    EXPECT_EQ(get(fmt::format("/v/0/frame/1.jpg?width={}", width))->status, 400) << width;
}

TEST_F(ViewerTest, TheVideoComesInParts) {
  start();
  const std::string bytes = test::read_text(folder_.path() / "demo.mp4");
  EXPECT_EQ(get("/v/0/file")->body, bytes);
  const auto part = get("/v/0/file", {{"Range", "bytes=1000-1999"}});
  EXPECT_EQ(part->status, 206);
  EXPECT_EQ(part->body, bytes.substr(1000, 1000));
  EXPECT_EQ(part->get_header_value("Content-Type"), "video/mp4");
}

TEST_F(ViewerTest, NumbersAreThoseOfTheTable) {
  start();
  const Json result = json("/api/results/0");
  EXPECT_EQ(*result.at("last_frame").as_whole(), 90);
  EXPECT_EQ(result.at("timed"), Json(true));
  EXPECT_EQ(*result.at("video").at("width").as_whole(), 480);
  EXPECT_EQ(result.at("units").items()[0].at("told"), Json(false));
  EXPECT_EQ(*result.at("units").items()[1].at("description").as_text(), "lip corner puller");
  const std::vector<float> values =
      numbers("/api/results/0/columns?face=0&names=AU12_r,success&from=59&to=61&points=10");
  ASSERT_EQ(values.size(), 12u);
  EXPECT_FLOAT_EQ(values[0], 2.95f);
  EXPECT_TRUE(std::isnan(values[2]));
  EXPECT_EQ(values[8], 0);
  // Cut where the page wants it: 1 frame, 36 frames, 2 frames.
  const std::vector<float> cut =
      numbers("/api/results/0/columns?names=AU12_r&from=11&widths=1.10.2");
  ASSERT_EQ(cut.size(), 6u);
  EXPECT_FLOAT_EQ(cut[0], 0.55f);
  EXPECT_FLOAT_EQ(cut[2], 0.6f);
  EXPECT_FLOAT_EQ(cut[3], 2.35f);
  EXPECT_FLOAT_EQ(cut[5], 2.45f);
  const Json events = json("/api/results/0/events");
  ASSERT_EQ(events.items().size(), 1u);
  EXPECT_EQ(*events.items()[0].at("first").as_whole(), 31);
  EXPECT_EQ(*events.items()[0].at("last").as_whole(), 45);
  EXPECT_EQ(*events.items()[0].at("peak_frame").as_whole(), 45);
  const Json part = json("/api/results/0/selection?from=56&to=65");
  EXPECT_EQ(*part.at("followed").as_whole(), 9);
  EXPECT_TRUE(part.at("units").items()[0].at("peak").is_null());
  EXPECT_NEAR(part.at("units").items()[1].at("peak").number(), 3.25, 1e-9);
  EXPECT_THAT(get("/api/results/0/rows.csv?from=5&to=6")->body,
              testing::AllOf(StartsWith("frame,"), HasSubstr("\n5,0,"), HasSubstr("\n6,0,"),
                             Not(HasSubstr("\n7,0,"))));
  for (const char* bad :
       {"columns?names=AU99_r&from=1&to=2", "overlay?from=1&to=100000", "columns?names=AU12_r",
        "columns?names=AU12_r&from=5&to=2", "columns?names=AU12_r&from=1&to=2&points=0",
        "columns?names=AU12_r&from=1&to=2&points=99999999", "events?face=3", "overlay?from=0&to=1",
        "columns?names=AU12_r&from=1&widths=0", "columns?names=AU12_r&from=1&widths=1..2",
        "columns?names=AU12_r&from=1&widths=-1", "columns?names=AU12_r&from=1&widths=zzzzzzzzzzzz",
        "columns?names=AU12_r&widths=1", "columns?names=AU12_r&from=1&widths=1.%20", "mesh?frame=1",
        "selection?from=1", "columns?names=AU12_r&from=1&to=2&face=x"})
    EXPECT_THAT(get(fmt::format("/api/results/0/{}", bad))->status, testing::AnyOf(400, 404))
        << bad;
}

TEST_F(ViewerTest, TheMeshIsThatOfTheRun) {
  FaceMesh mesh;
  mesh.x[0] = 3.25F;
  mesh.y[477] = 7.5F;
  {
    MeshCsv writer(folder_.path() / "r/demo_mesh.csv");
    for (int frame = 1; frame <= 90; ++frame) {
      FrameResult row;
      row.frame = frame - 1;
      row.success = frame != 60;
      writer.add(row, &mesh);
    }
    writer.complete();
    writer.publish();
  }
  start();
  EXPECT_EQ(json("/api/results/0").at("overlay").at("mesh"), Json(false));
  EXPECT_EQ(get("/api/results/0/mesh?frame=1")->status, 404);
  test::write_text(folder_.path() / "r/demo.manifest.json",
                   fmt::format(R"({{"auriga": "1", "status": "complete",
                       "written": [{{"path": "r/demo_mesh.csv", "size_bytes": {}}}]}})",
                               fs::file_size(folder_.path() / "r/demo_mesh.csv")));
  start();
  EXPECT_EQ(json("/api/results/0").at("overlay").at("mesh"), Json(true));
  const std::vector<float> points = numbers("/api/results/0/mesh?face=0&frame=17");
  ASSERT_EQ(points.size(), 2u * kMeshPoints);
  EXPECT_EQ(points[0], 3.25F);
  EXPECT_EQ(points[2 * 477 + 1], 7.5F);
  EXPECT_TRUE(numbers("/api/results/0/mesh?face=0&frame=60").empty());
  EXPECT_TRUE(numbers("/api/results/0/mesh?face=0&frame=91").empty());
  EXPECT_EQ(get("/api/results/0/mesh?face=0")->status, 400);
}

// A mark in seconds is about no row of a table without times.
TEST_F(ViewerTest, LeftAndRightAreThoseOfTheRun) {
  const fs::path sides = folder_.path() / "r/demo_sides.csv";
  test::write_text(sides,
                   "frame,face_id,timestamp,confidence,success,AU12_left_r,AU12_right_r\n"
                   "17,0,0.533,0.9,1,1.25,2.5\n");
  const std::string columns =
      "/api/results/0/columns?face=0&names=AU12_right_r&from=17&to=17&points=1";
  // Without a manifest that names it, it may be of another run.
  start();
  EXPECT_EQ(get(columns)->status, 404);
  test::write_text(folder_.path() / "r/demo.manifest.json",
                   fmt::format(R"({{"auriga": "1", "status": "complete",
                       "written": [{{"path": "r/demo_sides.csv", "size_bytes": {}}}]}})",
                               fs::file_size(sides)));
  start();
  EXPECT_THAT(numbers(columns), testing::ElementsAre(2.5F, 2.5F));
}

TEST_F(ViewerTest, SecondsOfMarksNeedTimes) {
  test::write_text(folder_.path() / "r/lost.marks.csv", "kind,start,end\nexclude,0,5\n");
  start();
  EXPECT_EQ(*json("/api/results/1/selection?from=1&to=1").at("excluded").as_whole(), 0);
}

TEST_F(ViewerTest, MarksAreKeptAndCount) {
  start();
  EXPECT_EQ(*json("/api/results/0/marks").at("version").as_text(), "");
  const auto saved =
      put("/api/results/0/marks",
          R"({"version": "", "marks": [{"first": 31, "last": 40, "kind": "exclude"}]})");
  ASSERT_EQ(saved->status, 200);
  EXPECT_THAT(test::read_text(folder_.path() / "r/demo.marks.csv"), HasSubstr("31,40,exclude"));
  // What is excluded is no event any more.
  EXPECT_EQ(*json("/api/results/0/events").items()[0].at("first").as_whole(), 41);
  EXPECT_EQ(*json("/api/results/0/selection?from=31&to=45").at("excluded").as_whole(), 10);
  EXPECT_THAT(get("/api/results/0/marks.eaf")->body, HasSubstr("TIER_ID=\"exclude\""));
  EXPECT_THAT(get("/api/results/0/marks.boris.csv")->get_header_value("Content-Disposition"),
              HasSubstr("demo.marks.boris.csv"));
  const auto conflict = put("/api/results/0/marks", R"({"version": "", "marks": []})");
  EXPECT_EQ(conflict->status, 409);
  EXPECT_EQ(Json::parse(conflict->body)->at("marks").items().size(), 1u);
  for (const char* body : {"", "x", "[]", "{}", R"({"version": 1, "marks": []})",
                           R"({"version": "", "marks": [{"kind": "?"}]})"})
    EXPECT_EQ(put("/api/results/0/marks", body)->status, 400) << body;
  EXPECT_EQ(put("/api/study", "{}")->status, 405);
  EXPECT_EQ(put("/v/0/file", "{}")->status, 405);
}

TEST_F(ViewerTest, ReadOnlyWritesNothing) {
  ViewerOptions options;
  options.read_only = true;
  start(options);
  EXPECT_EQ(json("/api/results/0").at("marks"), Json(false));
  EXPECT_EQ(put("/api/results/0/marks", R"({"version": "", "marks": []})")->status, 403);
  EXPECT_EQ(get("/v/0/frame/80.jpg")->status, 200);
  study();
  std::vector<std::string> files;
  for (const auto& entry : fs::directory_iterator(folder_.path() / "r"))
    files.push_back(entry.path().filename());
  EXPECT_THAT(files, testing::UnorderedElementsAre("demo.csv", "lost.csv"));
}

TEST_F(ViewerTest, ATableThatCannotBeReadIsSaidAndTheOthersStay) {
  test::write_text(folder_.path() / "r/bad.csv", "frame,success,AU12_r\n1,1,2\n1,1,3\n");
  start();
  const Json all = study();
  ASSERT_EQ(all.at("results").items().size(), 3u);
  const Json& bad = all.at("results").items()[0];
  EXPECT_EQ(*bad.at("status").as_text(), "failed");
  EXPECT_THAT(*bad.at("problem").as_text(), HasSubstr("twice"));
  EXPECT_EQ(get("/api/results/0")->status, 409);
  EXPECT_EQ(get("/api/results/1")->status, 200);
}

TEST_F(ViewerTest, AVideoThatCannotBeReadLeavesTheData) {
  fs::remove(folder_.path() / "demo.mp4");
  test::write_text(folder_.path() / "demo.mp4", "no video");
  start();
  const Json result = json("/api/results/0");
  EXPECT_TRUE(result.at("video").is_null());
  EXPECT_THAT(*result.at("video_problem").as_text(), HasSubstr("demo.mp4"));
  EXPECT_EQ(get("/v/0/frame/1.jpg")->status, 409);
  EXPECT_EQ(get("/v/0/file")->status, 409);
  EXPECT_EQ(json("/api/results/0/events").items().size(), 1u);
}

TEST_F(ViewerTest, WhatAKilledViewerLeftIsRemovedUnlessNothingMayBeWritten) {
  const fs::path folder = folder_.path() / "r";
  const fs::path marks = test::part_of_dead_process(folder / "demo.marks.csv"),
                 index = test::part_of_dead_process(folder / "demo.frames.index"),
                 other = test::part_of_dead_process(folder / "other.csv");
  for (const fs::path& part : {marks, index, other}) test::write_text(part, "half");
  start({.read_only = true});
  EXPECT_TRUE(fs::exists(marks));
  start();
  EXPECT_FALSE(fs::exists(marks));
  EXPECT_FALSE(fs::exists(index));
  EXPECT_TRUE(fs::exists(other)) << "it is of no result of this study";
}

}  // namespace
}  // namespace auriga
