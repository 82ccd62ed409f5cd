// Any frame of a video or of a folder of pictures, at any time, exactly as open_source() gives it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "auriga/image.hpp"
#include "auriga/source.hpp"

namespace auriga {

struct FrameReaderOptions {
  SourceOptions source;  // how frames are shown, counted and timed
  // Bytes of the frames that are kept. Two frames are, however large.
  std::size_t cache_bytes = std::size_t{256} << 20;
  // Where the index of a video is kept (frame_index.hpp); empty: nowhere. One that is not of this
  // video, or damaged, is made anew and replaced. A folder that cannot be written means that it is
  // made anew each time, which is no error.
  std::filesystem::path index_file;
  // A frame or so ahead of whoever goes from one to the next, in either direction.
  bool read_ahead = true;
};

// A frame as open_source() gives it.
struct ShownFrame {
  std::int64_t index = 0;  // 0-based, as Frame::index
  double timestamp_s = 0;  // as Frame::timestamp_s
  bool missing = false;    // a black picture stands for one that could not be read
  // The picture is known to be that of this frame: it came out of the decoder as the frame of this
  // number, read from the start, or it is the same picture to a hash of 64 bits. False only for who
  // asked for it (FrameRequest::unproved).
  bool proved = true;
  std::shared_ptr<const Image> bgr;  // never null
};

struct FrameRequest {
  std::int64_t index = 0;  // 0-based
  // Who asks, any number: the next request of the same one takes the place of this, if it still
  // waits. 0: nobody in particular, whose requests are all served.
  std::uint64_t viewer = 0;
  // As long as the index does not reach the frame, the picture that the times of the packets speak
  // for will do: it is there soon, and is nearly always the right one. ShownFrame::proved tells.
  bool unproved = false;
};

// How far the index has come.
struct IndexProgress {
  std::int64_t frames = 0;    // known: from the first on
  std::int64_t expected = 0;  // about, of the whole video; 0: unknown
  bool complete = false;      // `frames` is the number of frames of the video
  bool kept = false;          // there is a file with it
  std::string problem;        // why the file could not be read or written; empty: nothing
};

// Keeps one video open for any number of readers, with a thread of its own that decodes, and
// another that goes through the video from the start until its index is complete. Thread-safe.
class FrameReader {
 public:
  // Opens `path` as open_source() does and throws what it throws.
  explicit FrameReader(const std::filesystem::path& path, FrameReaderOptions options = {});
  // stop(), and waits for the frame that is being decoded.
  ~FrameReader();
  FrameReader(const FrameReader&) = delete;
  FrameReader& operator=(const FrameReader&) = delete;

  // The frame of that number. Waits until it is decoded; nothing where a newer request of the same
  // viewer came meanwhile, after stop(), and for a number that the video does not have.
  // Throws Error(input), which names the file, when the file was changed since it was opened, and
  // what the decoder throws.
  std::optional<ShownFrame> frame(const FrameRequest& request);
  std::optional<ShownFrame> frame(std::int64_t index) {
    return frame(FrameRequest{.index = index});
  }

  // Nobody waits for anything any more.
  void stop() noexcept;

  // Of the source, as open_source() has it.
  const SourceInfo& info() const;
  IndexProgress progress() const;
  // Waits until the index is complete, or stop(). Returns the number of frames then, else nothing.
  // Throws what going through the video threw.
  std::optional<std::int64_t> wait_for_index();
  // Times of the frames from `first` on, s, as far as they are known; at most `count`.
  std::vector<double> times(std::int64_t first, std::int64_t count) const;

  // Why going to a frame means going there from the start of the video; empty: it does not.
  std::string why_sequential() const;

  // For tests and measurements.
  struct Counts {
    std::int64_t decoded = 0;     // pictures, for requests and ahead of them
    std::int64_t jumps = 0;       // to another place in the file
    std::int64_t refuted = 0;     // beginnings that did not give the frame
    std::int64_t from_start = 0;  // times that the video was read from its start instead
    std::size_t cache_bytes = 0;  // now
  };
  Counts counts() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace auriga
