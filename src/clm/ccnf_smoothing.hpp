// The edges of a CCNF: neighbouring pixels of a response map pull at each other (spec clnf.md
// section 3.3).
//
// A map r becomes [2 (a I + sum_b beta_b C_b)]^-1 r, with a and the beta_b of the expert and the
// edge components C_b of the window size. The components do not change when the map is mirrored in
// x or in y, so maps that are even or odd in x and in y do not mix: the matrix falls apart into
// four blocks of a quarter of the rows and columns. That makes its inverse 16 times cheaper and the
// product 4 times.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "clm/ccnf_file.hpp"

namespace auriga {

// The edge components of one window size in a basis in which they fall into blocks. Immutable.
class EdgeBasis {
 public:
  // Components that do change when mirrored are kept whole, as one block.
  explicit EdgeBasis(const EdgeComponents& edges);

  int window() const { return edges_window_; }
  int components() const { return components_; }
  int blocks() const { return static_cast<int>(blocks_.size()); }

  // Floats of a map in this basis: the blocks one after the other, each padded to a multiple of 8.
  int folded_floats() const { return folded_floats_; }
  // Map (row-major) to basis, and the transposed of that.
  void fold(const float* map, float* folded) const;
  void unfold(const float* folded, float* map) const;

 private:
  friend class Smoothing;
  struct Block {
    int first_row, rows, first_col, cols;  // of the folded map
    int size() const { return rows * cols; }
    int stride() const { return (size() + 7) / 8 * 8; }
    std::vector<double> scales;                   // of the basis vectors, to make their norms 1
    std::vector<std::vector<double>> components;  // size x size, for basis vectors of norm 1
  };

  int edges_window_, components_;
  bool mirrored_;  // the components are alike when mirrored
  int folded_floats_ = 0;
  std::vector<Block> blocks_;
};

// The matrices of many experts for one window size. Immutable.
class Smoothing {
 public:
  struct Weights {
    double alphas;  // a
    const std::vector<double>* betas;
  };
  // `basis` must outlive this object. Throws Error(model) with `file` in its message when the
  // matrix of an expert is not positive definite.
  Smoothing(const EdgeBasis& basis, std::span<const Weights> experts, const std::string& file);

  // In place. `scratch`: 2 folded_floats().
  void smooth(int expert, float* map, float* scratch) const;

 private:
  template <typename W>
  void fill(std::span<const Weights> experts, const std::string& file);

  const EdgeBasis& basis_;
  std::size_t floats_ = 0;       // of one expert
  std::vector<float> matrices_;  // per expert, per block: rows of stride() floats
};

}  // namespace auriga
