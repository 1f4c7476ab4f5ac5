#include "voice/emotion/emotion.hpp"

#include <algorithm>

namespace aimpact::voice {

namespace {
struct Place {
    float arousal, valence;
};
constexpr std::array<Place, kEmotions> kPlaces{{{0.0F, 0.0F},
                                                {-0.6F, 0.4F},
                                                {0.6F, 0.8F},
                                                {-0.6F, -0.7F},
                                                {0.9F, -0.6F},
                                                {0.7F, -0.7F},
                                                {0.2F, -0.7F},
                                                {0.7F, 0.2F}}};
}  // namespace

std::size_t EmotionEstimate::best() const {
    return static_cast<std::size_t>(std::ranges::max_element(probabilities) - probabilities.begin());
}

EmotionEstimate make_estimate(const std::array<float, kEmotions>& probabilities, float speech_seconds) {
    EmotionEstimate out{probabilities, 0, 0, speech_seconds};
    for (std::size_t i = 0; i < kEmotions; ++i) {
        out.arousal += probabilities[i] * kPlaces[i].arousal;
        out.valence += probabilities[i] * kPlaces[i].valence;
    }
    return out;
}

}  // namespace aimpact::voice
