#include "voice/echo_detector.hpp"

#include <algorithm>
#include <cmath>

namespace aimpact::voice {
namespace {

constexpr float kSilentDb = -62;                         // played bands below this are silence
constexpr float kRoomDecayDb = 1.4F;                     // a hop: 60 dB in 0.34 s
constexpr float kMatchSpreadDb = 5.5F;                   // of an echo
constexpr float kDistinct = 0.85F;                       // its spread, of the typical lag's
constexpr float kLouderDb = 9;                           // than the echo would be: somebody else's
constexpr float kOverNoiseDb = 6;                        // from which a band says something
constexpr float kFollow = 0.08F;                         // of the gain, a frame
constexpr int kLouderBands = 4, kSurelyLouderBands = 7;  // twice in a row; at once
constexpr int kQuietFrames = 26;                         // 0.8 s without an echo: there is none
constexpr int kMatchFrames = 9, kUndecidedFrames = 14;
constexpr int kSamplesMin = 45;  // of band and frame, for a spread

}  // namespace

void EchoDetector::play(std::span<const float> played) {
    const std::size_t hop = kPlayedFrame / kHops;
    for (int h = 0; h < kHops; ++h) {
        std::rotate(played_tail_.begin(), played_tail_.begin() + static_cast<std::ptrdiff_t>(hop),
                    played_tail_.end());
        const std::size_t from = static_cast<std::size_t>(h) * hop;
        for (std::size_t n = 0; n < hop; ++n)
            played_tail_[kPlayedFrame - hop + n] = from + n < played.size() ? played[from + n] : 0.0F;
        Bands bands = played_analyser_(played_tail_);
        for (std::size_t b = 0; b < kBands; ++b) {
            if (!played_.empty()) bands[b] = std::max(bands[b], played_.back()[b] - kRoomDecayDb);
            peak_[b] = std::max({bands[b], peak_[b] - 0.02F, kSilentDb + 20.0F});
        }
        played_.push_back(bands);
        if (played_.size() > static_cast<std::size_t>(kLags + (kWindowFrames + 8) * kHops * 4))
            played_.pop_front();
        ++hop_;
    }
}

const Bands& EchoDetector::played_at(std::int64_t hop) const {
    const std::int64_t oldest = hop_ - static_cast<std::int64_t>(played_.size()) + 1;
    return played_[static_cast<std::size_t>(std::clamp(hop, oldest, hop_) - oldest)];
}

float EchoDetector::spread(int lag, Bands& gain) const {
    double squares = 0;
    int samples = 0, bands = 0;
    for (std::size_t b = 0; b < kBands; ++b) {
        float sum = 0, square = 0;
        int n = 0;
        for (const HeardFrame& frame : window_) {
            const Bands& played = played_at(frame.hop - lag);
            if (frame.bands[b] < noise_[b] + kOverNoiseDb) continue;
            // Where we were silent and something is heard, the difference is what it is: large.
            const float difference = frame.bands[b] - std::max(played[b], peak_[b] - 30.0F);
            sum += difference;
            square += difference * difference;
            ++n;
        }
        if (n < 3) continue;
        gain[b] = sum / static_cast<float>(n);
        squares += std::max(0.0F, square - sum * gain[b]);
        samples += n;
        ++bands;
    }
    if (samples < kSamplesMin || bands < 8) return 99;
    return static_cast<float>(std::sqrt(squares / (samples - bands)));
}

bool EchoDetector::match() {
    if (static_cast<int>(window_.size()) < kMatchFrames) return false;
    std::array<float, kLags> spreads{};
    Bands best_gain{};
    int best = 0;
    for (int lag = 0; lag < kLags; ++lag) {
        Bands mean = gain_;
        spreads[static_cast<std::size_t>(lag)] = spread(lag, mean);
        if (lag == 0 || spreads[static_cast<std::size_t>(lag)] < spreads[static_cast<std::size_t>(best)])
            best = lag, best_gain = mean;
    }
    const float least = spreads[static_cast<std::size_t>(best)];
    std::nth_element(spreads.begin(), spreads.begin() + kLags / 2, spreads.end());
    if (least > kMatchSpreadDb || least > kDistinct * spreads[kLags / 2]) return false;
    lag_ = best;
    gain_ = best_gain;
    return true;
}

int EchoDetector::louder_bands(const Bands& heard) const {
    int louder = 0;
    for (std::size_t b = 0; b < kBands; ++b) {
        float most = -100;  // a hop more or less: the clocks drift
        for (int shift = -1; shift <= kHops; ++shift)
            most = std::max(most, played_at(hop_ - lag_ - shift)[b]);
        if (heard[b] > most + gain_[b] + kLouderDb && heard[b] > noise_[b] + kLouderDb) ++louder;
    }
    return louder;
}

void EchoDetector::follow(const Bands& heard) {
    const Bands& played = played_at(hop_ - lag_);
    for (std::size_t b = 0; b < kBands; ++b)
        if (active(played, b) && heard[b] > noise_[b] + kOverNoiseDb)
            gain_[b] += kFollow * (heard[b] - played[b] - gain_[b]);
}

EchoDetector::Source EchoDetector::hear(std::span<const float, kVadFrame> heard,
                                        std::span<const float> played, bool speech) {
    const bool sounding =
        std::any_of(played.begin(), played.end(), [](float s) { return std::abs(s) > 1e-4F; });
    since_played_ = sounding ? 0 : std::min(since_played_ + 1, 1 << 20);
    const Bands bands = heard_analyser_(heard);
    if (!audible()) {
        window_.clear();
        if (!played_.empty()) played_.clear(), std::fill(played_tail_.begin(), played_tail_.end(), 0.0F);
    } else {
        play(played);
    }
    for (std::size_t b = 0; b < kBands; ++b)
        noise_[b] += (bands[b] < noise_[b] || !noise_known_ ? 0.25F
                      : speech                              ? 0.001F
                                                            : 0.02F) *
                     (bands[b] - noise_[b]);
    noise_known_ = true;
    if (!audible()) return Source::caller;
    if (!speech) {
        if (!settled_ && ++quiet_frames_ >= kQuietFrames) settled_ = true;
        undecided_frames_ = 0;
        return Source::caller;
    }
    window_.push_back({bands, hop_});
    if (window_.size() > kWindowFrames) window_.pop_front();
    const int louder = matched() ? louder_bands(bands) : 0;
    louder_frames_ = louder >= kLouderBands ? louder_frames_ + 1 : 0;
    const bool others = louder >= kSurelyLouderBands || louder_frames_ >= 2;
    if (matched() && !others) {
        if (louder < kLouderBands) follow(bands);
        settled_ = true;
        return Source::echo;
    }
    if (match()) {
        settled_ = true;
        return louder_bands(bands) < kSurelyLouderBands ? Source::echo : Source::caller;
    }
    if (settled_) return Source::caller;
    if (++undecided_frames_ > kUndecidedFrames) settled_ = true;
    return Source::undecided;
}

}  // namespace aimpact::voice
