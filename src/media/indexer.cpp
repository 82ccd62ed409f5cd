#include "media/indexer.hpp"

#include "media/bgr_converter.hpp"
#include "media/picture_hash.hpp"

namespace auriga {

Indexer::Indexer(const std::filesystem::path& video, int threads)
    : container_(video),
      pictures_(video, container_, threads),
      clock_(av_q2d(container_.stream()->time_base), container_.start_s(), container_.nominal_fps(),
             container_.average_fps()) {}

bool Indexer::next(IndexedFrame& frame) {
  while (pictures_.decode()) {
    const AVFrame& picture = pictures_.frame();
    if (!BgrConverter::can_convert(picture)) {
      pictures_.reject();
      continue;
    }
    const std::int64_t ticks = pictures_.shown_at();
    frame.timestamp_s = ticks != AV_NOPTS_VALUE ? clock_.show(ticks) : clock_.show();
    frame.pts = picture.pts;
    frame.picture = picture_hash(picture, container_.aspect_of(picture));
    return true;
  }
  return false;
}

}  // namespace auriga
