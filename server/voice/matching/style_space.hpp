// The space that matched voices are sought in: the principal components of the stock voices' styles, apart
// for how they sound and how they speak, in units of their spread over the voices.
#pragma once

#include <array>
#include <filesystem>
#include <vector>

#include "voice/custom_voice.hpp"

namespace aimpact::voice {

inline constexpr std::size_t kAcousticDimensions = 32, kProsodicDimensions = 16;
inline constexpr std::size_t kStyleDimensions = kAcousticDimensions + kProsodicDimensions;
using StylePoint = std::array<double, kStyleDimensions>;

class StyleSpace {
  public:
    // `folder` is Kokoro's. Reads all mixed_voices(); `unavailable` if one is missing.
    static base::Result<StyleSpace> load(const std::filesystem::path& folder);
    // From rows of numbers, one for each voice, of both halves.
    StyleSpace(std::vector<std::string> names, const std::vector<std::vector<float>>& acoustic,
               const std::vector<std::vector<float>>& prosodic);

    StylePoint point_of(const std::vector<VoiceShare>& shares) const;
    std::vector<VoiceShare> shares_of(const StylePoint& point) const;
    // How much voices differ along each dimension, against the first of its half: 1 .. 0.
    const StylePoint& weights() const { return weights_; }

  private:
    struct Half {
        std::vector<double> vectors;  // [voices, voices]
        std::vector<double> spread;   // of each component, against the first
    };
    static Half half_of(const std::vector<std::vector<float>>& rows);

    std::vector<std::string> names_;
    Half acoustic_, prosodic_;
    StylePoint weights_{};
};

}  // namespace aimpact::voice
