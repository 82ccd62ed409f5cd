#include "au/linear/geometry.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <string>

#include "auriga/error.hpp"

#include "base/simd.hpp"

namespace auriga {
namespace {

constexpr int kCoordinates = 3 * kLandmarks;
// 13 accumulators of four lanes, a basis vector and a broadcast parameter fill the 16 registers of
// AVX2.
constexpr int kVectors = 13;
constexpr int kBlock = 4 * kVectors;
constexpr int kPadded = (kCoordinates + kBlock - 1) / kBlock * kBlock;

AURIGA_INLINE void multiply_body(const double* basis, const double* p, double* displacement) {
  for (int begin = 0; begin < kPadded; begin += kBlock) {
    f64x4 sum[kVectors] = {};
    for (int mode = 0; mode < kShapeModes; ++mode) {
      const double* column = basis + mode * kPadded + begin;
      for (int i = 0; i < kVectors; ++i) sum[i] += load<f64x4>(column + 4 * i) * p[mode];
    }
    for (int i = 0; i < kVectors; ++i) store(displacement + begin + 4 * i, sum[i]);
  }
}

void multiply(const double* basis, const double* p, double* displacement) {
  run_wide([&](auto) AURIGA_ALWAYS_INLINE { multiply_body(basis, p, displacement); });
}

}  // namespace

GeometryDescriptor::GeometryDescriptor(const Pdm& pdm) {
  const auto expected = static_cast<std::size_t>(kCoordinates) * kShapeModes;
  if (pdm.points != kLandmarks || pdm.modes != kShapeModes || pdm.basis.size() != expected) {
    throw Error(ErrorCode::model,
                "shape model for the AU geometry: expected 68 points and 34 modes, found " +
                    std::to_string(pdm.points) + " points, " + std::to_string(pdm.modes) +
                    " modes and a basis of " + std::to_string(pdm.basis.size()) +
                    " values; use the PDM that came with the AU models");
  }
  basis_.assign(static_cast<std::size_t>(kPadded) * kShapeModes, 0.0);
  for (int row = 0; row < kCoordinates; ++row) {
    for (int mode = 0; mode < kShapeModes; ++mode) {
      basis_[mode * kPadded + row] = pdm.basis[row * kShapeModes + mode];
    }
  }
}

void GeometryDescriptor::compute(const ShapeFit& fit,
                                 std::span<double, kGeometryFeatures> geometry) const {
  std::array<double, kShapeModes> p;
  std::copy(fit.p.begin(), fit.p.end(), p.begin());
  std::array<double, kPadded> displacement;
  multiply(basis_.data(), p.data(), displacement.data());
  std::copy_n(displacement.begin(), kCoordinates, geometry.begin());
  std::copy(p.begin(), p.end(), geometry.begin() + kCoordinates);
}

}  // namespace auriga
