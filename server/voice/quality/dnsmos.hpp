// DNSMOS: how good speech sounds, judged by models that were trained on people's ratings (Microsoft, MIT
// licence; C. Reddy et al., ICASSP 2021 and 2022). ITU-T P.835: `overall`, `signal` (the speech itself) and
// `background` (how little it disturbs); ITU-T P.808: one overall rating. All on the scale 1 (bad) to 5
// (excellent). They rate noise and distortion, not what is said; narrow-band audio always scores lower.
//
// The arithmetic is that of the Python package speechmos 0.0.1.1: segments of 9.01 s, one a second, shorter
// clips repeated, each segment's scores corrected by a polynomial, and the mean over the segments.
#pragma once

#include <filesystem>
#include <memory>
#include <span>
#include <vector>

#include "voice/audio.hpp"

namespace aimpact::inference {
class OpenVinoRuntime;
}

namespace aimpact::voice {

struct DnsmosScore {
    double overall = 0, signal = 0, background = 0, p808 = 0;
};

// A clip and the segments of it that are scored. Of a long clip (from about 20 s on) twelve segments, spread
// evenly, stand for all. Nothing for an empty clip.
class DnsmosClip {
  public:
    static constexpr std::size_t kSegmentSamples = 144'160;  // 9.01 s at 16 kHz
    static constexpr std::size_t kSegmentsMax = 12;

    explicit DnsmosClip(std::vector<float> samples_16k);
    std::size_t segments() const { return starts_.size(); }
    std::span<const float, kSegmentSamples> segment(std::size_t index) const {
        return std::span<const float, kSegmentSamples>(samples_.data() + starts_[index], kSegmentSamples);
    }

  private:
    std::vector<float> samples_;
    std::vector<std::size_t> starts_;
};

DnsmosScore mean_of(std::span<const DnsmosScore> segments);

// Not thread-safe.
class Dnsmos {
  public:
    // `folder` holds sig_bak_ovr.onnx and model_v8.onnx. Blocks: 0.1 to 0.5 s.
    static Result<std::unique_ptr<Dnsmos>> load(inference::OpenVinoRuntime& runtime,
                                                const std::filesystem::path& folder);
    ~Dnsmos();

    // One segment: about 60 ms of one thread.
    Result<DnsmosScore> score(std::span<const float, DnsmosClip::kSegmentSamples> segment);
    // A whole clip. invalid_argument if it is empty.
    Result<DnsmosScore> score(const DnsmosClip& clip);

  private:
    Dnsmos();
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace aimpact::voice
