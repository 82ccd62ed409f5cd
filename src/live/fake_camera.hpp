// A camera of memory behind the system calls of Video4Linux.
#pragma once

#include <cerrno>
#include <cstring>
#include <deque>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include <linux/videodev2.h>

#include "live/camera.hpp"

namespace auriga::test {

class FakeCamera : public DeviceCalls {
 public:
  struct Mode {
    std::uint32_t code;
    int width, height;
    std::vector<int> rates;
  };
  struct Picture {
    std::vector<std::uint8_t> bytes;
    std::uint32_t sequence = 0;
    std::int64_t at_us = -1;  // by the monotonic clock; -1: the driver has another
    bool damaged = false;
  };

  std::string name = "Fake Camera";
  std::vector<Mode> modes = {{V4L2_PIX_FMT_YUYV, 640, 480, {30, 15}}};
  std::uint32_t capabilities = V4L2_CAP_VIDEO_CAPTURE | V4L2_CAP_STREAMING;
  int padding = 0;  // bytes behind each row
  int open_error = 0;
  bool gone = false;
  std::deque<Picture> pictures;  // that are to come

  // What was asked for.
  v4l2_pix_format format{};
  v4l2_fract interval{};
  bool streams = false;
  int opened = 0, mapped = 0;

  std::vector<std::filesystem::path> devices() override { return {"/dev/video0"}; }
  int open(const std::filesystem::path&) override {
    if (open_error != 0) return fail(open_error);
    ++opened;
    return 3;
  }
  void close(int) override { --opened; }
  void* map(int, std::size_t length, long offset) override {
    ++mapped;
    std::vector<std::uint8_t>& buffer = buffers_[static_cast<std::size_t>(offset) >> 20];
    buffer.resize(length);
    return buffer.data();
  }
  void unmap(void*, std::size_t) override { --mapped; }
  int wait(int, std::chrono::milliseconds) override {
    if (gone) return -1;
    return pictures.empty() || queued_.empty() ? 0 : 1;
  }
  int control(int, unsigned long request, void* argument) override {
    if (gone) return fail(ENODEV);
    switch (request) {
      case VIDIOC_QUERYCAP: {
        auto& what = *static_cast<v4l2_capability*>(argument);
        std::strncpy(reinterpret_cast<char*>(what.card), name.c_str(), sizeof what.card - 1);
        what.capabilities = capabilities;
        return 0;
      }
      case VIDIOC_ENUM_FMT: {
        auto& one = *static_cast<v4l2_fmtdesc*>(argument);
        std::vector<std::uint32_t> codes;
        for (const Mode& mode : modes)
          if (codes.empty() || codes.back() != mode.code) codes.push_back(mode.code);
        if (one.index >= codes.size()) return fail(EINVAL);
        one.pixelformat = codes[one.index];
        return 0;
      }
      case VIDIOC_ENUM_FRAMESIZES: {
        auto& one = *static_cast<v4l2_frmsizeenum*>(argument);
        const Mode* mode = nth(one.pixel_format, one.index);
        if (mode == nullptr) return fail(EINVAL);
        one.type = V4L2_FRMSIZE_TYPE_DISCRETE;
        one.discrete = {static_cast<std::uint32_t>(mode->width),
                        static_cast<std::uint32_t>(mode->height)};
        return 0;
      }
      case VIDIOC_ENUM_FRAMEINTERVALS: {
        auto& one = *static_cast<v4l2_frmivalenum*>(argument);
        for (const Mode& mode : modes)
          if (mode.code == one.pixel_format && mode.width == static_cast<int>(one.width) &&
              mode.height == static_cast<int>(one.height) && one.index < mode.rates.size()) {
            one.type = V4L2_FRMIVAL_TYPE_DISCRETE;
            one.discrete = {1, static_cast<std::uint32_t>(mode.rates[one.index])};
            return 0;
          }
        return fail(EINVAL);
      }
      case VIDIOC_S_FMT: {
        auto& pix = static_cast<v4l2_format*>(argument)->fmt.pix;
        pix.bytesperline = 0;
        if (pix.pixelformat == V4L2_PIX_FMT_YUYV) pix.bytesperline = pix.width * 2;
        if (padding > 0) pix.bytesperline += static_cast<std::uint32_t>(padding);
        pix.sizeimage = pix.bytesperline * pix.height;
        format = pix;
        return 0;
      }
      case VIDIOC_S_PARM:
        interval = static_cast<v4l2_streamparm*>(argument)->parm.capture.timeperframe;
        return 0;
      case VIDIOC_REQBUFS:
        static_cast<v4l2_requestbuffers*>(argument)->count = 3;
        return 0;
      case VIDIOC_QUERYBUF: {
        auto& buffer = *static_cast<v4l2_buffer*>(argument);
        buffer.length = 1 << 20;
        buffer.m.offset = buffer.index << 20;
        return 0;
      }
      case VIDIOC_QBUF:
        queued_.push_back(static_cast<v4l2_buffer*>(argument)->index);
        return 0;
      case VIDIOC_DQBUF: {
        if (pictures.empty() || queued_.empty()) return fail(EAGAIN);
        auto& buffer = *static_cast<v4l2_buffer*>(argument);
        const Picture picture = pictures.front();
        pictures.pop_front();
        buffer.index = queued_.front();
        queued_.pop_front();
        std::copy(picture.bytes.begin(), picture.bytes.end(), buffers_[buffer.index].begin());
        buffer.bytesused = static_cast<std::uint32_t>(picture.bytes.size());
        buffer.sequence = picture.sequence;
        buffer.flags = picture.damaged ? V4L2_BUF_FLAG_ERROR : 0;
        if (picture.at_us >= 0) {
          buffer.flags |= V4L2_BUF_FLAG_TIMESTAMP_MONOTONIC;
          buffer.timestamp = {picture.at_us / 1000000, picture.at_us % 1000000};
        }
        return 0;
      }
      case VIDIOC_STREAMON:
        streams = true;
        return 0;
      case VIDIOC_STREAMOFF:
        streams = false;
        return 0;
      default:
        return fail(ENOTTY);
    }
  }

 private:
  static int fail(int error) {
    errno = error;
    return -1;
  }
  const Mode* nth(std::uint32_t code, std::uint32_t n) const {
    for (const Mode& mode : modes)
      if (mode.code == code && n-- == 0) return &mode;
    return nullptr;
  }

  std::map<std::size_t, std::vector<std::uint8_t>> buffers_;
  std::deque<std::uint32_t> queued_;
};

}  // namespace auriga::test
