#include "sinks/soundtrack.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "auriga/sinks.hpp"

#include "media/fake_media.hpp"
#include "media/video_source.hpp"
#include "sinks/fake_stream.hpp"
#include "sinks/tracked_video.hpp"
#include "support/golden.hpp"

namespace auriga {
namespace {

namespace fs = std::filesystem;
using test::TemporaryFolder;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

// A packet of a file as ffprobe sees it, in seconds.
struct Packet {
  double begin_s = 0, lasts_s = 0;
  std::string hash;
};

// What ffprobe prints of the streams of a kind, "v" or "a", each packet or stream on a line.
std::vector<std::string> probed(const fs::path& file, const std::string& kind,
                                const std::string& what) {
  const std::string command = "ffprobe -v error -select_streams " + kind + " " + what +
                              " -of compact \"" + file.string() + "\"";
  std::FILE* pipe = popen(command.c_str(), "r");
  std::string text;
  std::array<char, 4096> buffer;
  for (std::size_t got; (got = std::fread(buffer.data(), 1, buffer.size(), pipe)) > 0;)
    text.append(buffer.data(), got);
  EXPECT_EQ(pclose(pipe), 0) << command;
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) {
    if (line.starts_with('|'))  // behind side data
      lines.back() += line;
    else if (!line.empty())
      lines.push_back(line);
  }
  return lines;
}

// What a line has for a key; empty: nothing.
std::string value(const std::string& line, const std::string& key) {
  const std::size_t at = line.find('|' + key + '=');
  if (at == std::string::npos) return "";
  const std::size_t begin = at + key.size() + 2;
  return line.substr(begin, line.find('|', begin) - begin);
}

std::vector<Packet> packets(const fs::path& file, const std::string& kind) {
  std::vector<Packet> all;
  for (const std::string& line :
       probed(file, kind,
              "-show_data_hash sha256 -show_entries packet=pts_time,duration_time,data_hash"))
    all.push_back({std::atof(value(line, "pts_time").c_str()),
                   std::atof(value(line, "duration_time").c_str()), value(line, "data_hash")});
  std::ranges::sort(all, {}, &Packet::begin_s);
  return all;
}

// How long the last picture of an MP4 stays by its own duration. An edit list, whose end
// libavformat rounds to a millisecond when it writes one, makes the last packet seem shorter.
double last_lasts_s(const fs::path& file) {
  return std::atof(
      value(probed(file, "v", "-ignore_editlist 1 -show_entries packet=duration_time").back(),
            "duration_time")
          .c_str());
}

std::vector<std::string> hashes(const std::vector<Packet>& packets) {
  std::vector<std::string> all;
  for (const Packet& packet : packets) all.push_back(packet.hash);
  return all;
}

// The samples of the sound as it is heard, mono 8 kHz, from 0 s of the file on.
std::vector<std::int16_t> heard(const fs::path& file) {
  const fs::path raw = file.string() + ".raw";
  EXPECT_TRUE(test::run_ffmpeg(
      file.parent_path(),
      "-v error -i \"" + file.string() +
          "\" -map 0:a:0 -af aresample=8000:async=1:first_pts=0 -ac 1 -f s16le \"" + raw.string() +
          '"'));
  const std::string bytes = test::read_text(raw);
  std::vector<std::int16_t> samples(bytes.size() / 2);
  std::copy_n(bytes.data(), samples.size() * 2, reinterpret_cast<char*>(samples.data()));
  return samples;
}

// The loudest part of each tenth of a second, 0..1.
double loudness(const std::vector<std::int16_t>& samples, double begin_s, double end_s) {
  double loudest = 0;
  for (auto i = static_cast<std::size_t>(begin_s * 8000);
       i < std::min(samples.size(), static_cast<std::size_t>(end_s * 8000)); ++i)
    loudest = std::max(loudest, std::abs(samples[i] / 32768.0));
  return loudest;
}

class DrawnSound : public testing::Test {
 protected:
  void SetUp() override { AURIGA_NEEDS_FFMPEG(); }

