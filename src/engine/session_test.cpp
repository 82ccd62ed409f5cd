// Sessions: frames pushed or read, one or several at a time, with what was learnt before.
#include "auriga/session.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "auriga/error.hpp"

#include "engine/fake_streams.hpp"

namespace auriga {
namespace {

namespace fs = std::filesystem;
using test::StoredFrame;
using testing::HasSubstr;

template <typename Call>
void expect_error(const Call& call, ErrorCode code, const std::string& text) {
  try {
    call();
    ADD_FAILURE() << "no error; expected: " << text;
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), code) << error.what();
    EXPECT_THAT(error.what(), HasSubstr(text));
  }
}

// The demo, without a face at the beginning and in between, then smaller, then as it was.
std::vector<StoredFrame> difficult_frames() {
  std::vector<StoredFrame> frames = test::demo_frames(44);
  const auto blacken = [&](std::size_t first, std::size_t end) {
    for (std::size_t i = first; i < end; ++i)
      std::fill_n(frames[i].bgr.data(), frames[i].bgr.size_bytes(), std::uint8_t{0});
  };
  blacken(0, 2);
  blacken(14, 22);
  for (const std::size_t i : {1, 10, 11, 24}) frames[i].missing = true;
  for (std::size_t i = 30; i < 36; ++i) {  // every second pixel
    const Image& large = frames[i].bgr;
    Image small(large.width() / 2, large.height() / 2, 3);
    for (int y = 0; y < small.height(); ++y)
      for (int x = 0; x < small.width(); ++x)
        std::copy_n(large.row(2 * y) + 6 * x, 3, small.row(y) + 3 * x);
    frames[i].bgr = small;
  }
  return frames;
}

// A speaker view: the demo, somebody else, the demo.
std::vector<StoredFrame> frames_of_speakers() {
  std::vector<StoredFrame> frames = test::demo_frames(30);
  const auto other = open_source(test::test_data() / "videos/video01.mp4");
  for (StoredFrame& frame : test::stored_frames(*other, 14)) frames.push_back(std::move(frame));
  for (const StoredFrame& frame : test::demo_frames(12)) {
    frames.push_back({0, 0, Image()});
    frames.back().bgr = test::copy_of(frame.bgr);
  }
  for (std::size_t i = 0; i < frames.size(); ++i) {
    frames[i].index = static_cast<std::int64_t>(i);
    frames[i].timestamp_s = static_cast<double>(i) / 30;
  }
  return frames;
}

struct Way {
  const char* name;
  const char* preset;
  int faces = 1;
  bool calibrate = true;
  bool replay = false;
  bool speakers = false;
};
std::ostream& operator<<(std::ostream& out, const Way& way) { return out << way.name; }

class EveryWay : public testing::TestWithParam<Way> {
 protected:
  void SetUp() override {
    if (GetParam().preset == std::string("open")) {
      AURIGA_NEEDS_OPEN_PACK();
    } else {
      AURIGA_NEEDS("models/openface-2.2");
      AURIGA_NEEDS("models/onnx");
    }
  }
  test::TemporaryFolder folder_;
};

