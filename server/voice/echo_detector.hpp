// Tells our own voice, come back through the caller's microphone, from the caller. It compares what is heard
// with what is played, as loudness in bands (bands.hpp), not as waveforms: that forgives a loudspeaker's
// distortion, a codec, lost packets and clocks that drift, none of which an echo canceller does; all it must
// answer is *who*.
//
// The echo's delay is unknown (up to 640 ms behind our estimate of the playback: network, the player's
// buffer, the device). Where an echo is heard, heard minus played is one constant per band at the right
// delay, and spreads over 6 dB and more at all others. So: over the last third of a second with speech, the
// delay with the least spread; below 5.5 dB it is our echo, and the constants are the path's gain. Once that
// is known frames of 32 ms are judged: it is the caller's if seven bands are louder than played + gain + 9
// dB, or four of them twice in a row; so double talk is the caller's, whoever is louder on the whole. The
// gain follows slow changes, and only where the frame is the echo's.
//
// Until anything is known (the first second of our audio in a call) sound is held to be undecided for up to
// 0.45 s. Without an echo (a headset) that ends with the first second of quiet, and everything is the
// caller's from then on.
//
// Costs, while we play: 5 FFTs and at most 80 comparisons of 160 numbers, about 60 microseconds a frame of 32
// ms; when we are silent, nothing. Not thread-safe.
#pragma once

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
    double delay_ms() const { return lag_ * kHopMs; }

  private:
    static constexpr double kHopMs = 8;
    static constexpr int kHops = 4;           // in a frame
    static constexpr int kLags = 80;          // hops, 640 ms
    static constexpr int kWindowFrames = 10;  // that a match is made of
    static constexpr int kReachFrames = 22;   // after the last that we played, 704 ms

    struct HeardFrame {
        Bands bands;
        std::int64_t hop;  // of its end
    };
    void play(std::span<const float> played);
    const Bands& played_at(std::int64_t hop) const;
    bool active(const Bands& played, std::size_t band) const { return played[band] > peak_[band] - 20.0F; }
    // The spread of heard minus played at a lag, in dB, and the means by band; 99 without enough to tell.
    float spread(int lag, Bands& gain) const;
    bool match();
    int louder_bands(const Bands& heard) const;
    void follow(const Bands& heard);

    BandAnalyser heard_analyser_{kVadFrame}, played_analyser_{kPlayedFrame};
    std::vector<float> played_tail_ = std::vector<float>(kPlayedFrame);  // the newest frame, shifted by hops
    std::deque<Bands> played_;  // one a hop, with the tail of a room added
    std::int64_t hop_ = 0;      // of the newest of them
    Bands peak_ = filled(-100), noise_ = filled(-60), gain_{};
    bool noise_known_ = false;
    std::deque<HeardFrame> window_;  // frames with speech while we play
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
