// The C interface tells what the C++ interface tells. How it meets mistakes is in tests/capi.
#include <array>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "auriga/c/auriga.h"
#include "auriga/sinks.hpp"

#include "engine/fake_streams.hpp"
#include "support/concurrently.hpp"
#include "support/golden.hpp"

namespace auriga {
namespace {

using test::StoredFrame;

std::string last_message() {
  const char* message = nullptr;
  auriga_last_error(&message);
  return message;
}

struct FreeEngine {
  void operator()(auriga_engine* engine) const { auriga_engine_free(engine); }
};
struct FreeSession {
  void operator()(auriga_session* session) const { auriga_session_free(session); }
};
using CEngine = std::unique_ptr<auriga_engine, FreeEngine>;
using CSession = std::unique_ptr<auriga_session, FreeSession>;

CEngine load(const std::string& preset) {
  std::string folders;
  for (const auto& folder : test::folders_for(preset).models) folders += folder.string() + '\n';
  auriga_engine_options options{.struct_size = sizeof options};
  options.models = folders.c_str();
  options.preset = preset.c_str();
  auriga_engine* engine = nullptr;
  EXPECT_EQ(auriga_engine_load(&options, &engine), AURIGA_OK) << last_message();
  return CEngine(engine);
}

CSession open(const CEngine& engine, const auriga_session_options& options) {
  auriga_session* session = nullptr;
  EXPECT_EQ(auriga_session_new(engine.get(), &options, &session), AURIGA_OK) << last_message();
  return CSession(session);
}

constexpr Needs kAll = {.fhog = true,
                        .aligned = true,
                        .mesh = true,
                        .blendshapes = true,
                        .gaze = true,
                        .units_now = true};

auriga_session_options all_of_rows() {
  auriga_session_options options{.struct_size = sizeof options};
  options.units_now = options.gaze = options.mesh = options.blendshapes = options.fhog =
      options.aligned = 1;
  return options;
}

template <typename T>
void append(std::vector<double>& to, const T* values, std::size_t count) {
  if (values == nullptr) return to.push_back(-1);
  to.insert(to.end(), values, values + count);
}

// All that C tells of a row.
std::vector<double> numbers(const auriga_row& row, std::size_t intensities, std::size_t presences) {
  std::vector<double> all = {
      static_cast<double>(row.frame),   row.timestamp_s, static_cast<double>(row.face_id),
      static_cast<double>(row.success), row.confidence,  row.shape_scale};
  append(all, row.landmarks_x, 68);
  append(all, row.landmarks_y, 68);
  for (const auto& axis : row.landmarks_mm) append(all, axis, 68);
  append(all, row.pose_translation_mm, 3);
  append(all, row.pose_rotation_rad, 3);
  append(all, row.shape_rotation_rad, 3);
  append(all, row.shape_translation_px, 2);
  append(all, row.shape, 34);
  append(all, row.camera_px, 4);
  for (const auto& eye : row.gaze) append(all, eye, 3);
  append(all, row.gaze_angle_rad, 2);
  append(all, row.eyes_x, 56);
  append(all, row.eyes_y, 56);
  for (const auto& axis : row.eyes_mm) append(all, axis, 56);
  append(all, row.intensities, intensities);
  append(all, row.presences, presences);
  append(all, row.mesh_px, 3 * 478);
  append(all, row.blendshapes, 52);
  append(all, row.fhog, 4464);
  append(all, row.aligned, 112 * 112 * 3);
  return all;
}

// The same of C++, in the same order.
std::vector<double> numbers(const FaceRow& row) {
  const FrameResult& of = row.result;
  std::vector<double> all = {
      static_cast<double>(of.frame), of.timestamp_s, static_cast<double>(of.face_id),
      of.success ? 1. : 0.,          of.confidence,  of.shape.scale};
  const auto add = [&](const auto& values) {
    all.insert(all.end(), std::begin(values), std::end(values));
  };
  const auto add_or_none = [&](const auto& values) {
    if (std::empty(values))
      all.push_back(-1);
    else
      add(values);
  };
  add(of.landmarks.x);
  add(of.landmarks.y);
  for (const auto& axis : of.landmarks_3d_mm) add(axis);
  add(of.pose.translation_mm);
  add(of.pose.rotation_rad);
  add(std::array{of.shape.rx, of.shape.ry, of.shape.rz});
  add(std::array{of.shape.tx, of.shape.ty});
  add(of.shape.p);
  add(std::array{of.camera.fx, of.camera.fy, of.camera.cx, of.camera.cy});
  for (const auto& eye : of.gaze.direction) add(eye);
  add(of.gaze.angle_rad);
  add(of.eyes.x);
  add(of.eyes.y);
  for (const auto& axis : of.eyes.mm) add(axis);
  add_or_none(row.intensities);
  add_or_none(row.presences);
  if (row.mesh != nullptr) {
    add(row.mesh->x);
    add(row.mesh->y);
    add(row.mesh->z);
  } else {
    all.push_back(-1);
  }
  add_or_none(row.blendshapes != nullptr ? std::span<const float>(*row.blendshapes)
                                         : std::span<const float>());
  add_or_none(row.fhog);
  EXPECT_TRUE(row.aligned.empty() || (row.aligned.width == 112 && row.aligned.stride == 3 * 112));
  add_or_none(std::span(row.aligned.data, row.aligned.empty() ? 0U : 112U * 112U * 3U));
  return all;
}

struct Numbers {
  std::vector<std::vector<double>> rows;
  std::vector<double> units;
};

void append_final_units(auriga_session* session, std::int64_t rows, std::vector<double>& to) {
  std::int32_t told = 0, shown = 0;
  ASSERT_EQ(auriga_session_unit_count(session, &told, &shown), AURIGA_OK);
  std::vector<double> intensities(static_cast<std::size_t>(rows * told)),
      presences(static_cast<std::size_t>(rows * shown));
  ASSERT_EQ(
      auriga_session_final_units(session, 0, rows, intensities.data(), std::ssize(intensities),
                                 presences.data(), std::ssize(presences)),
      AURIGA_OK)
      << last_message();
  for (std::int64_t row = 0; row < rows; ++row) {
    append(to, intensities.data() + row * told, static_cast<std::size_t>(told));
    append(to, presences.data() + row * shown, static_cast<std::size_t>(shown));
  }
}

void append_rows(auriga_session* session, std::int32_t count,
                 std::vector<std::vector<double>>& to) {
  std::int32_t told = 0, shown = 0;
  ASSERT_EQ(auriga_session_unit_count(session, &told, &shown), AURIGA_OK);
  for (std::int32_t i = 0; i < count; ++i) {
    auriga_row row{.struct_size = sizeof row};
    ASSERT_EQ(auriga_session_row(session, i, &row), AURIGA_OK) << last_message();
    to.push_back(numbers(row, static_cast<std::size_t>(told), static_cast<std::size_t>(shown)));
  }
}

Numbers pushed_through_c(auriga_session* session, const std::vector<StoredFrame>& frames) {
  Numbers all;
  for (const StoredFrame& stored : frames) {
    const auriga_frame frame{.struct_size = sizeof frame,
                             .bgr = stored.bgr.data(),
                             .width = stored.bgr.width(),
                             .height = stored.bgr.height(),
                             .stride = stored.bgr.stride(),
                             .timestamp_s = stored.timestamp_s,
                             .missing = stored.missing};
    std::int32_t count = 0;
    EXPECT_EQ(auriga_session_push(session, &frame, &count), AURIGA_OK) << last_message();
    append_rows(session, count, all.rows);
  }
  std::int64_t rows = 0;
  EXPECT_EQ(auriga_session_finish(session, &rows), AURIGA_OK);
  append_final_units(session, rows, all.units);
  return all;
}

Numbers pushed_through_cpp(const Engine& engine, SessionOptions options,
                           const std::vector<StoredFrame>& frames) {
  options.needs = kAll;
  Session session(engine, options);
  Numbers all;
  for (const StoredFrame& frame : frames)
    for (const FaceRow& row : session.push(frame.view())) all.rows.push_back(numbers(row));
  test::append(all.units, session.finish());
  return all;
}

class CInterface : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    if (std::string(GetParam()) == "open")
      AURIGA_NEEDS_OPEN_PACK();
    else
      AURIGA_NEEDS("models");
  }
};

