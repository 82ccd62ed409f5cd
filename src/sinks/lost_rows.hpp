// What stands in the rows of a video whose face was lost, or is not sure enough.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "auriga/formats.hpp"
#include "auriga/row.hpp"

namespace auriga {

// Rows are shown one after the other, as they come. One thread at a time. Keeps 8 bytes per row
// with LostCells::zero and LostCells::last, else nothing.
class LostRows {
 public:
  // `min_confidence`: rows of less count as rows without success. Of a still picture (`still`) all
  // rows stay as they are.
  LostRows(LostCells lost, double min_confidence, bool still)
      : lost_(still ? LostCells::usual : lost), min_confidence_(still ? 0 : min_confidence) {}

  struct Shown {
    const FrameResult& result;  // as it stands in the table
    const Blendshapes* blendshapes;
    bool empty;  // there is nothing to stand there
  };
  // Valid until the next call.
  Shown show(const FaceRow& row);

  // Whether rows without success have values where the dialect has none.
  bool fills() const { return lost_ == LostCells::zero || lost_ == LostCells::last; }
  // The row, from 0, whose action units stand in a row; nothing: 0 stands there.
  std::optional<std::size_t> units_of(std::size_t row) const;

 private:
  struct Face {
    FrameResult result;
    std::optional<Blendshapes> blendshapes;
    std::int64_t row = 0;
  };
  LostCells lost_;
  double min_confidence_;
  std::int64_t rows_ = 0;
  std::map<int, Face> last_;            // by face id
  std::vector<std::int64_t> units_of_;  // where fills(); below 0: none
  FrameResult shown_;
};

}  // namespace auriga
