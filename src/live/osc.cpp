#include <atomic>
#include <string>

#include "auriga/live.hpp"

#include "live/osc_library.hpp"

namespace auriga {
namespace {

class OscSink : public LiveSink {
 public:
  explicit OscSink(const std::string& address) : address_(address), osc_(address, "--osc") {}

  void begin(const StreamInfo& stream, const Setup&) override { units_ = stream.units; }

  void packet(const LivePacket& packet) override {
    osc_.begin();
    osc_.message("/auriga/frame");
    osc_.add(static_cast<int>(packet.frame))
        .add(static_cast<float>(packet.captured_s))
        .add(static_cast<float>(packet.latency_ms))
        .add(static_cast<int>(packet.lost));
    for (const LiveFace& face : packet.faces) {
      const std::string base = "/auriga/face/" + std::to_string(face.result.face_id);
      const bool success = face.result.success;
      osc_.message(base + "/success");
      osc_.add(success ? 1 : 0);
      osc_.message(base + "/confidence");
      osc_.add(static_cast<float>(face.result.confidence));
      if (!success) continue;
      for (std::size_t i = 0; i < units_.intensities.size(); ++i) {
        osc_.message(base + "/au_r/" + units_.intensities[i]);
        osc_.add(static_cast<float>(face.intensities[i]));
      }
      for (std::size_t i = 0; i < units_.presences.size(); ++i) {
        osc_.message(base + "/au_c/" + units_.presences[i]);
        osc_.add(static_cast<int>(face.presences[i]));
      }
      osc_.message(base + "/pose");
      for (const float value : face.pose.translation_mm) osc_.add(value);
      for (const float value : face.pose.rotation_rad) osc_.add(value);
      osc_.message(base + "/gaze");
      for (const float value : face.gaze.angle_rad) osc_.add(value);
    }
    if (!osc_.send()) ++dropped_;
  }

  std::int64_t dropped() const override { return dropped_; }
  std::string name() const override { return "--osc " + address_; }

 private:
  std::string address_;
  OscSender osc_;
  UnitNames units_;
  std::atomic<std::int64_t> dropped_ = 0;
};

}  // namespace

std::unique_ptr<LiveSink> make_osc_live_sink(const std::string& address) {
  return std::make_unique<OscSink>(address);
}

}  // namespace auriga
