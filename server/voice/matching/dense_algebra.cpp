#include "voice/matching/dense_algebra.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace aimpact::voice {
namespace {

constexpr int kSweepsMax = 60;

double off_diagonal(const std::vector<double>& a, std::size_t n) {
    double sum = 0;
    for (std::size_t i = 0; i < n; ++i) {
        for (std::size_t j = 0; j < i; ++j) sum += a[i * n + j] * a[i * n + j];
    }
    return sum;
}

void rotate(std::vector<double>& a, std::vector<double>& v, std::size_t n, std::size_t p, std::size_t q) {
    const double apq = a[p * n + q];
    if (apq == 0) return;
    const double theta = (a[q * n + q] - a[p * n + p]) / (2 * apq);
    const double t = std::copysign(1 / (std::abs(theta) + std::hypot(theta, 1)), theta);
    const double c = 1 / std::hypot(t, 1), s = t * c;
    for (std::size_t k = 0; k < n; ++k) {
        const double x = a[k * n + p], y = a[k * n + q];
        a[k * n + p] = c * x - s * y;
        a[k * n + q] = s * x + c * y;
    }
    for (std::size_t k = 0; k < n; ++k) {
        const double x = a[p * n + k], y = a[q * n + k];
        a[p * n + k] = c * x - s * y;
        a[q * n + k] = s * x + c * y;
        const double u = v[k * n + p], w = v[k * n + q];
        v[k * n + p] = c * u - s * w;
        v[k * n + q] = s * u + c * w;
    }
}

}  // namespace

Eigen symmetric_eigen(std::vector<double> a, std::size_t n) {
    std::vector<double> v(n * n);
    double size = 0;
    for (std::size_t i = 0; i < n; ++i) v[i * n + i] = 1;
    for (const double x : a) size += x * x;
    for (int sweep = 0; sweep < kSweepsMax && off_diagonal(a, n) > 1e-24 * size; ++sweep) {
        for (std::size_t p = 0; p < n; ++p) {
            for (std::size_t q = p + 1; q < n; ++q) rotate(a, v, n, p, q);
        }
    }
    std::vector<std::size_t> order(n);
    std::iota(order.begin(), order.end(), 0);
    std::ranges::sort(order, [&](auto i, auto j) { return a[i * n + i] > a[j * n + j]; });
    Eigen out{std::vector<double>(n), std::vector<double>(n * n)};
    for (std::size_t k = 0; k < n; ++k) {
        const std::size_t from = order[k];
        out.values[k] = a[from * n + from];
        double largest = 0;
        for (std::size_t i = 0; i < n; ++i) {
            if (std::abs(v[i * n + from]) > std::abs(largest)) largest = v[i * n + from];
        }
        for (std::size_t i = 0; i < n; ++i)
            out.vectors[i * n + k] = std::copysign(1.0, largest) * v[i * n + from];
    }
    return out;
}

void cholesky(std::vector<double>& a, std::size_t n) {
    constexpr double kLeastPivot = 1e-12;
    for (std::size_t i = 0; i < n; ++i) {
        for (std::size_t j = 0; j <= i; ++j) {
            double sum = a[i * n + j];
            for (std::size_t k = 0; k < j; ++k) sum -= a[i * n + k] * a[j * n + k];
            a[i * n + j] = i == j ? std::sqrt(std::max(sum, kLeastPivot)) : sum / a[j * n + j];
        }
        for (std::size_t j = i + 1; j < n; ++j) a[i * n + j] = 0;
    }
}

void cholesky_solve(std::span<const double> lower, std::size_t n, std::vector<double>& b,
                    std::size_t columns) {
    const auto subtract = [&](std::size_t to, std::size_t from, double factor) {
        for (std::size_t c = 0; c < columns; ++c) b[to * columns + c] -= factor * b[from * columns + c];
    };
    const auto divide = [&](std::size_t row) {
        for (std::size_t c = 0; c < columns; ++c) b[row * columns + c] /= lower[row * n + row];
    };
    for (std::size_t i = 0; i < n; ++i) {
        for (std::size_t k = 0; k < i; ++k) subtract(i, k, lower[i * n + k]);
        divide(i);
    }
    for (std::size_t i = n; i-- > 0;) {
        for (std::size_t k = i + 1; k < n; ++k) subtract(i, k, lower[k * n + i]);
        divide(i);
    }
}

}  // namespace aimpact::voice
