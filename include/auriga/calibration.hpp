// What was learnt of a person: a value that can be kept in a file and begun with.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace auriga {

// The neutral face of a person as an estimator of action units knows it. All clips of a participant
// that begin with the same calibration stand on one footing.
struct Calibration {
  // What it belongs to: it is refused elsewhere.
  std::string estimator;   // e.g. openface-2.2, open-0.2
  std::string landmarker;  // e.g. clnf, mesh
  std::string models;      // SHA-256 over the files of the estimator's models

  std::string source;              // what it was learnt from, for people; may be empty
  std::int64_t frames = 0;         // with success that it was learnt from
  std::vector<double> appearance;  // linear estimator: medians of the 4464 FHOG values; else empty
  std::vector<double> geometry;    // linear estimator: medians of the 238 values; else empty
  // Medians of the features by name (open estimator), ascending by name; else empty.
  std::vector<std::pair<std::string, float>> features;
  // What is subtracted from an intensity, by action unit, ascending; empty where the estimator has
  // none.
  std::vector<std::pair<std::string, double>> offsets;

  friend bool operator==(const Calibration&, const Calibration&) = default;
};

// Where the neutral face comes from that a person's values were compared with (open estimator).
struct NeutralFacts {
  // frames: from frames without an expression; weak: from few of them, and from the neutral face of
  // the models; none: there are too few, it is that of the models; given: it was known beforehand.
  enum class State { frames, weak, none, given };
  State state = State::none;
  std::int64_t frames = 0;  // without an expression
  double share = 0;         // of the frames with the face, 0..1
  double weight = 0;        // of those frames against the neutral face of the models, 0..1

  friend bool operator==(const NeutralFacts&, const NeutralFacts&) = default;
};

// A JSON file (docs/calibration.md): numbers are the shortest text that reads back the same.
// Throws Error(input) that names file, place, expected and found.
Calibration read_calibration(const std::filesystem::path& file);
// The file appears complete or not at all. Throws Error(output).
void write_calibration(const Calibration& calibration, const std::filesystem::path& file);

}  // namespace auriga
