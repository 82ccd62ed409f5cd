#include "media/frame_index.hpp"

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <memory>
#include <new>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

extern "C" {
#include <libavutil/imgutils.h>
}

#include "auriga/error.hpp"

#include "media/container.hpp"
#include "media/fake_media.hpp"
#include "media/indexer.hpp"
#include "media/jump_decoder.hpp"
#include "media/packet_order.hpp"
#include "media/picture_hash.hpp"
#include "media/place_map.hpp"
#include "media/resampled.hpp"
#include "support/golden.hpp"

namespace auriga::test {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

FrameIndex some_index() {
  FrameIndex index;
  index.origin = {1'234'567'890'123, -5, 3'867'236, 3'867'237};
  index.patched = true;
  PacketTable table;
  table.content = 0xFEDCBA9876543210;
  constexpr std::int64_t kLeast = std::numeric_limits<std::int64_t>::min() + 1,
                         kMost = std::numeric_limits<std::int64_t>::max();
  table.packets = {{0, -2, 48, 5000, 1},        {3, -1, 5048, 12, 0},    {1, 0, 5060, 0, 0x10}, {},
                   {kMost, kLeast, 9, 1, 0x1F}, {kLeast, kMost, 0, 2, 4}};
  index.table = std::make_shared<PacketTable>(table);
  index.frames = {{0, 0, 1},
                  {0.04, 1, ~std::uint64_t{0}},
                  {0.04, PacketPlace::kNone, 0},
                  {1e9, kMost, 7},
                  {1e9, kLeast, 7}};
  return index;
}

void expect_same(const FrameIndex& a, const FrameIndex& b) {
  EXPECT_EQ(a.origin, b.origin);
  EXPECT_EQ(a.patched, b.patched);
  EXPECT_EQ(*a.table, *b.table);
  EXPECT_EQ(a.frames, b.frames);
}

TEST(FrameIndexFile, ComesBackAsItWas) {
  const FrameIndex index = some_index();
  const std::optional<FrameIndex> again = parse_index(format_index(index));
  ASSERT_TRUE(again);
  expect_same(index, *again);
  const std::optional<FrameIndex> empty = parse_index(format_index({}));
  ASSERT_TRUE(empty);
  expect_same({}, *empty);
}

TEST(FrameIndexFile, IsRefusedWhereverItIsDamaged) {
  const std::string bytes = format_index(some_index());
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    std::string damaged = bytes;
    damaged[i] = static_cast<char>(damaged[i] ^ (1 << i % 8));
    EXPECT_FALSE(parse_index(damaged)) << i;
    EXPECT_FALSE(parse_index(bytes.substr(0, i))) << i;
  }
  EXPECT_FALSE(parse_index(bytes + '\0'));
}

// What no hash protects: somebody else's program that writes such a file.
TEST(FrameIndexFile, IsRefusedWhereItSaysWhatCannotBe) {
  const auto refused = [](auto change) {
    FrameIndex index = some_index();
    change(index);
    return !parse_index(format_index(index));
  };
  EXPECT_FALSE(refused([](FrameIndex&) {}));
  EXPECT_TRUE(refused([](FrameIndex& index) { index.frames[1].timestamp_s = -1; }));
  EXPECT_TRUE(refused([](FrameIndex& index) { index.frames[2].timestamp_s = 0.03; }));
  EXPECT_TRUE(refused([](FrameIndex& index) {
    index.frames[4].timestamp_s = std::numeric_limits<double>::infinity();
  }));
  EXPECT_TRUE(refused([](FrameIndex& index) {
    index.frames[1].timestamp_s = std::numeric_limits<double>::quiet_NaN();
  }));
  EXPECT_TRUE(refused([](FrameIndex& index) {
    PacketTable table = *index.table;
    table.packets[1].size = -1;
    index.table = std::make_shared<PacketTable>(table);
  }));
}

TEST(FrameIndexFile, IsOfOneStateOfOneVideo) {
  const TemporaryFolder folder;
  const fs::path file = folder.path() / "a.index";
  const FrameIndex index = some_index();
  std::string problem = "before";
  EXPECT_FALSE(load_index(file, index.origin, problem));
  EXPECT_EQ(problem, "");
  save_index(file, index);
  const std::optional<FrameIndex> again = load_index(file, index.origin, problem);
  ASSERT_TRUE(again);
  expect_same(index, *again);
  EXPECT_EQ(problem, "");
  for (int i = 0; i < 4; ++i) {
    IndexOrigin other = index.origin;
    other.size_bytes += i == 0 ? 1 : 0;
    other.modified_ns += i == 1 ? 1 : 0;
    other.decoder += i == 2 ? 1 : 0;
    other.container += i == 3 ? 1 : 0;
    EXPECT_FALSE(load_index(file, other, problem));
    EXPECT_THAT(problem, HasSubstr("another state of the video")) << i;
  }
  write_text(file, "auriga frame index 1\nnonsense");
  EXPECT_FALSE(load_index(file, index.origin, problem));
  EXPECT_THAT(problem, HasSubstr("damaged"));
  fs::remove(file);
  fs::create_directory(file);
  EXPECT_FALSE(load_index(file, index.origin, problem));
  EXPECT_THAT(problem, HasSubstr("a.index"));
  EXPECT_THROW(save_index(folder.path() / "none" / "a.index", index), Error);
}

