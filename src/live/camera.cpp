#include "live/camera.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <optional>
#include <string>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <fmt/core.h>
#include <linux/videodev2.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "auriga/error.hpp"

#include "live/raw_picture.hpp"

namespace auriga {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;

class LinuxDevices : public DeviceCalls {
 public:
  std::vector<fs::path> devices() override {
    std::vector<fs::path> found;
    std::error_code failed;
    for (fs::directory_iterator entry("/dev", failed), end; !failed && entry != end;
         entry.increment(failed))
      if (entry->path().filename().string().starts_with("video")) found.push_back(entry->path());
    std::sort(found.begin(), found.end(), [](const fs::path& a, const fs::path& b) {
      const auto length = [](const fs::path& path) { return path.native().size(); };
      return std::pair(length(a), a) < std::pair(length(b), b);
    });
    return found;
  }
  int open(const fs::path& device) override {
    return ::open(device.c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC);
  }
  void close(int descriptor) override { ::close(descriptor); }
  int control(int descriptor, unsigned long request, void* argument) override {
    int result = 0;
    do {
      result = ioctl(descriptor, request, argument);
    } while (result < 0 && errno == EINTR);
    return result;
  }
  void* map(int descriptor, std::size_t length, long offset) override {
    void* memory = mmap(nullptr, length, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, offset);
    return memory == MAP_FAILED ? nullptr : memory;
  }
  void unmap(void* memory, std::size_t length) override { munmap(memory, length); }
  int wait(int descriptor, milliseconds wait) override {
    pollfd one{descriptor, POLLIN, 0};
    const int ready = poll(&one, 1, static_cast<int>(wait.count()));
    if (ready < 0) return errno == EINTR ? 0 : -1;
    return ready > 0 && (one.revents & POLLIN) == 0 ? -1 : ready;
  }
};

std::string letters(std::uint32_t code) {
  std::string text;
  for (int i = 0; i < 4; ++i) {
    const char c = static_cast<char>((code >> (8 * i)) & 0x7F);
    text += c >= ' ' ? c : '?';
  }
  while (!text.empty() && text.back() == ' ') text.pop_back();
  return text;
}

// What can be read, the best first: what costs least to turn into BGR.
struct Readable {
  std::uint32_t code;
  std::optional<RawPixels> raw;  // nothing: JPEG
};
constexpr std::array<Readable, 9> kReadable = {{{V4L2_PIX_FMT_YUYV, RawPixels::yuyv422},
                                                {V4L2_PIX_FMT_UYVY, RawPixels::uyvy422},
                                                {V4L2_PIX_FMT_NV12, RawPixels::nv12},
                                                {V4L2_PIX_FMT_YUV420, RawPixels::yuv420p},
                                                {V4L2_PIX_FMT_BGR24, RawPixels::bgr24},
                                                {V4L2_PIX_FMT_RGB24, RawPixels::rgb24},
                                                {V4L2_PIX_FMT_MJPEG, std::nullopt},
                                                {V4L2_PIX_FMT_JPEG, std::nullopt},
                                                {V4L2_PIX_FMT_GREY, RawPixels::gray}}};

const Readable* readable(std::uint32_t code) {
  const auto found = std::find_if(kReadable.begin(), kReadable.end(),
                                  [&](const Readable& one) { return one.code == code; });
  return found == kReadable.end() ? nullptr : &*found;
}

struct Mode {
  std::uint32_t code = 0;
  int width = 0, height = 0;
  std::vector<double> rates;  // per second; empty: the camera does not tell
};

// An open device.
class Device {
 public:
  Device(const fs::path& path, DeviceCalls& calls)
      : calls_(calls), descriptor_(calls.open(path)), error_(descriptor_ < 0 ? errno : 0) {}
  ~Device() {
    if (descriptor_ >= 0) calls_.close(descriptor_);
  }
  Device(const Device&) = delete;
  Device& operator=(const Device&) = delete;

  int error() const { return error_; }
  int descriptor() const { return descriptor_; }
  bool control(unsigned long request, void* argument) const {
    return calls_.control(descriptor_, request, argument) >= 0;
  }

