// ZeroMQ, in the messages of FACSvatar (docs/live.md).
#include <atomic>
#include <cstdint>
#include <string>
#include <utility>

#include <fmt/core.h>

#include "auriga/error.hpp"
#include "auriga/live.hpp"

#include "live/run_time_library.hpp"

namespace auriga {
namespace {

// What is used of libzmq 5, by its documented interface.
struct ZmqLibrary {
  void* (*ctx_new)();
  int (*ctx_term)(void* context);
  void* (*socket)(void* context, int type);
  int (*close)(void* socket);
  int (*setsockopt)(void* socket, int option, const void* value, std::size_t size);
  int (*bind)(void* socket, const char* endpoint);
  int (*connect)(void* socket, const char* endpoint);
  int (*send)(void* socket, const void* data, std::size_t size, int flags);
  int (*errno_)();
  const char* (*strerror)(int error);

  static const ZmqLibrary& get() {
    static const ZmqLibrary all = [] {
      const RunTimeLibrary library({"libzmq.so.5"}, "--zmq", "install it (Debian: libzmq5)");
      ZmqLibrary zmq{};
      library.load(zmq.ctx_new, "zmq_ctx_new");
      library.load(zmq.ctx_term, "zmq_ctx_term");
      library.load(zmq.socket, "zmq_socket");
      library.load(zmq.close, "zmq_close");
      library.load(zmq.setsockopt, "zmq_setsockopt");
      library.load(zmq.bind, "zmq_bind");
      library.load(zmq.connect, "zmq_connect");
      library.load(zmq.send, "zmq_send");
      library.load(zmq.errno_, "zmq_errno");
      library.load(zmq.strerror, "zmq_strerror");
      return zmq;
    }();
    return all;
  }
};
constexpr int kPub = 1, kSendMore = 2, kDontWait = 1, kLinger = 17;

std::string facsvatar_json(const LivePacket& packet, const LiveFace* face, const UnitNames& units) {
  std::string text = fmt::format(
      "{{\"frame\":{},\"timestamp\":{:.6f},\"timestamp_utc\":{:.6f},\"timestamp_sent\":{:.6f},"
      "\"lost\":{},\"face\":{},\"confidence\":{:.3f},\"success\":{}",
      packet.frame, packet.captured_s, packet.captured_unix_s, packet.sent_unix_s, packet.lost,
      face == nullptr ? 0 : face->result.face_id, face == nullptr ? 0 : face->result.confidence,
      face != nullptr && face->result.success);
  if (face != nullptr && face->result.success) {
    text += ",\"au_r\":{";
    for (std::size_t i = 0; i < units.intensities.size(); ++i)
      text += fmt::format("{}\"{}\":{:.3f}", i == 0 ? "" : ",", units.intensities[i],
                          face->intensities[i]);
    text += "},\"au_c\":{";
    for (std::size_t i = 0; i < units.presences.size(); ++i)
      text +=
          fmt::format("{}\"{}\":{:.0f}", i == 0 ? "" : ",", units.presences[i], face->presences[i]);
    const auto& [tx, ty, tz] = face->pose.translation_mm;
    const auto& [rx, ry, rz] = face->pose.rotation_rad;
    text += fmt::format(
        "}},\"gaze\":{{\"gaze_angle_x\":{:.4f},\"gaze_angle_y\":{:.4f}}},\"pose\":{{\"pose_Tx\":"
        "{:.2f},\"pose_Ty\":{:.2f},\"pose_Tz\":{:.2f},\"pose_Rx\":{:.4f},\"pose_Ry\":{:.4f},"
        "\"pose_Rz\":{:.4f}}}",
        face->gaze.angle_rad[0], face->gaze.angle_rad[1], tx, ty, tz, rx, ry, rz);
  }
  return text + '}';
}

class ZmqSink : public LiveSink {
 public:
  explicit ZmqSink(const std::string& address) : address_(address), zmq_(ZmqLibrary::get()) {
    context_ = zmq_.ctx_new();
    socket_ = context_ == nullptr ? nullptr : zmq_.socket(context_, kPub);
    if (socket_ == nullptr) fail("cannot make a socket");
    const int linger_ms = 200;  // what is not received by then is let go at the end
    zmq_.setsockopt(socket_, kLinger, &linger_ms, sizeof linger_ms);
    const bool connects = !address.empty() && address.front() == '>';
    const std::string endpoint = connects ? address.substr(1) : address;
    if ((connects ? zmq_.connect : zmq_.bind)(socket_, endpoint.c_str()) != 0)
      fail(connects ? "cannot connect" : "cannot listen there");
  }
  ~ZmqSink() override { close(); }

  void begin(const StreamInfo& stream, const Setup&) override { units_ = stream.units; }

  void packet(const LivePacket& packet) override {
    for (const LiveFace& face : packet.faces) send(packet, &face);
    if (packet.faces.empty()) send(packet, nullptr);
  }

  void finish() override { close(); }
  std::int64_t dropped() const override { return dropped_; }
  std::string name() const override { return "--zmq " + address_; }

 private:
  [[noreturn]] void fail(const char* what) {
    const int error = zmq_.errno_();
    const std::string why = zmq_.strerror(error);
    close();
    throw Error(
        error == EINVAL || error == EPROTONOSUPPORT ? ErrorCode::usage : ErrorCode::output,
        fmt::format("--zmq expects an endpoint such as tcp://127.0.0.1:5570, found '{}': {} "
                    "({})",
                    address_, what, why));
  }
  void close() {
    if (socket_ != nullptr) zmq_.close(std::exchange(socket_, nullptr));
    if (context_ != nullptr) zmq_.ctx_term(std::exchange(context_, nullptr));
  }
  void send(const LivePacket& packet, const LiveFace* face) {
    const std::string json = facsvatar_json(packet, face, units_);
    // The moment of capture, ms since 1970.
    const std::string time = fmt::format("{:.0f}", packet.captured_unix_s * 1000);
    constexpr std::string_view kTopic = "openface";
    // The whole message or nothing: libzmq gives the rest the place of its first part.
    if (zmq_.send(socket_, kTopic.data(), kTopic.size(), kSendMore | kDontWait) < 0 ||
        zmq_.send(socket_, time.data(), time.size(), kSendMore | kDontWait) < 0 ||
        zmq_.send(socket_, json.data(), json.size(), kDontWait) < 0)
      ++dropped_;
  }

  std::string address_;
  const ZmqLibrary& zmq_;
  void* context_ = nullptr;
  void* socket_ = nullptr;
  UnitNames units_;
  std::atomic<std::int64_t> dropped_ = 0;
};

}  // namespace

std::unique_ptr<LiveSink> make_zmq_live_sink(const std::string& address) {
  return std::make_unique<ZmqSink>(address);
}

}  // namespace auriga
