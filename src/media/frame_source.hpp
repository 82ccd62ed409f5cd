// Where frames come from: a video file or a list of pictures.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "media/frame.hpp"

namespace auriga {

enum class SourceKind { video, image_sequence };

// What is known of a source before its frames are read.
struct SourceInfo {
  SourceKind kind = SourceKind::video;
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
class FrameSource {
 public:
  virtual ~FrameSource() = default;
  FrameSource(const FrameSource&) = delete;
  FrameSource& operator=(const FrameSource&) = delete;

  // Replaces `frame` by the next one and returns true, or returns false at the end, leaving it
  // unspecified. The image buffer of `frame` is reused: a caller that keeps giving the same Frame
  // allocates nothing after the first. Damage within the file is no error: what can be decoded is
  // delivered and status() tells the rest.
  virtual bool next(Frame& frame) = 0;

  virtual const SourceInfo& info() const = 0;
  virtual SourceStatus status() const = 0;

 protected:
  FrameSource() = default;
};

// Largest video frame that is decoded, width * height.
inline constexpr std::int64_t kMaxVideoPixels = std::int64_t{1} << 26;

// Opens the best video stream of a file and decodes its first frame. Frames come in presentation
// order, turned as the container's display matrix says, with timestamps in seconds since the first
// frame that never decrease; the sample aspect ratio is ignored. BGR values are those of libswscale
// with SWS_BICUBIC, as OpenCV's VideoCapture has them.
//
// Damage: packets that cannot be decoded are passed over, frames that the decoder had to patch are
// delivered; both make the source partial, and so does a file that ends clearly before its header
// says. A frame that the end of the file cuts is not delivered.
//
// `threads` >= 1 is the most threads that the decoder may use, 1 for none beside the caller's.
// Frames and status do not depend on it, not even for a damaged file; that is why only MJPEG makes
// use of it. To decode beside the analysis, use ReadAhead.
//
// Throws Error(input), which names the file, when it is missing, a folder, not a regular file, not
// a video (also: sound only, a single picture, cover art), of an unknown codec, or without any
// decodable frame. Nothing but `file` itself is ever opened: playlists and references to other
// files are refused.
//
// The first call in a process sets libav's global log level to AV_LOG_QUIET, once; who wants
// libav's messages raises it again afterwards. A log callback that the program installed is left
// alone.
std::unique_ptr<FrameSource> open_video(const std::filesystem::path& file, int threads = 1);

// The pictures of a folder (.jpg, .jpeg, .png in any case; .bmp is listed too, to be refused by
// name and not lost in silence), without its sub-folders, in the order of their paths as byte
// strings. Throws Error(input) when the folder is missing, not a folder, or holds no picture.
std::vector<std::filesystem::path> list_images(const std::filesystem::path& folder);

// The pictures of a list in the given order, as frames at timestamp 0 and nominal 30 fps, each at
// its own size. A picture that read_image refuses is passed over and makes the source partial.
// Throws Error(input) when the list is empty or no picture in it can be read.
std::unique_ptr<FrameSource> open_image_sequence(std::vector<std::filesystem::path> files);
std::unique_ptr<FrameSource> open_image_sequence(const std::filesystem::path& folder);

}  // namespace auriga
