// What goes with the pictures of a video file: its sound, and how long pictures stay.
#pragma once

#include <cstdint>
#include <deque>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "media/file_input.hpp"
#include "media/libav.hpp"
#include "sinks/sound_conversion.hpp"

namespace auriga {

// Reads a file beside whoever reads its pictures, no further than they have come, and gives the
// packets of its sound as MP4 can have them: as they are where players of MP4 know the codec (AAC,
// MP3, AC-3, E-AC-3, Opus, FLAC, ALAC), else as AAC. Times are those of frames: seconds since what
// the clock of the file shows at 0 s. Memory does not grow with the length of the file. What is
// wrong with the file or the sound is a warning and never an error. Not thread-safe.
class Soundtrack {
 public:
  // A track of sound that comes out.
  struct Track {
    const AVCodecParameters* parameters = nullptr;
    AVRational time_base{1, 1};
    std::string language;  // as the file has it; empty: does not say
    bool preferred = false;
  };
  // Takes a packet of a track, with times in that track's time base, to be changed as needed. False
  // where there is no use for more of that track.
  using Take = std::function<bool(AVPacket& packet, std::size_t track)>;

  // `clock_s`: what the clock of the file shows at 0 s.
  Soundtrack(const std::filesystem::path& video, double clock_s);
  ~Soundtrack();
  Soundtrack(const Soundtrack&) = delete;
  Soundtrack& operator=(const Soundtrack&) = delete;

  std::vector<Track> tracks() const;

  // Gives the sound that begins before `until_s`, which never decreases.
  void advance(double until_s, const Take& take);

  // How long the picture of that time stays, s, as the file says; at most the latest pictures that
  // advance() passed are known.
  std::optional<double> picture_lasts(double time_s) const;

  // To be called once. The last picture was that of `last_s` and stays until `end_s`. The sound
  // ends with it, but where the file has no later picture goes on to its own end.
  void finish(double last_s, double end_s, const Take& take);

  // Whole sentences.
  const std::vector<std::string>& warnings() const { return warnings_; }

 private:
  struct Stream;
  struct Picture {
    double begin_s, lasts_s;
  };
  // Seconds of one stream, as frames have them: after the clock of the file has started again, what
  // comes follows what was there.
  struct Clock {
    double shift_s = 0;
    bool begun = false;
    double latest_s = 0, end_s = 0;
    double show(double file_s, double lasts_s);
  };

  bool open(const std::filesystem::path& video);
  void add_sound(AVStream& stream);
  bool read();
  Stream* stream_of(int index);
  void pass_on(AVPacket& packet, const Take& take);
  void give(Stream& stream, AVPacket& packet, const Take& take);
  void encode(double until_s, const Take& take);
  void warn_of_what_was_lost();

  double clock_s_;
  std::unique_ptr<FileInput> input_;
  AvHandle<AVFormatContext> container_;
  std::vector<std::unique_ptr<Stream>> sound_;
  int pictures_ = -1;  // index of the stream
  Clock picture_clock_;
  std::deque<Picture> latest_;
  // What has been read and not been passed on.
  AvHandle<AVPacket> pending_;
  bool has_pending_ = false;
  double pending_s_ = 0;  // when it begins
  std::vector<std::string> warnings_;
};

}  // namespace auriga
