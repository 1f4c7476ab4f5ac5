#include "voice/input_conditioning.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "voice/audio.hpp"
#include "voice/quality/level_meter.hpp"

namespace aimpact::voice {

namespace {

constexpr double kOffsetMin = 0.002;  // less does no harm
constexpr double kCutoffHz = 20;
constexpr double kQuietDbfs = -36, kTargetDbfs = -26;  // active level, ITU-T P.56
constexpr double kGainMaxDb = 50;                      // beyond it there is only noise
constexpr float kPeakMax = 0.98F;

LevelReport measure(std::span<const float> samples) {
    LevelMeter meter(kRecognitionRate);
    meter.push(samples);
    return report_of(meter.take());
}

void high_pass(std::span<float> samples) {
    const auto keep = static_cast<float>(std::exp(-2 * std::numbers::pi * kCutoffHz / kRecognitionRate));
    float before = samples.front(), out = 0;  // begins settled on the offset
    for (float& sample : samples) {
        out = sample - before + keep * out;
        before = sample;
        sample = out;
    }
}

}  // namespace

Conditioning condition(std::span<float> samples) {
    Conditioning done;
    if (samples.empty()) return done;
    const LevelReport report = measure(samples);
    if (std::abs(report.dc_offset) >= kOffsetMin) {
        done.dc_offset = report.dc_offset;
        high_pass(samples);
    }
    if (report.active_level_dbfs > -120 && report.active_level_dbfs < kQuietDbfs) {
        float peak = 0;
        for (const float sample : samples) peak = std::max(peak, std::abs(sample));
        const double wanted = std::min(kTargetDbfs - report.active_level_dbfs, kGainMaxDb);
        const double room = peak > 0 ? 20 * std::log10(kPeakMax / peak) : 0;
        done.gain_db = std::max(0.0, std::min(wanted, room));
        const auto factor = static_cast<float>(std::pow(10, done.gain_db / 20));
        for (float& sample : samples) sample *= factor;
    }
    return done;
}

}  // namespace aimpact::voice
