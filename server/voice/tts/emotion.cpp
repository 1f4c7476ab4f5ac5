#include "voice/tts/emotion.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

namespace aimpact::voice {
namespace {

struct Named {
    std::string_view name;
    ProsodyEdit full;
};
constexpr std::array kEmotions = std::to_array<Named>({
    {"neutral", {}},
    {"happy", {.rate = 1.08, .shift = 0.14, .range = 1.35, .gain_db = 1.2, .pauses = 0.9}},
    {"sad", {.rate = 0.84, .shift = -0.10, .range = 0.55, .fall = 0.12, .gain_db = -2.5, .pauses = 1.4}},
    {"angry", {.rate = 1.10, .shift = 0.06, .range = 1.45, .gain_db = 3.0, .pauses = 0.8}},
    {"calm", {.rate = 0.90, .shift = -0.06, .range = 0.75, .gain_db = -0.9, .pauses = 1.3}},
    {"fearful", {.rate = 1.14, .shift = 0.20, .range = 0.80, .tremor = 0.03, .gain_db = -0.9, .pauses = 0.9}},
    {"surprised", {.rate = 1.02, .shift = 0.20, .range = 1.60, .rise = 0.30, .gain_db = 0.8}},
    {"excited", {.rate = 1.14, .shift = 0.18, .range = 1.45, .gain_db = 2.0, .pauses = 0.8}},
    {"empathetic",
     {.rate = 0.92, .shift = -0.03, .range = 0.85, .fall = 0.05, .gain_db = -0.9, .pauses = 1.2}},
});

constexpr double kStepSeconds = 0.0125, kTremorHz = 6;

double scaled(double neutral, double full, double intensity) {
    return neutral + (full - neutral) * intensity;
}

}  // namespace

const std::vector<std::string>& emotion_names() {
    static const std::vector<std::string> names = [] {
        std::vector<std::string> out;
        for (const Named& e : kEmotions) out.emplace_back(e.name);
        return out;
    }();
    return names;
}

ProsodyEdit emotion_edit(std::string_view emotion, double intensity) {
    const auto it =
        std::find_if(kEmotions.begin(), kEmotions.end(), [&](const Named& e) { return e.name == emotion; });
    if (it == kEmotions.end()) return {};
    const double k = std::clamp(intensity, 0.0, 1.0);
    const ProsodyEdit& f = it->full;
    return {.rate = scaled(1, f.rate, k),
            .shift = f.shift * k,
            .range = scaled(1, f.range, k),
            .fall = f.fall * k,
            .rise = f.rise * k,
            .tremor = f.tremor * k,
            .gain_db = f.gain_db * k,
            .pauses = scaled(1, f.pauses, k)};
}

void edit_pitch(std::span<float> f0, const ProsodyEdit& e) {
    const bool nothing =
        e.shift == 0 && e.range == 1 && e.fall == 0 && e.rise == 0 && e.tremor == 0 && e.transpose == 0;
    std::vector<double> voiced;
    for (float hz : f0) {
        if (hz > kVoicedHz) voiced.push_back(std::log(static_cast<double>(hz)));
    }
    if (nothing || voiced.empty()) return;
    const auto middle = voiced.begin() + static_cast<std::ptrdiff_t>(voiced.size() / 2);
    std::nth_element(voiced.begin(), middle, voiced.end());
    const double median = *middle;
    for (std::size_t i = 0; i < f0.size(); ++i) {
        if (f0[i] <= kVoicedHz) continue;
        const double position = static_cast<double>(i) / static_cast<double>(f0.size());
        double value = median + e.shift + e.range * (std::log(static_cast<double>(f0[i])) - median);
        value -= e.fall * (position - 0.5);
        value += e.rise * std::clamp((position - 0.72) / 0.2, 0.0, 1.0);
        value +=
            e.tremor * std::sin(2 * std::numbers::pi * kTremorHz * kStepSeconds * static_cast<double>(i));
        f0[i] = static_cast<float>(std::clamp<double>(std::exp(value), kLowestHz, kHighestHz) *
                                   std::exp(e.transpose));
    }
}

}  // namespace aimpact::voice
