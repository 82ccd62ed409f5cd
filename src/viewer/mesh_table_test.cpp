#include "viewer/mesh_table.hpp"

#include <string>

#include <fmt/core.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "auriga/error.hpp"
#include "auriga/face.hpp"

#include "sinks/mesh_csv.hpp"
#include "support/golden.hpp"

namespace auriga {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

class MeshTableTest : public ::testing::Test {
 protected:
  // Two faces in every third frame, one in the others; face 4 is not followed in frame 7.
  fs::path table(int frames) const {
    const fs::path file = folder_.path() / "a_mesh.csv";
    MeshCsv writer(file);
    for (int frame = 1; frame <= frames; ++frame)
      for (const int face : {4, 2}) {
        if (face == 2 && frame % 3 != 0) continue;
        FrameResult row;
        row.frame = frame - 1;
        row.face_id = face;
        row.success = frame != 7 || face != 4;
        FaceMesh mesh;
        for (int i = 0; i < kMeshPoints; ++i) {
          // Rows are of unequal length.
          mesh.x[i] = static_cast<float>(frame * (frame % 5 == 0 ? 1000 : 1) + i);
          mesh.y[i] = static_cast<float>(100 * face + i);
        }
        writer.add(row, &mesh);
      }
    writer.complete();
    writer.publish();
    return file;
  }

  std::string error(const fs::path& file, std::int64_t frame) const {
    try {
      mesh_at(file, 0, frame);
    } catch (const Error& caught) {
      EXPECT_EQ(caught.code(), ErrorCode::input);
      return caught.what();
    }
    return {};
  }

  const test::TemporaryFolder folder_;
};

TEST_F(MeshTableTest, EveryRowIsFound) {
  for (const int frames : {0, 1, 2, 41}) {
    const fs::path file = table(frames);
    for (int frame = 1; frame <= frames + 2; ++frame)
      for (const int face : {4, 2, 3}) {
        const std::vector<float> points = mesh_at(file, face, frame);
        const bool there =
            frame <= frames && (face == 4 ? frame != 7 : face == 2 && frame % 3 == 0);
        ASSERT_EQ(points.size(), there ? 2U * kMeshPoints : 0U) << frame << " " << face;
        if (!there) continue;
        EXPECT_EQ(points[0], static_cast<float>(frame * (frame % 5 == 0 ? 1000 : 1)));
        EXPECT_EQ(points[2 * 477 + 1], static_cast<float>(100 * face + 477));
      }
  }
}

TEST_F(MeshTableTest, DefectsAreNamed) {
  const fs::path file = folder_.path() / "a_mesh.csv";
  EXPECT_THAT(error(file, 1), HasSubstr("expected a table of --mesh"));
  test::write_text(file, "frame,success,x_0\n1,1,2\n");
  EXPECT_THAT(error(file, 1), HasSubstr("expected a table of --mesh"));
  const std::string whole = test::read_text(table(9));
  test::write_text(file, whole.substr(0, whole.size() - 40));
  EXPECT_THAT(error(file, 9), HasSubstr("frame 9: expected 1439 cells"));
  std::string words = whole;
  words.replace(words.find("\n5,"), 2, "\nx");
  test::write_text(file, words);
  EXPECT_THAT(error(file, 5), HasSubstr("whole number, found \"x\""));
}

// Points of another run would lie beside the face.
TEST_F(MeshTableTest, OnlyThatOfTheSameRunIsTaken) {
  const fs::path file = table(3), csv = folder_.path() / "a.csv";
  const auto manifest = [&](const std::string& name, std::uintmax_t size) {
    return Json::object(
        {{"written",
          Json::array({Json::object({{"path", "elsewhere/" + name}, {"size_bytes", size}})})}});
  };
  EXPECT_EQ(mesh_table_of(csv, manifest("a_mesh.csv", fs::file_size(file))), file);
  EXPECT_EQ(mesh_table_of(csv, manifest("a_mesh.csv", fs::file_size(file) + 1)), fs::path());
  EXPECT_EQ(mesh_table_of(csv, manifest("a.csv", fs::file_size(file))), fs::path());
  EXPECT_EQ(mesh_table_of(csv, Json()), fs::path());
  fs::remove(file);
  EXPECT_EQ(mesh_table_of(csv, manifest("a_mesh.csv", 0)), fs::path());
}

}  // namespace
}  // namespace auriga
