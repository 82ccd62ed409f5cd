// Where frames come from: a video, pictures, a program that pushes them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "auriga/image.hpp"

namespace auriga {

// A frame that somebody else owns.
struct FrameView {
  std::int64_t index = 0;  // 0-based, counts frames
  double timestamp_s = 0;  // presentation time since the start of the input, never decreasing
  ImageView bgr;           // 3 channels, upright
  // The picture could not be had: nobody is followed in this frame. What `bgr` shows does not
  // matter, its size does.
  bool missing = false;
};

// A rectangle of a picture, px.
struct Region {
  int x = 0, y = 0, width = 0, height = 0;
};

// What the planes of a frame hold, 8 bits a sample: BGR in one plane, Y U V in three, or Y and U V
// in turn (nv12) in two. `other`: anything else, whose planes are not shown.
enum class PixelFormat { bgr24, yuv420p, yuv422p, yuv444p, nv12, other };

struct Plane {
  const std::uint8_t* data = nullptr;
  int width = 0, height = 0;  // samples; width counts all of a row, so that of BGR is 3 per pixel
  std::ptrdiff_t stride = 0;  // bytes from one row to the next
};

// One decoded picture with its place in the stream. Filled by a Source; buffers are kept when it is
// filled again. May move; what is left behind is empty and can be filled. One thread at a time, but
// frames of one source may be used by several threads at a time.
class Frame {
 public:
  Frame();
  ~Frame();
  Frame(Frame&&) noexcept;
  Frame& operator=(Frame&&) noexcept;

  std::int64_t index = 0;  // 0-based, counts decoded frames
  double timestamp_s = 0;  // presentation time since the start of the input, never decreasing
  // Processor time, ms, of the threads that read, decoded and converted it so far, without threads
  // of the decoder's own. 0 where the source does not tell.
  double decode_ms = 0;
  // A black picture stands for one that could not be read.
  bool missing = false;

  // Size as displayed, px, that of bgr(); 0 while it is empty.
  int width() const;
  int height() const;

  // As the decoder left them, neither turned nor made square, sharing its memory; of a picture or a
  // pushed frame one plane of BGR, upright. Valid until the frame is filled again, converted or
  // moved. After convert() one plane of BGR.
  PixelFormat format() const;
  std::span<const Plane> planes() const;

  // The picture in BGR, upright, with the pixels that SourceOptions asks for: converted when first
  // asked for, valid until the frame is filled again. Throws Error(input) for a pixel format that
  // cannot be converted; our own sources give no such frames.
  ImageView bgr();
  // A part of it, which must lie within: the same bytes. Valid until the next call. Where
  // converts_parts(), no more than the part is converted, and a few parts are kept; all of the
  // picture once the parts would come to more pixels than it has.
  ImageView bgr(const Region& region);
  // The pixels in columns `x` of rows `y`, px, which must lie within: those of bgr(). Converts
  // nothing else where converts_parts().
  void bgr_at(std::span<const int> x, std::span<const int> y, Image& pixels);
  // An upright 4:2:0 or 4:2:2 video that is shown as it is stored and not converted as a whole yet.
  bool converts_parts() const;
  // Makes the whole picture and lets the planes go.
  void convert();

  // For sources: the room for a picture in BGR of that size, or of one that the caller gives it, to
  // be written by the caller. What the frame held before is gone, decode_ms is 0, missing is false.
  Image& write_bgr(int width, int height);
  Image& write_bgr();

  // Becomes the same picture as `other`, at the same place in the stream: shares what the decoder
  // left and copies BGR that is there. decode_ms is 0: nothing is decoded again.
  void assign(const Frame& other);

  // The picture is not needed any more: gives back what the decoder left, and the room of a whole
  // picture that was made of it. Size and place in the stream are gone, too.
  void forget();

  // Bytes that it holds, those of the decoder's included, which frames may share.
  std::size_t bytes() const;
  // Gives its buffers back and is empty.
  void release();

 private:
  friend class VideoSource;
  struct Native;
  std::unique_ptr<Native> native_;  // what the decoder left; null: nothing yet
  Image bgr_;
  bool whole_ = false;  // bgr_ is the picture
  ImageView convert(const Region& region);
  void let_parts_go();

