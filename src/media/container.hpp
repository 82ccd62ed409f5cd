// A file as the packets of its best video stream.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "media/file_input.hpp"
#include "media/libav.hpp"

namespace auriga {

// Not thread-safe.
class Container {
 public:
  // Opens the best video stream of a file. Throws Error(input), which names the file, when there is
  // none. Nothing but the file itself is ever opened.
  explicit Container(const std::filesystem::path& file);

  AVFormatContext* format() const { return format_.get(); }
  AVStream* stream() const { return stream_; }
  const char* name() const { return format_->iformat->name; }  // of the format, as libavformat has

  // Length of the video by the header, s; 0 where it does not tell.
  double declared_s() const { return declared_s_; }
  // Frames a second as the header has it, or as libavformat guesses; 30 where neither tells.
  double nominal_fps() const { return nominal_fps_; }

  // The next packet of the video into `packet`; false at the end of the file.
  bool read(AVPacket& packet);

  // What is missing or unreadable, as far as the file was read; empty if nothing.
  std::string damage() const;

 private:
  void open();
  void choose_stream();
  void describe();
  void note_end(const AVPacket& packet);
  bool too_short() const;

  std::filesystem::path file_;
  FileInput input_;
  AvHandle<AVFormatContext> format_;
  AVStream* stream_ = nullptr;  // of format_
  double declared_s_ = 0;
  double nominal_fps_ = 30;

  bool at_end_ = false;
  double first_s_ = 0;  // earliest begin and latest end of the packets seen
  double last_s_ = 0;
  bool cut_off_ = false;  // within a packet
  std::int64_t missing_bytes_ = 0;
  int read_error_ = 0;
};

}  // namespace auriga
