#include "base/linear_system.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <cstddef>

namespace auriga {
namespace {

// row -= factor * pivot_row
void subtract(double factor, const double* pivot_row, std::size_t from, std::size_t to,
              double* row) {
  for (std::size_t j = from; j < to; ++j) row[j] -= factor * pivot_row[j];
}

}  // namespace

bool solve_linear(std::span<double> a, std::span<double> b) {
  const auto n = static_cast<std::size_t>(std::lround(std::sqrt(static_cast<double>(a.size()))));
  assert(n > 0 && n * n == a.size() && b.size() % n == 0);
  const std::size_t columns = b.size() / n;
  for (std::size_t k = 0; k < n; ++k) {
    std::size_t pivot = k;
    for (std::size_t i = k + 1; i < n; ++i)
      if (std::abs(a[i * n + k]) > std::abs(a[pivot * n + k])) pivot = i;
    if (!std::isfinite(a[pivot * n + k]) || a[pivot * n + k] == 0) return false;
    if (pivot != k) {
      std::swap_ranges(&a[k * n], &a[k * n] + n, &a[pivot * n]);
      std::swap_ranges(&b[k * columns], &b[k * columns] + columns, &b[pivot * columns]);
    }
    for (std::size_t i = k + 1; i < n; ++i) {
      const double factor = a[i * n + k] / a[k * n + k];
      subtract(factor, &a[k * n], k + 1, n, &a[i * n]);
      subtract(factor, &b[k * columns], 0, columns, &b[i * columns]);
    }
  }
  for (std::size_t k = n; k-- > 0;) {
    for (std::size_t j = 0; j < columns; ++j) b[k * columns + j] /= a[k * n + k];
    for (std::size_t i = 0; i < k; ++i)
      subtract(a[i * n + k], &b[k * columns], 0, columns, &b[i * columns]);
  }
  return true;
}

}  // namespace auriga
