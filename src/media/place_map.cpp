#include "media/place_map.hpp"

#include <cstring>
#include <memory>

#include "media/resampled.hpp"

namespace auriga {

namespace {

// Frames with times, whose picture is their number.
class NumberedFrames final : public Source {
 public:
  NumberedFrames(const std::vector<IndexedFrame>& frames, const SourceInfo& info)
      : frames_(frames), info_(info) {}

  bool next(Frame& frame) override {
    if (next_ == frames_.size()) return false;
    Image& picture = frame.write_bgr(3, 1);
    const auto number = static_cast<std::int64_t>(next_);
    std::memcpy(picture.row(0), &number, sizeof number);
    frame.index = number;
    frame.timestamp_s = frames_[next_++].timestamp_s;
    return true;
  }
  const SourceInfo& info() const override { return info_; }
  SourceStatus status() const override { return {}; }

 private:
  const std::vector<IndexedFrame>& frames_;
  SourceInfo info_;
  std::size_t next_ = 0;
};

}  // namespace

std::vector<MappedPlace> map_places(const std::vector<IndexedFrame>& frames, const SourceInfo& info,
                                    double fps, bool complete) {
  std::vector<MappedPlace> places;
  Resampled resampled(std::make_unique<NumberedFrames>(frames, info), fps);
  Frame frame;
  while (resampled.next(frame)) {
    MappedPlace place{0, frame.timestamp_s};
    std::memcpy(&place.frame, frame.bgr().row(0), sizeof place.frame);
    places.push_back(place);
  }
  // The last frame may be followed by another at the same time, and each place waits for the frame
  // after it.
  if (!complete)
    while (!places.empty() && places.back().timestamp_s + 1 / fps >= frames.back().timestamp_s)
      places.pop_back();
  return places;
}

}  // namespace auriga
