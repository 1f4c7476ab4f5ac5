// DNSMOS: how good speech sounds, judged by models that were trained on people's ratings (Microsoft, MIT
// licence; C. Reddy et al., ICASSP 2021 and 2022). ITU-T P.835: `overall`, `signal` (the speech itself) and
// `background` (how little it disturbs); ITU-T P.808: one overall rating. All on the scale 1 (bad) to 5
// (excellent). They rate noise and distortion, not what is said; narrow-band audio always scores lower.
//
// The arithmetic is that of the Python package speechmos 0.0.1.1: segments of 9.01 s, one a second, shorter
// clips repeated, each segment's scores corrected by a polynomial, and the mean over the segments. A segment
// costs 0.2 s of one thread.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
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

// A clip and the segments of it that are scored. Of a clip that has more than `segments_max`, so many stand
// for all, spread evenly. None for an empty clip.
class DnsmosClip {
  public:
    static constexpr std::size_t kSegmentSamples = 144'160;  // 9.01 s at 16 kHz

    explicit DnsmosClip(std::vector<float> samples_16k, std::size_t segments_max = 1'000);
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
    // `folder` holds sig_bak_ovr.onnx and model_v8.onnx. Blocks for about 0.1 s.
    static Result<std::unique_ptr<Dnsmos>> load(inference::OpenVinoRuntime& runtime,
                                                const std::filesystem::path& folder);
    ~Dnsmos();

    // One segment in small steps, none longer than 40 ms, so that others get their turn between them:
    // advance() until there is a score. start() gives up what was begun.
    void start(std::span<const float, DnsmosClip::kSegmentSamples> segment);
    Result<std::optional<DnsmosScore>> advance();
    // A whole clip. invalid_argument if it is empty.
    Result<DnsmosScore> score(const DnsmosClip& clip);

  private:
    Dnsmos();
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace aimpact::voice