TEST_P(CInterface, TellsTheNumbersOfTheCppInterfaceOfPushedFrames) {
  const CEngine engine = load(GetParam());
  ASSERT_TRUE(engine);
  const CSession session = open(engine, all_of_rows());
  ASSERT_TRUE(session);
  std::vector<StoredFrame> frames = test::demo_frames(12);
  frames[4].missing = true;
  const Numbers expected = pushed_through_cpp(
      Engine::load(test::folders_for(GetParam()), {.preset = GetParam()}), {}, frames);
  const Numbers found = pushed_through_c(session.get(), frames);
  ASSERT_EQ(found.rows.size(), 12U);
  EXPECT_EQ(found.rows, expected.rows);
  EXPECT_FALSE(found.units.empty());
  EXPECT_EQ(found.units, expected.units);
}

TEST_P(CInterface, RunsAFileToTheNumbersOfPushedFrames) {
  const CEngine engine = load(GetParam());
  ASSERT_TRUE(engine);
  const CSession one = open(engine, all_of_rows()), other = open(engine, all_of_rows());
  const Numbers expected = pushed_through_c(one.get(), test::demo_frames(10));

  struct Seen {
    auriga_session* session;
    std::vector<std::vector<double>> rows;
    std::int64_t frames = 0, last_progress = 0;
    std::thread::id caller = std::this_thread::get_id();
    bool pushing_is_refused = false, elsewhere = false;
  } seen{other.get(), {}};
  auriga_run_options options{.struct_size = sizeof options, .most_frames = 10};
  options.pictures = 1;
  options.data = &seen;
  options.on_row = [](void* data, const auriga_row* row) -> std::int32_t {
    Seen& to = *static_cast<Seen*>(data);
    std::int32_t intensities = 0, presences = 0;
    auriga_session_unit_count(to.session, &intensities, &presences);
    to.rows.push_back(
        numbers(*row, static_cast<std::size_t>(intensities), static_cast<std::size_t>(presences)));
    return 0;
  };
  options.on_frame = [](void* data, const auriga_frame* frame) -> std::int32_t {
    Seen& to = *static_cast<Seen*>(data);
    EXPECT_EQ(frame->index, to.frames++);
    EXPECT_EQ(frame->width, 480);
    EXPECT_NE(frame->bgr, nullptr);
    std::int32_t rows = 0;
    to.pushing_is_refused = auriga_session_push(to.session, frame, &rows) == AURIGA_BUSY;
    return 0;
  };
  options.on_progress = [](void* data, std::int64_t frames, std::int64_t of) -> std::int32_t {
    Seen& to = *static_cast<Seen*>(data);
    to.elsewhere |= std::this_thread::get_id() != to.caller;
    EXPECT_EQ(frames, ++to.last_progress);
    EXPECT_EQ(of, 90);
    return 0;
  };
  auriga_report report{.struct_size = sizeof report};
  ASSERT_EQ(auriga_run(other.get(), test::demo().c_str(), &options, &report), AURIGA_OK)
      << last_message();
  EXPECT_EQ(seen.rows, expected.rows);
  EXPECT_EQ(seen.frames, 10);
  EXPECT_EQ(seen.last_progress, 10);
  EXPECT_TRUE(seen.pushing_is_refused);
  EXPECT_FALSE(seen.elsewhere) << "with one worker callbacks come on the caller's thread";
  EXPECT_EQ(report.frames, 10);
  EXPECT_EQ(report.rows, 10);
  EXPECT_EQ(report.faces, 10);
  EXPECT_EQ(report.people, 1);
  EXPECT_EQ(report.width, 480);
  EXPECT_EQ(report.complete, 1);
  EXPECT_EQ(report.turned_deg, 0);
  std::vector<double> units;
  append_final_units(other.get(), report.rows, units);
  EXPECT_EQ(units, expected.units);
}

