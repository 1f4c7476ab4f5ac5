// Tells our own voice, come back through the caller's microphone, from the caller. It compares what is heard
// with what is played, as loudness in bands (bands.hpp), not as waveforms: that forgives a loudspeaker's
// distortion, a codec, lost packets and clocks that drift, none of which an echo canceller does; all it must
// answer is *who*.
//
// The echo's delay is unknown (up to 640 ms behind our estimate of the playback: network, the player's
// buffer, the device). So the loudness that is heard is correlated, over all bands and the last two seconds,
// with what was played at each delay of 8 ms. Of an echo one delay correlates by 0.4 to 0.8, steadily;
// without one the best of all is about 0.2, and another one every moment. What heard and played differ by, at
// that delay, is the path's gain in each band. Once that is known frames of 32 ms are judged: the caller's if
// nine bands are louder than played + gain + 9 dB, or four of them twice in a row; so double talk is the
// caller's. The gain follows slow changes, where the frame is the echo's.
//
// Until anything is known (the first second of our audio in a call) sound is held to be undecided for up to
// 0.8 s. Without an echo (a headset) that ends with 0.8 s of quiet, and everything is the caller's from then
// on.
//
// Costs, while we play: five FFTs and running sums for 80 delays of 16 bands, about 60 microseconds a frame
// of 32 ms; when we are silent, one FFT. Not thread-safe.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <span>
#include <vector>

#include "voice/bands.hpp"
#include "voice/vad.hpp"

namespace aimpact::voice {

inline constexpr std::size_t kPlayedFrame = 768;  // 32 ms at 24 kHz

class EchoDetector {
  public:
    enum class Source { caller, echo, undecided };

    // One frame that we played and what was heard meanwhile; `speech`: the VAD takes it for speech. All
    // frames must come, also when we are silent (`played` empty).
    Source hear(std::span<const float, kVadFrame> heard, std::span<const float> played, bool speech);

    // Something of ours may still come back.
    bool audible() const { return since_played_ <= kReachFrames; }
    // An echo was found; its delay behind the estimated playback.
    bool matched() const { return lag_ >= 0; }
    // What is heard may be our echo, whatever was said of single frames: an echo was found, or something like
    // one.
    bool suspected() const { return audible() && (matched() || likeness_ >= kSuspicious); }
    double delay_ms() const { return lag_ * kHopMs; }

  private:
    static constexpr double kHopMs = 8;
    static constexpr int kHops = 4;             // in a frame
    static constexpr int kLags = 80;            // hops, 640 ms
    static constexpr int kWindowFrames = 10;    // that a gain is taken of
    static constexpr float kSuspicious = 0.3F;  // the best delay's correlation; without an echo 0.2 to 0.25
    static constexpr int kReachFrames = 22;     // after the last that we played, 704 ms

    struct HeardFrame {
        Bands bands;
        std::int64_t hop;  // of its end
    };
    void play(std::span<const float> played);
    const Bands& played_at(std::int64_t hop) const;
    bool active(const Bands& played, std::size_t band) const { return played[band] > peak_[band] - 20.0F; }
    // The spread of heard minus played at a lag, in dB, and the means by band; 99 without enough to tell.
    float spread(int lag, Bands& gain) const;
    void correlate(const Bands& heard);
    float correlation(int lag) const;
    bool match();
    int louder_bands(const Bands& heard) const;
    void follow(const Bands& heard);

    BandAnalyser heard_analyser_{kVadFrame}, played_analyser_{kPlayedFrame};
    std::vector<float> played_tail_ = std::vector<float>(kPlayedFrame);  // the newest frame, shifted by hops
    std::deque<Bands> played_;  // one a hop, with the tail of a room added
    std::int64_t hop_ = 0;      // of the newest of them
    Bands peak_ = filled(-100), noise_ = filled(-60), gain_{};
    bool noise_known_ = false;
    std::deque<HeardFrame> window_;  // frames in which something is heard while we play
    struct Statistics {              // of what was played at a delay, running
        Bands mean, square, product;
    };
    std::array<Statistics, kLags> statistics_{};
    Bands heard_mean_{}, heard_square_{};
    float likeness_ = 0;  // of the best delay
    int evidence_ = 0, candidate_ = 0,
        steady_ = 0;  // frames of evidence; the best delay, and for how many of them
    int lag_ = -1;
    int since_played_ = 1 << 20, quiet_frames_ = 0, undecided_frames_ = 0, louder_frames_ = 0;
    bool settled_ = false;  // it is known whether there is an echo

    static Bands filled(float value) {
        Bands out;
        out.fill(value);
        return out;
    }
};

}  // namespace aimpact::voice
