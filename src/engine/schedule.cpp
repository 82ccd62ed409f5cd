#include "engine/schedule.hpp"

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include <oneapi/tbb/concurrent_queue.h>
#include <oneapi/tbb/parallel_pipeline.h>

#include "base/turn.hpp"

namespace auriga {
namespace {

// Batches that may be under way while no frame is larger.
std::size_t batches_for(std::size_t frame_bytes, int most) {
  const std::size_t frames = std::clamp<std::size_t>(
      FrameBatch::kMostBytes / std::max<std::size_t>(frame_bytes, 1), 1, FrameBatch::kMostFrames);
  return std::clamp<std::size_t>(
      kMostBytesUnderWay / std::max<std::size_t>(frames * frame_bytes, 1), 1,
      static_cast<std::size_t>(most));
}

}  // namespace

void work_through(Session::Stream& stream, const Schedule& schedule, std::size_t frame_bytes,
                  int most) {
  std::vector<std::unique_ptr<FrameBatch>> batches;
  bool more = true;
  // The number of batches is fixed while the pipeline runs. It is emptied and begun anew when
  // frames have become so large that fewer batches have to do.
  while (more) {
    const std::size_t tokens = batches_for(frame_bytes, most);
    tbb::concurrent_queue<FrameBatch*> idle;
    batches.resize(std::min(batches.size(), tokens));
    while (batches.size() < tokens) batches.push_back(stream.batch());
    for (const auto& batch : batches) idle.push(batch.get());

    const auto follow = [&](tbb::flow_control& control) -> FrameBatch* {
      FrameBatch* batch = nullptr;
      idle.try_pop(batch);  // never empty: there are as many batches as tokens
      const Turn mine(batch), in_order(&stream);
      const bool too_large = batches_for(frame_bytes, most) < tokens;
      while (more && !too_large && batch->takes(frame_bytes)) {
        more = schedule.next(batch->next_frame());
        if (!more) break;
        batch->add_own_frame();
        stream.follow(*batch);
        frame_bytes = batch->bytes_of_last();
      }
      if (batch->frames() == 0) control.stop();
      return batch;
    };
    const auto analyse = [&](FrameBatch* batch) {
      const Turn mine(batch);
      stream.analyse(*batch);
      return batch;
    };
    const auto conclude = [&](FrameBatch* batch) {
      const Turn mine(batch), in_order(&batches);
      int face = 0;
      for (int frame = 0; frame < batch->frames(); ++frame)
        face += schedule.conclude(*batch, frame, face);
      batch->clear();
      idle.push(batch);
    };
    tbb::parallel_pipeline(
        tokens,
        tbb::make_filter<void, FrameBatch*>(tbb::filter_mode::serial_in_order, follow) &
            tbb::make_filter<FrameBatch*, FrameBatch*>(tbb::filter_mode::parallel, analyse) &
            tbb::make_filter<FrameBatch*, void>(tbb::filter_mode::serial_in_order, conclude));
  }
  const Turn followed(&stream), concluded(&batches);
}

}  // namespace auriga
