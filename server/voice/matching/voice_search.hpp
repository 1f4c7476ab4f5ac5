// Where in the style space to look for a speaker: a model of how places sound, a score, and proposals where
// the model expects the best. What is proposed is then synthesised and told to the search: a trust-region
// search with a surrogate (Eriksson et al. 2019 in outline). Deterministic by seed; not thread-safe.
#pragma once

#include <random>

#include "voice/matching/sound_model.hpp"

namespace aimpact::voice {

struct SearchTarget {
    SpeakerEmbedding embedding{};  // of the sample
    double log_f0 = 5;
};

// How near a synthesised voice's embedding is to a human one's: the cosine, and a quarter of the cosine
// between what is left of both when the mean synthetic and the mean human voice are taken out, which tells
// speakers apart.
double closeness(const SpeakerEmbedding& synthetic, const SpeakerEmbedding& human);

class VoiceSearch {
  public:
    VoiceSearch(const StyleSpace& space, SearchTarget target, std::uint64_t seed);

    // Places to begin with, the most promising first: from the pool, and where the model expects the target.
    std::vector<StylePoint> starts(std::size_t count);
    // What a place turned out to be: `gain` is added to its closeness (an equaliser's, say).
    void heard(const StylePoint& point, double log_f0, std::size_t sentence,
               const SpeakerEmbedding& embedding, double gain);
    // Where to listen next.
    StylePoint propose();
    // Of all places heard, the best by what the model now believes of them; at most `count`.
    std::vector<StylePoint> best(std::size_t count);

  private:
    double expected(const StylePoint& point) const;
    StylePoint climb(StylePoint from, double radius, int rounds, int tries);
    double normal() { return std::normal_distribution<double>()(engine_); }

    struct Place {
        StylePoint point{};
        double gain = 0;
    };
    const SearchTarget target_;
    SoundModel model_;
    std::mt19937_64 engine_;
    std::vector<StylePoint> pool_;
    std::vector<double> pool_closeness_;
    std::vector<Place> heard_;
    double radius_ = 0.35, best_expected_ = -1;
    int proposals_ = 0;
};

}  // namespace aimpact::voice