  // Its name, if it gives pictures; "" otherwise.
  std::string camera_name() const {
    v4l2_capability what{};
    if (!control(VIDIOC_QUERYCAP, &what)) return {};
    const std::uint32_t can =
        (what.capabilities & V4L2_CAP_DEVICE_CAPS) != 0 ? what.device_caps : what.capabilities;
    if ((can & V4L2_CAP_VIDEO_CAPTURE) == 0 || (can & V4L2_CAP_STREAMING) == 0) return {};
    const char* card = reinterpret_cast<const char*>(what.card);
    std::string name(card, strnlen(card, sizeof what.card));
    return name.empty() ? "camera" : name;
  }

  // What it has, by what it says; sizes of a range are the usual ones within.
  std::vector<Mode> modes() const {
    std::vector<Mode> all;
    constexpr std::uint32_t kMost = 256;  // a driver that never ends a list
    for (std::uint32_t i = 0; i < kMost; ++i) {
      v4l2_fmtdesc format{};
      format.index = i;
      format.type = V4L2_BUF_TYPE_VIDEO_CAPTURE;
      if (!control(VIDIOC_ENUM_FMT, &format)) break;
      for (std::uint32_t j = 0; j < kMost; ++j) {
        v4l2_frmsizeenum size{};
        size.index = j;
        size.pixel_format = format.pixelformat;
        if (!control(VIDIOC_ENUM_FRAMESIZES, &size)) {
          if (j == 0) all.push_back({format.pixelformat, 0, 0, {}});
          break;
        }
        const auto add = [&](int width, int height) {
          all.push_back(
              {format.pixelformat, width, height, rates(format.pixelformat, width, height)});
        };
        if (size.type == V4L2_FRMSIZE_TYPE_DISCRETE) {
          add(static_cast<int>(size.discrete.width), static_cast<int>(size.discrete.height));
          continue;
        }
        for (const auto& [width, height] :
             {std::pair{320, 240}, {640, 480}, {1280, 720}, {1920, 1080}})
          if (width >= static_cast<int>(size.stepwise.min_width) &&
              width <= static_cast<int>(size.stepwise.max_width) &&
              height >= static_cast<int>(size.stepwise.min_height) &&
              height <= static_cast<int>(size.stepwise.max_height))
            add(width, height);
        break;
      }
    }
    return all;
  }

 private:
  std::vector<double> rates(std::uint32_t code, int width, int height) const {
    std::vector<double> all;
    constexpr std::uint32_t kMost = 64;
    for (std::uint32_t i = 0; i < kMost; ++i) {
      v4l2_frmivalenum interval{};
      interval.index = i;
      interval.pixel_format = code;
      interval.width = static_cast<std::uint32_t>(width);
      interval.height = static_cast<std::uint32_t>(height);
      if (!control(VIDIOC_ENUM_FRAMEINTERVALS, &interval)) break;
      const v4l2_fract shortest =
          interval.type == V4L2_FRMIVAL_TYPE_DISCRETE ? interval.discrete : interval.stepwise.min;
      if (shortest.numerator > 0)
        all.push_back(static_cast<double>(shortest.denominator) /
                      static_cast<double>(shortest.numerator));
      if (interval.type != V4L2_FRMIVAL_TYPE_DISCRETE) break;
    }
    std::sort(all.rbegin(), all.rend());
    return all;
  }

