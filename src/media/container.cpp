#include "media/container.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <limits>
#include <optional>
#include <string_view>
#include <utility>

#include "auriga/error.hpp"

#include "base/memory.hpp"
#include "media/avi_chunks.hpp"
#include "media/damage.hpp"
#include "media/declared_bytes.hpp"
#include "media/matroska_end.hpp"
#include "media/ogg_end.hpp"

namespace auriga {

namespace fs = std::filesystem;

namespace {

[[noreturn]] void fail(const fs::path& file, const std::string& what) {
  require_memory();
  throw Error(ErrorCode::input, file.string() + ": " + what);
}

// The most that encoders put before the sound so that the decoder finds its start: two frames of
// the codec. 0 where there is no need of it.
double longest_priming_s(const AVCodecParameters& codec) {
  if (codec.sample_rate <= 0) return 0;
  int frame = 0;
  switch (codec.codec_id) {
    case AV_CODEC_ID_AAC:
    case AV_CODEC_ID_AAC_LATM:
      frame = 1056;  // 1024; Apple's encoder makes 2112 samples
      break;
    case AV_CODEC_ID_MP2:
    case AV_CODEC_ID_MP3:
      frame = 1152;
      break;
    case AV_CODEC_ID_AC3:
    case AV_CODEC_ID_EAC3:
      frame = 256;
      break;
    case AV_CODEC_ID_OPUS:
      frame = 960;
      break;
    case AV_CODEC_ID_VORBIS:
    case AV_CODEC_ID_WMAV1:
    case AV_CODEC_ID_WMAV2:
    case AV_CODEC_ID_WMAPRO:
      frame = 2048;
      break;
    default:
      break;
  }
  return 2.0 * frame / codec.sample_rate;
}

}  // namespace

Container::Container(const fs::path& file) : Container(file, std::make_unique<FileInput>(file)) {}

Container::Container(const fs::path& file, std::unique_ptr<FileInput> input)
    : file_(file), input_(std::move(input)) {
  missing_bytes_ = std::max<std::int64_t>(0, declared_bytes(input_->bytes()) - input_->size());
  open();
  choose_stream();
  describe();
}

void Container::rewind() {
  Container again(file_, input_->from_begin());
  *this = std::move(again);
}

// What libavformat says to the file; `unopened`: so early that it is of no known format.
int Container::try_open(bool& unopened) {
  AVFormatContext* format = allocated(avformat_alloc_context());
  format->pb = input_->context();
  // A playlist or a reference in the file may not make libavformat open something else: no
  // protocol has this name.
  AVDictionary* options = nullptr;
  av_dict_set(&options, "protocol_whitelist", "none", 0);
  const int error =
      avformat_open_input(&format, "", nullptr, &options);  // frees `format` when it fails
  av_dict_free(&options);
  unopened = error < 0;
  if (unopened) return error;
  format_.reset(format);
  if (std::string_view(name()).ends_with("_pipe"))
    fail(file_, "expected a video, found a picture; open it as a picture");
  return avformat_find_stream_info(format_.get(), nullptr);
}

void Container::open() {
  bool unopened = false;
  int error = try_open(unopened);
  if (error == AVERROR(ENOMEM)) {
    // Because there was none, or because a damaged file asks for absurdly much: then again.
    format_.reset();
    input_ = input_->from_begin();
    error = try_open(unopened);
  }
  if (error >= 0) return;
  fail(file_, unopened
                  ? "expected a video, but its content is of no known container format, or its "
                    "index is missing (" +
                        text_of_av_error(error) +
                        "); check that it was copied completely, or convert it to MP4"
                  : "its streams cannot be read (" + text_of_av_error(error) +
                        "); copy or export it again");
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
  average_fps_ = valid(average) ? average : nominal_fps_;
  declared_s_ = declared_length_s();
  counts_places_ = std::string_view(name()) == "avi";
  start_s_ = find_start_s();
  if (stream_->start_time != AV_NOPTS_VALUE)
    next_place_ = std::max<std::int64_t>(0, stream_->start_time);
}

// Only a length that is written in the header can show that something is missing; libavformat's
// estimates from the last packet or from the size of the file cannot.
double Container::declared_length_s() const {
  const double tick_s = av_q2d(stream_->time_base);
  // libavformat also shortens the duration of a cut AVI file, whose time base is one frame.
  if (std::string_view(name()) == "avi") return static_cast<double>(stream_->nb_frames) * tick_s;
  if (format_->duration_estimation_method != AVFMT_DURATION_FROM_STREAM) return 0;
  if (stream_->duration > 0) return static_cast<double>(stream_->duration) * tick_s;
  return format_->duration > 0 ? static_cast<double>(format_->duration) / AV_TIME_BASE : 0;
}

// The streams of another programme of a transport stream have a clock of their own.
bool Container::plays_with_video(int stream) const {
  const AVStream* other = format_->streams[stream];
  const AVMediaType type = other->codecpar->codec_type;
  if (type != AVMEDIA_TYPE_AUDIO && type != AVMEDIA_TYPE_VIDEO) return false;
  if ((other->disposition & AV_DISPOSITION_ATTACHED_PIC) != 0) return false;
  const AVProgram* mine = av_find_program_from_stream(format_.get(), nullptr, stream_->index);
  return mine == nullptr ||
         std::find(mine->stream_index, mine->stream_index + mine->nb_stream_indexes,
                   static_cast<unsigned>(stream)) != mine->stream_index + mine->nb_stream_indexes;
}

double Container::find_start_s() const {
  const bool has_edit_lists = std::string_view(name()).starts_with("mov");
  const auto begins = [&](const AVStream* stream) {
    return stream->start_time == AV_NOPTS_VALUE
               ? std::numeric_limits<double>::infinity()
               : static_cast<double>(stream->start_time) * av_q2d(stream->time_base);
  };
  const double picture_s = begins(stream_);
  double start_s = picture_s;
  for (int i = 0; i < static_cast<int>(format_->nb_streams); ++i) {
    if (!plays_with_video(i)) continue;
    const AVStream* stream = format_->streams[i];
    double sound_s = begins(stream);
    // Edit lists state the priming, and libavformat has taken it off. Matroska may state it, too;
    // elsewhere sound that begins earlier than the picture by no more than priming begins with it.
    if (stream->codecpar->codec_type == AVMEDIA_TYPE_AUDIO && !has_edit_lists) {
      const AVCodecParameters& codec = *stream->codecpar;
      if (codec.sample_rate > 0 && codec.initial_padding > 0)
        sound_s += static_cast<double>(codec.initial_padding) / codec.sample_rate;
      if (sound_s < picture_s && picture_s - sound_s <= longest_priming_s(codec))
        sound_s = picture_s;
    }
    start_s = std::min(start_s, sound_s);
  }
  if (!std::isfinite(start_s)) return 0;
  return has_edit_lists ? std::max(start_s, 0.0) : start_s;
}

Orientation Container::orientation() const {
  std::size_t size = 0;
  const std::uint8_t* matrix = av_stream_get_side_data(stream_, AV_PKT_DATA_DISPLAYMATRIX, &size);
  std::array<std::int32_t, 9> values;
  if (matrix == nullptr || size < sizeof values) return {};
  std::memcpy(values.data(), matrix, sizeof values);
  return orientation_of_matrix(values);
}

AVRational Container::aspect_of(const AVFrame& picture) const {
  // libav takes a frame that it could change, and does not.
  return av_guess_sample_aspect_ratio(format_.get(), stream_, const_cast<AVFrame*>(&picture));
}

bool Container::read(AVPacket& packet) {
  if (!take(packet)) return false;
  return table_ == nullptr || follow(packet);
}

// The next packet of the video, whatever it is.
bool Container::take(AVPacket& packet) {
  if (has_found_) {
    has_found_ = false;
    av_packet_unref(&packet);
    av_packet_move_ref(&packet, found_.get());
    return true;
  }
  constexpr int kMaxRetries = 1000;
  int retries = 0;
  while (!at_end_) {
    av_packet_unref(&packet);
    const int error = av_read_frame(format_.get(), &packet);
    if (error == AVERROR(EAGAIN) && ++retries < kMaxRetries) continue;
    if (error < 0) {
      if (error == AVERROR(ENOMEM)) require_memory();
      if (error != AVERROR_EOF) read_error_ = error;
      at_end_ = true;
      if (table_ == nullptr) note_end();
      break;
    }
    // The last packet of a file that was cut within it. (The mark of MPEG streams is another: a
    // gap in the transport.)
    if ((packet.flags & AV_PKT_FLAG_CORRUPT) != 0 && avio_feof(format_->pb) != 0 &&
        (format_->iformat->flags & AVFMT_TS_DISCONT) == 0) {
      cut_off_ = true;
      continue;
    }
    if (table_ == nullptr) note(packet);
    if (packet.stream_index == stream_->index && packet.size > 0) return true;
  }
  return false;
}

bool Container::lacked_memory() const { return read_error_ == AVERROR(ENOMEM); }

PacketPlace place_of(const AVPacket& packet) {
  static_assert(AV_NOPTS_VALUE == PacketPlace::kNone && AV_PKT_FLAG_KEY == 1);
  PacketPlace place;
  place.pts = packet.pts;
  place.dts = packet.dts;
  if (packet.pos >= 0) place.at = packet.pos;
  place.size = packet.size;
  place.flags = static_cast<std::uint8_t>(
      packet.flags & (AV_PKT_FLAG_KEY | AV_PKT_FLAG_CORRUPT | AV_PKT_FLAG_DISCARD |
                      AV_PKT_FLAG_TRUSTED | AV_PKT_FLAG_DISPOSABLE));
  return place;
}

namespace {

// What demuxers make up of a packet depends on where they began; what is in the file does not.
bool same_packet(const PacketPlace& a, const PacketPlace& b) {
  if (a.size != b.size) return false;
  if (a.at != PacketPlace::kNone && b.at != PacketPlace::kNone) return a.at == b.at;
  return a.dts == b.dts;
}

}  // namespace

// Whether `packet` is the next of the table; with the times and marks that it has there.
bool Container::follow(AVPacket& packet) {
  const std::vector<PacketPlace>& packets = table_->packets;
  if (next_ >= packets.size() || !same_packet(place_of(packet), packets[next_])) {
    strayed_ = at_end_ = true;
    return false;
  }
  const PacketPlace& place = packets[next_++];
  packet.pts = place.pts;
  packet.dts = place.dts;
  packet.flags = place.flags;
  return true;
}

bool Container::go_to(std::shared_ptr<const PacketTable> table, std::size_t at) {
  table_ = std::move(table);
  strayed_ = has_found_ = false;
  if (!found_) found_.reset(allocated(av_packet_alloc()));
  const std::vector<PacketPlace>& packets = table_->packets;
  const int flags = format_->iformat->flags;
  // Streams without an index, whose packets lie one after the other.
  const bool by_place = (flags & AVFMT_TS_DISCONT) != 0 && (flags & AVFMT_NO_BYTE_SEEK) == 0;
  const bool by_pts =
      (flags & AVFMT_SEEK_TO_PTS) != 0 || std::string_view(name()).starts_with("matroska");
  // Where one key frame is not found, an earlier one may be: 1, 2, 4, ... before it.
  std::size_t from = at, back = 1;
  constexpr int kTries = 4;
  for (int i = 0; i < kTries; ++i) {
    const PacketPlace& place = packets[from];
    const std::int64_t first = by_pts ? place.pts : place.dts;
    const std::int64_t time = first != PacketPlace::kNone ? first : by_pts ? place.dts : place.pts;
    int error = AVERROR(EINVAL);
    if (by_place && place.at != PacketPlace::kNone)
      error = av_seek_frame(format_.get(), stream_->index, place.at, AVSEEK_FLAG_BYTE);
    if (error < 0 && time != PacketPlace::kNone)
      error = av_seek_frame(format_.get(), stream_->index, time, AVSEEK_FLAG_BACKWARD);
    if (error >= 0 && find(at)) return true;
    for (std::size_t k = 0; k < back && from > 0; ++k) do
        --from;
      while (from > 0 && !packets[from].key());
    back *= 2;
    if (from == 0 && i + 2 < kTries) i = kTries - 2;
  }
  std::shared_ptr<const PacketTable> kept = table_;
  rewind();
  table_ = std::move(kept);
  found_.reset(allocated(av_packet_alloc()));
  return find(at);
}

// Reads on until packet `at`, of which nothing is decoded.
bool Container::find(std::size_t at) {
  // Where a demuxer begins within packets, some are none of the table.
  constexpr int kMostUnknown = 100;
  const std::vector<PacketPlace>& packets = table_->packets;
  at_end_ = false;
  has_found_ = false;
  int unknown = 0;
  std::optional<std::size_t> before;  // which one it was
  while (unknown < kMostUnknown && take(*found_)) {
    const PacketPlace place = place_of(*found_);
    if (before && *before + 1 < packets.size() && same_packet(place, packets[*before + 1])) {
      ++*before;
    } else if (before) {
      return false;
    } else if (same_packet(place, packets[at])) {
      before = at;
    } else {
      const auto same = std::find_if(packets.begin(), packets.end(), [&](const PacketPlace& one) {
        return same_packet(place, one);
      });
      if (same == packets.end()) {
        ++unknown;
        continue;
      }
      before = static_cast<std::size_t>(same - packets.begin());
    }
    if (*before > at) return false;
    if (*before < at) continue;
    next_ = at;
    return has_found_ = true;
  }
  return false;
}

void Container::note(const AVPacket& packet) {
  const double tick_s = av_q2d(format_->streams[packet.stream_index]->time_base);
  if (packet.pos >= 0) last_at_ = packet.pos;
  const std::int64_t at = packet.pts != AV_NOPTS_VALUE ? packet.pts : packet.dts;
  if (at != AV_NOPTS_VALUE) {
    const double begin_s = static_cast<double>(at) * tick_s;
    first_s_ = std::min(first_s_, begin_s);
    last_s_ = std::max(last_s_, begin_s + static_cast<double>(packet.duration) * tick_s);
  }
  if (packet.stream_index != stream_->index) return;
  if (packet.pos >= 0) last_picture_at_ = packet.pos;
  if (packet.size == 0) ++dropped_;
  if ((packet.flags & AV_PKT_FLAG_DISCARD) != 0) ++hidden_packets_;
  // libavformat passes over places without a picture.
  if (counts_places_ && packet.dts != AV_NOPTS_VALUE) {
    dropped_ += std::max<std::int64_t>(0, packet.dts - next_place_);
    next_place_ = packet.dts + 1;
  }
}

// What the structure of the file tells of its end.
void Container::note_end() {
  const std::string_view format = name();
  const FileBytes bytes = input_->bytes();
  if (counts_places_ && last_picture_at_ >= 0) {
    const std::int64_t empty = empty_avi_chunks(bytes, last_picture_at_, stream_->index);
    dropped_ += empty;
    next_place_ += empty;
    last_s_ = std::max(last_s_, static_cast<double>(next_place_) * av_q2d(stream_->time_base));
  }
  if (format.starts_with("matroska") && matroska_breaks_off(bytes, last_at_)) cut_off_ = true;
  if (format == "ogg" && ogg_breaks_off(bytes)) lacks_end_ = true;
}

std::int64_t Container::hidden_frames() const {
  if (!std::string_view(name()).starts_with("mov")) return 0;
  // In a file of fragments the header does not count the frames.
  if (stream_->nb_frames == 0) return hidden_packets_;
  std::int64_t shown = 0;
  for (int i = 0; i < avformat_index_get_entries_count(stream_); ++i)
    shown += (avformat_index_get_entry(stream_, i)->flags & AVINDEX_DISCARD_FRAME) == 0 ? 1 : 0;
  return std::max<std::int64_t>(0, stream_->nb_frames - shown);
}

std::int64_t Container::missing_places() const {
  return counts_places_ ? std::max<std::int64_t>(0, stream_->nb_frames - next_place_) : 0;
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
  if (lacks_end_) found.add("the last page of its video is missing");
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