TEST(OriginOfVideo, NamesAVideoThatIsGone) {
  try {
    origin_of_video("/nowhere/a.mp4");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::input);
    EXPECT_THAT(error.what(), HasSubstr("/nowhere/a.mp4: expected the video"));
  }
}

TEST(ContentHash, DiffersByEveryBit) {
  std::vector<std::uint8_t> bytes(200, 0);
  const auto hash = [](std::span<const std::uint8_t> of) {
    ContentHash one;
    one.add(of);
    return one.value();
  };
  std::vector<std::uint64_t> seen{hash(bytes)};
  for (std::size_t bit = 0; bit < 8 * bytes.size(); ++bit) {
    bytes[bit / 8] = static_cast<std::uint8_t>(1 << bit % 8);
    seen.push_back(hash(bytes));
    bytes[bit / 8] = 0;
  }
  for (std::size_t size = 0; size < bytes.size(); ++size)
    seen.push_back(hash(std::span(bytes).first(size)));
  std::sort(seen.begin(), seen.end());
  EXPECT_EQ(std::adjacent_find(seen.begin(), seen.end()), seen.end());
}

struct AvPicture {
  AvFrame frame = make_av_frame();

  AvPicture(int format, int width, int height) {
    frame->format = format;
    frame->width = width;
    frame->height = height;
    // Rows are longer than the picture.
    if (av_frame_get_buffer(frame.get(), 64) < 0) throw std::bad_alloc();
    for (int plane = 0; plane < 4 && frame->data[plane] != nullptr; ++plane)
      std::fill_n(frame->data[plane], frame->linesize[plane] * rows(plane), std::uint8_t{1});
  }
  int rows(int plane) const {
    return plane > 0 && frame->format == AV_PIX_FMT_YUV420P ? (frame->height + 1) / 2
                                                            : frame->height;
  }
};

// The last sample of each plane counts, what follows it in memory does not.
TEST(PictureHash, IsOfWhatIsShown) {
  for (const int format :
       {static_cast<int>(AV_PIX_FMT_YUV420P), static_cast<int>(AV_PIX_FMT_NV12),
        static_cast<int>(AV_PIX_FMT_YUV420P10LE), static_cast<int>(AV_PIX_FMT_BGR24)}) {
    AvPicture picture(format, 33, 15);
    const std::uint64_t hash = picture_hash(*picture.frame, {1, 1});
    EXPECT_EQ(picture_hash(*AvPicture(format, 33, 15).frame, {1, 1}), hash);
    EXPECT_NE(picture_hash(*picture.frame, {4, 3}), hash);
    picture.frame->color_range = AVCOL_RANGE_JPEG;
    EXPECT_NE(picture_hash(*picture.frame, {1, 1}), hash);
    picture.frame->color_range = AVCOL_RANGE_UNSPECIFIED;
    EXPECT_NE(picture_hash(*AvPicture(format, 31, 15).frame, {1, 1}), hash);
    for (int plane = 0; plane < 4 && picture.frame->data[plane] != nullptr; ++plane) {
      const int bytes = av_image_get_linesize(static_cast<AVPixelFormat>(format), 33, plane);
      const bool chroma = plane > 0;
      std::uint8_t* last = picture.frame->data[plane] +
                           ((chroma ? 8 : 15) - 1) * picture.frame->linesize[plane] + bytes - 1;
      ++*last;
      EXPECT_NE(picture_hash(*picture.frame, {1, 1}), hash) << format << " " << plane;
      --*last;
      ++*(last + 1);
      EXPECT_EQ(picture_hash(*picture.frame, {1, 1}), hash) << format << " " << plane;
      --*(last + 1);
    }
  }
}

TEST(PacketOrder, FindsPacketsByTheTimesOfFrames) {
  PacketTable table;
  table.packets = {
      {0, 0, 0, 1, 1}, {3, 1, 1, 1, 0}, {1, 2, 2, 1, 0}, {2, 3, 3, 1, 4}, {4, 4, 4, 1, 1}};
  const PacketOrder order(table);
  EXPECT_TRUE(order.timed());
  EXPECT_EQ(order.keys(), (std::vector<std::size_t>{0, 4}));
  EXPECT_EQ(order.packet_of(3), 1u);
  EXPECT_FALSE(order.packet_of(2));  // it is not shown
  EXPECT_FALSE(order.packet_of(7));
  EXPECT_EQ(order.place(3), 2);
  EXPECT_EQ(order.pts_at(2), 3);
  EXPECT_FALSE(order.pts_at(4));
  EXPECT_FALSE(order.pts_at(-1));
}

