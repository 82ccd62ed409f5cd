// What the structure of a video file tells of its end: files that ffmpeg makes, whole and cut, and
// bytes made by hand.
#include "media/declared_bytes.hpp"

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <random>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "media/avi_chunks.hpp"
#include "media/fake_media.hpp"
#include "media/matroska_end.hpp"
#include "media/ogg_end.hpp"
#include "media/video_source.hpp"
#include "support/golden.hpp"

namespace auriga::test {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

// Of text that must outlive it.
FileBytes bytes_of(const std::string& text) {
  return {static_cast<std::int64_t>(text.size()), [&text](std::int64_t at, auto to) {
            if (at < 0 || at >= static_cast<std::int64_t>(text.size())) return std::size_t{0};
            const std::size_t count =
                std::min(to.size(), text.size() - static_cast<std::size_t>(at));
            std::copy_n(text.begin() + at, count, to.begin());
            return count;
          }};
}

std::int64_t declared(const std::string& text) { return declared_bytes(bytes_of(text)); }

std::string element(std::string id, std::string content) {
  return id + static_cast<char>(0x80 | content.size()) + content;
}

const std::string kEbml = element("\x1A\x45\xDF\xA3", "head");
const std::string kSegment = "\x18\x53\x80\x67";
const std::string kUnknown = "\x01\xFF\xFF\xFF\xFF\xFF\xFF\xFF";

TEST(DeclaredBytes, OfMatroskaIsTheEndOfItsSegment) {
  const std::string whole = kEbml + kSegment + "\x8A" + element("\xEC", "12345678");
  EXPECT_EQ(declared(whole), static_cast<std::int64_t>(whole.size()));
  EXPECT_EQ(declared(whole.substr(0, whole.size() - 3)), static_cast<std::int64_t>(whole.size()));
  EXPECT_EQ(declared(kEbml + kSegment + kUnknown + element("\xEC", "12345678")), 0) << "live";
}

TEST(DeclaredBytes, OfMatroskaIsTheEndOfItsIndex) {
  const auto segment = [](char position) {
    const std::string seek = element(
        "\x4D\xBB", element("\x53\xAB", "\x1C\x53\xBB\x6B") + element("\x53\xAC", {position}));
    return kEbml + kSegment + kUnknown + element("\x11\x4D\x9B\x74", seek);
  };
  const std::string head = segment(0x20);
  const auto content = static_cast<std::int64_t>((kEbml + kSegment + kUnknown).size());
  EXPECT_EQ(declared(head), content + 0x20 + 2);
  std::string whole = head;
  whole.resize(static_cast<std::size_t>(content) + 0x20, '\xEC');
  whole += element("\x1C\x53\xBB\x6B", "index");
  EXPECT_EQ(declared(whole), static_cast<std::int64_t>(whole.size()));
  EXPECT_EQ(declared(whole.substr(0, whole.size() - 2)), static_cast<std::int64_t>(whole.size()));
}

TEST(DeclaredBytes, OfMp4IsTheEndOfItsLastBox) {
  const std::string begin = std::string("\0\0\0\x0C", 4) + "ftypisom";
  EXPECT_EQ(declared(begin + std::string("\0\0\0\x10", 4) + "mdat1234"), 12 + 16);
  EXPECT_EQ(
      declared(begin + std::string("\0\0\0\1", 4) + "mdat" + std::string("\0\0\0\1\0\0\0\0", 8)),
      12 + (std::int64_t{1} << 32));
  EXPECT_EQ(declared(begin + std::string("\0\0\0\0", 4) + "mdat1234"), 24) << "up to the end";
  EXPECT_EQ(declared(begin + "some text that somebody appended"), 12);
  EXPECT_EQ(declared("no box at all, but text"), 0);
}

TEST(DeclaredBytes, OfAviIsTheEndOfItsChunks) {
  const auto riff = [](std::uint8_t size, const std::string& form) {
    return "RIFF" + std::string(1, static_cast<char>(size)) + std::string(3, '\0') + form;
  };
  EXPECT_EQ(declared(riff(40, "AVI ") + std::string(36, 'x')), 48);
  EXPECT_EQ(declared(riff(40, "AVI ") + std::string(16, 'x')), 48);
  EXPECT_EQ(declared(riff(48, "AVI ") + std::string(36, 'x')), 48)
      << "counts its own header, as some programs do";
  EXPECT_EQ(declared(riff(40, "AVI ") + std::string(36, 'x') + riff(20, "AVIX")), 48 + 28);
  EXPECT_EQ(declared(riff(0, "AVI ") + std::string(36, 'x')), 0) << "never completed";
}

TEST(EmptyAviChunks, AreThoseOfTheStreamWithoutAByte) {
  const std::string full = std::string("00dc\2\0\0\0ab", 10), empty("00dc\0\0\0\0", 8);
  const std::string sound("01wb\0\0\0\0", 8), odd("01wb\1\0\0\0x\0", 10);
  const std::string list = std::string("LIST\0\0\0\0movi", 12);
  const auto count = [](const std::string& text, std::int64_t at) {
    return empty_avi_chunks(bytes_of(text), at, 0);
  };
  EXPECT_EQ(count(full + empty + sound + odd + empty, 0), 2);
  EXPECT_EQ(count(full + empty + sound + odd + empty, 8), 2) << "from the content of a chunk";
  EXPECT_EQ(count(full + list + empty + "idx1" + std::string(4, '\0') + "\1\2\3\4" + empty, 0), 1);
  EXPECT_EQ(count(full, 0), 0);
  EXPECT_EQ(count(full, 1000), 0);
  EXPECT_EQ(count(full, -1), 0);
}

// Nothing that anybody can write makes these loop or read elsewhere.
TEST(DeclaredBytes, TakesAnyBytes) {
  std::mt19937 random(3);
  const std::vector<std::string> begins = {kEbml + kSegment, std::string("\0\0\0\x08", 4) + "free",
                                           "RIFF", "FLV\x01", "OggS"};
  for (int i = 0; i < 4000; ++i) {
    std::string text = begins[static_cast<std::size_t>(i) % begins.size()];
    while (text.size() < 300) text += static_cast<char>(random() % (i % 3 == 0 ? 256 : 4));
    const FileBytes bytes = bytes_of(text);
    EXPECT_GE(declared_bytes(bytes), 0);
    for (const std::int64_t at : {std::int64_t{0}, std::int64_t{9}, INT64_MAX, INT64_MIN}) {
      matroska_breaks_off(bytes, at);
      EXPECT_LE(empty_avi_chunks(bytes, at, 0), 40);
    }
    ogg_breaks_off(bytes);
  }
}

class EndOfFileTest : public testing::Test {
 protected:
  void SetUp() override { AURIGA_NEEDS_FFMPEG(); }

