// Where frames come from: a video, pictures, a program that pushes them.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>

#include "auriga/image.hpp"

namespace auriga {

// A frame that somebody else owns.
struct FrameView {
  std::int64_t index = 0;  // 0-based, counts frames
  double timestamp_s = 0;  // presentation time since the start of the stream, never decreasing
  ImageView bgr;           // 3 channels, upright
};

// A rectangle of a picture, px.
struct Region {
  int x = 0, y = 0, width = 0, height = 0;
};

// What the samples of a frame's planes are.
enum class PixelFormat { bgr24, yuv420p, yuv422p, yuv444p, nv12, other };

// Samples of one kind, as the decoder left them: 8 bits each unless the format is `other`.
struct Plane {
  const std::uint8_t* data = nullptr;
  int width = 0, height = 0;  // samples
  int stride = 0;             // bytes from one row to the next
};

// One decoded picture with its place in the stream. Filled by a Source; buffers are kept when it is
// filled again. One thread at a time.
class Frame {
 public:
  Frame();
  ~Frame();
  Frame(Frame&&) noexcept;
  Frame& operator=(Frame&&) noexcept;

  std::int64_t index = 0;  // 0-based, counts decoded frames
  double timestamp_s = 0;  // presentation time since the first frame of the stream
  double decode_ms = 0;    // processor time of whoever made it, for the clock of the stages

  // Size as displayed, px.
  int width() const;
  int height() const;

  // As the decoder left them, not turned; of a picture or a pushed frame one plane of BGR. Gone (a
  // single plane of BGR instead) once convert() was called.
  PixelFormat format() const;
  std::span<const Plane> planes() const;

  // The picture in BGR, upright: converted when first asked for, valid until the frame is filled
  // again. A region is the same bytes as that part of the whole; it must lie within the picture and
  // is valid until the next call. Throws Error(input) for a pixel format that cannot be converted.
  ImageView bgr();
  ImageView bgr(const Region& region);
  // Makes the whole picture and lets the planes go.
  void convert();

  // For sources: the room for a picture in BGR of that size, to be written by the caller.
  Image& write_bgr(int width, int height);

  // Bytes that it holds.
  std::size_t bytes() const;
  // Gives its buffers back.
  void release();

 private:
  friend class VideoSource;
  struct Native;
  std::unique_ptr<Native> native_;
  Image bgr_, part_;
};

// What is known of a source before its frames are read.
struct SourceInfo {
  int width = 0, height = 0;  // px, as displayed, of the first frame; later frames may differ
  double fps = 30;            // as the container says; 30 where it does not
  std::int64_t expected_frames = 0;  // by the header, for a progress display; 0: unknown
  double duration_s = 0;             // by the header; 0: unknown
  std::string description;           // for messages, such as "h264 in mov,mp4,m4a,3gp,3g2,mj2"
};

// How reading went. Final once next() has returned false.
struct SourceStatus {
  std::int64_t frames = 0;  // delivered so far
  bool partial = false;     // something was damaged or missing
  std::string message;      // what it was, naming the file; empty unless partial
};

// A stream of frames, read once from the first to the last. Not thread-safe: one thread at a time.
class Source {
 public:
  virtual ~Source() = default;
  Source(const Source&) = delete;
  Source& operator=(const Source&) = delete;

  // Replaces `frame` by the next one and returns true, or returns false at the end, leaving it
  // unspecified. Damage within the input is no error: what can be decoded is delivered and status()
  // tells the rest.
  virtual bool next(Frame& frame) = 0;

  virtual const SourceInfo& info() const = 0;
  virtual SourceStatus status() const = 0;

 protected:
  Source() = default;
};

struct SourceOptions {
  int threads = 1;  // most threads that a decoder may use; never changes a frame
};

// A video file, a picture, or a folder of pictures as one sequence. Throws Error(input), which names
// the path, when there is nothing to decode.
std::unique_ptr<Source> open_source(const std::filesystem::path& path,
                                    const SourceOptions& options = {});

}  // namespace auriga
