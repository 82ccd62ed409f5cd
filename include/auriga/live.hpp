// Streams as they happen: cameras, pipes and videos played at their own speed, and what takes
// values of the moment.
//
//   LiveFeed feed([](auto) { return open_camera("/dev/video0"); });
//   LiveFrame frame;
//   while (feed.next(frame, std::chrono::milliseconds(100)) != LiveFeed::Got::end)
//     ... session.push(frame.view()) ...
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "auriga/engine.hpp"
#include "auriga/row.hpp"
#include "auriga/sink.hpp"
#include "auriga/source.hpp"

namespace auriga {

// Of a clock that never jumps (CLOCK_MONOTONIC), ns.
using SteadyTime = std::chrono::steady_clock::time_point;

struct LiveFrame {
  Frame picture;           // BGR
  std::int64_t index = 0;  // 0-based, counts frames that LiveFeed::next() gave
  double captured_s = 0;   // by the clock of the source, since its first frame; never decreasing
  SteadyTime captured_at;  // when the source had all of it
  std::int64_t lost = 0;   // frames of the source so far that nobody was given
  FrameView view();        // for Session::push()
};

struct LiveInfo {
  std::string description;    // for messages, such as "V4L2 640x480 at 30/s, MJPG"
  int width = 0, height = 0;  // px, of the first frame; 0: not known yet
  double fps = 0;             // nominal; 0: not known
  bool newest_wins = false;   // when frames come faster than they are taken: a camera goes on
};

// Where live frames come from. One thread at a time, but for stop().
class LiveSource {
 public:
  enum class Got { frame, nothing, end };

  virtual ~LiveSource() = default;
  LiveSource(const LiveSource&) = delete;
  LiveSource& operator=(const LiveSource&) = delete;

  virtual const LiveInfo& info() const = 0;
  // Waits for the next frame, about `wait` at most; then `nothing`. Fills picture, captured_s,
  // captured_at; adds to `lost` what the source itself knows to have lost. Throws Error(input) when
  // the source is gone.
  virtual Got next(LiveFrame& frame, std::chrono::milliseconds wait) = 0;
  // Nobody wants another frame: next() gives `end` soon. Any thread.
  virtual void stop() noexcept {}
  // What was damaged or may make numbers other than expected: whole sentences. After the end.
  virtual std::vector<std::string> warnings() const { return {}; }
  // What reading found out. After the end.
  virtual SourceFacts facts() const { return {}; }

 protected:
  LiveSource() = default;
};

struct CameraOptions {
  int width = 640, height = 480;  // px; the nearest that the camera has
  double fps = 30;                // likewise
  std::string pixels;             // four letters as V4L2 has them, e.g. MJPG; empty: the best
};
// A camera of Video4Linux. Throws Error(input) that names the device, what it is and what others
// there are.
std::unique_ptr<LiveSource> open_camera(const std::filesystem::path& device,
                                        const CameraOptions& options = {});

struct CameraInfo {
  std::filesystem::path device;
  std::string name;
  std::vector<std::string> modes;  // "MJPG 640x480 30 15", rates per second
};
// Those of /dev/video*.
std::vector<CameraInfo> list_cameras();

// A video; `realtime`: played at its own speed, where the newest frame wins, else every frame.
std::unique_ptr<LiveSource> open_live_file(const std::filesystem::path& file, bool realtime,
                                           const SourceOptions& options = {});

struct PipeOptions {
  std::string raw;  // pixel format of raw pictures: bgr24, rgb24, gray, yuyv422, uyvy422, nv12,
                    // yuv420p; empty: MJPEG or a container, by the first bytes
  int width = 0, height = 0;  // px, of raw pictures
  double fps = 0;  // of raw pictures and MJPEG, whose time is that of their arrival otherwise
};
// What another program writes: raw pictures, JPEG pictures one after the other, or a container that
// can be read without going back. Every frame is given; the writer waits. `descriptor` stays open.
// `stopped`: asked about every 100 ms while nothing comes.
std::unique_ptr<LiveSource> open_pipe(int descriptor, const PipeOptions& options,
                                      std::function<bool()> stopped);

// A camera of the network: rtsp://, rtsps://, http:// or https://. The newest frame wins.
bool is_network_address(std::string_view text);
std::unique_ptr<LiveSource> open_network_camera(const std::string& address,
                                                std::function<bool()> stopped);

// Reads a source on a thread of its own: of a camera it keeps the newest frame and counts those
// that nobody took; others wait.
class LiveFeed {
 public:
  enum class Got { frame, nothing, end };
  // `stopped` becomes true with stop(), so that opening can be given up, too. It may be kept as
  // long as the source.
  using Open = std::function<std::unique_ptr<LiveSource>(std::function<bool()> stopped)>;

  // Opens the source on the caller's thread and throws what that throws. `retry`: a source that
  // ends or is gone is opened again, every second, until stop(); frames go on counting, their times
  // with the time that passed.
  explicit LiveFeed(Open open, bool retry = false);
  ~LiveFeed();
  LiveFeed(const LiveFeed&) = delete;
  LiveFeed& operator=(const LiveFeed&) = delete;