// Law: pushing frame by frame, and run() with any number of workers and batches, tell the same.
TEST_P(EveryWay, TellsTheSameWhetherFramesArePushedOrRead) {
  if (IsSkipped()) return;
  const Way& way = GetParam();
  const std::vector<StoredFrame> frames =
      way.faces > 1 ? test::frames_of_two() : difficult_frames();
  RecipeChoice choice;
  choice.preset = way.preset;
  if (way.replay) {
    // Landmarks of the same frames, with frames left out.
    std::string table = "frame, success";
    for (const char* axis : {"x", "y"})
      for (int i = 0; i < kLandmarks; ++i)
        table += std::string(", ") + axis + "_" + std::to_string(i);
    table += "\n";
    const Engine tracker = Engine::load(test::folders_for("openface"));
    Session session(tracker);
    for (const StoredFrame& frame : frames) {
      const FrameResult result = session.push(frame.view())[0].result;
      if (frame.index % 7 == 3) continue;
      table += std::to_string(frame.index + 1) + (result.success ? ", 1" : ", 0");
      for (const auto* axis : {&result.landmarks.x, &result.landmarks.y})
        for (const float px : *axis) table += ", " + std::to_string(px);
      table += "\n";
    }
    test::write_text(folder_.path() / "landmarks.csv", table);
    choice.preset.clear();
    choice.landmarks_csv = folder_.path() / "landmarks.csv";
  }
  const Engine engine = Engine::load(test::folders_for(way.preset), choice);
  SessionOptions options;
  options.faces = way.faces;
  options.calibrate = way.calibrate;
  if (way.speakers) options.split_people = true;
  const Needs now{.gaze = true, .units_now = true};

  const test::Told one = test::pushed(engine, options, frames, now);
  ASSERT_FALSE(one.units.empty());
  EXPECT_GT(*std::max_element(one.units.begin(), one.units.end()), 0);
  EXPECT_GT(*std::max_element(one.now.begin(), one.now.end()), 0);
  EXPECT_EQ(one.now.size(), one.units.size());
  // Where nobody is calibrated every frame stands by itself, and nothing is final later.
  EXPECT_EQ(one.now == one.units, !way.calibrate);
  for (const Threads& threads :
       {Threads{1, 1}, Threads{1, 5}, Threads{2, 0}, Threads{4, 0}, Threads{4, 2}, Threads{0, 0}}) {
    const test::Told some = test::read(engine, options, frames, threads, now);
    EXPECT_TRUE(some == one) << threads.workers << " workers, " << threads.batches_in_flight
                             << " batches";
  }
  // Values of the moment change nothing of the final ones.
  EXPECT_EQ(test::read(engine, options, frames, {2, 0}).units, one.units);
}

INSTANTIATE_TEST_SUITE_P(
    Session, EveryWay,
    testing::Values(Way{"openface", "openface"}, Way{"openface_two_faces", "openface", 3},
                    Way{"openface_uncalibrated", "openface", 1, false},
                    Way{"replay", "openface", 1, true, true}, Way{"pyfaceau", "pyfaceau"},
                    Way{"pyfaceau_two_faces", "pyfaceau", 3}, Way{"open", "open"},
                    Way{"open_two_faces", "open", 3}, Way{"open_uncalibrated", "open", 1, false},
                    Way{"openface_speakers", "openface", 1, true, false, true},
                    Way{"open_speakers", "open", 1, true, false, true}),
    [](const auto& info) { return std::string(info.param.name); });

class OpenSession : public testing::Test {
 protected:
  void SetUp() override { AURIGA_NEEDS_OPEN_PACK(); }
  static Engine engine() { return Engine::load(test::folders_for("open"), {.preset = "open"}); }
};

// Law: two sessions on one engine in two threads are each as if they were alone.
TEST_F(OpenSession, SharesItsEngineWithOthersInOtherThreads) {
  if (IsSkipped()) return;
  const Engine engine = this->engine();
  const std::vector<StoredFrame> frames = test::demo_frames(24), two = test::frames_of_two();
  SessionOptions several;
  several.faces = 3;
  const test::Told alone = test::pushed(engine, {}, frames),
                   alone_two = test::read(engine, several, two, {2, 0});
  test::Told a, b, c;
  {
    std::jthread first([&] { a = test::pushed(engine, {}, frames); });
    std::jthread second([&] { b = test::read(engine, several, two, {2, 0}); });
    std::jthread third([&] { c = test::read(engine, {}, frames, {2, 0}); });
  }
  EXPECT_TRUE(a == alone);
  EXPECT_TRUE(b == alone_two);
  EXPECT_TRUE(c == alone);
}

TEST_F(OpenSession, TellsEveryFaceByWhatIsSeenOfIt) {
  if (IsSkipped()) return;
  const Engine engine = this->engine();
  const std::vector<StoredFrame> two = test::frames_of_two();
  // The face on the right is of a later moment.
  StoredFrame mixed = two[6];
  const StoredFrame& later = two[28];
  for (int y = 0; y < mixed.bgr.height(); ++y)
    std::copy_n(later.bgr.row(y) + later.bgr.stride() / 2, later.bgr.stride() / 2,
                mixed.bgr.row(y) + mixed.bgr.stride() / 2);
  const Faces faces = engine.picture(mixed.bgr);
  ASSERT_EQ(faces.size(), 2u);
  double difference = 0;
  for (std::size_t i = 0; i < faces.units().intensities.size(); ++i)
    difference += std::abs(faces[0].intensities[i] - faces[1].intensities[i]);
  EXPECT_GT(difference, 0.5);
}