  std::string make(const std::string& name, const std::string& arguments) const {
    EXPECT_TRUE(run_ffmpeg(folder_.path(), arguments + " " + name)) << arguments;
    return read_text(folder_.path() / name);
  }
  SourceStatus read(const std::string& name, const std::string& bytes) const {
    const fs::path file = folder_.path() / ("read_" + name);
    write_text(file, bytes);
    const auto source = open_video(file);
    Frame frame;
    while (source->next(frame)) {
    }
    return source->status();
  }

  TemporaryFolder folder_;
};

const std::string kMinute = "-f lavfi -i testsrc2=size=32x32:rate=10:duration=60 ";

// Less is missing than the length in the header tells.
TEST_F(EndOfFileTest, TheLastPercentIsMissed) {
  for (const auto& [name, arguments] : std::vector<std::pair<std::string, std::string>>{
           {"a.mkv", "-c:v libx264 -preset ultrafast -pix_fmt yuv420p"},
           {"a.webm", "-c:v libvpx -b:v 40k -deadline realtime -cpu-used 8"},
           {"a.mp4", "-c:v libx264 -preset ultrafast -pix_fmt yuv420p -movflags faststart"},
           {"fragments.mp4",
            "-c:v libx264 -preset ultrafast -pix_fmt yuv420p -g 10 "
            "-movflags frag_keyframe+empty_moov"},
           {"a.mov", "-c:v mjpeg -movflags faststart"},
           {"a.avi", "-c:v mpeg4"},
           {"a.flv", "-c:v flv1"},
           {"a.wmv", "-c:v wmv2"},
           {"a.ogv", "-c:v libtheora"}}) {
    const std::string whole = make(name, kMinute + arguments);
    EXPECT_LE(declared(whole), static_cast<std::int64_t>(whole.size())) << name;
    EXPECT_FALSE(read(name, whole).partial) << name << ": " << read(name, whole).message;
    for (const std::size_t missing : {std::size_t{10}, whole.size() / 100}) {
      const SourceStatus status = read(name, whole.substr(0, whole.size() - missing));
      EXPECT_TRUE(status.partial) << name << " without " << missing << " bytes";
      EXPECT_GT(status.frames, 400) << name;
    }
  }
}

// A live recording has no length; only a block that is cut shows that something is missing.
TEST_F(EndOfFileTest, LiveRecordingsAreWholeUnlessABlockIsCut) {
  make("whole.mkv", kMinute + "-c:v libx264 -preset ultrafast -pix_fmt yuv420p");
  for (const char* name : {"live.mkv", "live.webm"}) {
    const std::string codec =
        std::string(name) == "live.mkv" ? "-c copy" : "-c:v libvpx -deadline realtime -cpu-used 8";
    const std::string live =
        make(name, "-i whole.mkv " + codec + " -f " +
                       (std::string(name) == "live.mkv" ? "matroska" : "webm") + " -live 1");
    EXPECT_LT(declared(live), static_cast<std::int64_t>(live.size()) / 2) << name;
    EXPECT_FALSE(read(name, live).partial) << name << ": " << read(name, live).message;
    const SourceStatus cut = read(name, live.substr(0, live.size() * 9 / 10));
    EXPECT_THAT(cut.message, HasSubstr("the file ends within a frame")) << name;
  }
}

// What somebody appended is not missed.
TEST_F(EndOfFileTest, MoreBytesThanNeededAreNoDamage) {
  for (const auto& [name, arguments] : std::vector<std::pair<std::string, std::string>>{
           {"a.mkv", "-c:v mpeg4"}, {"a.mp4", "-c:v mpeg4"}, {"a.avi", "-c:v mpeg4"}}) {
    const std::string whole =
        make(name, "-f lavfi -i testsrc2=size=32x32:rate=10:duration=2 " + arguments);
    const SourceStatus status = read(name, whole + std::string(100, '\0'));
    EXPECT_FALSE(status.partial) << name << ": " << status.message;
  }
}

}  // namespace
}  // namespace auriga::test
