#include "media/container.hpp"

#include <algorithm>
#include <cstdio>
#include <string_view>

#include "auriga/error.hpp"

#include "media/asf_header.hpp"
#include "media/damage.hpp"

namespace auriga {

namespace fs = std::filesystem;

namespace {

[[noreturn]] void fail(const fs::path& file, const std::string& what) {
  throw Error(ErrorCode::input, file.string() + ": " + what);
}

}  // namespace

Container::Container(const fs::path& file) : file_(file), input_(file) {
  constexpr std::size_t kHeadBytes = 1 << 13;
  missing_bytes_ =
      std::max<std::int64_t>(0, asf_declared_bytes(input_.head(kHeadBytes)) - input_.size());
  open();
  choose_stream();
  describe();
}

void Container::open() {
  AVFormatContext* format = allocated(avformat_alloc_context());
  format->pb = input_.context();
  // A playlist or a reference in the file may not make libavformat open something else: no
  // protocol has this name.
  AVDictionary* options = nullptr;
  av_dict_set(&options, "protocol_whitelist", "none", 0);
  const int error =
      avformat_open_input(&format, "", nullptr, &options);  // frees `format` when it fails
  av_dict_free(&options);
  if (error < 0)
    fail(file_,
         "expected a video, but its content is of no known container format, or its index is "
         "missing (" +
             text_of_av_error(error) +
             "); check that it was copied completely, or convert it to MP4");
  format_.reset(format);
  if (std::string_view(name()).ends_with("_pipe"))
    fail(file_, "expected a video, found a picture; open it as a picture");
  if (const int failed = avformat_find_stream_info(format_.get(), nullptr); failed < 0)
    fail(file_,
         "its streams cannot be read (" + text_of_av_error(failed) + "); copy or export it again");
}

void Container::choose_stream() {
  const auto is_video = [&](int i) {
    const AVStream* stream = format_->streams[i];
    return stream->codecpar->codec_type == AVMEDIA_TYPE_VIDEO &&
           (stream->disposition & AV_DISPOSITION_ATTACHED_PIC) == 0;
  };
  const int streams = static_cast<int>(format_->nb_streams);
  int best = av_find_best_stream(format_.get(), AVMEDIA_TYPE_VIDEO, -1, -1, nullptr, 0);
  if (best < 0 || !is_video(best))
    for (best = 0; best < streams && !is_video(best);) ++best;
  if (best >= streams)
    fail(file_, "there is no video stream in it; give a file that holds a video");
  stream_ = format_->streams[best];
  // Where the header does not give the length of each stream, only the packets of all of them
  // show whether the file is as long as it should be. Elsewhere the other streams need not be
  // read.
  if (stream_->nb_frames > 0)
    for (int i = 0; i < streams; ++i)
      if (i != best) format_->streams[i]->discard = AVDISCARD_ALL;
}

void Container::describe() {
  const auto valid = [](double fps) {
    return fps > 0 && fps < 1000;
  };  // 1000 and more is a clock, not a rate
  const double guessed = av_q2d(av_guess_frame_rate(format_.get(), stream_, nullptr));
  const double average = av_q2d(stream_->avg_frame_rate);
  nominal_fps_ = valid(guessed) ? guessed : valid(average) ? average : 30;

  // Only a length that is written in the header can show that something is missing; libavformat's
  // estimates from the last packet or from the size of the file cannot.
  // libavformat also shortens the duration of a cut AVI file, whose time base is one frame.
  const double tick_s = av_q2d(stream_->time_base);
  if (std::string_view(name()) == "avi")
    declared_s_ = static_cast<double>(stream_->nb_frames) * tick_s;
  else if (format_->duration_estimation_method != AVFMT_DURATION_FROM_STREAM)
    declared_s_ = 0;
  else if (stream_->duration > 0)
    declared_s_ = static_cast<double>(stream_->duration) * tick_s;
  else if (format_->duration > 0)
    declared_s_ = static_cast<double>(format_->duration) / AV_TIME_BASE;
}

bool Container::read(AVPacket& packet) {
  constexpr int kMaxRetries = 1000;
  int retries = 0;
  while (!at_end_) {
    av_packet_unref(&packet);
    const int error = av_read_frame(format_.get(), &packet);
    if (error == AVERROR(EAGAIN) && ++retries < kMaxRetries) continue;
    if (error < 0) {
      if (error != AVERROR_EOF) read_error_ = error;
      at_end_ = true;
      break;
    }
    // The last packet of a file that was cut within it. (The mark of MPEG streams is another: a
    // gap in the transport.)
    if ((packet.flags & AV_PKT_FLAG_CORRUPT) != 0 && avio_feof(format_->pb) != 0 &&
        (format_->iformat->flags & AVFMT_TS_DISCONT) == 0) {
      cut_off_ = true;
      continue;
    }
    note_end(packet);
    if (packet.stream_index == stream_->index && packet.size > 0) return true;
  }
  return false;
}

void Container::note_end(const AVPacket& packet) {
  const AVRational time_base = format_->streams[packet.stream_index]->time_base;
  const std::int64_t at = packet.pts != AV_NOPTS_VALUE ? packet.pts : packet.dts;
  if (at == AV_NOPTS_VALUE) return;
  const double start_s = static_cast<double>(at) * av_q2d(time_base);
  first_s_ = std::min(first_s_, start_s);
  last_s_ = std::max(last_s_, start_s + static_cast<double>(packet.duration) * av_q2d(time_base));
}

// Whether the file ended clearly before its header says. Called at the end of the file.
bool Container::too_short() const {
  // Where the header counts the frames of the stream, its length is exact; else it is often
  // rounded, or that of another stream.
  const double tolerance_s =
      stream_->nb_frames > 0 ? 1.5 / nominal_fps_ : std::max(0.25, 0.02 * declared_s_);
  return last_s_ - std::min(first_s_, 0.0) < declared_s_ - tolerance_s;
}

std::string Container::damage() const {
  DamageText found;
  if (read_error_ != 0) found.add("reading stopped early (" + text_of_av_error(read_error_) + ")");
  if (cut_off_) found.add("the file ends within a frame");
  if (missing_bytes_ > 0)
    found.add("the file is " + counted(missing_bytes_, "byte") + " shorter than its header says");
  if (at_end_ && too_short()) {
    char length[100];
    std::snprintf(length, sizeof length, "it ends after %.2f of %.2f s", std::max(last_s_, 0.0),
                  declared_s_);
    found.add(length);
  }
  return found.text();
}

}  // namespace auriga
