#include "sinks/lost_rows.hpp"

namespace auriga {

namespace {

// Whom and when a row is about, as the key columns have it.
void copy_keys(const FrameResult& from, FrameResult& to) {
  to.frame = from.frame;
  to.face_id = from.face_id;
  to.timestamp_s = from.timestamp_s;
  to.confidence = from.confidence;
  to.camera = from.camera;
  to.success = false;
}

}  // namespace

LostRows::Shown LostRows::show(const FaceRow& row) {
  const FrameResult& result = row.result;
  const std::int64_t number = rows_++;
  if (result.success && !(result.confidence < min_confidence_)) {
    if (fills()) units_of_.push_back(number);
    if (lost_ == LostCells::last) {
      Face& face = last_[result.face_id];
      face.result = result;
      face.blendshapes.reset();
      if (row.blendshapes != nullptr) face.blendshapes = *row.blendshapes;
      face.row = number;
    }
    return {result, row.blendshapes, false};
  }
  if (!fills()) {
    if (!result.success) return {result, row.blendshapes, lost_ == LostCells::empty};
    shown_ = result;
    shown_.success = false;
    return {shown_, row.blendshapes, lost_ == LostCells::empty};
  }
  const auto last = last_.find(result.face_id);
  if (lost_ == LostCells::last && last != last_.end()) {
    units_of_.push_back(last->second.row);
    shown_ = last->second.result;
    copy_keys(result, shown_);
    const auto& shapes = last->second.blendshapes;
    return {shown_, shapes ? &*shapes : nullptr, false};
  }
  units_of_.push_back(-1);
  shown_ = {};
  shown_.shape.scale = 0;
  copy_keys(result, shown_);
  static constexpr Blendshapes kNone{};
  return {shown_, lost_ == LostCells::zero ? &kNone : nullptr, lost_ == LostCells::last};
}

std::optional<std::size_t> LostRows::units_of(std::size_t row) const {
  if (!fills()) return row;
  const std::int64_t from = units_of_[row];
  return from < 0 ? std::nullopt : std::optional(static_cast<std::size_t>(from));
}

}  // namespace auriga
