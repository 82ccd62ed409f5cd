// run(): order, counts, ends, what is computed, and what of the host is left alone.
#include "auriga/run.hpp"

#include <clocale>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <oneapi/tbb/global_control.h>
#include <oneapi/tbb/task_arena.h>

#include "auriga/error.hpp"

#include "engine/fake_streams.hpp"

extern "C" {
#include <libavutil/log.h>
}

extern char** environ;

namespace auriga {
namespace {

using test::StoredFrame;
using testing::HasSubstr;

class RunTest : public testing::Test {
 protected:
  void SetUp() override { AURIGA_NEEDS_OPEN_PACK(); }
  static Engine engine() { return Engine::load(test::folders_for("open"), {.preset = "open"}); }
};

class Recorder : public Sink {
 public:
  explicit Recorder(Needs needs = {}) : needs_(needs) {}
  Needs needs() const override { return needs_; }
  void begin(const StreamInfo& info, const auriga::Setup&) override {
    EXPECT_TRUE(calls.empty());
    stream = info;
    calls += 'b';
  }
  void row(const FaceRow& row) override {
    calls += 'r';
    frames.push_back(row.result.frame);
    has_fhog = !row.fhog.empty();
    has_aligned = !row.aligned.empty();
    has_now = !row.intensities.empty();
    has_gaze = row.result.gaze.direction[0][2] != 0;
  }
  void frame(const FrameView& frame) override {
    calls += 'f';
    has_picture = !frame.bgr.empty();
  }
  std::vector<Written> finish(const FinalUnits& units) override {
    calls += 'e';
    rows = units.rows();
    return {{"somewhere"}};
  }

  std::string calls;
  StreamInfo stream;
  std::vector<std::int64_t> frames;
  std::size_t rows = 0;
  bool has_fhog = false, has_aligned = false, has_now = false, has_gaze = false,
       has_picture = false;

