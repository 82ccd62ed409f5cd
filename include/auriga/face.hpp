// What is known of one face in one frame: box, landmarks, fitted shape, head pose.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

namespace auriga {

inline constexpr int kLandmarks = 68;   // iBUG order
inline constexpr int kShapeModes = 34;  // of the 68-point shape model
// Of both eyes: 0-27 of the eye on the left of the picture, 28-55 of the other. Of each: iris
// outline 0-7, lids 8-19, pupil outline 20-27.
inline constexpr int kEyeLandmarks = 56;
// Of MediaPipe's face mesh: the surface 0-467, then the irises: five points each, the centre first,
// of the eye on the left of the picture 468-472, of the other 473-477.
inline constexpr int kMeshPoints = 478;

// Of MediaPipe's blendshape network: how much of each movement a face shows. Left and right are the
// person's.
inline constexpr int kBlendshapes = 52;
inline constexpr std::array<std::string_view, kBlendshapes> kBlendshapeNames = {
    "_neutral",         "browDownLeft",      "browDownRight",      "browInnerUp",
    "browOuterUpLeft",  "browOuterUpRight",  "cheekPuff",          "cheekSquintLeft",
    "cheekSquintRight", "eyeBlinkLeft",      "eyeBlinkRight",      "eyeLookDownLeft",
    "eyeLookDownRight", "eyeLookInLeft",     "eyeLookInRight",     "eyeLookOutLeft",
    "eyeLookOutRight",  "eyeLookUpLeft",     "eyeLookUpRight",     "eyeSquintLeft",
    "eyeSquintRight",   "eyeWideLeft",       "eyeWideRight",       "jawForward",
    "jawLeft",          "jawOpen",           "jawRight",           "mouthClose",
    "mouthDimpleLeft",  "mouthDimpleRight",  "mouthFrownLeft",     "mouthFrownRight",
    "mouthFunnel",      "mouthLeft",         "mouthLowerDownLeft", "mouthLowerDownRight",
    "mouthPressLeft",   "mouthPressRight",   "mouthPucker",        "mouthRight",
    "mouthRollLower",   "mouthRollUpper",    "mouthShrugLower",    "mouthShrugUpper",
    "mouthSmileLeft",   "mouthSmileRight",   "mouthStretchLeft",   "mouthStretchRight",
    "mouthUpperUpLeft", "mouthUpperUpRight", "noseSneerLeft",      "noseSneerRight"};

struct Point2 {
  float x = 0, y = 0;  // px
};

// A detected face. Box in pixels, may reach beyond the image.
struct FaceBox {
  float x = 0, y = 0, w = 0, h = 0;  // left, top, width, height, px
  float score = 0;                   // detector's probability, 0..1
  std::array<Point2, 5>
      points{};  // image-left eye, image-right eye, nose tip, image-left and -right mouth corner
};

// 68 points in iBUG order, pixels, planar (all x, then all y).
struct Landmarks {
  std::array<float, kLandmarks> x{};
  std::array<float, kLandmarks> y{};
};

// x and y in pixels, z in the same unit, smaller nearer to the camera; z of the irises is 0.
// Planar.
struct FaceMesh {
  std::array<float, kMeshPoints> x{};
  std::array<float, kMeshPoints> y{};
  std::array<float, kMeshPoints> z{};
};

// 0..1 each, in the order of kBlendshapeNames.
using Blendshapes = std::array<float, kBlendshapes>;

// A face in the weak-perspective shape model (spec pdm.md): point i = scale * (R S_i)_xy + (tx, ty)
// with S = mean + basis * p and R = Rx(rx) Ry(ry) Rz(rz).
struct ShapeFit {
  float scale = 1;               // px per model mm
  float rx = 0, ry = 0, rz = 0;  // rad
  float tx = 0, ty = 0;          // px
  std::array<float, kShapeModes> p{};
};

// Pin-hole camera without distortion, pixels.
struct Camera {
  float fx = 0, fy = 0, cx = 0, cy = 0;
};

// Head pose in camera coordinates: x right, y down, z away from the camera.
struct HeadPose {
  std::array<float, 3> translation_mm{};
  std::array<float, 3> rotation_rad{};  // pitch, yaw, roll
};

// Where the eyes look, in camera coordinates. Eye 0 is the one on the left of the picture.
struct Gaze {
  std::array<std::array<float, 3>, 2> direction{};  // unit vectors from the eyeball; 0: unknown
  std::array<float, 2> angle_rad{};  // of both together: to the right of the picture, and down
};

struct EyeLandmarks {
  std::array<float, kEyeLandmarks> x{}, y{};             // px
  std::array<std::array<float, kEyeLandmarks>, 3> mm{};  // X, Y, Z in camera coordinates
};

}  // namespace auriga
