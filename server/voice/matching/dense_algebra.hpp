// The little linear algebra that matching needs, for matrices of a few hundred rows. Row-major. Pure.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace aimpact::voice {

struct Eigen {
    std::vector<double> values;   // [n], the largest first
    std::vector<double> vectors;  // [n, n]: column k belongs to values[k]; its largest element is positive
};
// Of a symmetric [n, n] matrix, by Jacobi's rotations.
Eigen symmetric_eigen(std::vector<double> matrix, std::size_t n);

// The lower triangle L of a positive definite [n, n] matrix, L L^T, in place; a pivot that isn't positive is
// made so.
void cholesky(std::vector<double>& matrix, std::size_t n);
// Solves L L^T x = b for each of the `columns` columns of b [n, columns], in place.
void cholesky_solve(std::span<const double> lower, std::size_t n, std::vector<double>& b,
                    std::size_t columns);

}  // namespace aimpact::voice
