// Action units: their names, and their values at the end of a stream.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace auriga {

// Of the action units that are told, e.g. AU01, ascending.
struct UnitNames {
  std::vector<std::string> intensities, presences;
};

// The final action units of a stream, one row per FaceRow in the same order. Copies share the
// values. Any number of threads may read.
class FinalUnits {
 public:
  class Rows {
   public:
    virtual ~Rows() = default;
    virtual std::size_t size() const = 0;
    virtual void read(std::size_t row, std::span<double> intensities,
                      std::span<double> presences) const = 0;
  };

  FinalUnits() = default;  // none
  FinalUnits(UnitNames names, std::shared_ptr<const Rows> rows)
      : names_(std::move(names)), rows_(std::move(rows)) {}
  // `sides`: none, or two.
  FinalUnits(UnitNames names, std::shared_ptr<const Rows> rows, std::vector<FinalUnits> sides)
      : FinalUnits(std::move(names), std::move(rows)) {
    if (!sides.empty()) sides_ = std::make_shared<const std::vector<FinalUnits>>(std::move(sides));
  }

  const UnitNames& names() const { return names_; }
  std::size_t rows() const { return rows_ ? rows_->size() : 0; }
  // Of the face as it would be if both its sides were its half in the left (0) or the right (1)
  // half of the picture: as many rows, each with neutral faces and offsets of its own. Empty unless
  // Needs::sides. The person's left is on the right of the picture, unless the recording is
  // mirrored.
  std::span<const FinalUnits> sides() const {
    return sides_ ? std::span<const FinalUnits>(*sides_) : std::span<const FinalUnits>();
  }

  // Copies the values of one row, row < rows(), into spans as long as the lists of names:
  // intensities 0..5, presences 0 or 1.
  void read(std::size_t row, std::span<double> intensities, std::span<double> presences) const {
    rows_->read(row, intensities, presences);
  }

 private:
  UnitNames names_;
  std::shared_ptr<const Rows> rows_;
  std::shared_ptr<const std::vector<FinalUnits>> sides_;
};

}  // namespace auriga