  // The next frame, about `wait` at most. Throws what the source has thrown, once, after its last
  // frame. One thread.
  Got next(LiveFrame& frame, std::chrono::milliseconds wait);
  // Any thread: next() gives what is there, then `end`.
  void stop() noexcept;
  // After stop(): waits until the source has ended. The reader's thread.
  void join() noexcept;

  LiveInfo info() const;
  std::int64_t lost() const;  // so far
  // Why there are no frames at the moment: the source is gone and is tried again. Empty: nothing.
  std::string trouble() const;
  std::vector<std::string> warnings() const;  // of the source, after the end
  SourceFacts facts() const;                  // likewise

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// One face of one frame, as it is sent.
struct LiveFace {
  const FrameResult& result;
  std::span<const double> intensities,
      presences;  // of the moment; smoothed where that is asked for
  HeadPose pose;  // likewise
  Gaze gaze;      // likewise
  const FaceMesh* mesh = nullptr;
  const Blendshapes* blendshapes = nullptr;  // not smoothed
};

struct LivePacket {
  std::int64_t frame = 0;  // 0-based, of the analysed frames: row of the table less one
  double captured_s = 0;   // LiveFrame::captured_s
  double captured_unix_s = 0,
         sent_unix_s = 0;  // since 1970; the system's clock as it was at the start
  double latency_ms = 0;   // from LiveFrame::captured_at until it was sent
  SteadyTime captured_at;
  std::int64_t lost = 0;      // frames of the source so far that were not analysed
  int width = 0, height = 0;  // px
  // The neutral face that values are against: "running" (learnt as frames come), "showing" (the
  // same while a person shows it), "shown", "given" (--baseline), "none".
  std::string_view neutral = "running";
  std::span<const LiveFace> faces;
};

// Takes packets. One thread at a time, but for dropped(). No call waits for a receiver.
class LiveSink {
 public:
  virtual ~LiveSink() = default;
  LiveSink(const LiveSink&) = delete;
  LiveSink& operator=(const LiveSink&) = delete;

  virtual Needs needs() const { return {.gaze = true, .units_now = true}; }
  virtual void begin(const StreamInfo& /*stream*/, const Setup& /*setup*/) {}
  virtual void packet(const LivePacket& packet) = 0;
  virtual void finish() {}
  // Whole messages that a receiver was not sent, because it was too slow or is gone. Any thread.
  virtual std::int64_t dropped() const { return 0; }
  // Its only receiver has ended and will not come back. Any thread.
  virtual bool gone() const { return false; }
  // For messages: "--osc 127.0.0.1:9000".
  virtual std::string name() const = 0;

 protected:
  LiveSink() = default;
};

// What a packet is as lines of JSON, one per face; docs/live.md has the schema.
std::string live_json(const LivePacket& packet, const UnitNames& units);

struct NdjsonOptions {
  bool may_drop = false;  // of a pipe whose reader is too slow: whole lines, counted; else wait
  std::function<bool()> stopped;  // ends waiting
};
// `file`: "-" is standard output. A file loses nothing. Throws Error(output).
std::unique_ptr<LiveSink> make_ndjson_live_sink(const std::string& file, NdjsonOptions options);

// Commands from receivers: the text of a message. Any thread.
using LiveCommand = std::function<void(std::string_view)>;

struct WebSocketOptions {
  int port = 0;                      // 0: any that is free
  std::string bind = "127.0.0.1";    // address of an interface
  std::vector<std::string> origins;  // besides pages of this machine
  LiveCommand command;
};
class WebSocketSink : public LiveSink {
 public:
  virtual int port() const = 0;
};
// Throws Error(usage) where libwebsockets is not there, Error(output) for a port in use.
std::unique_ptr<WebSocketSink> make_websocket_live_sink(const WebSocketOptions& options);

// `address`: HOST:PORT. Throw Error(usage) for a bad one and where liblo is not there.
std::unique_ptr<LiveSink> make_osc_live_sink(const std::string& address);
std::unique_ptr<LiveSink> make_vmc_live_sink(const std::string& address, bool blendshapes);

// `address`: an endpoint of ZeroMQ to bind, tcp://127.0.0.1:5570, or with `>` before it to connect
// to. Throws Error(usage) where libzmq is not there, Error(output) when it cannot be bound.
std::unique_ptr<LiveSink> make_zmq_live_sink(const std::string& address);

// `library`: file of liblsl; empty: where the system has it. Throws Error(usage) where it is not.
std::unique_ptr<LiveSink> make_lsl_live_sink(const std::string& name,
                                             const std::filesystem::path& library = {});

// One-Euro filter (Casiez, Roussel, Vogel 2012): a low-pass whose cutoff rises with speed,
//   fc = min_cutoff + beta * |dx/dt|,  alpha = 1 / (1 + 1 / (2 pi fc dt))
struct OneEuroOptions {
  double min_cutoff_hz = 1.0, beta = 0.3, derivative_cutoff_hz = 1.0;
};
class OneEuro {
 public:
  explicit OneEuro(const OneEuroOptions& options = {}) : options_(options) {}
  // `time_s`: increasing; at no later time the value before is given.
  double next(double value, double time_s);
  void reset() { has_ = false; }

 private:
  OneEuroOptions options_;
  bool has_ = false;
  double time_s_ = 0, value_ = 0, derivative_ = 0;
};

}  // namespace auriga
