#include "voice/matching/sound_model.hpp"

#include <algorithm>
#include <cmath>

#include "voice/matching/dense_algebra.hpp"

namespace aimpact::voice {
namespace {

constexpr std::size_t kFeatures = kStyleDimensions + 1;
constexpr double kUsualLogF0 = 5, kF0Scale = 5;

}  // namespace

SoundModel::SoundModel(const StyleSpace& space, SoundModelSettings settings) : settings_(settings) {
    for (std::size_t k = 0; k < kStyleDimensions; ++k)
        scale_[k] = std::pow(space.weights()[k], settings.flatten);
    const VoicePool& pool = voice_pool();
    mean_ = pool.synthetic_mean;
    std::vector<int> counts(fitting_sentences().size());
    sentence_effect_.resize(counts.size());
    for (std::size_t i = 0; i < pool.voices.size(); ++i) {
        const std::size_t sentence = i % counts.size();
        ++counts[sentence];
        for (std::size_t d = 0; d < kSpeakerDimensions; ++d)
            sentence_effect_[sentence][d] += pool.voices[i].embedding[d] - mean_[d];
    }
    for (std::size_t s = 0; s < counts.size(); ++s)
        for (float& value : sentence_effect_[s]) value /= static_cast<float>(std::max(1, counts[s]));
    for (std::size_t i = 0; i < pool.voices.size(); ++i)
        add(space.point_of(pool_voice(i).shares), pool.voices[i].log_f0, i % counts.size(),
            pool.voices[i].embedding, true);
}

std::vector<double> SoundModel::features(const StylePoint& point, double log_f0) const {
    std::vector<double> out(kFeatures);
    for (std::size_t k = 0; k < kStyleDimensions; ++k) out[k] = scale_[k] * point[k];
    out[kStyleDimensions] = kF0Scale * (log_f0 - kUsualLogF0);
    return out;
}

double SoundModel::kernel(const double* a, const double* b) const {
    double dot = 0, distance = 0;
    for (std::size_t k = 0; k < kFeatures; ++k) {
        dot += a[k] * b[k];
        distance += (a[k] - b[k]) * (a[k] - b[k]);
    }
    return settings_.linear * dot / 8 +
           settings_.smooth * std::exp(-distance / (2 * settings_.reach * settings_.reach));
}

void SoundModel::add(const StylePoint& point, double log_f0, std::size_t sentence,
                     const SpeakerEmbedding& embedding, bool pool) {
    const auto input = features(point, log_f0);
    inputs_.insert(inputs_.end(), input.begin(), input.end());
    SpeakerEmbedding& output = outputs_.emplace_back(embedding);
    for (std::size_t d = 0; d < output.size(); ++d) output[d] -= mean_[d] + sentence_effect_[sentence][d];
    noise_.push_back(pool ? settings_.pool_noise : settings_.heard_noise);
}

void SoundModel::learn() {
    const std::size_t n = outputs_.size();
    std::vector<double> covariance(n * n);
    for (std::size_t i = 0; i < n; ++i) {
        for (std::size_t j = 0; j <= i; ++j)
            covariance[i * n + j] = kernel(&inputs_[i * kFeatures], &inputs_[j * kFeatures]);
        covariance[i * n + i] += noise_[i];
    }
    cholesky(covariance, n);
    std::vector<double> solved(n * kSpeakerDimensions);
    for (std::size_t i = 0; i < n; ++i)
        std::ranges::copy(outputs_[i], solved.begin() + static_cast<std::ptrdiff_t>(i * kSpeakerDimensions));
    cholesky_solve(covariance, n, solved, kSpeakerDimensions);
    weights_.assign(solved.begin(), solved.end());
}

SpeakerEmbedding SoundModel::foretell(const StylePoint& point, double log_f0) const {
    const auto input = features(point, log_f0);
    SpeakerEmbedding out = mean_;
    for (std::size_t i = 0; i * kSpeakerDimensions < weights_.size(); ++i) {
        const auto weight = static_cast<float>(kernel(input.data(), &inputs_[i * kFeatures]));
        const float* row = &weights_[i * kSpeakerDimensions];
        for (std::size_t d = 0; d < kSpeakerDimensions; ++d) out[d] += weight * row[d];
    }
    for (float& value : out) value = std::max(value, 0.0F);  // embeddings end in a ReLU
    const float length = std::sqrt(similarity(out, out));
    for (float& value : out) value /= std::max(length, 1e-6F);
    return out;
}

}  // namespace aimpact::voice
