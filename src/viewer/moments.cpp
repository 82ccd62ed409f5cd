#include "viewer/moments.hpp"

#include <fmt/core.h>

#include "auriga/error.hpp"

#include "drawing/encode.hpp"
#include "drawing/face_tile.hpp"
#include "drawing/timeline.hpp"
#include "media/frame_reader.hpp"
#include "tables/table_match.hpp"

namespace auriga {

std::vector<ReportMoment> moments_of(const AuTable& table, const std::filesystem::path& video,
                                     const SourceOptions& shown) {
  const FaceTrack& face = table.faces.front();
  const std::vector<std::size_t> rows = interesting_rows(table, face, kMostMoments);
  if (rows.empty()) throw Error(ErrorCode::input, "no face was followed in any frame that counts");
  FrameReaderOptions how;
  how.source = shown;
  how.read_ahead = false;
  FrameReader reader(video, how);
  std::vector<Landmarks> followed;
  if (!face.landmarks.empty())
    for (std::size_t row = 0; row < face.landmarks.size(); ++row)
      if (face.success[row] != 0) followed.push_back(face.landmarks[row]);
  const double outside = share_outside(followed, reader.info().width, reader.info().height);
  if (outside > kMostOutside)
    throw Error(ErrorCode::input,
                fmt::format("{}: expected the video of {}, found frames of {} x {} px, outside of "
                            "which {:.0f} % of the table's faces lie; is this the right video?",
                            video.string(), table.file.string(), reader.info().width,
                            reader.info().height, 100 * outside));
  std::vector<ReportMoment> moments;
  for (const std::size_t row : rows) {
    const std::optional<ShownFrame> frame = reader.frame(face.frames[row] - 1);
    if (!frame)
      throw Error(
          ErrorCode::input,
          fmt::format("{}: expected the video of {} with a frame {}, found fewer frames; is "
                      "this the right video?",
                      video.string(), table.file.string(), face.frames[row]));
    const Landmarks* landmarks = face.landmarks.empty() ? nullptr : &face.landmarks[row];
    moments.push_back({row, encode_jpeg(face_tile(*frame->bgr, landmarks, kReportTile_px))});
  }
  return moments;
}

}  // namespace auriga
