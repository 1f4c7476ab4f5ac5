#include "voice/tts/loudness.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "voice/tts/unicode.hpp"

namespace aimpact::voice {
namespace {

struct Biquad {
    double b0, b1, b2, a1, a2;
    double z1 = 0, z2 = 0;
    double operator()(double x) {
        const double y = b0 * x + z1;
        z1 = b1 * x - a1 * y + z2;
        z2 = b2 * x - a2 * y;
        return y;
    }
};

// The two filters of BS.1770 from their analogue prototypes, for any sample rate (De Man 2018, "Evaluation of
// implementations of the EBU R128 loudness measurement").
Biquad shelf(double rate) {
    const double k = std::tan(std::numbers::pi * 1681.974450955533 / rate), q = 0.7071752369554196;
    const double vh = std::pow(10.0, 3.999843853973347 / 20), vb = std::pow(vh, 0.4996667741545416);
    const double a0 = 1 + k / q + k * k;
    return {(vh + vb * k / q + k * k) / a0, 2 * (k * k - vh) / a0, (vh - vb * k / q + k * k) / a0,
            2 * (k * k - 1) / a0, (1 - k / q + k * k) / a0};
}
Biquad high_pass(double rate) {
    const double k = std::tan(std::numbers::pi * 38.13547087602444 / rate), q = 0.5003270373238773;
    const double a0 = 1 + k / q + k * k;
    return {1, -2, 1, 2 * (k * k - 1) / a0, (1 - k / q + k * k) / a0};
}

constexpr double kSilence = -120, kAbsoluteGate = -70, kRelativeGate = -10, kOffset = -0.691;
double to_lufs(double power) {
    return power > 1e-12 ? kOffset + 10 * std::log10(power) : kSilence;
}

double gated_mean(const std::vector<double>& powers, double gate_lufs) {
    double sum = 0;
    std::size_t n = 0;
    for (double p : powers) {
        if (to_lufs(p) > gate_lufs) {
            sum += p;
            ++n;
        }
    }
    return n ? sum / static_cast<double>(n) : 0;
}

}  // namespace

double loudness_lufs(std::span<const float> samples, int sample_rate) {
    if (samples.empty() || sample_rate <= 0) return kSilence;
    Biquad first = shelf(sample_rate), second = high_pass(sample_rate);
    const std::size_t step =
        std::max<std::size_t>(1, static_cast<std::size_t>(sample_rate) / 10);  // blocks overlap by 75 %
    std::vector<double> steps;
    for (std::size_t at = 0; at < samples.size(); at += step) {
        double sum = 0;
        const std::size_t end = std::min(samples.size(), at + step);
        for (std::size_t i = at; i < end; ++i) {
            const double y = second(first(static_cast<double>(samples[i])));
            sum += y * y;
        }
        if (end - at == step || steps.empty()) steps.push_back(sum / static_cast<double>(end - at));
    }
    std::vector<double> blocks;
    for (std::size_t i = 0; i + 4 <= steps.size(); ++i)
        blocks.push_back((steps[i] + steps[i + 1] + steps[i + 2] + steps[i + 3]) / 4);
    if (blocks.empty()) {
        double sum = 0;
        for (double s : steps) sum += s;
        blocks.push_back(sum / static_cast<double>(steps.size()));
    }
    const double ungated = gated_mean(blocks, kAbsoluteGate);
    if (ungated <= 0) return kSilence;
    return to_lufs(gated_mean(blocks, std::max(kAbsoluteGate, to_lufs(ungated) + kRelativeGate)));
}

double pause_after(std::string_view clause) {
    if (clause.ends_with("\n")) {
        const auto text = clause.find_last_not_of(" \t\r\n");
        const auto tail = text == std::string_view::npos ? clause : clause.substr(text);
        return std::count(tail.begin(), tail.end(), '\n') > 1 ? 0.55 : 0.4;
    }
    while (!clause.empty() && (is_space(clause.back()) ||
                               std::string_view("\"')]*_`").find(clause.back()) != std::string_view::npos))
        clause.remove_suffix(1);
    if (clause.ends_with("\u201D") || clause.ends_with("\u2019")) clause.remove_suffix(3);
    if (clause.ends_with("\u2014") || clause.ends_with("\u2026")) return 0.2;
    if (clause.ends_with("\u0964")) return 0.28;  // danda
    if (clause.empty()) return 0;
    switch (clause.back()) {
        case '.':
        case '!':
        case '?':
            return 0.28;
        case ';':
        case ':':
            return 0.2;
        case ',':
            return 0.12;
        default:
            return 0.02;
    }
}

}  // namespace aimpact::voice