  struct Part {
    Region region;  // of the picture
    ImageView view;
    Image room;  // that holds it
  };
  std::vector<Part> parts_;
  Image another_;                  // room for one that is not kept
  std::int64_t converted_px_ = 0;  // in parts
  mutable Plane bgr_plane_;
};

// What is known of a source before its frames are read.
struct SourceInfo {
  int width = 0, height = 0;  // px, as displayed, of the first frame; later frames may differ
  // Frames a second: the rate that the frames were made for, as the container says or as guessed
  // from its clock; 30 where neither tells.
  double fps = 30;
  // Frames by duration, as the container has them; `fps` where it does not tell. 0: as `fps`.
  double average_fps = 0;
  std::int64_t expected_frames = 0;  // by the header, for a progress display; 0: unknown
  double duration_s = 0;             // by the header; 0: unknown
  // What the clock of the file shows at timestamp 0, for whoever reads other streams of it.
  double clock_s = 0;
  // Of the pictures that threads of the decoder work on beside the one that comes next, about.
  std::size_t bytes_under_way = 0;
  std::string description;  // for messages, such as "h264 in mov,mp4,m4a,3gp,3g2,mj2"
  // Of the pictures of a folder the names of their files, by frame; empty: frames have no names.
  std::vector<std::string> frame_names{};
};

// The size of a frame that differs from that of the one before.
struct PictureSize {
  std::int64_t frame = 0;     // 0-based index of the first frame of this size
  double timestamp_s = 0;     // of that frame
  int width = 0, height = 0;  // px, as displayed
};

// When the pictures of a video are shown, as far as it was read.
struct TimeFacts {
  // In the clock of the file, s: where its earliest stream begins, which is 0 in the timestamps of
  // the frames, and when the first picture is shown.
  double file_start_s = 0, first_picture_s = 0;
  // Between the frames, s; 0 where there are fewer than two.
  double mean_interval_s = 0, least_interval_s = 0, largest_interval_s = 0;
  bool variable = false;  // the intervals differ by more than the file's clock makes them
  // Largest difference of a timestamp from index / average_fps, s.
  double off_average_rate_s = 0;
  std::int64_t hidden_frames = 0;   // by an edit list
  std::int64_t dropped_frames = 0;  // the file has an empty place for them
  // Packets that are shown before the first picture that can be decoded: the key frame that they
  // need is not in the file.
  std::int64_t packets_before_key_frame = 0;
};

// What reading found out about the input, for whoever has to trust or repeat the numbers.
struct SourceFacts {
  static constexpr std::size_t kMostSizes = 1000;  // that are listed
  std::vector<PictureSize> sizes{};                // the first is that of the first frame
  std::int64_t size_changes = 0;                   // from frame to frame, listed or not
  std::optional<TimeFacts> times{};                // of a video

  bool square_pixels = false;  // a video with SourceOptions::square_pixels

  // How the picture is shown; of the first frame.
  double pixel_aspect = 0;  // width of a stored pixel / its height; 0: not said, taken for square
  double scale_x = 1,
         scale_y = 1;          // what the stored picture is enlarged by: along its rows, columns
  int container_turn_deg = 0;  // clockwise, as the container says of a video
  bool mirrored = false;       // so does the container, left for right, before that turn
  int rotate_deg = 0;          // clockwise, after that: SourceOptions::rotate

  // Of the samples of a video, as container and codec mark them, in libav's words (bt709,
  // smpte2084, ...); empty: not marked, or a picture. They are converted by BT.601 whatever these
  // say; only the range counts.
  std::string colour_range;  // full or limited
  std::string colour_matrix, colour_transfer, colour_primaries;

  std::int64_t interlaced_frames = 0;  // decoded ones that are marked as interlaced
  bool deinterlaced = false;           // SourceOptions::deinterlace

  // Where frames were resampled to equal distances.
  double resampled_fps = 0;                               // 0: they come as they are
  std::int64_t repeated_frames = 0, left_out_frames = 0;  // in addition; never delivered

  // SourceOptions of a section, where it is not the whole; end_s 0: to the end.
  bool is_section = false;
  double section_start_s = 0, section_end_s = 0;
  std::int64_t section_every = 1;

  std::vector<std::string> unreadable{};  // names of the pictures of a folder that were not read
};

// How reading went. Final once next() has returned false.
struct SourceStatus {
  std::int64_t frames = 0;  // delivered so far
  bool partial = false;     // something was damaged or missing
  std::string message;      // what it was, naming the file; empty unless partial
  // What may make numbers other than a reader expects, though nothing is damaged: whole sentences
  // without the name of the file.
  std::vector<std::string> warnings{};
  SourceFacts facts{};
};

// A stream of frames, read once from the first to the last. One thread at a time, but for stop().
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

  // Nobody wants another frame. From any thread, also while next() waits for something: that call
  // and later ones return false, soon. For sources that wait for a camera, a network or a program;
  // those that only read and compute need not care.
  virtual void stop() noexcept {}