 private:
  Needs needs_;
};

RunReport run_with(const Engine& engine, Sink& sink, const RunOptions& options = {},
                   Control control = {}) {
  const auto source = open_source(test::demo());
  Session session(engine);
  Sink* const sinks[] = {&sink};
  return run(*source, session, sinks, options, control);
}

TEST_F(RunTest, CallsSinksInOrder) {
  if (IsSkipped()) return;
  const Engine engine = this->engine();
  Recorder recorder;
  RunOptions four;
  four.threads.workers = 4;
  const RunReport report = run_with(engine, recorder, four);
  std::string expected = "b";
  for (int i = 0; i < 90; ++i) expected += "rf";
  EXPECT_EQ(recorder.calls, expected + "e");
  for (std::size_t i = 0; i < recorder.frames.size(); ++i)
    EXPECT_EQ(recorder.frames[i], static_cast<std::int64_t>(i));
  EXPECT_EQ(recorder.rows, 90u);
  EXPECT_EQ(report.frames, 90);
  EXPECT_EQ(report.rows, 90);
  EXPECT_EQ(report.faces, 90);
  EXPECT_EQ(report.people, 1);
  EXPECT_GE(report.detector_runs, 1);
  EXPECT_TRUE(report.complete) << report.partial_reason;
  EXPECT_THAT(report.warnings, testing::IsEmpty());
  EXPECT_THAT(report.notes, testing::IsEmpty());
  EXPECT_EQ(report.rows_lost, 0);
  ASSERT_EQ(report.written.size(), 1u);
  EXPECT_EQ(report.written[0].path, "somewhere");
  EXPECT_EQ(recorder.stream.frames_expected, 90);
  EXPECT_FALSE(recorder.stream.still);
}

// Frames without a face are counted; what the others hold is nothing to note.
TEST_F(RunTest, TellsHowManyRowsAreLost) {
  if (IsSkipped()) return;
  const Engine engine = this->engine();
  std::vector<StoredFrame> frames = test::demo_frames(20);
  for (std::size_t i = 8; i < 13; ++i)
    std::fill_n(frames[i].bgr.data(), frames[i].bgr.size_bytes(), std::uint8_t{0});
  test::FakeSource source(frames);
  Session session(engine);
  const RunReport report = run(source, session, {});
  EXPECT_EQ(report.rows, 20);
  EXPECT_EQ(report.rows - report.rows_lost, report.faces);
  EXPECT_GE(report.rows_lost, 5);
  ASSERT_EQ(report.notes.size(), 1u);
  EXPECT_THAT(report.notes[0],
              testing::StartsWith(std::to_string(report.rows_lost) + " of 20 rows are of frames"));
  EXPECT_THAT(report.notes[0], HasSubstr("cells are empty"));
}

// The demo and its negative: whether that is somebody else is not for sure, but it is a cut.
TEST_F(RunTest, TellsCuts) {
  if (IsSkipped()) return;
  const Engine engine = this->engine();
  std::vector<StoredFrame> frames = test::demo_frames(40);
  for (std::size_t i = 20; i < 40; ++i) {
    Image& bgr = frames[i].bgr;
    for (int y = 0; y < bgr.height(); ++y)
      for (int x = 0; x < 3 * bgr.width(); ++x) bgr.row(y)[x] = 255 - bgr.row(y)[x];
  }
  test::FakeSource source(frames);
  Session session(engine);
  const RunReport report = run(source, session, {});
  EXPECT_EQ(report.scene.cut_count, 1);
  ASSERT_EQ(report.scene.cuts.size(), 1u);
  EXPECT_EQ(report.scene.cuts[0].frame, 20);
  EXPECT_TRUE(report.scene.split);
  ASSERT_FALSE(report.warnings.empty());
  EXPECT_THAT(report.warnings[0], testing::StartsWith("1 hard cut, the first in frame 21"));
}

TEST_F(RunTest, TellsPortraitsOfSeveralPeople) {
  if (IsSkipped()) return;
  AURIGA_NEEDS("people/london");
  const Engine engine = this->engine();
  const test::TemporaryFolder folder;
  for (const char* name : {"002", "004", "006", "008", "010"})
    std::filesystem::copy(
        test::test_data() / "people/london" / (std::string(name) + "_neutral.jpg"),
        folder.path() / (std::string(name) + ".jpg"));
  const auto source = open_source(folder.path());
  Session session(engine);
  const RunReport report = run(*source, session, {});
  EXPECT_TRUE(report.scene.portraits);
  ASSERT_FALSE(report.warnings.empty());
  EXPECT_THAT(report.warnings[0],
              testing::AllOf(HasSubstr("portraits"), HasSubstr("FOLDER/*.jpg")));
}

TEST_F(RunTest, TellsThatMoreFacesAreVisibleThanFollowed) {
  if (IsSkipped()) return;
  const Engine engine = this->engine();
  const std::vector<StoredFrame> frames = test::frames_of_two();
  const auto notes = [&](int faces) {
    test::FakeSource source(frames);
    SessionOptions options;
    options.faces = faces;
    Session session(engine, options);
    return run(source, session, {}).notes;
  };
  // Two face ids share the frames, of which one has too few to know a neutral face from.
  EXPECT_THAT(notes(1),
              testing::ElementsAre(
                  testing::AllOf(testing::StartsWith("2 faces are visible (frame "),
                                 HasSubstr("1 is followed; --multi-face 2 follows them all")),
                  testing::StartsWith("the neutral face is known from face_id 0: ")));
  EXPECT_THAT(notes(2), testing::IsEmpty());
}

// Windows of frames are windows of time only at a usual rate.
TEST_F(RunTest, WarnsOfRatesFarFromThatOfTheSmoothing) {
  if (IsSkipped()) return;
  const Engine engine = this->engine();
  const auto warnings_at = [&](double fps, bool calibrate) {
    std::vector<StoredFrame> frames(12);
    for (std::size_t i = 0; i < frames.size(); ++i) {
      frames[i].index = static_cast<std::int64_t>(i);
      frames[i].timestamp_s = fps > 0 ? 5 + static_cast<double>(i) / fps : 0;
      frames[i].bgr.resize(64, 48, 3);
      std::fill_n(frames[i].bgr.data(), frames[i].bgr.size_bytes(), std::uint8_t{90});
    }
    test::FakeSource source(frames);
    SessionOptions options;
    options.calibrate = calibrate;
    Session session(engine, options);
    std::string text;
    for (const std::string& warning : run(source, session, {}).warnings) text += warning + '\n';
    return text;
  };
  for (const double fps : {0.0, 20.1, 24.0, 29.97, 39.9})
    EXPECT_THAT(warnings_at(fps, true), testing::Not(HasSubstr("smoothing"))) << fps;
  for (const double fps : {5.0, 15.0, 50.0, 60.0, 240.0})
    EXPECT_THAT(warnings_at(fps, true), HasSubstr("smoothing counts frames")) << fps;
  EXPECT_THAT(warnings_at(60, true), HasSubstr("60.0 frames/s"));
  EXPECT_THAT(warnings_at(60, true), HasSubstr("0.05 and 0.12 s here and 0.10 and 0.23 s"));
  EXPECT_THAT(warnings_at(60, true), HasSubstr("--fps 30"));
  EXPECT_THAT(warnings_at(60, false), testing::Not(HasSubstr("smoothing")))
      << "nothing is smoothed";
}

// Law: only what is needed is computed.
TEST_F(RunTest, ComputesOnlyWhatIsNeeded) {
  if (IsSkipped()) return;
  const Engine engine = this->engine();
  RunOptions some;
  some.most_frames = 12;
  const auto times = [](const RunReport& report) {
    std::map<std::string, double> ms;
    for (const auto& [stage, time] : report.stage_ms) ms[stage] = time;
    return ms;
  };
  Recorder nothing;
  auto ms = times(run_with(engine, nothing, some));
  EXPECT_EQ(ms.at("fhog"), 0);
  EXPECT_EQ(ms.at("align"), 0);
  EXPECT_EQ(ms.at("gaze"), 0);
  EXPECT_GT(ms.at("landmarks"), 0);
  EXPECT_FALSE(nothing.has_fhog || nothing.has_aligned || nothing.has_now || nothing.has_gaze ||
               nothing.has_picture);

  Recorder aligned({.aligned = true});
  ms = times(run_with(engine, aligned, some));
  EXPECT_GT(ms.at("align"), 0);
  EXPECT_EQ(ms.at("fhog"), 0);
  EXPECT_TRUE(aligned.has_aligned);
  EXPECT_FALSE(aligned.has_fhog);

  Recorder all({.fhog = true,
                .aligned = true,
                .mesh = true,
                .gaze = true,
                .picture = true,
                .units_now = true});
  ms = times(run_with(engine, all, some));
  EXPECT_GT(ms.at("fhog"), 0);
  EXPECT_GT(ms.at("gaze"), 0);
  EXPECT_TRUE(all.has_fhog && all.has_aligned && all.has_now && all.has_gaze && all.has_picture);
}

TEST_F(RunTest, EndsWhenItIsCancelled) {
  if (IsSkipped()) return;
  const Engine engine = this->engine();
  class Canceller : public Recorder {
   public:
    explicit Canceller(Control control) : control_(control) {}
    void row(const FaceRow& row) override {
      Recorder::row(row);
      if (frames.size() == 10) control_.cancel();
    }

   private:
    Control control_;
  };
  Control control;
  Canceller canceller(control);
  const RunReport report = run_with(engine, canceller, {}, control);
  EXPECT_TRUE(control.cancelled());
  EXPECT_FALSE(report.complete);
  EXPECT_THAT(report.partial_reason, HasSubstr("stopped on request after"));
  EXPECT_GE(report.frames, 10);
  EXPECT_LT(report.frames, 90);
  EXPECT_EQ(canceller.calls.back(), 'e');
  EXPECT_EQ(canceller.rows, static_cast<std::size_t>(report.rows));
  EXPECT_EQ(control.frames(), report.frames);
  EXPECT_GT(control.progress(), 0.1);
  EXPECT_LT(control.progress(), 1);

  Recorder none;
  EXPECT_EQ(run_with(engine, none, {}, control).frames, 0) << "a cancelled control stays cancelled";
  EXPECT_EQ(none.calls, "be");
  Control fresh;
  Recorder all;
  EXPECT_EQ(run_with(engine, all, {}, fresh).frames, 90);
  EXPECT_EQ(fresh.progress(), 1);
}

TEST_F(RunTest, PassesOnWhatASinkThrows) {
  if (IsSkipped()) return;
  const Engine engine = this->engine();
  class Thrower : public Recorder {
   public:
    explicit Thrower(char when) : when_(when) {}
    void begin(const StreamInfo& stream, const auriga::Setup& setup) override {
      Recorder::begin(stream, setup);
      if (when_ == 'b') throw std::runtime_error("enough");
    }
    void row(const FaceRow& row) override {
      Recorder::row(row);
      if (when_ == 'r' && frames.size() == 20) throw std::runtime_error("enough");
    }
    std::vector<Written> finish(const FinalUnits&) override { throw std::runtime_error("enough"); }

   private:
    char when_;
  };
  for (const char when : {'b', 'r', 'e'}) {
    Thrower thrower(when);
    EXPECT_THROW(run_with(engine, thrower), std::runtime_error) << when;
  }
  Recorder recorder;
  EXPECT_EQ(run_with(engine, recorder).frames, 90);
}

TEST_F(RunTest, TimesOfFramesAddUp) {
  if (IsSkipped()) return;
  const Engine engine = this->engine();
  Recorder recorder({.fhog = true, .aligned = true, .gaze = true});
  RunOptions timed;
  timed.frame_times = true;
  timed.threads.workers = 3;
  const RunReport report = run_with(engine, recorder, timed);
  const std::size_t stages = report.stage_ms.size();
  ASSERT_EQ(report.frame_ms.size(), 90 * stages);
  for (std::size_t stage = 0; stage < stages; ++stage) {
    const auto& [name, whole] = report.stage_ms[stage];
    double sum = 0, least = 1e9;
    for (std::size_t at = stage; at < report.frame_ms.size(); at += stages) {
      sum += static_cast<double>(report.frame_ms[at]);
      least = std::min(least, static_cast<double>(report.frame_ms[at]));
    }
    if (name == "calibrate" || name == "write") {  // and what is done at the end
      EXPECT_LE(sum, whole * (1 + 1e-5)) << name;
    } else {
      EXPECT_NEAR(sum, whole, 1e-5 * whole) << name;
    }
    // Not in every frame, or not by these models.
    if (name != "detect" && name != "gaze" && name != "light") {
      EXPECT_GT(least, 0) << name;
    }
  }
}

TEST_F(RunTest, EndsAfterTheMostFrames) {
  if (IsSkipped()) return;
  const Engine engine = this->engine();
  for (const auto& [most, frames] : {std::pair{21, 21}, std::pair{90, 90}, std::pair{91, 90}}) {
    Recorder recorder;
    RunOptions some;
    some.most_frames = most;
    const RunReport report = run_with(engine, recorder, some);
    EXPECT_EQ(report.frames, frames);
    EXPECT_TRUE(report.complete) << report.partial_reason;
    EXPECT_TRUE(report.frame_ms.empty());
  }
}

TEST_F(RunTest, RefusesWhatCannotBe) {
  if (IsSkipped()) return;
  const Engine engine = this->engine();
  const auto refused = [&](auto change, const std::string& text) {
    RunOptions options;
    change(options);
    Recorder recorder;
    try {
      run_with(engine, recorder, options);
      ADD_FAILURE() << "no error; expected: " << text;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::usage);
      EXPECT_THAT(error.what(), HasSubstr(text));
    }
  };
  refused([](auto& o) { o.threads.workers = -1; }, "--workers expects");
  refused([](auto& o) { o.threads.workers = 257; }, "--workers expects");
  refused([](auto& o) { o.threads.batches_in_flight = 4097; }, "--in-flight expects");
  refused([](auto& o) { o.most_frames = -1; }, "most_frames expects");
}

// Law: the library changes nothing of its host.
TEST_F(RunTest, LeavesTheHostAlone) {
  if (IsSkipped()) return;
  const auto settings = [] {
    std::vector<std::string> all;
    all.push_back("locale " + std::string(std::setlocale(LC_ALL, nullptr)));
    all.push_back("threads " + std::to_string(tbb::global_control::active_value(
                                   tbb::global_control::max_allowed_parallelism)));
    all.push_back("log level " + std::to_string(av_log_get_level()));
    all.push_back("folder " + std::filesystem::current_path().string());
    for (int signal = 1; signal < NSIG; ++signal) {
      struct sigaction action {};
      if (sigaction(signal, nullptr, &action) != 0) continue;
      all.push_back("signal " + std::to_string(signal) + " " +
                    std::to_string(reinterpret_cast<std::uintptr_t>(action.sa_sigaction)));
    }
    for (char** variable = environ; *variable != nullptr; ++variable) {
      const std::string text = *variable;
      if (!text.starts_with("ORT_DISABLE_TELEMETRY=")) all.push_back(text);
    }
    return all;
  };
  const std::vector<std::string> before = settings();
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  {
    const Engine engine = this->engine();
    Recorder recorder({.fhog = true, .aligned = true, .gaze = true, .picture = true});
    RunOptions options;
    options.threads.workers = 64;  // more than there are cores
    EXPECT_EQ(run_with(engine, recorder, options).frames, 90);
    EXPECT_EQ(settings(), before);
    try {
      open_source(test::repository() / "README.md");
    } catch (const Error&) {
    }
  }
  EXPECT_EQ(testing::internal::GetCapturedStdout(), "");
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
  EXPECT_EQ(settings(), before);
}

// Without threads of its own it works in the caller's arena.
TEST_F(RunTest, WorksInTheArenaOfTheCaller) {
  if (IsSkipped()) return;
  const Engine engine = this->engine();
  class Counter : public Recorder {
   public:
    void row(const FaceRow& row) override {
      Recorder::row(row);
      most = std::max(most, tbb::this_task_arena::max_concurrency());
    }
    int most = 0;
  };
  tbb::task_arena arena(1);
  Counter counter;
  arena.execute([&] { EXPECT_EQ(run_with(engine, counter).frames, 90); });
  EXPECT_EQ(counter.most, 1);
}

TEST_F(RunTest, GivesAllFacesOfAPicture) {
  if (IsSkipped()) return;
  AURIGA_NEEDS("images/sample6.jpg");
  const Engine engine = this->engine();
  const auto source = open_source(test::test_data() / "images/sample6.jpg");
  SessionOptions options;
  options.still = true;
  Session session(engine, options);
  Recorder recorder({.mesh = true, .units_now = true});
  Sink* const sinks[] = {&recorder};
  const RunReport report = run(*source, session, sinks);
  EXPECT_TRUE(recorder.stream.still);
  EXPECT_EQ(report.rows, 12);
  EXPECT_EQ(recorder.rows, 12u);

  Frame frame;
  const auto again = open_source(test::test_data() / "images/sample6.jpg");
  ASSERT_TRUE(again->next(frame));
  const Faces faces = engine.picture(frame.bgr());
  ASSERT_EQ(faces.size(), 12u);
  std::vector<double> intensities(faces.units().intensities.size()),
      presences(faces.units().presences.size());
  for (std::size_t i = 0; i < faces.size(); ++i) {
    report.units.read(i, intensities, presences);
    EXPECT_THAT(faces[i].intensities, testing::ElementsAreArray(intensities));
    EXPECT_THAT(faces[i].presences, testing::ElementsAreArray(presences));
    EXPECT_NE(faces[i].mesh, nullptr);
    EXPECT_EQ(faces[i].fhog.size(), 4464u);
    EXPECT_EQ(faces[i].aligned.width, 112);
  }
}

}  // namespace
}  // namespace auriga