  DeviceCalls& calls_;
  int descriptor_;
  int error_;
};

// How well a mode does: less is better. First what can be read, then a rate that is high enough,
// then the size nearest to the one that is wished for, then the cheapest to read.
auto worth(const Mode& mode, const CameraOptions& wish) {
  const Readable* how = readable(mode.code);
  const auto place =
      how == nullptr ? kReadable.size() : static_cast<std::size_t>(how - &kReadable[0]);
  const double best = mode.rates.empty() ? wish.fps : mode.rates.front();
  constexpr double kEnough = 0.9;
  // A size that the camera does not tell may be any.
  const double off = mode.width == 0
                         ? 0
                         : std::abs(std::log(static_cast<double>(mode.width) * mode.height /
                                             (static_cast<double>(wish.width) * wish.height))) +
                               std::abs(std::log(static_cast<double>(mode.width) * wish.height /
                                                 (static_cast<double>(mode.height) * wish.width)));
  const bool grey = how != nullptr && how->code == V4L2_PIX_FMT_GREY;
  return std::tuple(how == nullptr, grey, best < kEnough * wish.fps, off, place, mode.code);
}

std::string mode_text(const Mode& mode) {
  std::string text = letters(mode.code);
  if (mode.width > 0) text += fmt::format(" {}x{}", mode.width, mode.height);
  for (const double rate : mode.rates) text += fmt::format(" {:.4g}", rate);
  return text;
}

std::string others(DeviceCalls& calls) {
  const std::vector<CameraInfo> cameras = list_cameras(calls);
  if (cameras.empty()) return "; there is no camera on this machine (`auriga live --list`)";
  std::string text = "; there is";
  for (const CameraInfo& one : cameras)
    text += fmt::format(" {} ({})", one.device.string(), one.name);
  return text;
}

class CameraSource : public LiveSource {
 public:
  CameraSource(const fs::path& path, const CameraOptions& wish, DeviceCalls& calls)
      : path_(path), calls_(calls), device_(path, calls), buffers_(calls) {
    if (device_.error() != 0) {
      const int error = device_.error();
      const char* what = error == ENOENT   ? "no such device"
                         : error == EBUSY  ? "a camera that another program uses; end that program"
                         : error == EACCES ? "one that you may not open; join the group that owns "
                                             "it (Debian: video)"
                                           : std::strerror(error);
      refuse(what + (error == ENOENT || error == ENODEV ? others(calls) : std::string()));
    }
    const std::string name = device_.camera_name();
    if (name.empty()) refuse("something that gives no pictures" + others(calls));
    choose(wish);
    map_buffers();
    for (std::uint32_t i = 0; i < buffers_.size(); ++i) queue(i);
    int type = V4L2_BUF_TYPE_VIDEO_CAPTURE;
    if (!device_.control(VIDIOC_STREAMON, &type)) refuse_last("start");
    info_.description = fmt::format("{} ({}), V4L2 {}, {}x{} at {:.4g} frames/s", path_.string(),
                                    name, letters(code_), info_.width, info_.height, info_.fps);
    info_.newest_wins = true;
  }
  ~CameraSource() override {
    int type = V4L2_BUF_TYPE_VIDEO_CAPTURE;
    device_.control(VIDIOC_STREAMOFF, &type);
  }

  const LiveInfo& info() const override { return info_; }
  void stop() noexcept override { stopped_ = true; }
  std::vector<std::string> warnings() const override {
    if (broken_ == 0) return {};
    return {fmt::format("{}: {} pictures came damaged and were left out", path_.string(), broken_)};
  }

  Got next(LiveFrame& frame, milliseconds wait) override {
    if (stopped_) return Got::end;
    const int ready = calls_.wait(device_.descriptor(), wait);
    if (ready < 0) gone(ENODEV);
    if (ready == 0) return Got::nothing;
    v4l2_buffer buffer{};
    buffer.type = V4L2_BUF_TYPE_VIDEO_CAPTURE;
    buffer.memory = V4L2_MEMORY_MMAP;
    if (!device_.control(VIDIOC_DQBUF, &buffer)) {
      if (errno == EAGAIN) return Got::nothing;
      if (errno == EIO) {  // a frame that did not arrive
        ++lost_;
        return Got::nothing;
      }
      gone(errno);
    }
    if (buffer.index >= buffers_.size()) gone(EIO);
    const auto now = std::chrono::steady_clock::now();
    // The driver counts what it had no buffer for.
    if (frames_ > 0 && buffer.sequence > sequence_ + 1) lost_ += buffer.sequence - sequence_ - 1;
    sequence_ = buffer.sequence;
    const std::span<const std::uint8_t> all = buffers_[buffer.index];
    const std::span bytes = all.first(
        buffer.bytesused == 0 ? all.size() : std::min<std::size_t>(buffer.bytesused, all.size()));
    const bool good =
        (buffer.flags & V4L2_BUF_FLAG_ERROR) == 0 &&
        (raw_ ? converter_.convert(*raw_, info_.width, info_.height, bytes, stride_, frame.picture)
              : decoder_.decode(bytes, frame.picture));
    const auto captured = captured_at(buffer, now);
    queue(buffer.index);
    ++frames_;
    if (!good) {
      ++broken_;
      ++lost_;
      return Got::nothing;
    }
    frame.captured_at = captured;
    if (!first_) first_ = captured;
    const double captured_s = std::chrono::duration<double>(captured - *first_).count();
    latest_s_ = std::max(latest_s_, captured_s);
    frame.captured_s = latest_s_;
    frame.lost += std::exchange(lost_, 0);
    return Got::frame;
  }

