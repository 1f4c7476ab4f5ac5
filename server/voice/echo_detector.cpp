#include "voice/echo_detector.hpp"

#include <algorithm>
#include <cmath>

namespace aimpact::voice {
namespace {

constexpr float kSilentDb = -62;      // played bands below this are silence
constexpr float kRoomDecayDb = 1.4F;  // a hop: 60 dB in 0.34 s
                                      // of an echo
constexpr float kNoSpread = 99, kSpreadDb = 6.5F;
constexpr int kEvidenceFrames = 64, kEvidenceMin = 12;  // 2 s, 0.4 s
constexpr float kPlayedRangeDb = 35;
constexpr float kLost = 0.28F;  // correlation of an echo that is none any more
// The more is heard, and the longer one delay is the best, the less must it explain. Without an echo the best
// of all delays correlates by 0.2 to 0.25, for moments by 0.45.
struct Needed {
    int evidence, steady;
    float correlation;
};
constexpr Needed kNeeded[] = {{16, 5, 0.64F}, {28, 10, 0.53F}, {48, 16, 0.42F}, {70, 24, 0.33F}};
constexpr int kSameLag = 3;
constexpr float kLouderDb = 9;     // than the echo would be: somebody else's
constexpr float kOverNoiseDb = 6;  // from which a band says something
constexpr float kFollow = 0.08F;   // of the gain, a frame
constexpr int kLouderBands = 4, kLouderFrames = 2, kSurelyLouderBands = 9;  // in a row; or at once
constexpr int kQuietFrames = 26;  // 0.8 s without an echo: there is none
constexpr int kHeardBands = 5;    // over the noise: something is heard
constexpr int kUndecidedFrames = 24;
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
    if (samples < kSamplesMin || bands < 8) return kNoSpread;
    return static_cast<float>(std::sqrt(squares / (samples - bands)));
}

// One more frame of evidence for each delay.
void EchoDetector::correlate(const Bands& heard) {
    ++evidence_;
    const float share = 1.0F / static_cast<float>(std::min(evidence_, kEvidenceFrames));
    Bands level{};
    for (std::size_t b = 0; b < kBands; ++b) {
        level[b] = std::max(heard[b], noise_[b] + kOverNoiseDb / 2);
        heard_mean_[b] += share * (level[b] - heard_mean_[b]);
        heard_square_[b] += share * (level[b] * level[b] - heard_square_[b]);
    }
    for (int lag = 0; lag < kLags; ++lag) {
        const Bands& played = played_at(hop_ - lag);
        Statistics& of = statistics_[static_cast<std::size_t>(lag)];
        for (std::size_t b = 0; b < kBands; ++b) {
            const float p = std::max(played[b], peak_[b] - kPlayedRangeDb);
            of.mean[b] += share * (p - of.mean[b]);
            of.square[b] += share * (p * p - of.square[b]);
            of.product[b] += share * (p * level[b] - of.product[b]);
        }
    }
}

float EchoDetector::correlation(int lag) const {
    const Statistics& of = statistics_[static_cast<std::size_t>(lag)];
    float together = 0, heard = 1, played = 1;
    for (std::size_t b = 0; b < kBands; ++b) {
        together += of.product[b] - of.mean[b] * heard_mean_[b];
        heard += heard_square_[b] - heard_mean_[b] * heard_mean_[b];
        played += of.square[b] - of.mean[b] * of.mean[b];
    }
    return together / std::sqrt(std::max(1.0F, heard) * std::max(1.0F, played));
}

bool EchoDetector::match() {
    if (evidence_ < kEvidenceMin) return matched();
    int best = 0;
    float most = -1;
    for (int lag = 0; lag < kLags; ++lag)
        if (const float now = correlation(lag); now > most) most = now, best = lag;
    likeness_ = most;
    steady_ = std::abs(best - candidate_) <= kSameLag ? steady_ + 1 : 0;
    candidate_ = best;
    const auto needed = std::find_if(std::begin(kNeeded), std::end(kNeeded), [&](const Needed& one) {
        return evidence_ >= one.evidence && steady_ >= one.steady && most >= one.correlation;
    });
    if (needed == std::end(kNeeded)) {
        if (matched() && correlation(lag_) < kLost) lag_ = -1;
        return matched();
    }
    if (lag_ < 0 || std::abs(best - lag_) > kSameLag) {
        // Two voices that begin together correlate, too; but they don't differ by the same in each frame.
        Bands gain = gain_;
        if (spread(best, gain) > kSpreadDb) return matched();
        gain_ = gain;
    }
    lag_ = best;
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
    // Also what the VAD takes for none: a faint echo tells where the next one will be.
    int heard_bands = 0;
    for (std::size_t b = 0; b < kBands; ++b) heard_bands += bands[b] > noise_[b] + kOverNoiseDb;
    if (speech || heard_bands >= kHeardBands) {
        window_.push_back({bands, hop_});
        if (window_.size() > kWindowFrames) window_.pop_front();
    }
    const bool something = speech || heard_bands >= kHeardBands;
    correlate(bands);
    if (match()) settled_ = true;
    const int louder = matched() ? louder_bands(bands) : 0;
    if (!speech) {
        if (something && matched() && louder < kLouderBands) follow(bands);
        if (!something && !settled_ && ++quiet_frames_ >= kQuietFrames) settled_ = true;
        undecided_frames_ = louder_frames_ = 0;
        return Source::caller;
    }
    louder_frames_ = louder >= kLouderBands ? louder_frames_ + 1 : 0;
    if (matched()) {
        if (louder >= kSurelyLouderBands || louder_frames_ >= kLouderFrames) return Source::caller;
        if (louder < kLouderBands) follow(bands);
        return Source::echo;
    }
    if (settled_) return Source::caller;
    if (++undecided_frames_ > kUndecidedFrames) settled_ = true;
    return Source::undecided;
}

}  // namespace aimpact::voice
