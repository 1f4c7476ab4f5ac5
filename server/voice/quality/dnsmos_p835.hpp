// DNSMOS' P.835 model in tiles. Its first layers hold 128 channels of 900 x 161 values: run whole, as
// published, it takes 125 MB and 160 ms in one go. Its convolutions see no more than 25 frames around, and a
// maximum over time follows: so they run over six overlapping tiles of 188 frames, and the maximum is taken
// over the rows that no tile's edge touches. The result is the same to the last digits; 25 MB, and 35 ms a
// tile.
//
// Internal to Dnsmos; not thread-safe.
#pragma once

#include <array>
#include <filesystem>
#include <span>
#include <vector>

#include "base/error.hpp"
#include "inference/openvino_runtime.hpp"

namespace aimpact::voice {

class DnsmosP835 {
  public:
    static constexpr std::size_t kSamples = 144'160, kTiles = 6;

    base::Result<> load(inference::OpenVinoRuntime& runtime, const std::filesystem::path& file);

    // The spectrogram of a segment; then each of the tiles; then the scores.
    base::Result<> begin(std::span<const float, kSamples> samples);
    base::Result<> tile(std::size_t index);
    // Signal, background, overall, as the model gives them: not corrected yet.
    base::Result<std::array<float, 3>> finish();

  private:
    ov::CompiledModel front_, stack_, head_;
    ov::InferRequest front_request_, stack_request_, head_request_;
    std::vector<float> maxima_;  // by channel
};

}  // namespace aimpact::voice
