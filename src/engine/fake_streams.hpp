// The recipes that tests of the engine go through.
#pragma once

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "auriga/engine.hpp"
#include "auriga/run.hpp"
#include "auriga/session.hpp"

#include "engine/fake_source.hpp"
#include "support/golden.hpp"

namespace auriga::test {

inline Folders folders_for(const std::string& preset) {
  Folders folders;
  if (preset != "open") folders.models = {test_data() / "models"};
  if (preset == "open" || preset == "mixed") folders.models.push_back(open_pack());
  return folders;
}

inline std::filesystem::path demo() { return repository() / "examples/demo.mp4"; }

inline std::vector<StoredFrame> demo_frames(std::size_t most) {
  return stored_frames(*open_source(demo()), most);
}

// Two faces beside each other, one of which comes later.
inline std::vector<StoredFrame> frames_of_two() {
  std::vector<StoredFrame> frames = demo_frames(30);
  for (std::size_t i = 0; i < frames.size(); ++i) {
    const Image& one = frames[i].bgr;
    Image two(2 * one.width(), one.height(), 3);
    std::fill_n(two.data(), two.size_bytes(), std::uint8_t{0});
    for (int y = 0; y < one.height(); ++y) {
      std::copy_n(one.row(y), one.stride(), two.row(y));
      if (i >= 5)
        for (int x = 0; x < one.width(); ++x)  // mirrored
          std::copy_n(one.row(y) + 3 * x, 3, two.row(y) + 3 * (two.width() - 1 - x));
    }
    frames[i].bgr = two;
  }
  return frames;
}

// All that is told of a row but its action units, as bytes can tell it apart.
inline void append(std::vector<double>& values, const FrameResult& result) {
  values.push_back(static_cast<double>(result.frame));
  values.push_back(result.face_id);
  values.push_back(result.timestamp_s);
  values.push_back(result.confidence);
  values.push_back(result.success ? 1 : 0);
  const auto all = [&](const auto& numbers) {
    values.insert(values.end(), numbers.begin(), numbers.end());
  };
  all(result.landmarks.x);
  all(result.landmarks.y);
  all(result.shape.p);
  all(result.pose.translation_mm);
  all(result.pose.rotation_rad);
  for (const auto& axis : result.landmarks_3d_mm) all(axis);
  for (const auto& direction : result.gaze.direction) all(direction);
  all(result.eyes.x);
  all(result.eyes.y);
}

// All rows of a stream with their final action units.
struct Told {
  std::vector<double> rows, units;
  std::vector<double> now;  // intensities and presences of the moment, where they were asked for
  friend bool operator==(const Told&, const Told&) = default;
};

inline void append(std::vector<double>& values, const FinalUnits& units) {
  std::vector<double> intensities(units.names().intensities.size()),
      presences(units.names().presences.size());
  for (std::size_t row = 0; row < units.rows(); ++row) {
    units.read(row, intensities, presences);
    values.insert(values.end(), intensities.begin(), intensities.end());
    values.insert(values.end(), presences.begin(), presences.end());
  }
}

class TellingSink : public Sink {
 public:
  explicit TellingSink(Needs needs = {.gaze = true}) : needs_(needs) {}
  Needs needs() const override { return needs_; }
  void row(const FaceRow& row) override {
    append(told.rows, row.result);
    told.now.insert(told.now.end(), row.intensities.begin(), row.intensities.end());
    told.now.insert(told.now.end(), row.presences.begin(), row.presences.end());
  }
  std::vector<Written> finish(const FinalUnits& units) override {
    append(told.units, units);
    return {};
  }
  Told told;

 private:
  Needs needs_;
};

inline Told pushed(const Engine& engine, SessionOptions options,
                   const std::vector<StoredFrame>& frames, Needs needs = {.gaze = true}) {
  options.needs = needs;
  Session session(engine, options);
  Told told;
  for (const StoredFrame& frame : frames)
    for (const FaceRow& row : session.push(frame.view())) {
      append(told.rows, row.result);
      told.now.insert(told.now.end(), row.intensities.begin(), row.intensities.end());
      told.now.insert(told.now.end(), row.presences.begin(), row.presences.end());
    }
  append(told.units, session.finish());
  return told;
}

inline Told read(const Engine& engine, const SessionOptions& options,
                 const std::vector<StoredFrame>& frames, const Threads& threads,
                 Needs needs = {.gaze = true}) {
  FakeSource source(frames);
  Session session(engine, options);
  TellingSink sink(needs);
  Sink* const sinks[] = {&sink};
  RunOptions run_options;
  run_options.threads = threads;
  run(source, session, sinks, run_options);
  return sink.told;
}

}  // namespace auriga::test
