#include "viewer/live_view.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <httplib.h>
#include <signal.h>

#include "files/json.hpp"

namespace auriga {
namespace {

class LiveViewTest : public ::testing::Test {
 protected:
  void SetUp() override {
    signal(SIGPIPE, SIG_IGN);
    LiveViewOptions options;
    options.source = "a camera";
    view_ = std::make_unique<LiveView>(options);
    client_ = std::make_unique<httplib::Client>("127.0.0.1", view_->port());
    const std::string address = view_->address();
    const auto entered = client_->Get(address.substr(address.find("/?")));
    cookie_ = entered->get_header_value("Set-Cookie");
    cookie_ = cookie_.substr(0, cookie_.find(';'));
  }

  httplib::Result get(const std::string& path) { return client_->Get(path, {{"Cookie", cookie_}}); }

  // Frame `index`, 0-based, at 8 frames/s, with a face or without.
  void show(std::int64_t index, bool face = true) {
    FrameResult result;
    result.success = face;
    result.landmarks.x[5] = static_cast<float>(index);
    const std::vector<double> intensities{index / 10.0, 0.5};
    const std::vector<LiveFace> faces{{result, intensities, {}, {}, {}}};
    LivePacket packet;
    packet.frame = index;
    packet.captured_s = static_cast<double>(index) / 8;
    packet.lost = 3;
    packet.faces = faces;
    Image picture(64, 48, 3);
    for (int y = 0; y < 48; ++y) std::fill_n(picture.row(y), 64 * 3, std::uint8_t{100});
    view_->show(picture, packet, {{"AU12", "AU45"}, {}});
  }

  std::unique_ptr<LiveView> view_;
  std::unique_ptr<httplib::Client> client_;
  std::string cookie_;
};

struct Shown {
  Json facts;
  std::string jpeg;
};
Shown taken_apart(const std::string& body) {
  std::uint32_t length = 0;
  for (int i = 0; i < 4; ++i)
    length |=
        static_cast<std::uint32_t>(static_cast<unsigned char>(body[static_cast<std::size_t>(i)]))
        << (8 * i);
  return {Json::parse(body.substr(4, length)).value(), body.substr(4 + length)};
}

TEST_F(LiveViewTest, APictureComesWithItsNumbers) {
  std::thread camera([this] {
    for (std::int64_t i = 0; i < 40; ++i) {
      show(i);
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
  });
  std::int64_t after = -1;
  int pictures = 0;
  for (int i = 0; i < 10; ++i) {
    const auto reply = get("/api/live/next?after=" + std::to_string(after));
    if (reply->status == 204) continue;
    const Shown shown = taken_apart(reply->body);
    const std::int64_t frame = *shown.facts.at("frame").as_whole() - 1;
    EXPECT_GT(frame, after);
    after = frame;
    EXPECT_EQ(shown.jpeg.substr(0, 2), "\xFF\xD8");
    const Json& face = shown.facts.at("faces").items().at(0);
    EXPECT_EQ(face.at("x").items().at(5).number(), static_cast<double>(frame));
    EXPECT_NEAR(face.at("intensities").items().at(0).number(), static_cast<double>(frame) / 10,
                1e-9);
    EXPECT_EQ(*shown.facts.at("lost").as_whole(), 3);
    ++pictures;
  }
  camera.join();
  EXPECT_GE(pictures, 5);
  EXPECT_EQ(Json::parse(get("/api/live")->body)->at("units").items().size(), 2u);
}

TEST_F(LiveViewTest, ThePastIsAMinuteLong) {
  for (std::int64_t i = 0; i < 1000; ++i) show(i, i % 2 == 0);
  const Json past = Json::parse(get("/api/live/past")->body).value();
  ASSERT_EQ(past.items().size(), 481u);  // 8 frames/s
  EXPECT_EQ(*past.items().front().at("frame").as_whole(), 520);
  EXPECT_EQ(*past.items().back().at("frame").as_whole(), 1000);
  EXPECT_EQ(past.items().back().at("face"), Json(false));
  EXPECT_EQ(past.items()[1].at("intensities").items().size(),
            0u + 2 * (past.items()[1].at("face") == Json(true)));
  EXPECT_EQ(Json::parse(get("/api/live/past?after=998")->body)->items().size(), 1u);
}

TEST_F(LiveViewTest, WithoutANewFrameItSaysSo) {
  EXPECT_EQ(get("/api/live/next")->status, 204);
  EXPECT_EQ(*Json::parse(get("/api/live")->body)->at("source").as_text(), "a camera");
  EXPECT_EQ(get("/api/live/next?after=x")->status, 400);
  EXPECT_EQ(get("/api/study")->status, 404);
  EXPECT_EQ(client_->Get("/api/live")->status, 403);
}

TEST_F(LiveViewTest, EndsWhileSomebodyWaits) {
  std::thread browser([this] { get("/api/live/next?after=99"); });
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  view_.reset();
  browser.join();
}

}  // namespace
}  // namespace auriga
