// Pictures as packets of a video.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>

#include "auriga/image.hpp"

#include "media/libav.hpp"

struct SwsContext;

namespace auriga {

// An encoder of libavcodec by its name, and what it needs.
struct PictureCodec {
  const char* name = "";
  bool even_sides = false;  // those of 4:2:0 without a way to say that the last column is none
};

// H.264, which browsers, PowerPoint and telephones play, by what this libavcodec has; MPEG-4 part 2
// where it has neither. In the order in which they are tried.
std::span<const PictureCodec> codecs_of_mp4();
// MPEG-4 part 2, as OpenFace's writer has it.
std::span<const PictureCodec> codecs_of_avi();

struct PictureEncoderOptions {
  double fps = 30;  // nominal, 0.01 to below 1000; other values count as 30
  int width = 0, height = 0;
  std::span<const PictureCodec> codecs;
  bool global_header = false;  // parameter sets beside the packets, as MP4 has them
};

// Packets come in the order of the pictures and depend on nothing before them but earlier pictures,
// so that each has one time. One thread of its caller, so that equal pictures give equal bytes.
// Every failure is an Error(output) that names `target`. Not thread-safe.
class PictureEncoder {
 public:
  // Takes the first of `codecs` that is there and takes pictures of this size, at most 8191 px.
  PictureEncoder(std::filesystem::path target, const PictureEncoderOptions& options);
  ~PictureEncoder();
  PictureEncoder(const PictureEncoder&) = delete;
  PictureEncoder& operator=(const PictureEncoder&) = delete;

  const AVCodecContext& codec() const { return *codec_; }

  // The next picture, BGR. One of another size than the first keeps its proportions and gets black
  // bars. Where sides have to be even, the last column or row stands there twice.
  void send(ImageView bgr);
  void send_end();
  // The next packet; its pts counts pictures from 0. False: none before another picture or the end.
  bool receive(AVPacket& packet);

 private:
  struct FreeFrame {
    void operator()(AVFrame* p) const { av_frame_free(&p); }
  };
  using FrameHandle = std::unique_ptr<AVFrame, FreeFrame>;
  struct FreeConverter {
    void operator()(SwsContext* p) const;
  };

  void open(const PictureEncoderOptions& options);
  FrameHandle allocate_frame(int width, int height) const;
  ImageView with_room_behind(ImageView bgr, int width, int height);
  void convert(ImageView bgr, AVFrame& to);
  void letterbox(ImageView bgr);

  std::filesystem::path target_;
  int width_ = 0, height_ = 0;  // of the pictures; those of the codec may be one more
  AvHandle<AVCodecContext> codec_;
  FrameHandle frame_, fitted_;
  std::unique_ptr<SwsContext, FreeConverter> converter_;
  Image padded_;
  std::int64_t sent_ = 0;
};

}  // namespace auriga
