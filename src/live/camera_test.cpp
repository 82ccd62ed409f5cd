#include "live/camera.hpp"

#include <chrono>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "auriga/error.hpp"

#include "live/fake_camera.hpp"

namespace auriga {
namespace {

using std::chrono::milliseconds;
using testing::HasSubstr;
using Got = LiveSource::Got;

std::int64_t now_us() {
  return std::chrono::duration_cast<std::chrono::microseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

// A grey picture in YUYV.
std::vector<std::uint8_t> grey(int width, int height, std::uint8_t y, int padding = 0) {
  std::vector<std::uint8_t> bytes;
  for (int row = 0; row < height; ++row) {
    for (int x = 0; x < width; ++x) bytes.insert(bytes.end(), {y, 128});
    bytes.insert(bytes.end(), static_cast<std::size_t>(padding), 255);
  }
  return bytes;
}

std::string message_of(test::FakeCamera& camera, const CameraOptions& options = {}) {
  try {
    open_camera("/dev/video0", options, camera);
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::input);
    return error.what();
  }
  return "opened";
}

struct Chosen {
  std::uint32_t code;
  int width, height;
  double rate;
  friend bool operator==(const Chosen&, const Chosen&) = default;
};
std::ostream& operator<<(std::ostream& out, const Chosen& one) {
  return out << one.code << " " << one.width << "x" << one.height << " " << one.rate;
}
Chosen chosen(test::FakeCamera& camera, const CameraOptions& options) {
  open_camera("/dev/video0", options, camera);
  return {camera.format.pixelformat, static_cast<int>(camera.format.width),
          static_cast<int>(camera.format.height),
          static_cast<double>(camera.interval.denominator) / camera.interval.numerator};
}

TEST(Camera, TakesTheModeThatIsFastEnoughThenNearestThenCheapest) {
  test::FakeCamera camera;
  camera.modes = {{V4L2_PIX_FMT_MJPEG, 640, 480, {60, 30}}, {V4L2_PIX_FMT_MJPEG, 1280, 720, {30}},
                  {V4L2_PIX_FMT_YUYV, 320, 240, {30}},      {V4L2_PIX_FMT_YUYV, 640, 480, {30, 15}},
                  {V4L2_PIX_FMT_YUYV, 1280, 720, {10}},     {V4L2_PIX_FMT_H264, 640, 480, {90}}};
  EXPECT_EQ(chosen(camera, {}), (Chosen{V4L2_PIX_FMT_YUYV, 640, 480, 30}));
  EXPECT_EQ(chosen(camera, {.width = 1280, .height = 720}),
            (Chosen{V4L2_PIX_FMT_MJPEG, 1280, 720, 30}));
  EXPECT_EQ(chosen(camera, {.fps = 60}), (Chosen{V4L2_PIX_FMT_MJPEG, 640, 480, 60}));
  EXPECT_EQ(chosen(camera, {.fps = 15}), (Chosen{V4L2_PIX_FMT_YUYV, 640, 480, 15}));
  EXPECT_EQ(chosen(camera, {.width = 300, .height = 200}),
            (Chosen{V4L2_PIX_FMT_YUYV, 320, 240, 30}));
  EXPECT_EQ(chosen(camera, {.pixels = "MJPG"}), (Chosen{V4L2_PIX_FMT_MJPEG, 640, 480, 30}));
  EXPECT_EQ(camera.opened, 0);
  EXPECT_EQ(camera.mapped, 0);
}

TEST(Camera, GivesPicturesWithTheTimesAndTheLossesOfTheDriver) {
  test::FakeCamera camera;
  const std::int64_t begin = now_us() - 100'000;
  camera.pictures = {{grey(640, 480, 100), 7, begin},
                     {grey(640, 480, 200), 8, begin + 33'000},
                     {grey(640, 480, 200), 11, begin + 66'000}};
  const auto source = open_camera("/dev/video0", {}, camera);
  EXPECT_TRUE(source->info().newest_wins);
  EXPECT_THAT(source->info().description, HasSubstr("YUYV, 640x480 at 30 frames/s"));
  LiveFrame frame;
  ASSERT_EQ(source->next(frame, milliseconds(1)), Got::frame);
  EXPECT_EQ(frame.picture.width(), 640);
  EXPECT_NEAR(frame.picture.bgr().row(240)[300], (100 - 16) * 255 / 219, 2);
  EXPECT_EQ(frame.captured_s, 0);
  ASSERT_EQ(source->next(frame, milliseconds(1)), Got::frame);
  EXPECT_NEAR(frame.captured_s, 0.033, 1e-9);
  EXPECT_EQ(frame.lost, 0);
  ASSERT_EQ(source->next(frame, milliseconds(1)), Got::frame);
  EXPECT_EQ(frame.lost, 2);
  EXPECT_EQ(source->next(frame, milliseconds(1)), Got::nothing);
  source->stop();
  EXPECT_EQ(source->next(frame, milliseconds(1)), Got::end);
}

// More pictures than it has buffers.
TEST(Camera, GivesItsBuffersBack) {
  test::FakeCamera camera;
  for (std::uint32_t i = 0; i < 20; ++i) camera.pictures.push_back({grey(640, 480, 50), i, -1});
  const auto source = open_camera("/dev/video0", {}, camera);
  LiveFrame frame;
  for (int i = 0; i < 20; ++i) ASSERT_EQ(source->next(frame, milliseconds(1)), Got::frame) << i;
}

TEST(Camera, NeverGoesBackInTime) {
  test::FakeCamera camera;
  const std::int64_t begin = now_us() - 500'000;
  camera.pictures = {{grey(640, 480, 50), 0, begin},
                     {grey(640, 480, 50), 1, begin + 100'000},
                     {grey(640, 480, 50), 2, begin + 40'000},  // back
                     {grey(640, 480, 50), 3, 5},               // since the start of the machine
                     {grey(640, 480, 50), 4, begin + 3'600'000'000}};  // ahead
  const auto source = open_camera("/dev/video0", {}, camera);
  LiveFrame frame;
  double before = 0;
  for (int i = 0; i < 5; ++i) {
    ASSERT_EQ(source->next(frame, milliseconds(1)), Got::frame);
    EXPECT_GE(frame.captured_s, before);
    EXPECT_LT(frame.captured_s, 10);
    before = frame.captured_s;
  }
}

TEST(Camera, LeavesDamagedPicturesOutAndCountsThem) {
  test::FakeCamera camera;
  camera.pictures = {{grey(640, 480, 50), 0, -1, true},
                     {std::vector<std::uint8_t>(1000, 1), 1, -1},  // cut off
                     {grey(640, 480, 50), 2, -1}};
  const auto source = open_camera("/dev/video0", {}, camera);
  LiveFrame frame;
  EXPECT_EQ(source->next(frame, milliseconds(1)), Got::nothing);
  EXPECT_EQ(source->next(frame, milliseconds(1)), Got::nothing);
  ASSERT_EQ(source->next(frame, milliseconds(1)), Got::frame);
  EXPECT_EQ(frame.lost, 2);
  ASSERT_EQ(source->warnings().size(), 1u);
  EXPECT_THAT(source->warnings()[0], HasSubstr("2 pictures came damaged"));
}

TEST(Camera, ReadsPaddedRows) {
  test::FakeCamera camera;
  camera.padding = 64;
  camera.pictures = {{grey(640, 480, 100, 64), 0, -1}};
  const auto source = open_camera("/dev/video0", {}, camera);
  LiveFrame frame;
  ASSERT_EQ(source->next(frame, milliseconds(1)), Got::frame);
  for (const int y : {0, 1, 479})
    EXPECT_NEAR(frame.picture.bgr().row(y)[3 * 639], (100 - 16) * 255 / 219, 2) << y;
}

TEST(Camera, SaysWhatIsWrong) {
  test::FakeCamera camera;
  camera.open_error = EBUSY;
  EXPECT_THAT(message_of(camera), HasSubstr("another program uses"));
  camera.open_error = EACCES;
  EXPECT_THAT(message_of(camera), HasSubstr("group"));
  camera.open_error = ENOENT;
  EXPECT_THAT(message_of(camera), HasSubstr("there is no camera on this machine"));
  camera.open_error = 0;
  camera.capabilities = V4L2_CAP_VIDEO_OUTPUT | V4L2_CAP_STREAMING;
  EXPECT_THAT(message_of(camera), HasSubstr("gives no pictures"));
  camera.capabilities = V4L2_CAP_VIDEO_CAPTURE | V4L2_CAP_STREAMING;
  EXPECT_THAT(message_of(camera, {.pixels = "MJPG"}), HasSubstr("it has YUYV 640x480 30 15"));
  camera.modes = {{V4L2_PIX_FMT_H264, 640, 480, {30}}};
  EXPECT_THAT(message_of(camera), HasSubstr("none whose pictures can be read"));
  EXPECT_EQ(camera.opened, 0);
}

TEST(Camera, ThatIsUnpluggedIsAnError) {
  test::FakeCamera camera;
  const auto source = open_camera("/dev/video0", {}, camera);
  camera.gone = true;
  LiveFrame frame;
  try {
    source->next(frame, milliseconds(1));
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("/dev/video0: the camera is gone"));
    EXPECT_THAT(error.what(), HasSubstr("--retry"));
  }
}

TEST(Cameras, AreListed) {
  test::FakeCamera camera;
  const std::vector<CameraInfo> all = list_cameras(camera);
  ASSERT_EQ(all.size(), 1u);
  EXPECT_EQ(all[0].device, "/dev/video0");
  EXPECT_EQ(all[0].name, "Fake Camera");
  EXPECT_THAT(all[0].modes, testing::ElementsAre("YUYV 640x480 30 15"));
  camera.capabilities = 0;
  EXPECT_TRUE(list_cameras(camera).empty());
}

}  // namespace
}  // namespace auriga
