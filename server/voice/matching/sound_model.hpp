// Foretells a voice's speaker embedding from its place in the style space and its pitch, by Gaussian process
// regression (Rasmussen and Williams 2006, chapter 2; a linear and a squared-exponential kernel) over the
// pool and what was heard since. Not thread-safe.
#pragma once

#include <vector>

#include "voice/matching/style_space.hpp"
#include "voice/matching/voice_pool.hpp"

namespace aimpact::voice {

struct SoundModelSettings {
    // By cross-validation on the pool (eight parts): explains 46 % of the variance, mean cosine 0.90; the
    // mean voice alone has 0.80.
    double linear = 1, smooth = 1;  // variance that each kernel explains
    double reach = 2;               // of the smooth kernel, in weighted dimensions
    double pool_noise = 0.3, heard_noise = 0.06;
    double flatten = 1;  // power on the dimensions' weights
};

class SoundModel {
  public:
    SoundModel(const StyleSpace& space, SoundModelSettings settings);

    // A voice that was heard: `sentence` is an index of fitting_sentences(), whose mean effect is taken out.
    void add(const StylePoint& point, double log_f0, std::size_t sentence, const SpeakerEmbedding& embedding,
             bool pool = false);
    // Works out what foretell() needs of all that was added.
    void learn();
    // Of length 1; what one would hear on average over the sentences.
    SpeakerEmbedding foretell(const StylePoint& point, double log_f0) const;

  private:
    std::vector<double> features(const StylePoint& point, double log_f0) const;
    double kernel(const double* a, const double* b) const;

    const SoundModelSettings settings_;
    StylePoint scale_{};
    std::vector<double> inputs_;  // [count, features]
    std::vector<SpeakerEmbedding> outputs_;
    std::vector<double> noise_;
    SpeakerEmbedding mean_{};
    std::vector<SpeakerEmbedding> sentence_effect_;
    std::vector<float> weights_;  // [count, 256]
};

}  // namespace aimpact::voice
