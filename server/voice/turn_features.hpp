// The input of Smart Turn v3: Whisper's log-mel spectrogram of the last 8 seconds. The arithmetic follows
// transformers' WhisperFeatureExtractor (chunk_length 8, do_normalize), with the audio padded on the left.
#pragma once

#include <array>
#include <memory>
#include <span>
#include <vector>

namespace aimpact::voice {

inline constexpr std::size_t kTurnSamples = 128'000;  // 8 s at 16 kHz
inline constexpr std::size_t kTurnMels = 80, kTurnFrames = 800;

// Tables and scratch space. Not thread-safe; about 3 ms a call.
class TurnFeatures {
  public:
    TurnFeatures();
    ~TurnFeatures();
    // The last 8 s of `samples` (fewer are padded with zeros in front) into `out`, [mel][frame].
    void compute(std::span<const float> samples_16k, std::span<float, kTurnMels * kTurnFrames> out);

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace aimpact::voice