// It has its row, and the others are what they are without it.
TEST_F(OpenSession, FollowsNobodyWhereThePictureIsMissing) {
  if (IsSkipped()) return;
  const Engine engine = this->engine();
  const std::vector<StoredFrame> sound = test::demo_frames(12);
  std::vector<StoredFrame> frames = sound;
  for (const std::size_t i : {0, 5, 6}) {
    StoredFrame hole{0, 0, test::copy_of(sound[3].bgr), true};
    frames.insert(frames.begin() + static_cast<std::ptrdiff_t>(i), std::move(hole));
  }
  const auto results = [&](const std::vector<StoredFrame>& all) {
    Session session(engine, {.calibrate = false});
    std::vector<FrameResult> rows;
    for (const StoredFrame& frame : all) {
      const auto row = session.push(frame.view());
      EXPECT_EQ(row.size(), 1u);
      rows.push_back(row[0].result);
    }
    return rows;
  };
  const std::vector<FrameResult> with = results(frames), without = results(sound);
  std::size_t at = 0;
  for (std::size_t i = 0; i < with.size(); ++i) {
    if (frames[i].missing) {
      EXPECT_FALSE(with[i].success);
      EXPECT_EQ(with[i].confidence, 0);
      EXPECT_EQ(with[i].landmarks.x, i == 0 ? Landmarks{}.x : with[i - 1].landmarks.x);
    } else {
      EXPECT_EQ(with[i].landmarks.x, without[at].landmarks.x) << i;
      EXPECT_EQ(with[i].confidence, without[at++].confidence) << i;
    }
  }
}

// Somebody else has an id and a calibration of their own, and who comes back the one of before.
TEST_F(OpenSession, PartsThePeopleOfASpeakerView) {
  if (IsSkipped()) return;
  AURIGA_NEEDS("videos/video01.mp4");
  const Engine engine = this->engine();
  const std::vector<StoredFrame> frames = frames_of_speakers();
  const auto ids = [&](SessionOptions options, std::unique_ptr<Session>& session) {
    session = std::make_unique<Session>(engine, options);
    std::string ids;
    for (const StoredFrame& frame : frames)
      ids += std::to_string(session->push(frame.view())[0].result.face_id);
    return ids;
  };
  std::unique_ptr<Session> session;
  EXPECT_EQ(ids({}, session), std::string(30, '0') + std::string(14, '1') + std::string(12, '0'));
  EXPECT_EQ(session->calibration(0).frames, 42);
  EXPECT_EQ(session->calibration(1).frames, 14);
  SessionOptions together;
  together.split_people = false;
  EXPECT_EQ(ids(together, session), std::string(56, '0'));
  EXPECT_EQ(session->calibration(0).frames, 56);
}

TEST_F(OpenSession, GivesFinalUnitsOnlyWhereTheyAreKept) {
  if (IsSkipped()) return;
  const Engine engine = this->engine();
  SessionOptions options;
  options.final_units = false;
  options.needs = {.units_now = true};
  Session session(engine, options);
  double highest = 0;
  for (const StoredFrame& frame : test::demo_frames(60))
    for (const double value : session.push(frame.view())[0].intensities)
      highest = std::max(highest, value);
  EXPECT_GT(highest, 0.5);
  EXPECT_EQ(session.finish().rows(), 0u);
}

TEST_F(OpenSession, RefusesWhatItCannotUse) {
  if (IsSkipped()) return;
  const Engine engine = this->engine();
  const auto refused = [&](auto change, const std::string& text) {
    SessionOptions options;
    change(options);
    expect_error([&] { Session(engine, options); }, ErrorCode::usage, text);
  };
  refused([](auto& o) { o.faces = 0; }, "--multi-face expects 1 to 16, found 0");
  refused([](auto& o) { o.faces = 17; }, "--multi-face expects 1 to 16, found 17");
  refused([](auto& o) { o.redetect_every = -1; }, "--redetect-every");
  refused([](auto& o) { o.faces = 2, o.split_people = true; }, "--split-people");
  refused([](auto& o) { o.focal_px = {{500, 0}}; }, "must be above zero");

  Session session(engine);
  expect_error([&] { session.calibration(); }, ErrorCode::usage, "no frame has been seen");
  const Image grey(64, 64, 1);
  expect_error([&] { session.push({0, 0, grey}); }, ErrorCode::input, "3 channels (BGR), found 1");
  expect_error([&] { session.push({7, 0, {}}); }, ErrorCode::input, "frame 7");
  const std::vector<StoredFrame> frames = test::demo_frames(2);
  session.push(frames[0].view());
  test::FakeSource source(frames);
  expect_error([&] { run(source, session, {}); }, ErrorCode::usage, "has seen frames already");
  session.finish();
  expect_error([&] { session.push(frames[1].view()); }, ErrorCode::usage, "has ended");
}

