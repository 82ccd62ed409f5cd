// A file as the packets of its best video stream.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include "media/file_input.hpp"
#include "media/frame_index.hpp"
#include "media/libav.hpp"
#include "media/orientation.hpp"

namespace auriga {

// Not thread-safe.
class Container {
 public:
  // Opens the best video stream of a file. Throws Error(input), which names the file, when there is
  // none. Nothing but the file itself is ever opened.
  explicit Container(const std::filesystem::path& file);

  // As when it was opened. What it gave before of format() and stream() is gone.
  void rewind();

  AVFormatContext* format() const { return format_.get(); }
  AVStream* stream() const { return stream_; }
  const char* name() const { return format_->iformat->name; }  // of the format, as libavformat has

  // Length of the video by the header, s; 0 where it does not tell.
  double declared_s() const { return declared_s_; }
  // Frames a second as the header has it, or as libavformat guesses; 30 where neither tells.
  double nominal_fps() const { return nominal_fps_; }
  // Frames by duration as the container has them; nominal_fps() where it does not tell.
  double average_fps() const { return average_fps_; }
  // When the earliest of its streams that are played together begins, s, in the clock of the file.
  // The priming of a sound codec is not yet sound.
  double start_s() const { return start_s_; }
  // Whether packets have no presentation times but places that are counted (AVI).
  bool counts_places() const { return counts_places_; }

  // Of the video, as far as it was read: frames that an edit list hides, and places without a
  // picture.
  std::int64_t hidden_frames() const;
  std::int64_t dropped_frames() const { return dropped_; }

  // How the stream is to be turned when it is shown.
  Orientation orientation() const;
  // Width of a stored pixel of `picture` by its height; 0 where nothing tells.
  AVRational aspect_of(const AVFrame& picture) const;

  // The next packet of the video into `packet`; false at the end of the file.
  bool read(AVPacket& packet);

  // Goes to packet `at` of those that read() gave from the begin to the end. From there on it gives
  // the same ones again, with the same times and marks, or ends where the file has others
  // (strayed()). False when the packet could not be found. Nothing is counted any more, so that
  // what is said of the file (damage(), hidden_frames(), ...) means nothing from here on.
  bool go_to(std::shared_ptr<const PacketTable> table, std::size_t at);
  bool strayed() const { return strayed_; }

  // Places for pictures that the header counts and that have not been reached (AVI).
  std::int64_t missing_places() const;

  // The end of what was read is not that of the file: libavformat had no memory for the next
  // packet, or the file, damaged, asks for absurdly much.
  bool lacked_memory() const;

  // What is missing or unreadable, as far as the file was read; empty if nothing.
  std::string damage() const;

 private:
  Container(const std::filesystem::path& file, std::unique_ptr<FileInput> input);
  int try_open(bool& unopened);
  void open();
  void choose_stream();
  void describe();
  double declared_length_s() const;
  double find_start_s() const;
  bool plays_with_video(int stream) const;
  bool take(AVPacket& packet);
  bool follow(AVPacket& packet);
  bool find(std::size_t at);
  void note(const AVPacket& packet);
  void note_end();
  bool too_short() const;

  std::filesystem::path file_;
  std::unique_ptr<FileInput> input_;
  AvHandle<AVFormatContext> format_;
  AVStream* stream_ = nullptr;  // of format_
  double declared_s_ = 0;
  double nominal_fps_ = 30, average_fps_ = 30;
  double start_s_ = 0;
  bool counts_places_ = false;
  std::int64_t next_place_ = 0;        // of an AVI file, after the last packet
  std::int64_t last_at_ = -1;          // where the last packet lies in the file
  std::int64_t last_picture_at_ = -1;  // where that of the video lies
  std::int64_t dropped_ = 0;
  std::int64_t hidden_packets_ = 0;

  bool at_end_ = false;
  double first_s_ = 0;  // earliest begin and latest end of the packets seen
  double last_s_ = 0;
  bool cut_off_ = false;    // within a packet
  bool lacks_end_ = false;  // the mark that the format puts behind the last packet
  std::int64_t missing_bytes_ = 0;
  int read_error_ = 0;

  // After go_to(): all packets, and which of them comes next.
  std::shared_ptr<const PacketTable> table_;
  std::size_t next_ = 0;
  bool strayed_ = false;
  AvHandle<AVPacket> found_;  // the first, which was read when it was looked for
  bool has_found_ = false;
};

// What an index keeps of a packet.
PacketPlace place_of(const AVPacket& packet);

}  // namespace auriga
