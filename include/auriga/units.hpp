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

  const UnitNames& names() const { return names_; }
  std::size_t rows() const { return rows_ ? rows_->size() : 0; }
  // Copies the values of one row, row < rows(), into spans as long as the lists of names:
  // intensities 0..5, presences 0 or 1.
  void read(std::size_t row, std::span<double> intensities, std::span<double> presences) const {
    rows_->read(row, intensities, presences);
  }

 private:
  UnitNames names_;
  std::shared_ptr<const Rows> rows_;
};

}  // namespace auriga
