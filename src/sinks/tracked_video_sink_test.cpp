#include <filesystem>
#include <vector>

#include <gtest/gtest.h>

#include "auriga/sinks.hpp"

#include "drawing/overlay.hpp"
#include "sinks/fake_stream.hpp"
#include "sinks/tracked_video.hpp"
#include "support/golden.hpp"

namespace auriga {
namespace {

namespace fs = std::filesystem;
using test::TemporaryFolder;

// The pictures of the stream with the faces of each frame drawn.
TEST(TrackedVideoSink, DrawsTheFacesOfEachFrame) {
  const TemporaryFolder folder;
  const fs::path file = folder.path() / "out.avi", expected = folder.path() / "expected.avi";
  test::TestStream stream;
  stream.add(0, 0, true);
  stream.add(0, 2, true);
  stream.add(2, 0, true);
  stream.setup.has_gaze = true;
  for (test::TestFace& face : stream.faces) {
    face.result.gaze.direction[0] = {0.6F, 0, -0.8F};
    face.result.eyes.x.fill(30);
    face.result.eyes.y.fill(20);
    for (int i = 0; i < 8; ++i) face.result.eyes.mm[2][static_cast<std::size_t>(i)] = 900;
  }
  const auto sink = make_tracked_video_sink(file);
  EXPECT_EQ(sink->needs(), (Needs{.gaze = true, .picture = true}));
  const std::vector<Written> written = stream.run(*sink);
  ASSERT_EQ(written.size(), 1U);
  EXPECT_EQ(written[0].path, file);

  TrackedVideo video(
      expected, {.fps = stream.info.fps, .width = stream.info.width, .height = stream.info.height});
  for (std::int64_t frame = 0; frame < stream.frames; ++frame) {
    Image canvas = stream.picture(frame);
    for (const test::TestFace& face : stream.faces)
      if (face.result.frame == frame) draw_face(canvas, face.result, stream.info.camera, true);
    video.add(canvas, static_cast<double>(frame) * 0.0333);
  }
  video.complete();
  video.publish();
  EXPECT_TRUE(test::read_text(file) == test::read_text(expected));

  stream.setup.has_gaze = false;
  stream.run(*make_tracked_video_sink(file));
  EXPECT_FALSE(test::read_text(file) == test::read_text(expected)) << "eyes are drawn";
}

TEST(TrackedVideoSink, OfAPictureThereIsNone) {
  const TemporaryFolder folder;
  test::TestStream stream;
  stream.info.still = true;
  stream.frames = 1;
  stream.add(0, 0, true);
  EXPECT_TRUE(stream.run(*make_tracked_video_sink(folder.path() / "out.avi")).empty());
  EXPECT_TRUE(fs::is_empty(folder.path()));
}

}  // namespace
}  // namespace auriga