INSTANTIATE_TEST_SUITE_P(Presets, CInterface, testing::Values("open", "openface", "pyfaceau"),
                         [](const auto& one) { return std::string(one.param); });

TEST(CSetup, IsThatOfTheEngine) {
  AURIGA_NEEDS_OPEN_PACK();
  const CEngine engine = load("open");
  ASSERT_TRUE(engine);
  auriga_setup setup{.struct_size = sizeof setup};
  ASSERT_EQ(auriga_engine_setup(engine.get(), &setup), AURIGA_OK) << last_message();
  const Engine own = Engine::load(test::folders_for("open"), {.preset = "open"});
  const auriga::Setup& expected = own.setup();
  EXPECT_EQ(setup.preset, expected.preset);
  EXPECT_EQ(setup.detector, expected.detector);
  EXPECT_EQ(setup.landmarker, expected.landmarker);
  EXPECT_EQ(setup.estimator, expected.estimator);
  EXPECT_EQ(setup.device, expected.device_used);
  EXPECT_EQ(setup.note, expected.note);
  EXPECT_EQ(setup.has_gaze, expected.has_gaze);
  EXPECT_EQ(setup.has_mesh, expected.has_mesh);
  EXPECT_EQ(setup.has_blendshapes, expected.has_blendshapes);
  EXPECT_EQ(setup.splits_people, expected.splits_people);
}

