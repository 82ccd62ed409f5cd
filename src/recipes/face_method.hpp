// A loaded detector and landmarker, as the engine sees them.
#pragma once

#include <array>
#include <memory>
#include <string>

#include "landmarks/blendshapes.hpp"
#include "shape/shape_model.hpp"
#include "tracking/video_tracker.hpp"

namespace auriga {

class LandmarksCsv;

// The shape models that the parameters of tracked faces belong to; live as long as the method.
struct TrackedShapes {
  const ShapeModel* face = nullptr;
  std::array<const ShapeModel*, 2> eyes{};  // null: the landmarker finds no eyes
};

struct FollowOptions {
  int faces = 1;           // at the same time, 1..kMostFaces
  int redetect_every = 0;  // frames between two checks by the detector; 0: the method's default
};

// What the open pack calls the network for blendshapes, which it may lack.
inline constexpr const char* kBlendshapesComponent = "blendshapes";

// Immutable: any number of threads may share one. What it makes must not outlive it.
class FaceMethod {
 public:
  virtual ~FaceMethod() = default;

  virtual TrackedShapes shapes() const = 0;
  // A tracker that has seen nothing, for one stream.
  virtual std::unique_ptr<VideoTracker> follow(const FollowOptions& options) const = 0;
  // Takes every frame as a picture by itself: all its faces, the most certain detection first, with
  // its place as id. Faces that the landmarker has no landmarks for are left out. Null: the method
  // knows no pictures.
  virtual std::unique_ptr<VideoTracker> still() const = 0;

  // The table that it takes landmarks from; null: it finds them.
  virtual const LandmarksCsv* table() const { return nullptr; }

  // The network that reads blendshapes from its mesh; null: it finds none, or its models lack that.
  virtual std::shared_ptr<const BlendshapeNetwork::Model> blendshapes() const { return nullptr; }

  // Where its networks run, and why not where they were asked to.
  virtual std::string device_used() const { return "cpu"; }
  virtual std::string device_fallback_reason() const { return {}; }
};

}  // namespace auriga