// A session that begins with what another one learnt tells what that one told.
struct Learner {
  const char* name;
  const char* preset;
};
std::ostream& operator<<(std::ostream& out, const Learner& learner) { return out << learner.name; }

class Learning : public testing::TestWithParam<Learner> {
 protected:
  void SetUp() override {
    if (GetParam().preset == std::string("open")) {
      AURIGA_NEEDS_OPEN_PACK();
    } else {
      AURIGA_NEEDS("models/openface-2.2");
      AURIGA_NEEDS("models/onnx");
    }
  }
  test::TemporaryFolder folder_;
};

TEST_P(Learning, IsCarriedOverByAFile) {
  if (IsSkipped()) return;
  const Engine engine =
      Engine::load(test::folders_for(GetParam().preset), {.preset = GetParam().preset});
  const std::vector<StoredFrame> frames = test::demo_frames(90);
  Session first(engine);
  for (const StoredFrame& frame : frames) first.push(frame.view());
  std::vector<double> told;
  test::append(told, first.finish());
  const Calibration learnt = first.calibration(0);
  EXPECT_EQ(learnt.estimator, engine.setup().estimator);
  EXPECT_EQ(learnt.landmarker, engine.setup().landmarker);
  EXPECT_EQ(learnt.frames, 90);
  EXPECT_EQ(learnt.models.size(), 64u);
  EXPECT_FALSE(learnt.models.starts_with("e3b0c44298fc1c14")) << "the SHA-256 of nothing";

  const fs::path file = folder_.path() / "person.json";
  write_calibration(learnt, file);
  EXPECT_LT(fs::file_size(file), 200'000u);
  SessionOptions options;
  options.calibrations = {read_calibration(file)};
  EXPECT_EQ(options.calibrations[0], learnt);
  EXPECT_EQ(test::pushed(engine, options, frames).units, told);
  EXPECT_EQ(test::read(engine, options, frames, {2, 0}).units, told);

  // A part of the frames has the same neutral face, so that the same frames tell the same, but for
  // what smoothing takes from beyond its ends.
  const std::vector<StoredFrame> part(frames.begin() + 30, frames.begin() + 60);
  const std::vector<double> some = test::pushed(engine, options, part).units;
  const std::size_t width = told.size() / 90, intensities = first.units().intensities.size();
  for (std::size_t row = 4; row + 4 < 30; ++row)
    for (std::size_t i = 0; i < intensities; ++i)
      EXPECT_NEAR(some[row * width + i], told[(30 + row) * width + i], 0.35) << row << " " << i;
}

TEST_P(Learning, IsRefusedElsewhere) {
  if (IsSkipped()) return;
  const std::string preset = GetParam().preset;
  const Engine engine = Engine::load(test::folders_for(preset), {.preset = preset});
  const std::vector<StoredFrame> frames = test::demo_frames(12);
  Session session(engine);
  for (const StoredFrame& frame : frames) session.push(frame.view());
  const Calibration learnt = session.calibration(0);
  expect_error([&] { session.calibration(5); }, ErrorCode::usage, "5");
  const auto refused = [&](auto change, const std::string& text) {
    SessionOptions options;
    options.calibrations = {learnt};
    change(options);
    expect_error([&] { Session(engine, options); }, ErrorCode::usage, text);
  };
  refused([](auto& o) { o.calibrations[0].estimator = "open-0.0"; }, "open-0.0");
  refused([](auto& o) { o.calibrations[0].landmarker = "somebody"; }, "somebody");
  refused([](auto& o) { o.calibrations[0].models = std::string(64, '0'); }, "other model files");
  refused([](auto& o) { o.still = true; }, "nobody is calibrated");
  refused([](auto& o) { o.calibrate = false; }, "nobody is calibrated");
}

INSTANTIATE_TEST_SUITE_P(Session, Learning,
                         testing::Values(Learner{"openface", "openface"},
                                         Learner{"pyfaceau", "pyfaceau"}, Learner{"open", "open"}),
                         [](const auto& info) { return std::string(info.param.name); });

}  // namespace
}  // namespace auriga
