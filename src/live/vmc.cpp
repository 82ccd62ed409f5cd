#include "live/vmc.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <map>
#include <optional>
#include <string>

#include "auriga/live.hpp"

#include "live/osc_library.hpp"

namespace auriga {
namespace {

constexpr std::array<UnitShapes, 17> kUnitShapes = {{
    {"AU01", {"browInnerUp"}},
    {"AU02", {"browOuterUpLeft", "browOuterUpRight"}},
    {"AU04", {"browDownLeft", "browDownRight"}},
    {"AU05", {"eyeWideLeft", "eyeWideRight"}},
    {"AU06", {"cheekSquintLeft", "cheekSquintRight"}},
    {"AU07", {"eyeSquintLeft", "eyeSquintRight"}},
    {"AU09", {"noseSneerLeft", "noseSneerRight"}},
    {"AU10", {"mouthUpperUpLeft", "mouthUpperUpRight"}},
    {"AU12", {"mouthSmileLeft", "mouthSmileRight"}},
    {"AU14", {"mouthDimpleLeft", "mouthDimpleRight"}},
    {"AU15", {"mouthFrownLeft", "mouthFrownRight"}},
    {"AU17", {"mouthShrugLower", "mouthShrugUpper"}},
    {"AU20", {"mouthStretchLeft", "mouthStretchRight"}},
    {"AU23", {"mouthPressLeft", "mouthPressRight"}},
    {"AU25", {"mouthLowerDownLeft", "mouthLowerDownRight"}},
    {"AU26", {"jawOpen"}},
    {"AU45", {"eyeBlinkLeft", "eyeBlinkRight"}},
}};

class VmcSink : public LiveSink {
 public:
  VmcSink(const std::string& address, bool blendshapes)
      : address_(address), blendshapes_(blendshapes), osc_(address, "--vmc") {}

  Needs needs() const override { return {.blendshapes = blendshapes_, .units_now = true}; }
  void begin(const StreamInfo& stream, const Setup&) override { units_ = stream.units; }

  void packet(const LivePacket& packet) override {
    if (!first_) first_ = packet.captured_at;
    osc_.begin();
    const LiveFace* face = nullptr;
    for (const LiveFace& one : packet.faces)
      if (face == nullptr && one.result.success) face = &one;
    osc_.message("/VMC/Ext/OK");
    // Model loaded, calibrated, of mode "normal", and whether the face is followed.
    osc_.add(1).add(3).add(0).add(face != nullptr ? 1 : 0);
    osc_.message("/VMC/Ext/T");
    osc_.add(std::chrono::duration<float>(packet.captured_at - *first_).count());
    if (face != nullptr) {
      osc_.message("/VMC/Ext/Bone/Pos");
      osc_.add("Head").add(0.0f).add(0.0f).add(0.0f);
      for (const float value : head_turn(face->pose)) osc_.add(value);
      shapes_.clear();
      if (face->blendshapes != nullptr)
        shapes_of(*face->blendshapes, shapes_);
      else
        shapes_of(units_, face->intensities, shapes_);
      for (const auto& [name, value] : shapes_) {
        osc_.message("/VMC/Ext/Blend/Val");
        osc_.add(std::string(name)).add(value);
      }
      osc_.message("/VMC/Ext/Blend/Apply");
    }
    if (!osc_.send()) ++dropped_;
  }

  std::int64_t dropped() const override { return dropped_; }
  std::string name() const override { return "--vmc " + address_; }

 private:
  std::string address_;
  bool blendshapes_;
  OscSender osc_;
  UnitNames units_;
  NamedShapes shapes_;
  std::optional<SteadyTime> first_;
  std::atomic<std::int64_t> dropped_ = 0;
};

}  // namespace

std::span<const UnitShapes> unit_shapes() { return kUnitShapes; }

void shapes_of(const Blendshapes& blendshapes, NamedShapes& shapes) {
  for (std::size_t i = 1; i < kBlendshapeNames.size(); ++i)
    shapes.emplace_back(kBlendshapeNames[i], std::clamp(blendshapes[i], 0.0f, 1.0f));
}

void shapes_of(const UnitNames& units, std::span<const double> intensities, NamedShapes& shapes) {
  constexpr double kMostIntensity = 5;
  for (const UnitShapes& one : kUnitShapes) {
    const auto found = std::find(units.intensities.begin(), units.intensities.end(), one.unit);
    if (found == units.intensities.end()) continue;
    const double intensity =
        intensities[static_cast<std::size_t>(found - units.intensities.begin())];
    const auto value = static_cast<float>(std::clamp(intensity / kMostIntensity, 0.0, 1.0));
    for (const std::string_view shape : one.shapes) {
      if (shape.empty()) continue;
      const auto there = std::find_if(shapes.begin(), shapes.end(),
                                      [&](const auto& known) { return known.first == shape; });
      if (there == shapes.end())
        shapes.emplace_back(shape, value);
      else
        there->second = std::max(there->second, value);
    }
  }
}

std::array<float, 4> head_turn(const HeadPose& pose) {
  std::array<double, 3> s{}, c{};
  for (std::size_t i = 0; i < 3; ++i) {
    s[i] = std::sin(static_cast<double>(pose.rotation_rad[i]) / 2);
    c[i] = std::cos(static_cast<double>(pose.rotation_rad[i]) / 2);
  }
  // q = qx qy qz
  return {static_cast<float>(s[0] * c[1] * c[2] + c[0] * s[1] * s[2]),
          static_cast<float>(c[0] * s[1] * c[2] - s[0] * c[1] * s[2]),
          static_cast<float>(c[0] * c[1] * s[2] + s[0] * s[1] * c[2]),
          static_cast<float>(c[0] * c[1] * c[2] - s[0] * s[1] * s[2])};
}

std::unique_ptr<LiveSink> make_vmc_live_sink(const std::string& address, bool blendshapes) {
  return std::make_unique<VmcSink>(address, blendshapes);
}

}  // namespace auriga
