#!/usr/bin/env bash
# Eigen 3.4's product of two matrices has fused multiply-adds on arm64 although the compiler was told not to contract: -ffp-contract=off
# speaks of expressions, and Eigen's kernel for products calls the intrinsic for vfma by itself, without asking for the macro that
# its other code asks for (-U__ARM_FEATURE_FMA does not help either). On x86-64 the same flags, or a plain build for SSE2, give none.
# Only EIGEN_DONT_VECTORIZE gives two roundings on both. A sum written by hand in the same file keeps to the flag.
# Seen with libeigen3-dev 3.4.0-4 and g++ 12.2 (Debian 12's cross compiler for arm64).
# Why it matters here: results have to be the same bytes on x86-64 and arm64. Systems of equations are therefore solved by loops of
# auriga's own, and ./dev arm64 looks through every object for fused instructions.
# Needs Debian's g++-aarch64-linux-gnu; exit code 2 without it.
set -eu
command -v aarch64-linux-gnu-g++ aarch64-linux-gnu-objdump >/dev/null || { echo "needs g++-aarch64-linux-gnu" >&2; exit 2; }
t=$(mktemp -d); trap 'rm -rf "$t"' EXIT
(cd "$t" && apt-get -qq download libeigen3-dev=3.4.0-4 && dpkg -x libeigen3-dev_*.deb .)
cat >"$t/product.cpp" <<'CPP'
#include <Eigen/Core>
void product(const Eigen::MatrixXd& a, const Eigen::MatrixXd& b, Eigen::MatrixXd& c) { c.noalias() = a * b; }
CPP
cat >"$t/sum.cpp" <<'CPP'
double sum(const double* a, const double* b, int n) {
  double s = 0;
  for (int i = 0; i < n; ++i) s += a[i] * b[i];
  return s;
}
CPP
fused() {  # fused FILE FLAGS...: fused instructions of its code
  aarch64-linux-gnu-g++ -O2 -ffp-contract=off -I"$t/usr/include/eigen3" "${@:2}" -c "$t/$1" -o "$t/o"
  aarch64-linux-gnu-objdump -d "$t/o" | grep -cE '\s(fmla|fmls|fmadd|fmsub|fnmadd|fnmsub)\s' || true
}
aarch64-linux-gnu-g++ --version | head -1
sum=$(fused sum.cpp) product=$(fused product.cpp) without=$(fused product.cpp -U__ARM_FEATURE_FMA) plain=$(fused product.cpp -DEIGEN_DONT_VECTORIZE)
echo "-ffp-contract=off, fused multiply-adds: a sum $sum, Eigen's product $product, with -U__ARM_FEATURE_FMA $without, with EIGEN_DONT_VECTORIZE $plain"
[ "$sum" = 0 ] && [ "$product" -gt 0 ] && [ "$without" -gt 0 ] && [ "$plain" = 0 ]