 private:
  // What is mapped, until the end.
  class Buffers {
   public:
    explicit Buffers(DeviceCalls& calls) : calls_(calls) {}
    ~Buffers() {
      for (const std::span<std::uint8_t> one : all_) calls_.unmap(one.data(), one.size());
    }
    Buffers(const Buffers&) = delete;
    Buffers& operator=(const Buffers&) = delete;
    bool map(const Device& device, std::size_t length, long offset) {
      void* memory = calls_.map(device.descriptor(), length, offset);
      if (memory != nullptr) all_.emplace_back(static_cast<std::uint8_t*>(memory), length);
      return memory != nullptr;
    }
    std::size_t size() const { return all_.size(); }
    std::span<const std::uint8_t> operator[](std::size_t i) const { return all_[i]; }

   private:
    DeviceCalls& calls_;
    std::vector<std::span<std::uint8_t>> all_;
  };

  [[noreturn]] void refuse(const std::string& found) const {
    throw Error(ErrorCode::input,
                fmt::format("{}: expected a camera, found {}", path_.string(), found));
  }
  [[noreturn]] void refuse_last(const char* step) const {
    const int error = errno;
    refuse(error == EBUSY ? "one that another program uses; end that program"
                          : fmt::format("that it does not {}: {}", step, std::strerror(error)));
  }
  [[noreturn]] void gone(int error) const {
    throw Error(ErrorCode::input, fmt::format("{}: the camera is gone ({}); --retry waits for it",
                                              path_.string(), std::strerror(error)));
  }

  void choose(const CameraOptions& wish) {
    std::vector<Mode> modes = device_.modes();
    if (!wish.pixels.empty())
      std::erase_if(modes, [&](const Mode& one) { return letters(one.code) != wish.pixels; });
    const auto best = std::min_element(
        modes.begin(), modes.end(),
        [&](const Mode& a, const Mode& b) { return worth(a, wish) < worth(b, wish); });
    if (best == modes.end() || readable(best->code) == nullptr) {
      std::string all;
      for (const Mode& one : device_.modes()) all += (all.empty() ? "" : ", ") + mode_text(one);
      refuse(fmt::format("none whose pictures can be read{}; it has {}",
                         wish.pixels.empty() ? "" : " as " + wish.pixels,
                         all.empty() ? "none" : all));
    }
    v4l2_format format{};
    format.type = V4L2_BUF_TYPE_VIDEO_CAPTURE;
    format.fmt.pix.width = static_cast<std::uint32_t>(best->width > 0 ? best->width : wish.width);
    format.fmt.pix.height =
        static_cast<std::uint32_t>(best->height > 0 ? best->height : wish.height);
    format.fmt.pix.pixelformat = best->code;
    format.fmt.pix.field = V4L2_FIELD_NONE;
    if (!device_.control(VIDIOC_S_FMT, &format)) refuse_last("take the size of pictures");
    // It may have chosen otherwise.
    code_ = format.fmt.pix.pixelformat;
    const Readable* how = readable(code_);
    if (how == nullptr) refuse("pictures that cannot be read, " + letters(code_));
    raw_ = how->raw;
    stride_ = format.fmt.pix.bytesperline;
    info_.width = static_cast<int>(format.fmt.pix.width);
    info_.height = static_cast<int>(format.fmt.pix.height);

    v4l2_streamparm rate{};
    rate.type = V4L2_BUF_TYPE_VIDEO_CAPTURE;
    double fps = wish.fps;
    if (!best->rates.empty())  // the slowest that is fast enough, else the fastest
      for (const double one : best->rates)
        if (one >= wish.fps - 0.01 || one == best->rates.front()) fps = one;
    constexpr double kScale = 1000;
    rate.parm.capture.timeperframe = {static_cast<std::uint32_t>(kScale),
                                      static_cast<std::uint32_t>(std::lround(fps * kScale))};
    if (device_.control(VIDIOC_S_PARM, &rate) && rate.parm.capture.timeperframe.numerator > 0)
      fps = static_cast<double>(rate.parm.capture.timeperframe.denominator) /
            static_cast<double>(rate.parm.capture.timeperframe.numerator);
    info_.fps = fps;
  }

