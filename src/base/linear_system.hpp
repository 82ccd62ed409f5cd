// Systems of linear equations. Sums and products in a fixed order, so that the bits are the same on
// every processor; Eigen's large products and factorisations choose theirs by registers and caches,
// and fuse multiply-adds on arm64 whatever the compiler is told.
#pragma once

#include <span>

namespace auriga {

// Solves a x = b for several right sides at once, by elimination with the largest pivot of a
// column. `a`: n x n, `b`: n x columns, both row-major; a is used up, b becomes x. False where a is
// singular (a pivot is zero or not finite); both are then without meaning. Does not allocate; any
// thread.
bool solve_linear(std::span<double> a, std::span<double> b);

}  // namespace auriga
