#include "voice/tts/time_scale.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace aimpact::voice {

std::vector<float> scale_time(std::span<const float> in, int sample_rate, double rate) {
    const auto window = static_cast<std::ptrdiff_t>(0.03 * sample_rate) / 2 * 2, hop = window / 2;
    const auto search = static_cast<std::ptrdiff_t>(0.012 * sample_rate);
    const auto size = static_cast<std::ptrdiff_t>(in.size());
    if (size < 2 * window || rate <= 0 || std::abs(rate - 1) < 1e-3) return {in.begin(), in.end()};
    const auto frames =
        static_cast<std::ptrdiff_t>(static_cast<double>(size) / rate / static_cast<double>(hop)) + 1;
    std::vector<float> out(static_cast<std::size_t>((frames + 1) * hop), 0.0f);
    std::vector<float> weight(static_cast<std::size_t>(window));
    for (std::ptrdiff_t i = 0; i < window; ++i) {
        weight[static_cast<std::size_t>(i)] =
            0.5f - 0.5f * std::cos(2 * std::numbers::pi_v<float> * (static_cast<float>(i) + 0.5f) /
                                   static_cast<float>(window));
    }
    const auto at = [&](std::ptrdiff_t i) {
        return i >= 0 && i < size ? in[static_cast<std::size_t>(i)] : 0.0f;
    };
    std::ptrdiff_t natural = 0;  // where the last frame would go on
    for (std::ptrdiff_t f = 0; f < frames; ++f) {
        const auto wanted = static_cast<std::ptrdiff_t>(static_cast<double>(f * hop) * rate);
        std::ptrdiff_t best = wanted;
        if (f > 0) {
            float most = -1e30f;
            for (std::ptrdiff_t d = -search; d <= search; d += 4) {
                float sum = 0;
                for (std::ptrdiff_t i = 0; i < window; i += 4) sum += at(natural + i) * at(wanted + d + i);
                if (sum > most) {
                    most = sum;
                    best = wanted + d;
                }
            }
        }
        for (std::ptrdiff_t i = 0; i < window; ++i)
            out[static_cast<std::size_t>(f * hop + i)] += weight[static_cast<std::size_t>(i)] * at(best + i);
        natural = best + hop;
    }
    // The first half window has only one frame under it.
    for (std::ptrdiff_t i = 0; i < hop; ++i) out[static_cast<std::size_t>(i)] = at(i);
    out.resize(std::min(out.size(), static_cast<std::size_t>(static_cast<double>(size) / rate)));
    return out;
}

}  // namespace aimpact::voice
