// Videos that are upside down or sideways, and those that only seem so.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <filesystem>
#include <numbers>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/fake_streams.hpp"
#include "media/orientation.hpp"

namespace auriga {
namespace {

using test::StoredFrame;
using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

std::vector<StoredFrame> turned(std::vector<StoredFrame> frames, int degrees) {
  for (StoredFrame& frame : frames) {
    Image shown;
    orient(frame.bgr, orientation_of_turn(degrees), shown);
    frame.bgr = shown;
  }
  return frames;
}

// About the middle, clockwise; the nearest pixel, grey beyond the edge.
std::vector<StoredFrame> tilted(std::vector<StoredFrame> frames, double degrees) {
  const double c = std::cos(degrees * std::numbers::pi / 180),
               s = std::sin(degrees * std::numbers::pi / 180);
  for (StoredFrame& frame : frames) {
    const Image& from = frame.bgr;
    Image to(from.width(), from.height(), 3);
    std::fill_n(to.data(), to.size_bytes(), std::uint8_t{100});
    for (int y = 0; y < to.height(); ++y)
      for (int x = 0; x < to.width(); ++x) {
        const double dx = x - to.width() / 2.0, dy = y - to.height() / 2.0;
        const int u = static_cast<int>(std::lround(from.width() / 2.0 + c * dx + s * dy)),
                  v = static_cast<int>(std::lround(from.height() / 2.0 - s * dx + c * dy));
        if (u >= 0 && v >= 0 && u < from.width() && v < from.height())
          std::copy_n(from.row(v) + std::ptrdiff_t{3} * u, 3, to.row(y) + std::ptrdiff_t{3} * x);
      }
    frame.bgr = to;
  }
  return frames;
}

// A session that has seen them.
std::optional<TurnedVideo> turn_of(const Engine& engine, const std::vector<StoredFrame>& frames) {
  Session session(engine);
  for (const StoredFrame& frame : frames) {
    session.push(frame.view());
    if (session.turn()) break;
  }
  return session.turn();
}

class OpenTurn : public testing::Test {
 protected:
  void SetUp() override { AURIGA_NEEDS_OPEN_PACK(); }
  static Engine engine() { return Engine::load(test::folders_for("open"), {.preset = "open"}); }
};

TEST_F(OpenTurn, IsFoundWithinTenFrames) {
  if (IsSkipped()) return;
  const Engine engine = this->engine();
  const std::vector<StoredFrame> frames = test::demo_frames(12);
  EXPECT_FALSE(turn_of(engine, frames));
  for (const int degrees : {90, 180, 270}) {
    const auto turn = turn_of(engine, turned(frames, degrees));
    ASSERT_TRUE(turn) << degrees;
    EXPECT_EQ((turn->degrees + degrees) % 360, 0);
    EXPECT_TRUE(turn->whole);
    EXPECT_EQ(turn->frame, 0);
  }
}

TEST_F(OpenTurn, HeadsMayBeTilted) {
  if (IsSkipped()) return;
  const Engine engine = this->engine();
  const std::vector<StoredFrame> frames = test::demo_frames(24);
  for (const int degrees : {-45, -30, -15, 15, 30, 45})
    EXPECT_FALSE(turn_of(engine, tilted(frames, degrees))) << degrees;
}

// Law: no video of people as they sit before a camera is taken for turned, and all are when they
// are turned.
TEST_F(OpenTurn, IsTheSameForEverybody) {
  if (IsSkipped()) return;
  AURIGA_NEEDS("people/london");
  AURIGA_NEEDS("videos");
  const Engine engine = this->engine();
  const auto source = open_source(test::test_data() / "people/london");
  std::vector<StoredFrame> portraits = test::stored_frames(*source, 24);
  EXPECT_FALSE(turn_of(engine, portraits)) << "portraits";
  EXPECT_TRUE(turn_of(engine, turned(std::move(portraits), 180)));
  for (const auto& entry : std::filesystem::directory_iterator(test::test_data() / "videos")) {
    if (entry.path().extension() == ".md") continue;
    const std::vector<StoredFrame> frames = test::stored_frames(*open_source(entry.path()), 16);
    EXPECT_FALSE(turn_of(engine, frames)) << entry.path();
    for (const int degrees : {90, 180, 270}) {
      const auto turn = turn_of(engine, turned(frames, degrees));
      EXPECT_TRUE(turn && turn->degrees == 360 - degrees) << entry.path() << " " << degrees;
    }
  }
}

TEST_F(OpenTurn, ChangesNoResult) {
  if (IsSkipped()) return;
  const Engine engine = this->engine();
  for (const int degrees : {0, 180}) {
    const std::vector<StoredFrame> frames = turned(test::demo_frames(20), degrees);
    SessionOptions blind;
    blind.watch_turn = false;
    EXPECT_EQ(test::read(engine, blind, frames, {}), test::read(engine, {}, frames, {}));
  }
}

class FinishedSink : public Sink {
 public:
  std::vector<Written> finish(const FinalUnits&) override {
    finished = true;
    return {};
  }
  bool finished = false;
};

TEST_F(OpenTurn, EndsARunThatAsksForIt) {
  if (IsSkipped()) return;
  const Engine engine = this->engine();
  const std::vector<StoredFrame> frames = turned(test::demo_frames(40), 90);
  for (const bool stop : {true, false}) {
    test::FakeSource source(frames);
    Session session(engine);
    FinishedSink sink;
    Sink* const sinks[] = {&sink};
    const RunReport report = run(source, session, sinks, {.stop_when_turned = stop});
    ASSERT_TRUE(report.turn);
    EXPECT_EQ(report.turn->degrees, 270);
    EXPECT_EQ(sink.finished, !stop);
    EXPECT_EQ(report.complete, !stop);
    EXPECT_LT(report.frames, stop ? 40 : 41);
    EXPECT_THAT(report.warnings, Contains(HasSubstr("--rotate 270")));
    EXPECT_EQ(session.warnings().size(), 1u);
  }
}

// A telephone is turned over in the middle.
TEST_F(OpenTurn, IsSaidWhereItBegins) {
  if (IsSkipped()) return;
  std::vector<StoredFrame> frames = test::demo_frames(60);
  const std::vector<StoredFrame> over = turned(frames, 180);
  std::fill_n(frames[30].bgr.data(), frames[30].bgr.size_bytes(), std::uint8_t{0});
  for (std::size_t i = 31; i < 36; ++i) frames[i].bgr = frames[30].bgr;
  std::copy(over.begin() + 36, over.end(), frames.begin() + 36);
  const auto turn = turn_of(engine(), frames);
  ASSERT_TRUE(turn);
  EXPECT_EQ(turn->degrees, 180);
  EXPECT_FALSE(turn->whole);
  EXPECT_GE(turn->frame, 36);
}

class OpenFaceTurn : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    AURIGA_NEEDS("models/openface-2.2");
    AURIGA_NEEDS("models/onnx");
  }
};

TEST_P(OpenFaceTurn, IsSaid) {
  if (IsSkipped()) return;
  const Engine engine = Engine::load(test::folders_for(GetParam()), {.preset = GetParam()});
  const std::vector<StoredFrame> frames = test::demo_frames(60);
  Session upright(engine);
  for (const StoredFrame& frame : frames) upright.push(frame.view());
  EXPECT_THAT(upright.warnings(), IsEmpty());
  const auto turn = turn_of(engine, turned(frames, 180));
  ASSERT_TRUE(turn);
  EXPECT_EQ(turn->degrees, 180);
}

INSTANTIATE_TEST_SUITE_P(Presets, OpenFaceTurn, testing::Values("openface", "pyfaceau"),
                         [](const auto& of) { return std::string(of.param); });

}  // namespace
}  // namespace auriga
