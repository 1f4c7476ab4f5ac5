#include "turn_sounds.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "voice/audio.hpp"

namespace aimpact::bench {
namespace {

constexpr int kRate = voice::kRecognitionRate;
constexpr std::size_t kFrame = kRate / 50;

std::vector<double> levels(std::span<const float> samples) {
    std::vector<double> out;
    for (std::size_t at = 0; at + kFrame <= samples.size(); at += kFrame) {
        double sum = 0;
        for (const float s : samples.subspan(at, kFrame)) sum += static_cast<double>(s) * s;
        out.push_back(std::sqrt(sum / kFrame));
    }
    return out;
}

double floor_of(const std::vector<double>& level) {
    std::vector<double> sorted = level;
    std::sort(sorted.begin(), sorted.end());
    return sorted.empty()
               ? 0
               : sorted[std::min(sorted.size() - 1, sorted.size() * 95 / 100)] * std::pow(10.0, -25.0 / 20);
}

// Second-order section, Audio EQ Cookbook (R. Bristow-Johnson).
struct Biquad {
    double b0, b1, b2, a1, a2, x1 = 0, x2 = 0, y1 = 0, y2 = 0;
    float operator()(float x) {
        const double y = b0 * x + b1 * x1 + b2 * x2 - a1 * y1 - a2 * y2;
        x2 = x1, x1 = x, y2 = y1, y1 = y;
        return static_cast<float>(y);
    }
    static Biquad make(char kind, double hz, double q, double rate = kRate) {
        const double w = 2 * std::numbers::pi * hz / rate, c = std::cos(w), alpha = std::sin(w) / (2 * q),
                     a0 = 1 + alpha;
        if (kind == 'b') return {alpha / a0, 0, -alpha / a0, -2 * c / a0, (1 - alpha) / a0};
        const double sign = kind == 'l' ? 1 : -1, edge = (1 - sign * c) / 2;
        return {edge / a0, sign * 2 * edge / a0, edge / a0, -2 * c / a0, (1 - alpha) / a0};
    }
};

float white(Random& random) {
    std::normal_distribution<float> normal(0.0F, 1.0F);
    return normal(random);
}

}  // namespace

double uniform(Random& random, double low, double high) {
    return low + (high - low) * static_cast<double>(random()) / static_cast<double>(Random::max());
}

double active_level(std::span<const float> samples) {
    const std::vector<double> level = levels(samples);
    const double floor = floor_of(level);
    double sum = 0;
    int count = 0;
    for (const double l : level)
        if (l >= floor) sum += l * l, ++count;
    return count ? std::sqrt(sum / count) : 0;
}

std::size_t speech_begin(std::span<const float> samples) {
    const std::vector<double> level = levels(samples);
    const double floor = floor_of(level);
    for (std::size_t i = 0; i < level.size(); ++i)
        if (level[i] > floor) return i * kFrame;
    return 0;
}

std::size_t speech_end(std::span<const float> samples) {
    const std::vector<double> level = levels(samples);
    const double floor = floor_of(level);
    for (std::size_t i = level.size(); i > 0; --i)
        if (level[i - 1] > floor) return i * kFrame;
    return samples.size();
}

Samples scaled_to(Samples samples, double level) {
    const double now = active_level(samples);
    if (now > 0)
        for (float& s : samples) s *= static_cast<float>(level / now);
    return samples;
}

Samples cough(Random& random) {
    Samples out;
    const int bursts = 1 + static_cast<int>(random() % 3);
    for (int i = 0; i < bursts; ++i) {
        const double length = uniform(random, 0.15, 0.3), decay = uniform(random, 0.04, 0.08);
        Biquad low = Biquad::make('b', uniform(random, 350, 800), 1.2),
               high = Biquad::make('b', uniform(random, 1200, 2600), 1.0);
        const bool groan = random() % 3 == 0;
        const double pitch = uniform(random, 110, 280);
        double phase = 0;
        for (int n = 0; n < static_cast<int>(length * kRate); ++n) {
            const double t = static_cast<double>(n) / kRate;
            const double envelope = std::min(1.0, t / 0.005) *
                                    (std::exp(-t / decay) + 0.25 * std::exp(-std::pow((t - 0.14) / 0.05, 2)));
            const float noise = white(random);
            float value = static_cast<float>(envelope) * (1.4F * low(noise) + high(noise) + 0.1F * noise);
            phase += 2 * std::numbers::pi * pitch * (1 + 0.08 * white(random)) / kRate;
            if (groan && t > 0.1)
                value += static_cast<float>(0.25 * std::exp(-std::pow((t - 0.16) / 0.03, 2)) *
                                            (std::sin(phase) + 0.5 * std::sin(2 * phase)));
            out.push_back(value);
        }
        if (i + 1 < bursts)
            out.resize(out.size() + static_cast<std::size_t>(uniform(random, 0.03, 0.2) * kRate));
    }
    return out;
}

Samples clicks(Random& random) {
    Samples out(static_cast<std::size_t>(uniform(random, 0.5, 1.2) * kRate));
    const int strokes = 3 + static_cast<int>(random() % 7);
    for (int i = 0; i < strokes; ++i) {
        const auto at = static_cast<std::size_t>(uniform(random, 0, static_cast<double>(out.size() - 1)));
        const double hz = uniform(random, 900, 5000), decay = uniform(random, 0.002, 0.009),
                     gain = uniform(random, 0.4, 1);
        for (std::size_t n = at; n < std::min(out.size(), at + 800); ++n) {
            const double t = static_cast<double>(n - at) / kRate;
            out[n] += static_cast<float>(gain * std::exp(-t / decay) *
                                         (std::sin(2 * std::numbers::pi * hz * t) + 0.5 * white(random)));
        }
    }
    return out;
}

Samples thump(Random& random) {
    Samples out(static_cast<std::size_t>(0.3 * kRate));
    const double hz = uniform(random, 70, 160);
    for (std::size_t n = 0; n < out.size(); ++n) {
        const double t = static_cast<double>(n) / kRate;
        out[n] = static_cast<float>(std::exp(-t / 0.06) * std::sin(2 * std::numbers::pi * hz * t) +
                                    0.3 * std::exp(-t / 0.01) * white(random));
    }
    return out;
}

Room::Room(Random& random, double delay_seconds, double gain_db) {
    const double decay = uniform(random, 0.25, 0.4);
    double power = 0;
    const auto start = static_cast<std::size_t>(delay_seconds * kRate);
    for (double t = 0; t < 0.2; t += uniform(random, 0.0005, 0.004)) {
        const double gain = (t == 0 ? 1.0 : 0.5 * white(random)) * std::pow(10.0, -3 * t / decay);
        paths_.push_back({start + static_cast<std::size_t>(t * kRate), static_cast<float>(gain)});
        power += gain * gain;
    }
    for (Path& path : paths_)
        path.gain *= static_cast<float>(std::pow(10.0, gain_db / 20) / std::sqrt(power));
    past_.resize(paths_.back().delay + 1);
    drive_ = static_cast<float>(uniform(random, 1.0, 2.5));
}

float Room::hear(float played) {
    past_[at_] = std::tanh(drive_ * played) / drive_;  // a small loudspeaker
    double sum = 0;
    for (const Path& path : paths_)
        sum += path.gain * past_[(at_ + past_.size() - path.delay) % past_.size()];
    at_ = (at_ + 1) % past_.size();
    return static_cast<float>(sum);
}

Samples telephone(std::span<const float> samples) {
    Samples low = voice::resample(samples, kRate, 8000);
    Biquad cuts[] = {Biquad::make('h', 300, 0.7, 8000), Biquad::make('h', 300, 0.7, 8000),
                     Biquad::make('l', 3400, 0.7, 8000)};
    for (float& s : low)
        for (Biquad& cut : cuts) s = cut(s);
    Samples out = voice::resample(voice::ulaw_to_float(voice::float_to_ulaw(low)), 8000, kRate);
    out.resize(samples.size());
    return out;
}

Samples without_pauses(std::span<const float> samples) {
    const std::vector<double> level = levels(samples);
    const double floor = floor_of(level);
    Samples out;
    std::size_t quiet = 0;
    for (std::size_t i = 0; i < level.size(); ++i) {
        quiet = level[i] > floor ? 0 : quiet + 1;
        // The first tenth of a second of a pause stays, and the last one comes with what follows.
        std::size_t rest = 0;
        while (i + rest < level.size() && level[i + rest] <= floor) ++rest;
        if (quiet > 5 && rest > 5 && quiet + rest > 15) continue;
        const auto frame = samples.subspan(i * kFrame, kFrame);
        out.insert(out.end(), frame.begin(), frame.end());
    }
    return out;
}

}  // namespace aimpact::bench
