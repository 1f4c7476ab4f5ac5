// Kokoro's stages as calls. Shapes are row-major; a frame is 600 samples (25 ms) at 24 kHz.
//
//   A encode   tokens -> how long each sounds, and two sets of features per token
//   B predict  prosody features per frame -> F0 and energy contours
//   S source   F0 -> harmonics-plus-noise excitation (inside decode)
//   D decode   text features, F0, energy -> features of the sound
//   G generate features, excitation -> samples, any part of an utterance at a time
//
// G norms its layers by the voice's mean statistics, measured when the model was installed, instead of by
// each utterance's own: so parts of an utterance join without a difference (scripts/models/kokoro_norms.py).
//
// encode and predict share nothing with decode and generate, so one caller may be in each pair; two callers
// in the same one are the owner's mistake to prevent.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <vector>

#include "base/error.hpp"

namespace aimpact::inference {
class OpenVinoRuntime;
}

namespace aimpact::voice {

inline constexpr int kSamplesPerFrame = 600;
inline constexpr std::size_t kStyleSize = 128;  // each half: acoustic, then prosodic
inline constexpr std::size_t kTokensMax = 510;  // without the two at the ends

// How a set of tokens is to be said.
struct Encoding {
    std::size_t tokens = 0;        // T, the two at the ends included
    std::vector<float> durations;  // [T] frames at normal speed
    std::vector<float> prosody;    // [T, 640]
    std::vector<float> text;       // [512, T]
};

struct Contours {
    std::vector<float> f0;      // [2 F] Hz
    std::vector<float> energy;  // [2 F]; about log power, -9 in silence, 3 to 9 in speech
};

// A stretch of an utterance, ready to be heard.
struct Sound {
    int frames = 0;
    std::vector<float> features;    // [512, 2 frames]
    std::vector<float> excitation;  // [22, 120 frames + 1]
};

inline constexpr std::size_t kNormChannels = 8448;
// A voice's statistics for G: the means of all channels, then their variances. [2, kNormChannels]
using Norms = std::vector<float>;

class KokoroStages {
  public:
    static base::Result<std::unique_ptr<KokoroStages>> load(const std::filesystem::path& folder,
                                                            inference::OpenVinoRuntime& runtime, int threads);
    ~KokoroStages();

    // `tokens` without the ends, 1 .. kTokensMax.
    base::Result<Encoding> encode(std::span<const std::int64_t> tokens,
                                  std::span<const float> prosodic_style);
    // `frames[t]` >= 1: how many frames token t takes.
    base::Result<Contours> predict(const Encoding& encoding, std::span<const int> frames,
                                   std::span<const float> prosodic_style);
    // The first `count` frames of the utterance; past its end the last frame is repeated. All of them should
    // be decoded, with the silence at its ends: without it the sound is worse.
    base::Result<Sound> decode(const Encoding& encoding, std::span<const int> frames,
                               const Contours& contours, int count, std::span<const float> acoustic_style);
    // Frames [begin, begin + count) of `sound`: count * 600 samples.
    base::Result<std::vector<float>> generate(const Sound& sound, int begin, int count,
                                              std::span<const float> acoustic_style, const Norms& norms);

  private:
    struct Impl;
    explicit KokoroStages(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace aimpact::voice
