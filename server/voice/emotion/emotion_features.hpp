// What the emotion recogniser looks at: numbers about at most 3 s of speech, from log-mels and prosody
// (pitch, level, rhythm, voice quality). Relative to the stretch's own level, so that a microphone's gain
// says nothing. scripts/models/emotion_features.py is the same in NumPy, which the recogniser is trained on;
// the test compares.
#pragma once

#include <array>
#include <memory>
#include <span>
#include <vector>

namespace aimpact::voice {

inline constexpr std::size_t kEmotionFeatures = 1707;
inline constexpr std::size_t kEmotionMels = 64, kEmotionBands = 6;
inline constexpr std::size_t kEmotionFramesMin = 60;        // of 10 ms: less speech gives no estimate
inline constexpr std::size_t kEmotionFramesMax = 300;       // of one window
inline constexpr std::size_t kEmotionFramesStep = 150;      // between windows of longer speech
inline constexpr std::size_t kEmotionSamplesMax = 240'000;  // 15 s at 16 kHz: of longer speech the end counts

// Every 10 ms.
struct EmotionFrame {
    std::array<float, kEmotionMels> mel;      // power
    std::array<double, kEmotionBands> bands;  // dB
    double energy = 0;                        // dB
    double pitch = 0;                         // semitones above 100 Hz; 0 where unvoiced
    double harmonic = 0;                      // 0 .. 0.999: the height of the autocorrelation's peak
    bool voiced = false;
};

// Tables and scratch space. Not thread-safe; about 4 ms for 3 s.
class EmotionFeatures {
  public:
    EmotionFeatures();
    ~EmotionFeatures();

    // Row after row of kEmotionFeatures, one a window; empty if there is too little speech. `frames_out`: how
    // many frames the windows span.
    std::vector<float> compute(std::span<const float> samples_16k, std::size_t* frames_out = nullptr);

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

// All features of one window, at its place in `out` (kEmotionFeatures).
class EmotionNumbers {
  public:
    EmotionNumbers();
    ~EmotionNumbers();
    void compute(std::span<const EmotionFrame> window, std::span<float> out);

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

// NumPy's percentile (linear). 0 for none.
double percentile(std::vector<double> values, double percent);

}  // namespace aimpact::voice
