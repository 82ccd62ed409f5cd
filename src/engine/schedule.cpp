#include "engine/schedule.hpp"

#include <algorithm>
#include <functional>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

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

// Batches circulate: taken by the first stage, given back by the last.
class Circulation {
 public:
  ~Circulation() { resize(0, {}); }

  // None is under way. `make` gives further ones.
  void resize(std::size_t n, const std::function<std::unique_ptr<FrameBatch>()>& make) {
    while (all_.size() > n) {
      { const Turn last(all_.back().get()); }  // after an exception another thread had it
      all_.pop_back();
    }
    while (all_.size() < n) all_.push_back(make());
    idle_.clear();
    for (const auto& batch : all_) idle_.push_back(batch.get());
  }

  FrameBatch* take() {  // never without: there are as many batches as are under way
    const std::lock_guard lock(mutex_);
    FrameBatch* batch = idle_.back();
    idle_.pop_back();
    return batch;
  }
  void give_back(FrameBatch* batch) {
    const std::lock_guard lock(mutex_);
    idle_.push_back(batch);
  }

 private:
  std::vector<std::unique_ptr<FrameBatch>> all_;
  std::mutex mutex_;
  std::vector<FrameBatch*> idle_;
};

}  // namespace

void work_through(Session::Stream& stream, const Schedule& schedule, std::size_t frame_bytes,
                  int most) {
  Circulation batches;
  bool more = true;
  // The number of batches is fixed while the pipeline runs. It is emptied and begun anew when
  // frames have become so large that fewer batches have to do.
  while (more) {
    const std::size_t tokens = batches_for(frame_bytes, most);
    batches.resize(tokens, [&] { return stream.batch(); });

    const auto follow = [&](tbb::flow_control& control) -> FrameBatch* {
      FrameBatch* const batch = batches.take();
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
      batches.give_back(batch);
    };
    tbb::parallel_pipeline(
        tokens,
        tbb::make_filter<void, FrameBatch*>(tbb::filter_mode::serial_in_order, follow) &
            tbb::make_filter<FrameBatch*, FrameBatch*>(tbb::filter_mode::parallel, analyse) &
            tbb::make_filter<FrameBatch*, void>(tbb::filter_mode::serial_in_order, conclude));
    const Turn followed(&stream), concluded(&batches);
  }
}

}  // namespace auriga
