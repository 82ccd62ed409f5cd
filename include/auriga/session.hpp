// One stream: the faces that are followed and the people who are learnt.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "auriga/calibration.hpp"
#include "auriga/engine.hpp"
#include "auriga/sink.hpp"
#include "auriga/source.hpp"

namespace auriga {

// A crop of the face for people to look at; the action units have their own.
struct CropOptions {
  float scale = 0.7f;  // px per mm, 0.01..100
  int size = 112;      // width and height, px, 1..4096
  bool mask = true;    // black outside the face
  bool grey = false;
};

struct SessionOptions {
  // Every frame is a picture by itself: all its faces, with the static models.
  bool still = false;
  int faces = 1;  // followed at the same time, 1..16
  // With one followed face: when it becomes another person's, that one has a face id, and so a
  // calibration, of its own, and somebody who comes back has the former one again. False: one face
  // id throughout, and run() warns. Where times do not advance from frame to frame nobody is
  // parted: pictures far apart show one person in many ways. Not given: as Setup::splits_people.
  std::optional<bool> split_people;
  // Per face the person's neutral face is learnt; without, values of every frame by itself with the
  // static models, as OpenFace does for several faces.
  bool calibrate = true;
  bool static_aus = false;  // models without person calibration
  // The frames are given as the person's neutral face, for what others are to begin with
  // (calibration()): where too few of them seem neutral, all are taken to be.
  bool shown_neutral = false;
  // Find out whether the video is upside down or sideways: turn(). Results do not depend on it. Has
  // no effect on pictures.
  bool watch_turn = true;
  int redetect_every = 0;  // frames between two checks by the detector (pfld, mesh); 0: default
  // Of the camera, x and y, px; empty: estimated from the frame size as OpenFace does. What is
  // given holds for the size of the first frame; where the size changes later it is scaled as the
  // estimate is.
  std::optional<std::array<float, 2>> focal_px, centre_px;
  std::optional<CropOptions> crop;  // empty: FaceRow::aligned is what the action units see
  Needs needs;  // of whoever reads the rows of push(); run() adds those of sinks
  // What finish() gives is kept: about 30 MB an hour with OpenFace's models. Without it memory does
  // not grow.
  bool final_units = true;
  // What is known of the people beforehand: the one with face id i begins with the i-th. Those do
  // not learn any more.
  std::vector<Calibration> calibrations;
};

// Throws Error(usage) for what no engine could do, before models are loaded; a Session does so,
// too. `landmarks_from_table`: RecipeChoice::landmarks_csv is given.
void check(const SessionOptions& options, bool landmarks_from_table = false);

// Frames in, faces and their action units out. Results depend on nothing but the engine, the
// options and the frames: not on threads, and not on whether frames are pushed or read by run().
// One thread at a time; may move from thread to thread.
class Session {
 public:
  // Throws Error(usage) for options that are out of range or do not go with the engine,
  // Error(usage) for a calibration of another estimator, landmarker or version.
  explicit Session(const Engine& engine, const SessionOptions& options = {});
  ~Session();
  Session(Session&&) noexcept;
  Session& operator=(Session&&) noexcept;

  const UnitNames& units() const;
  // That head pose and 3-D landmarks of a frame of that size refer to.
  Camera camera(int width, int height) const;

  // The next frame: its faces, by ascending id, with action units as known now. A session that
  // follows one face gives one row per frame, also where it has none (success false). Valid until
  // the next call. Throws Error(input) for a frame that is not BGR.
  std::span<const FaceRow> push(const FrameView& frame);

  // What may make the numbers of the frames so far other than a reader expects: whole sentences.
  // run() puts them into its report.
  std::vector<std::string> warnings() const;

  // Whether the frames so far seem turned; warnings() says so, too. A final verdict, on the
  // evidence of five pictures or more. A session goes on with frames as they come: whoever can
  // turns the video and begins anew.
  std::optional<TurnedVideo> turn() const;

  // Ends the stream: the final units of all rows so far. Without SessionOptions::final_units there
  // are none. Nothing can be pushed afterwards.
  FinalUnits finish();

  // What is known of a person, at any time. Throws Error(usage) when there is no such face id, when
  // the session does not calibrate, or while nothing has been learnt.
  Calibration calibration(int face_id = 0) const;

  // "This is neutral now": faces show their neutral face from the next frame on (true), or have
  // done so until now (false). From then on units of the moment are those against what was shown;
  // final units, calibration() and neutral() do not heed it. False where it ends without a face
  // having been seen, so that everything stays as it was. Throws Error(usage) when the session does
  // not calibrate.
  bool show_neutral(bool shown);
  // Units of the moment are again those against what is learnt from all frames.
  void forget_neutral();
  // What show_neutral() has learnt of a face id. Throws Error(usage) where it has shown nothing.
  Calibration shown_neutral(int face_id = 0) const;

  // Where the neutral faces come from, by ascending face id, as far as it is known now; after
  // finish() of the final units. Only of estimators that look for neutral frames (open), and of
  // people who have been seen.
  std::vector<std::pair<int, NeutralFacts>> neutral() const;

  // What run() drives.
  class Stream;
  Stream& stream() { return *stream_; }

 private:
  std::unique_ptr<Stream> stream_;
};

}  // namespace auriga
