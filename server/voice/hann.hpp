// The periodic Hann window of a transform (scipy.signal.get_window("hann")).
#pragma once

#include <cmath>
#include <cstddef>
#include <numbers>

namespace aimpact::voice {

// At sample `i` of `size`.
inline double hann(std::size_t i, std::size_t size) {
    return 0.5 - 0.5 * std::cos(2 * std::numbers::pi * static_cast<double>(i) / static_cast<double>(size));
}

}  // namespace aimpact::voice
