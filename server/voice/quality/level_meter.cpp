#include "voice/quality/level_meter.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <numbers>

namespace aimpact::voice {

namespace {

constexpr double kSilentDbfs = -120;
constexpr double kMarginDb = 15.9;
constexpr double kEnvelopeSeconds = 0.03, kHangoverSeconds = 0.2;
constexpr double kHighPassHz = 10;
constexpr float kNearFullScale = 0.0005F;
constexpr std::uint32_t kRun = 3;

// How many of the thresholds 2^-15 .. 2^-1 lie at or below `value`.
std::size_t thresholds_below(float value) {
    const int exponent = static_cast<int>(std::bit_cast<std::uint32_t>(value) >> 23) - 127;  // floor(log2)
    return static_cast<std::size_t>(std::clamp(exponent + 16, 0, 15));
}

double power_db(double power) {
    return power > 0 ? std::max(kSilentDbfs, 10 * std::log10(power)) : kSilentDbfs;
}

// P.56: the level at the threshold that lies 15.9 dB below it, between the two it falls between.
double active_level(const LevelSums& sums) {
    std::uint64_t active = 0;
    double level_above = 0, margin_above = 0;
    bool above = false;  // the threshold above has been seen
    for (int k = 15; k >= 1; --k) {
        active += sums.activity[static_cast<std::size_t>(k)];
        if (active == 0) continue;
        const double level = power_db(sums.squares / static_cast<double>(active));
        const double margin = level - 20 * std::log10(std::ldexp(1.0, k - 16));
        if (margin >= kMarginDb) {
            if (!above || margin == margin_above) return level;
            const double share = (kMarginDb - margin_above) / (margin - margin_above);
            return level_above + share * (level - level_above);
        }
        level_above = level;
        margin_above = margin;
        above = true;
    }
    return above ? level_above : kSilentDbfs;
}

}  // namespace

LevelSums& LevelSums::operator+=(const LevelSums& other) {
    samples += other.samples;
    sum += other.sum;
    squares += other.squares;
    peak = std::max(peak, other.peak);
    full_scale += other.full_scale;
    runs += other.runs;
    longest_run = std::max(longest_run, other.longest_run);
    for (std::size_t k = 0; k < activity.size(); ++k) activity[k] += other.activity[k];
    return *this;
}

LevelReport report_of(const LevelSums& sums) {
    LevelReport out;
    if (sums.samples == 0) return out;
    const auto count = static_cast<double>(sums.samples);
    out.level_dbfs = power_db(sums.squares / count);
    out.active_level_dbfs = active_level(sums);
    out.peak_dbfs = power_db(static_cast<double>(sums.peak) * sums.peak);
    out.clipped_share = static_cast<double>(sums.full_scale) / count;
    out.clipped_runs = static_cast<int>(sums.runs);
    out.longest_run = static_cast<int>(sums.longest_run);
    out.dc_offset = sums.sum / count;
    return out;
}

LevelMeter::LevelMeter(int sample_rate, float full_scale)
    : clipped_from_(full_scale * (1 - kNearFullScale)),
      pass_(static_cast<float>(std::exp(-2 * std::numbers::pi * kHighPassHz / sample_rate))),
      envelope_(static_cast<float>(std::exp(-1 / (kEnvelopeSeconds * sample_rate)))),
      hangover_(static_cast<std::int64_t>(std::ceil(kHangoverSeconds * sample_rate))) {
    last_at_.fill(-hangover_ - 1);
}

void LevelMeter::push(std::span<const float> samples) {
    double sum = 0, squares = 0;
    for (const float x : samples) {
        sum += x;
        const float magnitude = std::abs(x);
        sums_.peak = std::max(sums_.peak, magnitude);
        if (magnitude >= clipped_from_) {
            ++sums_.full_scale;
            run_ = run_ > 0 && run_positive_ == (x > 0) ? run_ + 1 : 1;
            run_positive_ = x > 0;
            if (run_ == kRun) ++sums_.runs;
            sums_.longest_run = std::max(sums_.longest_run, run_);
        } else {
            run_ = 0;
        }

        const float y = x - last_in_ + pass_ * last_out_;
        last_in_ = x;
        last_out_ = std::abs(y) > 1e-15F ? y : 0;  // no denormals in long silence
        squares += static_cast<double>(y) * y;
        first_ = envelope_ * first_ + (1 - envelope_) * std::abs(y);
        second_ = envelope_ * second_ + (1 - envelope_) * first_;
        if (second_ < 1e-15F) first_ = second_ = 0;

        // A sample is active at every threshold that the envelope reached within the hangover: at the highest
        // of them, and all below.
        const std::size_t now = thresholds_below(second_);
        last_at_[now] = at_;
        while (top_ > now && at_ - last_at_[top_] > hangover_) --top_;
        top_ = std::max(top_, now);
        ++sums_.activity[top_];
        ++at_;
    }
    sums_.sum += sum;
    sums_.squares += squares;
    sums_.samples += samples.size();
}

LevelSums LevelMeter::take() {
    LevelSums out = sums_;
    sums_ = {};
    return out;
}

}  // namespace aimpact::voice
