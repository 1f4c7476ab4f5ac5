// The input of the GE2E speaker encoder: mel power, not its logarithm, as Resemblyzer 0.1.4 computes it with
// librosa.feature.melspectrogram: 25 ms Hann windows every 10 ms, centred (zeros beyond the ends), power, 40
// Slaney mels up to 8 kHz. Frame f looks at the samples around 160 f.
#pragma once

#include <memory>
#include <span>

namespace aimpact::voice {

inline constexpr std::size_t kSpeakerMels = 40;
inline constexpr std::size_t kSpeakerHop = 160;           // samples from one frame to the next
inline constexpr std::size_t kSpeakerWindowFrames = 160;  // of one embedding: 1.6 s
inline constexpr std::size_t kSpeakerWindowFloats = kSpeakerWindowFrames * kSpeakerMels;

// By how much to multiply samples so that they reach -30 dBFS; 1 for those that are louder, and for silence.
double speaker_gain(std::span<const float> samples);

// Tables and scratch space. Not thread-safe; about 5 us a frame.
class SpeakerFeatures {
  public:
    SpeakerFeatures();
    ~SpeakerFeatures();
    // Frames first .. first + out.size() / 40 of `samples_16k` times `gain`, [frame][mel]. Frames that see
    // nothing of it are 0.
    void compute(std::span<const float> samples_16k, double gain, std::size_t first, std::span<float> out);

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace aimpact::voice
