// How fast matrix products are on this machine.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <string_view>
#include <vector>

#include <Eigen/Core>

#include "doctor.hpp"

namespace auriga::app {
namespace {

constexpr int kSizes[] = {100, 500, 1000, 2000};
constexpr int kWarmUps = 3, kRuns = 10;
constexpr double kBudgetSeconds = 1.5;  // of one size

double seconds_since(std::chrono::steady_clock::time_point begin) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

template <typename T>
double median_seconds(int size, int warm_ups, int runs) {
  using Matrix = Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic>;
  Matrix a(size, size), b(size, size), c(size, size);
  for (int i = 0; i < size; ++i)
    for (int j = 0; j < size; ++j) {
      a(j, i) = static_cast<T>((i * 7 + j * 3) % 11 - 5);
      b(j, i) = static_cast<T>((i * 5 + j) % 13 - 6);
    }
  std::vector<double> seconds;
  for (int run = -warm_ups; run < runs; ++run) {
    const auto begin = std::chrono::steady_clock::now();
    c.noalias() = a * b;
    if (run >= 0) seconds.push_back(seconds_since(begin));
    a(0, 0) = std::copysign(a(0, 0), c(size - 1, size - 1));  // so that no product can be left out
  }
  std::nth_element(seconds.begin(), seconds.begin() + runs / 2, seconds.end());
  return seconds[static_cast<std::size_t>(runs / 2)];
}

template <typename T>
void measure(std::string_view type, bool full, std::vector<MatrixProduct>& products) {
  double expected = 0;  // seconds of one product, judged by the size before
  int previous = 0;
  for (const int size : kSizes) {
    if (previous > 0) expected *= std::pow(static_cast<double>(size) / previous, 3);
    previous = size;
    MatrixProduct product{type, size, kRuns, expected};
    int warm_ups = kWarmUps;
    if (!full && expected * (kWarmUps + kRuns) > kBudgetSeconds) {
      const int affordable = static_cast<int>(kBudgetSeconds / expected);
      warm_ups = affordable > 1 ? 1 : 0;
      product.runs = std::min(affordable - warm_ups, kRuns);
    }
    if (product.runs > 0)
      expected = product.seconds = median_seconds<T>(size, warm_ups, product.runs);
    products.push_back(product);
  }
}

}  // namespace

std::vector<MatrixProduct> measure_products(bool full) {
  std::vector<MatrixProduct> products;
  measure<float>("float", full, products);
  measure<double>("double", full, products);
  return products;
}

}  // namespace auriga::app
