// Lab Streaming Layer, by liblsl where it is there.
#include <cmath>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include <fmt/core.h>

#include "auriga/error.hpp"
#include "auriga/live.hpp"

#include "live/run_time_library.hpp"

namespace auriga {
namespace {

// What is used of liblsl, by its documented interface, the same in 1.13 to 1.16.
struct LslLibrary {
  void* (*create_streaminfo)(const char* name, const char* type, std::int32_t channels, double rate,
                             int format, const char* id);
  void (*destroy_streaminfo)(void* info);
  void* (*get_desc)(void* info);
  void* (*append_child)(void* element, const char* name);
  void* (*append_child_value)(void* element, const char* name, const char* value);
  void* (*create_outlet)(void* info, std::int32_t chunk, std::int32_t most_seconds);
  void (*destroy_outlet)(void* outlet);
  std::int32_t (*push_sample_dt)(void* outlet, const double* sample, double time);
  double (*local_clock)();

  explicit LslLibrary(const std::filesystem::path& file) {
    const char* advice =
        "Debian has none: `pip install pylsl` brings one, name its file with --lsl-library (in "
        "Python: `import pylsl.lib; print(pylsl.lib.lib._name)`)";
    const RunTimeLibrary library =
        file.empty() ? RunTimeLibrary({"liblsl.so.2", "liblsl.so.1", "liblsl.so"}, "--lsl", advice)
                     : RunTimeLibrary({file.string()}, "--lsl", advice);
    library.load(create_streaminfo, "lsl_create_streaminfo");
    library.load(destroy_streaminfo, "lsl_destroy_streaminfo");
    library.load(get_desc, "lsl_get_desc");
    library.load(append_child, "lsl_append_child");
    library.load(append_child_value, "lsl_append_child_value");
    library.load(create_outlet, "lsl_create_outlet");
    library.load(destroy_outlet, "lsl_destroy_outlet");
    library.load(push_sample_dt, "lsl_push_sample_dt");
    library.load(local_clock, "lsl_local_clock");
  }
};
constexpr int kDoubles = 2;
constexpr double kIrregular = 0;

class LslSink : public LiveSink {
 public:
  LslSink(std::string name, const std::filesystem::path& library)
      : name_(std::move(name)), lsl_(library) {}
  ~LslSink() override { close(); }

  void begin(const StreamInfo& stream, const Setup& setup) override {
    struct Channel {
      std::string label, unit, type;
    };
    std::vector<Channel> channels = {
        {"frame", "count", "Misc"},          {"captured", "seconds", "Misc"},
        {"latency", "milliseconds", "Misc"}, {"lost", "count", "Misc"},
        {"success", "boolean", "Misc"},      {"confidence", "normalized", "Misc"}};
    for (const std::string& unit : stream.units.intensities)
      channels.push_back({unit + "_r", "0..5", "ActionUnit"});
    for (const std::string& unit : stream.units.presences)
      channels.push_back({unit + "_c", "boolean", "ActionUnit"});
    for (const char* axis : {"x", "y", "z"})
      channels.push_back({fmt::format("pose_T{}", axis), "millimeters", "Position"});
    for (const char* axis : {"x", "y", "z"})
      channels.push_back({fmt::format("pose_R{}", axis), "radians", "Orientation"});
    for (const char* axis : {"x", "y"})
      channels.push_back({fmt::format("gaze_angle_{}", axis), "radians", "Gaze"});
    sample_.resize(channels.size());
    void* info = lsl_.create_streaminfo(name_.c_str(), "FaceActionUnits",
                                        static_cast<std::int32_t>(channels.size()), kIrregular,
                                        kDoubles, ("auriga-" + name_).c_str());
    if (info == nullptr) fail();
    void* description = lsl_.get_desc(info);
    lsl_.append_child_value(description, "manufacturer", "auriga");
    lsl_.append_child_value(description, "estimator", setup.estimator.c_str());
    lsl_.append_child_value(description, "landmarker", setup.landmarker.c_str());
    void* list = lsl_.append_child(description, "channels");
    for (const Channel& one : channels) {
      void* channel = lsl_.append_child(list, "channel");
      lsl_.append_child_value(channel, "label", one.label.c_str());
      lsl_.append_child_value(channel, "unit", one.unit.c_str());
      lsl_.append_child_value(channel, "type", one.type.c_str());
    }
    constexpr std::int32_t kEachSample = 0, kMostSeconds = 60;
    outlet_ = lsl_.create_outlet(info, kEachSample, kMostSeconds);
    lsl_.destroy_streaminfo(info);
    if (outlet_ == nullptr) fail();
  }

  // A row for every frame, of the first face; without values where there is none.
  void packet(const LivePacket& packet) override {
    const LiveFace* face = packet.faces.empty() ? nullptr : &packet.faces.front();
    std::size_t at = 0;
    const auto add = [&](double value) { sample_[at++] = value; };
    const bool seen = face != nullptr && face->result.success;
    add(static_cast<double>(packet.frame));
    add(packet.captured_s);
    add(packet.latency_ms);
    add(static_cast<double>(packet.lost));
    add(seen ? 1 : 0);
    add(face == nullptr ? 0 : face->result.confidence);
    if (seen) {
      for (const double value : face->intensities) add(value);
      for (const double value : face->presences) add(value);
      for (const float value : face->pose.translation_mm) add(value);
      for (const float value : face->pose.rotation_rad) add(value);
      for (const float value : face->gaze.angle_rad) add(value);
    }
    while (at < sample_.size()) add(std::nan(""));
    const double since_s =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - packet.captured_at)
            .count();
    lsl_.push_sample_dt(outlet_, sample_.data(), lsl_.local_clock() - since_s);
  }

  void finish() override { close(); }
  std::string name() const override { return "--lsl " + name_; }

 private:
  [[noreturn]] void fail() const {
    throw Error(ErrorCode::output, "--lsl " + name_ + ": liblsl cannot offer the stream");
  }
  void close() {
    if (outlet_ != nullptr) lsl_.destroy_outlet(std::exchange(outlet_, nullptr));
  }

  std::string name_;
  LslLibrary lsl_;
  void* outlet_ = nullptr;
  std::vector<double> sample_;
};

}  // namespace

std::unique_ptr<LiveSink> make_lsl_live_sink(const std::string& name,
                                             const std::filesystem::path& library) {
  return std::make_unique<LslSink>(name, library);
}

}  // namespace auriga
