#include <filesystem>
#include <vector>

#include <gtest/gtest.h>

#include "auriga/sinks.hpp"

#include "drawing/encode.hpp"
#include "drawing/overlay.hpp"
#include "sinks/fake_stream.hpp"
#include "support/golden.hpp"

namespace auriga {
namespace {

namespace fs = std::filesystem;
using test::TemporaryFolder;

TEST(DrawnPictureSink, DrawsAllFacesAlike) {
  const TemporaryFolder folder;
  test::TestStream stream;
  stream.info.still = true;
  stream.frames = 1;
  stream.add(0, 0, true);
  stream.add(0, 1, true);
  stream.faces[1].result.confidence = 0.1;  // a video would leave it out
  for (float& x : stream.faces[1].result.landmarks.x) x += 7;
  Image expected = stream.picture(0);
  for (const test::TestFace& face : stream.faces) {
    FrameResult sure = face.result;
    sure.confidence = 1;
    draw_face(expected, sure, stream.info.camera, stream.setup.has_gaze);
  }
  for (const PictureFormat format : {PictureFormat::jpg, PictureFormat::png, PictureFormat::bmp}) {
    const fs::path file = folder.path() / "out";
    const std::vector<Written> written = stream.run(*make_drawn_picture_sink(file, format));
    ASSERT_EQ(written.size(), 1U);
    EXPECT_EQ(written[0].path, file);
    EXPECT_TRUE(test::read_text(file) == encode(expected, format));
  }
}

TEST(DrawnPictureSink, OfAVideoThereIsNone) {
  const TemporaryFolder folder;
  test::TestStream stream;
  stream.add(0, 0, true);
  EXPECT_TRUE(
      stream.run(*make_drawn_picture_sink(folder.path() / "out.jpg", PictureFormat::jpg)).empty());
  EXPECT_TRUE(fs::is_empty(folder.path()));
}

}  // namespace
}  // namespace auriga