 protected:
  Source() = default;
};

// In which order the pictures of a folder are frames.
enum class PictureOrder {
  natural,  // as people count: 2.png before 10.png
  bytes,    // of the bytes of their names, as OpenFace sorts them: 10.png before 2.png
};

struct SourceOptions {
  // Most threads that a decoder may use, 1 for none beside the caller's; never changes a frame, nor
  // what is said of the source, not even where a video is damaged. More than one are used for
  // MJPEG, and, in a program that passes all of libav's messages on (note_libav_message()), for
  // H.264, HEVC, AV1, VP8, VP9, MPEG-4 and MPEG-2.
  int threads = 1;

  // Video whose pixels are not square (DV, DVD, anamorphic) is enlarged in one direction until they
  // are: a row becomes longer, or a column where pixels are higher than wide, so that no detail is
  // lost. All points refer to the enlarged picture. Pixels that differ from square by less than 1 %
  // stay: encoders write such where they rounded a size. Without it pixels are shown as stored.
  bool square_pixels = true;
  // Frames of interlaced video become whole pictures: libavfilter's bwdif, one for each frame, with
  // its time. All frames are, marked as interlaced or not. Of no effect on pictures.
  bool deinterlace = false;
  // Turns what is shown, clockwise, degrees: 0, 90, 180, 270; after what container or EXIF say.
  int rotate = 0;
  // Frames per second to which a video is resampled; 0: frames come as they are. Frame k of the
  // resampled video is at k / fps since the start and shows the latest frame with a time before
  // (k + 1/2) / fps: each frame goes to the nearest place, as with ffmpeg's filter `fps`. Frames
  // are counted from 0 after resampling. 0.001 to 1000.
  double fps = 0;
  PictureOrder order = PictureOrder::natural;

  // A section of a video: frames with a time from start_s to before end_s (0: its end), and of
  // these, and of the pictures of a folder, every N-th of the whole: those whose index is a
  // multiple of `every`. Indices and times stay those of the whole. Frames before the section are
  // decoded.
  double start_s = 0, end_s = 0;
  std::int64_t every = 1;
};

// Whether a file of this name is taken for a picture: by its ending, in any case of letters, also
// of kinds that cannot be read (.heic), which are refused by name and not lost in silence.
bool is_picture_name(const std::filesystem::path& file);

// A video that is upside down or sideways, by its faces, although container or EXIF say otherwise.
struct TurnedVideo {
  int degrees = 0;         // clockwise, which make it upright, SourceOptions::rotate: 90, 180, 270
  bool whole = true;       // no upright face has been seen before
  std::int64_t frame = 0;  // 0-based, the first that tells it
  double timestamp_s = 0;  // of that frame
};

// Opens, by what the path is:
// - a folder: its pictures (.jpg, .jpeg, .png, .bmp, .tif, .tiff, .webp, .avif in any case, and
//   .heic, .heif, which cannot be read; hidden ones left out), each a frame at its own size, at
//   time 0 and nominal 30 fps. One that cannot be read is a frame that is `missing`, of the size of
//   the one before (the first: of the next), and makes the source partial.
// - a file named like a picture: one frame, upright as its EXIF orientation says.
// - any other file: the best video stream in it. Frames come in presentation order, turned as the
//   container says, with times as a player shows them: since the start of the file, which is that
//   of its earliest stream, so that they fit its sound. They never decrease. Packets that cannot be
//   decoded are passed over, patched frames are delivered; both make the source partial, and so do
//   a file that ends clearly before its header says and one that begins within a group of pictures.
// Throws Error(input), which names the path, when there is nothing to decode, Error(usage) for
// options that are out of range, `fps` and times of a section for pictures, and `deinterlace` where
// libavfilter is not installed. Nothing but the file or the pictures of the folder is ever opened.
//
// libav writes what it has to say of a damaged video to standard error as far as its log level
// lets it. The level and the callback are process-wide, so the library leaves both alone; a program
// that wants silence sets a callback that writes nothing, as the command `auriga` does.
std::unique_ptr<Source> open_source(const std::filesystem::path& path,
                                    const SourceOptions& options = {});

// Several decoders (HEVC, WMV, Theora, FFV1) tell of a damaged picture in their messages only. A
// program that has set libav's log callback passes its first two arguments on here, whatever the
// level, and those pictures make their source partial, as the command `auriga` does; without that
// nothing but these pictures goes unnoticed, and most videos are decoded on one thread
// (SourceOptions::threads). From any thread.
void note_libav_message(void* context, int level) noexcept;

}  // namespace auriga