// What is known of the first frames is not taken back by those that follow.
TEST(MapPlaces, IsThatOfResampled) {
  SourceInfo info;
  info.fps = 25;
  std::vector<IndexedFrame> frames;
  for (const double time_s : {0.0, 0.04, 0.041, 0.041, 0.2, 0.5, 0.52, 0.9, 0.9, 1.3})
    frames.push_back({time_s, 0, 0});
  for (const double fps : {5.0, 25.0, 60.0}) {
    const std::vector<MappedPlace> all = map_places(frames, info, fps, true);
    EXPECT_GT(all.size(), 5u);
    for (std::size_t known = 1; known <= frames.size(); ++known) {
      const std::vector<IndexedFrame> first(frames.begin(),
                                            frames.begin() + static_cast<std::ptrdiff_t>(known));
      const std::vector<MappedPlace> some = map_places(first, info, fps, false);
      ASSERT_LE(some.size(), all.size());
      for (std::size_t i = 0; i < some.size(); ++i) {
        EXPECT_EQ(some[i].frame, all[i].frame) << fps << " " << known << " " << i;
        EXPECT_EQ(some[i].timestamp_s, all[i].timestamp_s);
      }
    }
  }
  EXPECT_TRUE(map_places({}, info, 25, true).empty());
}

class PacketsOfAVideo : public testing::Test {
 protected:
  void SetUp() override { AURIGA_NEEDS_FFMPEG(); }

  fs::path make(const char* name, const std::string& arguments) {
    EXPECT_TRUE(run_ffmpeg(folder_.path(), "-f lavfi -i testsrc2=size=64x48:rate=25:duration=2 " +
                                               arguments + " " + name));
    return folder_.path() / name;
  }
  static PacketTable packets_of(const fs::path& file) {
    Container container(file);
    const std::atomic<bool> stopped = false;
    return *read_packets(container, stopped);
  }

  TemporaryFolder folder_;
};

TEST_F(PacketsOfAVideo, AreReadFromAnyOfThemOn) {
  for (const auto& [name, arguments] : {std::pair{"a.mp4", "-c:v libx264 -bf 2 -g 10"},
                                        {"a.mkv", "-c:v libx264 -bf 2 -g 10"},
                                        {"a.ts", "-c:v libx264 -bf 2 -g 10"},
                                        {"a.mpg", "-c:v mpeg2video -g 10"},
                                        {"a.avi", "-c:v mpeg4 -bf 2 -g 10"},
                                        {"a.wmv", "-c:v wmv2 -g 10"},
                                        {"a.ogv", "-c:v libtheora -g 10"},
                                        {"a.h264", "-c:v libx264 -bf 2 -g 10"}}) {
    const fs::path file = make(name, arguments);
    const auto table = std::make_shared<const PacketTable>(packets_of(file));
    EXPECT_EQ(*table, packets_of(file)) << name;
    const std::size_t count = table->packets.size();
    ASSERT_GT(count, 20u) << name;
    Container container(file);
    const AvHandle<AVPacket> packet(allocated(av_packet_alloc()));
    for (const std::size_t at : {count - 1, std::size_t{0}, count / 2, std::size_t{1}}) {
      ASSERT_TRUE(container.go_to(table, at)) << name << " " << at;
      std::size_t i = at;
      for (; container.read(*packet); ++i) {
        ASSERT_LT(i, count);
        PacketPlace place = place_of(*packet);
        ASSERT_EQ(place, table->packets[i]) << name << " " << at << " " << i;
      }
      EXPECT_EQ(i, count) << name << " " << at;
      EXPECT_FALSE(container.strayed());
    }
  }
}

// A file that is another one by now.
TEST_F(PacketsOfAVideo, EndWhereTheFileHasOthers) {
  const fs::path file = make("a.mkv", "-c:v libx264 -bf 2 -g 10");
  PacketTable table = packets_of(file);
  table.packets[15].size += 1;
  const auto shared = std::make_shared<const PacketTable>(table);
  Container container(file);
  const AvHandle<AVPacket> packet(allocated(av_packet_alloc()));
  ASSERT_TRUE(container.go_to(shared, 10));
  for (int i = 10; i < 15; ++i) EXPECT_TRUE(container.read(*packet)) << i;
  EXPECT_FALSE(container.read(*packet));
  EXPECT_TRUE(container.strayed());
  EXPECT_FALSE(container.go_to(shared, 15));
}

TEST_F(PacketsOfAVideo, AreNotReadOnceSomebodyStops) {
  Container container(make("a.mkv", "-c:v libx264"));
  const std::atomic<bool> stopped = true;
  EXPECT_FALSE(read_packets(container, stopped));
}

TEST_F(PacketsOfAVideo, GiveTheFramesOfTheSource) {
  const fs::path file = make("a.mp4", "-c:v libx264 -bf 2 -g 10");
  const std::vector<FrameCopy> frames = read_all(*open_source(file, {}));
  Indexer indexer(file, 1);
  IndexedFrame frame;
  std::size_t count = 0;
  for (; indexer.next(frame); ++count) {
    ASSERT_LT(count, frames.size());
    EXPECT_EQ(frame.timestamp_s, frames[count].timestamp_s);
  }
  EXPECT_EQ(count, frames.size());
}

}  // namespace
}  // namespace auriga::test