// Every option reaches the session.
TEST(CSessionOptions, ChangeWhatTheCppOptionsChange) {
  AURIGA_NEEDS_OPEN_PACK();
  const CEngine engine = load("open");
  ASSERT_TRUE(engine);
  const Engine own = Engine::load(test::folders_for("open"), {.preset = "open"});
  const std::vector<StoredFrame> frames = test::frames_of_two();
  const auto expect_same = [&](const char* what, void (*set)(auriga_session_options&),
                               SessionOptions expected) {
    SCOPED_TRACE(what);
    auriga_session_options options = all_of_rows();
    set(options);
    const CSession session = open(engine, options);
    ASSERT_TRUE(session);
    const Numbers numbers = pushed_through_c(session.get(), frames);
    const Numbers other = pushed_through_cpp(own, std::move(expected), frames);
    EXPECT_EQ(numbers.rows, other.rows);
    EXPECT_EQ(numbers.units, other.units);
  };
  expect_same("faces", [](auriga_session_options& to) { to.faces = 2; }, {.faces = 2});
  expect_same("still", [](auriga_session_options& to) { to.still = 1; }, {.still = true});
  expect_same("no_calibration", [](auriga_session_options& to) { to.no_calibration = 1; },
              {.calibrate = false});
  expect_same("camera",
              [](auriga_session_options& to) {
                to.focal_px[0] = to.focal_px[1] = 900;
                to.centre_px[0] = 300;
                to.centre_px[1] = 200;
              },
              {.focal_px = {{900, 900}}, .centre_px = {{300, 200}}});
  expect_same("no_final_units", [](auriga_session_options& to) { to.no_final_units = 1; },
              {.final_units = false});
}

// What was learnt goes from session to session by a file, as in C++.
TEST(CCalibration, GoesThroughAFile) {
  AURIGA_NEEDS_OPEN_PACK();
  const test::TemporaryFolder folder;
  const std::string file = folder.path() / "person.json";
  const CEngine engine = load("open");
  ASSERT_TRUE(engine);
  const std::vector<StoredFrame> frames = test::demo_frames(20);
  const CSession first = open(engine, all_of_rows());
  pushed_through_c(first.get(), frames);
  ASSERT_EQ(auriga_session_save_calibration(first.get(), 0, file.c_str()), AURIGA_OK)
      << last_message();
  auriga_session_options options = all_of_rows();
  options.calibrations = file.c_str();
  const CSession second = open(engine, options);
  ASSERT_TRUE(second);
  const Engine own = Engine::load(test::folders_for("open"), {.preset = "open"});
  const Numbers expected =
      pushed_through_cpp(own, {.calibrations = {read_calibration(file)}}, frames);
  EXPECT_EQ(pushed_through_c(second.get(), frames).units, expected.units);
}

TEST(CThreads, ShareAnEngine) {
  AURIGA_NEEDS_OPEN_PACK();
  const CEngine engine = load("open");
  ASSERT_TRUE(engine);
  const std::vector<StoredFrame> frames = test::demo_frames(10);
  const auto all = test::concurrently(4, [&](int) {
    const CSession session = open(engine, all_of_rows());
    return pushed_through_c(session.get(), frames);
  });
  for (const Numbers& numbers : all) {
    EXPECT_EQ(numbers.rows, all.front().rows);
    EXPECT_EQ(numbers.units, all.front().units);
  }
}

}  // namespace
}  // namespace auriga
