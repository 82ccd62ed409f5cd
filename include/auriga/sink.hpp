// Where results go: tables, files, pictures, a program.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "auriga/face.hpp"
#include "auriga/formats.hpp"
#include "auriga/row.hpp"
#include "auriga/source.hpp"

namespace auriga {

struct Setup;

// What somebody needs of the frames; what nobody needs is not computed.
struct Needs {
  bool fhog = false;       // FaceRow::fhog
  bool aligned = false;    // FaceRow::aligned
  bool mesh = false;       // FaceRow::mesh
  bool gaze = false;       // FrameResult::gaze and eyes
  bool picture = false;    // the frame's picture, once its faces are known
  bool units_now = false;  // FaceRow::intensities and presences of every frame

  friend Needs operator|(const Needs& a, const Needs& b) {
    return {a.fhog || b.fhog, a.aligned || b.aligned, a.mesh || b.mesh,
            a.gaze || b.gaze, a.picture || b.picture, a.units_now || b.units_now};
  }
  friend bool operator==(const Needs&, const Needs&) = default;
};

// What is known of the stream before its first frame.
struct StreamInfo {
  std::string format;                // container and codec, for people
  int width = 0, height = 0;         // px, as displayed
  double fps = 0;                    // nominal
  std::int64_t frames_expected = 0;  // 0: unknown
  bool still = false;                // a picture: its rows are all faces, not one face over time
  Camera camera;                     // that head pose and 3-D landmarks refer to
  UnitNames units;
};

// The final action units of a stream, one row per FaceRow in the same order. Copies share the
// values. Any number of threads may read.
class FinalUnits {
 public:
  class Rows {
   public:
    virtual ~Rows() = default;
    virtual std::size_t size() const = 0;
    virtual void read(std::size_t row, std::span<double> intensities,
                      std::span<double> presences) const = 0;
  };

  FinalUnits() = default;  // none
  FinalUnits(UnitNames names, std::shared_ptr<const Rows> rows)
      : names_(std::move(names)), rows_(std::move(rows)) {}

  const UnitNames& names() const { return names_; }
  std::size_t rows() const { return rows_ ? rows_->size() : 0; }
  // Copies the values of one row, row < rows(), into spans as long as the lists of names:
  // intensities 0..5, presences 0 or 1.
  void read(std::size_t row, std::span<double> intensities, std::span<double> presences) const {
    rows_->read(row, intensities, presences);
  }

 private:
  UnitNames names_;
  std::shared_ptr<const Rows> rows_;
};

// A result that is in place.
struct Written {
  std::filesystem::path path;  // a file, or a folder of files
};

// Takes the results of one stream. Calls come in the order below, never from two threads at a time,
// and what they throw ends the run. A sink that is destroyed without finish() leaves nothing
// behind.
class Sink {
 public:
  virtual ~Sink() = default;
  Sink(const Sink&) = delete;
  Sink& operator=(const Sink&) = delete;

  virtual Needs needs() const { return {}; }
  // Once, before the first frame.
  virtual void begin(const StreamInfo& stream, const Setup& setup);
  // For each face of each frame: by frame, then by ascending face id. Valid during the call.
  virtual void row(const FaceRow& row);
  // After the rows of a frame, also of one without faces. `frame.bgr` is empty unless
  // Needs::picture.
  virtual void frame(const FrameView& frame);
  // Once, at the end: completes the results and tells what they are.
  virtual std::vector<Written> finish(const FinalUnits& units);

 protected:
  Sink() = default;
};

}  // namespace auriga
