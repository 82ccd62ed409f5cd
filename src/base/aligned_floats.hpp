// Memory for vectors.
#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>
#include <new>

namespace auriga {

// Floats that begin on a cache line: vectors that cross two cost twice.
class AlignedFloats {
 public:
  // At least `floats` of them, all numbers: what was there, zeros after growing. Allocates only to
  // grow.
  float* fit(std::size_t floats) {
    if (!values_ || size_ < floats) {
      values_.reset(static_cast<float*>(::operator new(floats * sizeof(float), kLine)));
      std::fill_n(values_.get(), floats, 0.0f);
      size_ = floats;
    }
    return values_.get();
  }

 private:
  static constexpr std::align_val_t kLine{64};
  struct Free {
    void operator()(float* values) const { ::operator delete(values, kLine); }
  };
  std::unique_ptr<float[], Free> values_;
  std::size_t size_ = 0;
};

}  // namespace auriga