  fs::path at(const std::string& name) const { return folder_.path() / name; }
  fs::path make(const std::string& name, const std::string& arguments) const {
    EXPECT_TRUE(test::run_ffmpeg(folder_.path(), "-v error " + arguments + ' ' + name)) << name;
    return at(name);
  }

  // The frames of `input` through the sink; `most` frames, 0: all.
  std::vector<std::string> draw(const fs::path& input, const fs::path& to, int most = 0) const {
    const auto source = open_video(input);
    test::TestStream stream;
    stream.info.width = source->info().width;
    stream.info.height = source->info().height;
    stream.info.fps = source->info().fps;
    stream.info.clock_s = source->info().clock_s;
    const auto sink = make_tracked_video_sink(to, {.sound = input});
    sink->begin(stream.info, stream.setup);
    Frame frame;
    for (int i = 0; (most == 0 || i < most) && source->next(frame); ++i)
      sink->frame({i, frame.timestamp_s, frame.bgr()});
    const std::vector<Written> written = sink->finish(stream.units());
    sink->publish();
    EXPECT_THAT(written, SizeIs(1));
    return written.front().warnings;
  }

  TemporaryFolder folder_;
};

const std::string kPicture = "-f lavfi -i testsrc2=size=64x48:rate=25 ";
const std::string kTone = "-f lavfi -i sine=frequency=440:sample_rate=44100 ";
// Loud in the first half of each second.
const std::string kBeeps =
    "-f lavfi -i \"aevalsrc='0.5*sin(2*PI*440*t)*lt(mod(t,1),0.5)':sample_rate=44100\" ";
const std::string kH264 = "-c:v libx264 -preset ultrafast ";

// Every frame at its own time, in steps of 40, 80 and 120 ms and of odd rates; the last one stays
// as long as in the input.
TEST_F(DrawnSound, FramesKeepTheirTimes) {
  for (const std::string& rate : {std::string("25"), std::string("30000/1001")}) {
    const fs::path input = make(
        "vfr.mp4", "-f lavfi -i testsrc2=size=64x48:rate=" + rate + " " + kTone +
                       "-t 2.002 -vf \"select='gt(mod(n,3),0)*gt(mod(n,7),0)'\" -fps_mode vfr " +
                       kH264 + "-c:a aac");
    EXPECT_THAT(draw(input, at("out.mp4")), IsEmpty());
    const auto before = packets(input, "v"), after = packets(at("out.mp4"), "v");
    ASSERT_EQ(before.size(), after.size());
    ASSERT_GT(before.size(), 20U);
    for (std::size_t i = 0; i < before.size(); ++i)
      EXPECT_NEAR(after[i].begin_s - after[0].begin_s, before[i].begin_s - before[0].begin_s,
                  1.0 / 90000 + 1e-6)
          << i;
    EXPECT_NEAR(last_lasts_s(at("out.mp4")), last_lasts_s(input), 1.0 / 90000 + 1e-6);
    const auto source = open_video(at("out.mp4"));
    EXPECT_THAT(source->info().description, HasSubstr("mp4"));
    EXPECT_EQ(test::read_all(*source).size(), before.size());
    EXPECT_FALSE(source->status().partial) << source->status().message;
  }
}

// The packets themselves, where they were beside the pictures.
TEST_F(DrawnSound, OfMp4IsCopied) {
  const std::pair<const char*, const char*> kinds[] = {
      {"-c:a aac", "in.mp4"},        {"-c:a libmp3lame", "in.mp4"}, {"-c:a ac3", "in.mkv"},
      {"-c:a libopus", "in.mkv"},    {"-c:a flac", "in.mkv"},       {"-c:a alac", "in.mov"},
      {"-c:a libmp3lame", "in.avi"}, {"-c:a aac", "in.mkv"}};
  for (const auto& [codec, name] : kinds) {
    SCOPED_TRACE(std::string(codec) + " in " + name);
    const fs::path input = make(name, kPicture + kTone + "-t 2 " + kH264 + codec);
    EXPECT_THAT(draw(input, at("out.mp4")), IsEmpty());
    const auto before = packets(input, "a"), after = packets(at("out.mp4"), "a");
    EXPECT_EQ(hashes(before), hashes(after));
    ASSERT_FALSE(after.empty());
    const double video_before_s = packets(input, "v")[0].begin_s,
                 video_after_s = packets(at("out.mp4"), "v")[0].begin_s;
    for (std::size_t i = 0; i < before.size(); i += 10)
      EXPECT_NEAR(before[i].begin_s - video_before_s, after[i].begin_s - video_after_s, 0.0011)
          << i;  // Matroska counts milliseconds
  }
}

// What comes in a stream of its own framing loses the framing only.
TEST_F(DrawnSound, OfTransportStreamsIsCopied) {
  const fs::path input = make("in.ts", kPicture + kBeeps + "-t 3 " + kH264 + "-c:a aac -f mpegts");
  EXPECT_THAT(draw(input, at("out.mp4")), IsEmpty());
  EXPECT_THAT(packets(at("out.mp4"), "a"), SizeIs(packets(input, "a").size()));
  const auto samples = heard(at("out.mp4"));
  for (const double second : {0.0, 1.0, 2.0}) {
    EXPECT_GT(loudness(samples, second + 0.1, second + 0.4), 0.3);
    EXPECT_LT(loudness(samples, second + 0.6, second + 0.9), 0.1);
  }
}

TEST_F(DrawnSound, OfOtherCodecsBecomesAac) {
  const std::pair<const char*, const char*> kinds[] = {
      {"-c:a pcm_s16le", "in.avi"},           {"-c:a pcm_s24le", "in.mov"},
      {"-c:a libvorbis", "in.mkv"},           {"-c:v wmv2 -c:a wmav2", "in.wmv"},
      {"-c:a libspeex -ar 16000", "in.mkv"},  {"-c:a pcm_u8 -ar 7000", "in.avi"},
      {"-c:a pcm_s16le -ac 6", "in.mov"},     {"-c:a pcm_f32le -ar 192000", "in.mov"},
      {"-c:a libmp3lame -ar 8000", "in.avi"}, {"-c:a mp2", "in.avi"}};
  for (const auto& [codec, name] : kinds) {
    SCOPED_TRACE(std::string(codec) + " in " + name);
    const fs::path input = make(name, kPicture + kBeeps + "-t 3 " + kH264 + codec);
    EXPECT_THAT(draw(input, at("out.mp4")), IsEmpty());
    EXPECT_THAT(probed(at("out.mp4"), "a", "-show_entries stream=codec_name"),
                ElementsAre("stream|codec_name=aac"));
    // Beeps begin and end where they do in the input, which codecs may delay.
    const auto before = heard(input), after = heard(at("out.mp4"));
    constexpr double kStep_s = 0.05;
    const double zero_s = open_video(input)->info().clock_s;
    int loud = 0, differ = 0;
    for (double at_s = 0; at_s < 2.95; at_s += kStep_s) {
      const bool was = loudness(before, zero_s + at_s, zero_s + at_s + kStep_s) > 0.1,
                 is = loudness(after, at_s, at_s + kStep_s) > 0.1;
      loud += was ? 1 : 0;
      differ += was != is ? 1 : 0;
    }
    EXPECT_NEAR(loud, 30, 6);
    EXPECT_LE(differ, 3);
  }
}

// Pictures that begin after the sound, or before it, do so in the drawn video.
TEST_F(DrawnSound, StaysWithThePictures) {
  for (const std::string codec : {"-c:a aac", "-c:a pcm_s16le"})
    for (const std::string& delays :
         {"-itsoffset 0.6 " + kPicture + kBeeps, kPicture + "-itsoffset 0.6 " + kBeeps}) {
      const bool late_picture = delays.starts_with("-its");
      const fs::path input = make("in.mov", delays + "-t 3 -fps_mode passthrough " + kH264 + codec);
      EXPECT_THAT(draw(input, at("out.mp4")), IsEmpty());
      // 0 s is when the source's times begin.
      const double zero_s = open_video(input)->info().clock_s;
      const auto before = packets(input, "v"), after = packets(at("out.mp4"), "v");
      EXPECT_NEAR(after.front().begin_s, before.front().begin_s - zero_s, 0.001);
      const auto samples = heard(at("out.mp4"));
      const double shift_s = (late_picture ? 0 : 0.6) - zero_s;
      for (const double second : {1.0, 2.0}) {
        EXPECT_GT(loudness(samples, second + shift_s + 0.1, second + shift_s + 0.4), 0.3)
            << codec << late_picture;
        EXPECT_LT(loudness(samples, second + shift_s + 0.6, second + shift_s + 0.9), 0.1)
            << codec << late_picture;
      }
    }
}

// Of a run that ended early there is no sound beyond its last frame; of one that read all pictures
// the sound is whole.
TEST_F(DrawnSound, EndsWithTheLastFrame) {
  for (const std::string codec : {"-c:a aac", "-c:a pcm_s16le"}) {
    const fs::path input =
        make("in.mov", "-f lavfi -i testsrc2=size=64x48:rate=25:duration=2 " +
                           std::string("-f lavfi -i sine=duration=3 ") + kH264 + codec);
    const auto sound_end_s = [&] {
      const Packet last = packets(at("out.mp4"), "a").back();
      return last.begin_s + last.lasts_s;
    };
    draw(input, at("out.mp4"), 10);
    EXPECT_NEAR(sound_end_s(), 0.4, 0.05) << codec;
    EXPECT_THAT(packets(at("out.mp4"), "v"), SizeIs(10));
    draw(input, at("out.mp4"));
    EXPECT_NEAR(sound_end_s(), 3, 0.05) << codec;
  }
}

TEST_F(DrawnSound, DamageCostsNoFrame) {
  const fs::path noise = make(
      "noise.mkv", kPicture + kTone + "-t 3 " + kH264 + "-c:a libvorbis -bsf:a noise=amount=200");
  const auto warnings = draw(noise, at("out.mp4"));
  EXPECT_THAT(packets(at("out.mp4"), "v"), SizeIs(75));
  for (const std::string& warning : warnings) EXPECT_THAT(warning, HasSubstr("sound"));
  const fs::path aac = make(
      "aac.ts", kPicture + kTone + "-t 3 " + kH264 + "-c:a aac -bsf:a noise=amount=20 -f mpegts");
  draw(aac, at("out.mp4"));
  EXPECT_THAT(packets(at("out.mp4"), "v"), SizeIs(75));
}

TEST_F(DrawnSound, SeveralTracksAndNoneAreTaken) {
  const fs::path input = make("in.mkv", kPicture + kTone + kBeeps +
                                            "-t 1 -map 0 -map 1 -map 2 -metadata:s:a:1 "
                                            "language=deu " +
                                            kH264 + "-c:a:0 aac -c:a:1 libvorbis");
  EXPECT_THAT(draw(input, at("out.mp4")), IsEmpty());
  const auto tracks =
      probed(at("out.mp4"), "a", "-show_entries stream=codec_name:stream_tags=language");
  ASSERT_THAT(tracks, SizeIs(2));
  EXPECT_EQ(value(tracks[0], "tag:language"), "und");
  EXPECT_EQ(value(tracks[1], "tag:language"), "deu");
  EXPECT_THAT(draw(make("mute.mkv", kPicture + "-t 1 " + kH264), at("out.mp4")), IsEmpty());
  EXPECT_THAT(packets(at("out.mp4"), "a"), IsEmpty());
  EXPECT_THAT(packets(at("out.mp4"), "v"), SizeIs(25));
}

TEST_F(DrawnSound, IsNotInAnAvi) {
  const fs::path input = make("in.mp4", kPicture + kTone + "-t 1 " + kH264 + "-c:a aac");
  EXPECT_THAT(draw(input, at("out.avi")), IsEmpty());
  EXPECT_THAT(packets(at("out.avi"), "a"), IsEmpty());
  EXPECT_THAT(packets(at("out.avi"), "v"), SizeIs(25));
}

}  // namespace
}  // namespace auriga
