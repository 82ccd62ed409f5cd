// The inner loops of ShapeFitter. Single precision; the same bits on every instruction set; nothing
// allocates.
#pragma once

#include <array>

#include "shape/rotation.hpp"

namespace auriga {

// out[0..columns) = sum_r weights[r] matrix[r * stride + ...]; `columns` is a multiple of 8.
void combine_rows(const float* weights, int rows, const float* matrix, int stride, int columns,
                  float* out);

// The camera of a weak-perspective picture.
struct WeakPerspective {
  float scale, tx, ty;
  RotationMatrix r;
};

// What the normal equations need of the points at hand; X_a is coordinate a of the 3-D shape, r_k
// the residual (seen - projected) along image axis k, over visible points.
struct PointSums {
  std::array<float, 3> shape;           // sum X_a
  std::array<float, 9> shape_shape;     // sum X_a X_b, 3 x 3
  std::array<float, 2> residual;        // sum r_k
  std::array<float, 6> residual_shape;  // sum r_k X_a, 2 x 3
};

// Points are planar with `stride` (a multiple of 8) from one coordinate to the next: shape x|y|z,
// seen and residual x|y. `mask` is 1 for visible points, else 0, where `seen` must be finite. Also
// writes the gradient of half the squared error by the 3-D shape, negated: gradient_a = scale sum_k
// R_ka r_k.
PointSums accumulate_points(const float* shape, const float* seen, const float* mask, int stride,
                            const WeakPerspective& camera, float* gradient);

// || seen - projected ||_2 over the visible points.
float residual_norm(const float* shape, const float* seen, const float* mask, int stride,
                    const WeakPerspective& camera);

// Mode block of the normal matrix, upper triangle: rows j of h (stride h_stride, first mode at h)
// get sum_ab weights[3 a + b] products[a][j][b][.] from the block of 8 that holds the diagonal on.
// `products` as in ShapeMoments. The 8-blocks left of the diagonal keep their values, and up to 7
// floats behind the last mode are overwritten.
void combine_products(const std::array<float, 9>& weights, const float* products, int modes,
                      int mode_stride, float* h, int h_stride);

// Solves H x = b by Cholesky's method for a symmetric matrix whose upper triangle is in columns
// 0..n-1 of `system` and b in column n; n is a multiple of 8 (pad with an identity), rows are
// `stride` (a multiple of 8, > n) apart. The lower triangle is not looked at; `system` is
// destroyed. False, with x (n floats) = 0, when a pivot is below the single-precision epsilon
// (primitives.md section 1) or not a number.
bool solve_cholesky(float* system, int n, int stride, float* x);

}  // namespace auriga
