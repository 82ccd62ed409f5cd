// The ways of telling action units from a face, behind one interface: an estimator looks at faces
// (AuEvidence), and a person (AuPerson) turns what it saw into action units over time.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "auriga/calibration.hpp"
#include "auriga/face.hpp"
#include "auriga/image.hpp"
#include "auriga/needs.hpp"
#include "auriga/units.hpp"

#include "media/picture.hpp"
#include "sides/half.hpp"

namespace auriga {

class AuEvidence;

// What there is to see of one face in one frame. Only what the estimator needs has to be there.
struct AuView {
  Picture picture;                 // the frame, 3 channels BGR: always there
  const ShapeFit* fit = nullptr;   // CalcParams of the landmarks; never null
  std::span<const float> fhog;     // Needs::fhog: 4464 values
  const FaceMesh* mesh = nullptr;  // Needs::mesh: px of `picture`; null where none was found
  // Needs::blendshapes; null where there is no mesh or no network for them, and in frames between
  // those that they are computed for.
  const Blendshapes* blendshapes = nullptr;
  double timestamp_s = 0;  // presentation time of the frame
  // The face is to be seen as if both its sides were this half. `fit` and `fhog` are of such a face
  // then; picture, mesh and blendshapes are the whole face's.
  std::optional<PictureHalf> half = std::nullopt;
  // With `half`: evidence of the same estimator whose last look() was at the same face as a whole.
  // What does not depend on the half need not be looked at again.
  const AuEvidence* whole = nullptr;
};

// What an estimator sees on the faces of one batch. Buffers are kept from batch to batch: nothing
// allocates unless a batch has more faces than any before it. One thread at a time.
class AuEvidence {
 public:
  virtual ~AuEvidence() = default;
  AuEvidence(const AuEvidence&) = delete;
  AuEvidence& operator=(const AuEvidence&) = delete;

  // A batch of `faces` >= 0. For each of them look() or fail(), in any order; then conclude().
  virtual void resize(int faces) = 0;
  // 0 <= i < faces. False: the view tells nothing, as after fail(i).
  virtual bool look(int i, const AuView& view) = 0;
  // A face that has nothing to look at.
  virtual void fail(int i) = 0;
  // What is computed of all faces of the batch together. The result of a face does not depend on
  // the others.
  virtual void conclude() = 0;
  virtual bool ok(int i) const = 0;

 protected:
  AuEvidence() = default;
};

struct AuPersonOptions {
  // Learn the neutral face of the person; false: every frame by itself, as AuEstimator::still().
  bool calibrate = true;
  bool final_values = true;  // finish() and row() are wanted; without, memory does not grow
  bool now = false;          // now() is wanted
  // The frames were given as the person's neutral face: where the estimator finds too few neutral
  // ones, all of them are taken to be.
  bool shown_neutral = false;
  // With `calibrate`: what is known of the person, who does not learn any more. Copied. Null:
  // nothing.
  const Calibration* begin_with = nullptr;
};

// The action units of one person in one stream. Values: intensities 0..5 and presences 0 or 1, as
// long as the lists of AuEstimator::units(), zero for a frame that failed. One thread at a time;
// const functions from any number of threads after finish().
class AuPerson {
 public:
  virtual ~AuPerson() = default;
  AuPerson(const AuPerson&) = delete;
  AuPerson& operator=(const AuPerson&) = delete;

  // The next frame: face i of concluded evidence of the same estimator. Not after finish().
  virtual void add(const AuEvidence& evidence, int i) = 0;
  // With AuPersonOptions::now: of the frame added last, as known then.
  virtual void now(std::span<double> intensities, std::span<double> presences) const = 0;

  // Ends the stream; may be called again without effect.
  virtual void finish() = 0;
  // Frames added; 0 without AuPersonOptions::final_values.
  virtual std::int64_t rows() const = 0;
  // After finish(), 0 <= i < rows(): the final values of a frame.
  virtual void row(std::int64_t i, std::span<double> intensities,
                   std::span<double> presences) const = 0;

  // What is known of the person, at any time. Estimator and models are filled in, landmarker and
  // source are not. A person that began with a calibration gives that one. Throws Error(usage) for
  // a person that does not learn, and while nothing has been learnt.
  virtual Calibration calibration() const = 0;
  // Where the neutral face comes from, as far as it is known now. Nothing while nothing has been
  // learnt, and of estimators whose neutral face is the median of all frames.
  virtual std::optional<NeutralFacts> neutral() const { return std::nullopt; }

 protected:
  AuPerson() = default;
};

// What a calibration belongs to.
struct AuIdentity {
  std::string name;    // e.g. openface-2.2
  std::string models;  // SHA-256 over the files of the models
};

// Owns its models. Immutable: any number of threads share one. Evidence and persons must not
// outlive it.
class AuEstimator {
 public:
  virtual ~AuEstimator() = default;
  AuEstimator(const AuEstimator&) = delete;
  AuEstimator& operator=(const AuEstimator&) = delete;

  const std::string& name() const { return identity_.name; }
  const std::string& models() const { return identity_.models; }
  // What AuView has to have: fhog, mesh, blendshapes; `picture` where all of it is looked at.
  virtual Needs needs() const = 0;
  virtual UnitNames units() const = 0;
  // Action units that are told, but not supported by measurement.
  virtual std::vector<std::string> experimental() const { return {}; }

  virtual std::unique_ptr<AuEvidence> evidence() const = 0;
  // Throws Error(usage) as check().
  std::unique_ptr<AuPerson> person(const AuPersonOptions& options = {}) const;
  // Of a face without a history, evidence.ok(i).
  virtual void still(const AuEvidence& evidence, int i, std::span<double> intensities,
                     std::span<double> presences) const = 0;

  // Whether persons can begin with this calibration. Throws Error(usage) that names what is
  // missing, too much, of the wrong length or not a finite number. Does not look at what the
  // calibration belongs to (calibration_check.hpp).
  virtual void check(const Calibration& calibration) const = 0;

 protected:
  explicit AuEstimator(AuIdentity identity) : identity_(std::move(identity)) {}
  const AuIdentity& identity() const { return identity_; }

 private:
  // options.calibrate is set, options.begin_with is null or checked.
  virtual std::unique_ptr<AuPerson> learning_person(const AuPersonOptions& options) const = 0;

  AuIdentity identity_;
};

}  // namespace auriga