  void map_buffers() {
    constexpr std::uint32_t kBuffers = 4;
    v4l2_requestbuffers request{};
    request.count = kBuffers;
    request.type = V4L2_BUF_TYPE_VIDEO_CAPTURE;
    request.memory = V4L2_MEMORY_MMAP;
    if (!device_.control(VIDIOC_REQBUFS, &request)) refuse_last("give buffers");
    for (std::uint32_t i = 0; i < std::min(request.count, kBuffers); ++i) {
      v4l2_buffer buffer{};
      buffer.index = i;
      buffer.type = V4L2_BUF_TYPE_VIDEO_CAPTURE;
      buffer.memory = V4L2_MEMORY_MMAP;
      if (!device_.control(VIDIOC_QUERYBUF, &buffer)) refuse_last("give buffers");
      if (!buffers_.map(device_, buffer.length, static_cast<long>(buffer.m.offset)))
        refuse_last("give memory");
    }
    if (buffers_.size() == 0) refuse("that it gives no buffers");
  }

  void queue(std::uint32_t index) {
    v4l2_buffer buffer{};
    buffer.index = index;
    buffer.type = V4L2_BUF_TYPE_VIDEO_CAPTURE;
    buffer.memory = V4L2_MEMORY_MMAP;
    if (!device_.control(VIDIOC_QBUF, &buffer)) gone(errno);
  }

  // By the driver's clock where that is ours and what it says can be.
  static SteadyTime captured_at(const v4l2_buffer& buffer, SteadyTime now) {
    if ((buffer.flags & V4L2_BUF_FLAG_TIMESTAMP_MASK) != V4L2_BUF_FLAG_TIMESTAMP_MONOTONIC)
      return now;
    const SteadyTime at(std::chrono::seconds(buffer.timestamp.tv_sec) +
                        std::chrono::microseconds(buffer.timestamp.tv_usec));
    return at <= now && now - at < std::chrono::seconds(2) ? at : now;
  }

  fs::path path_;
  DeviceCalls& calls_;
  Device device_;
  LiveInfo info_;
  std::uint32_t code_ = 0;
  std::optional<RawPixels> raw_;
  std::size_t stride_ = 0;
  Buffers buffers_;
  RawConverter converter_;
  JpegDecoder decoder_;
  std::int64_t frames_ = 0, lost_ = 0, broken_ = 0;
  std::uint32_t sequence_ = 0;
  std::optional<SteadyTime> first_;
  double latest_s_ = 0;
  std::atomic<bool> stopped_ = false;
};

}  // namespace

DeviceCalls& linux_devices() {
  static LinuxDevices devices;
  return devices;
}

std::unique_ptr<LiveSource> open_camera(const fs::path& device, const CameraOptions& options,
                                        DeviceCalls& calls) {
  return std::make_unique<CameraSource>(device, options, calls);
}
std::unique_ptr<LiveSource> open_camera(const fs::path& device, const CameraOptions& options) {
  return open_camera(device, options, linux_devices());
}

std::vector<CameraInfo> list_cameras(DeviceCalls& calls) {
  std::vector<CameraInfo> found;
  for (const fs::path& path : calls.devices()) {
    const Device device(path, calls);
    if (device.error() != 0) continue;
    const std::string name = device.camera_name();
    if (name.empty()) continue;
    CameraInfo& info = found.emplace_back();
    info.device = path;
    info.name = name;
    for (const Mode& mode : device.modes())
      info.modes.push_back(mode_text(mode) + (readable(mode.code) ? "" : " (cannot be read)"));
  }
  return found;
}
std::vector<CameraInfo> list_cameras() { return list_cameras(linux_devices()); }

}  // namespace auriga
