#include "voice/matching/voice_search.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace aimpact::voice {
namespace {

constexpr double kCentred = 0.25;
// Far from all voices speech gets unclear: the mean square of a place's coordinates may be 1 without a price.
constexpr double kFarPrice = 0.03;

double far(const StylePoint& point) {
    const double square = std::inner_product(point.begin(), point.end(), point.begin(), 0.0);
    return kFarPrice * std::max(0.0, square / kStyleDimensions - 1);
}

double cosine_about(const SpeakerEmbedding& a, const SpeakerEmbedding& mean_a, const SpeakerEmbedding& b,
                    const SpeakerEmbedding& mean_b) {
    double dot = 0, aa = 1e-12, bb = 1e-12;
    for (std::size_t d = 0; d < a.size(); ++d) {
        const double x = static_cast<double>(a[d] - mean_a[d]), y = static_cast<double>(b[d] - mean_b[d]);
        dot += x * y;
        aa += x * x;
        bb += y * y;
    }
    return dot / std::sqrt(aa * bb);
}

}  // namespace

double closeness(const SpeakerEmbedding& synthetic, const SpeakerEmbedding& human) {
    const VoicePool& pool = voice_pool();
    return static_cast<double>(similarity(synthetic, human)) +
           kCentred * cosine_about(synthetic, pool.synthetic_mean, human, pool.human_mean);
}

VoiceSearch::VoiceSearch(const StyleSpace& space, SearchTarget target, std::uint64_t seed)
    : target_(target), model_(space, {}), engine_(seed) {
    model_.learn();
    const VoicePool& pool = voice_pool();
    for (std::size_t i = 0; i < pool.voices.size(); ++i) {
        pool_.push_back(space.point_of(pool_voice(i).shares));
        pool_closeness_.push_back(closeness(pool.voices[i].embedding, target_.embedding) -
                                  0.5 * std::abs(pool.voices[i].log_f0 - target_.log_f0));
    }
}

double VoiceSearch::expected(const StylePoint& point) const {
    return closeness(model_.foretell(point, target_.log_f0), target_.embedding) - far(point);
}

// A random climb on what the model expects.
StylePoint VoiceSearch::climb(StylePoint from, double radius, int rounds, int tries) {
    StylePoint best = from;
    double best_value = expected(best);
    for (int round = 0; round < rounds; ++round) {
        const StylePoint centre = best;
        for (int i = 0; i < tries; ++i) {
            StylePoint tried = centre;
            const double share = i % 2 == 0 ? 1 : 0.3;  // of the dimensions
            for (double& value : tried) {
                const double step = radius * normal();
                if (std::uniform_real_distribution<double>()(engine_) < share) value += step;
            }
            if (const double value = expected(tried); value > best_value) {
                best_value = value;
                best = tried;
            }
        }
        radius *= 0.8;
    }
    return best;
}

std::vector<StylePoint> VoiceSearch::starts(std::size_t count) {
    std::vector<std::size_t> order(pool_.size());
    std::iota(order.begin(), order.end(), 0);
    std::ranges::sort(order, [&](auto a, auto b) { return pool_closeness_[a] > pool_closeness_[b]; });
    constexpr std::size_t kNearest = 12;
    constexpr double kTemperature = 0.04;
    StylePoint mixed{};
    double sum = 0;
    for (std::size_t i = 0; i < std::min(kNearest, order.size()); ++i) {
        const double weight =
            std::exp((pool_closeness_[order[i]] - pool_closeness_[order[0]]) / kTemperature);
        for (std::size_t k = 0; k < mixed.size(); ++k) mixed[k] += weight * pool_[order[i]][k];
        sum += weight;
    }
    for (double& value : mixed) value /= std::max(sum, 1e-9);
    std::vector<StylePoint> out{climb(mixed, 0.4, 12, 60)};
    if (!order.empty()) out.push_back(climb(pool_[order[0]], 0.25, 8, 40));
    out.push_back(mixed);
    out.resize(std::min(count, out.size()));
    return out;
}

void VoiceSearch::heard(const StylePoint& point, double log_f0, std::size_t sentence,
                        const SpeakerEmbedding& embedding, double gain) {
    model_.add(point, log_f0, sentence, embedding);
    heard_.push_back({point, gain});
}

std::vector<StylePoint> VoiceSearch::best(std::size_t count) {
    model_.learn();
    std::vector<std::pair<double, std::size_t>> order;
    for (std::size_t i = 0; i < heard_.size(); ++i)
        order.emplace_back(expected(heard_[i].point) + 0.5 * heard_[i].gain, i);
    std::ranges::sort(order, std::greater<>(), &std::pair<double, std::size_t>::first);
    std::vector<StylePoint> out;
    for (const auto& [value, index] : order) {
        if (out.size() == count) break;
        if (std::ranges::find(out, heard_[index].point) == out.end()) out.push_back(heard_[index].point);
    }
    return out;
}

// In turn near the best and farther from it; the region grows while that finds better places, and shrinks.
StylePoint VoiceSearch::propose() {
    const auto from = best(1);
    if (from.empty()) return starts(1).front();
    const double now = expected(from.front());
    radius_ = std::clamp(now > best_expected_ + 1e-3 ? radius_ * 1.1 : radius_ * 0.97, 0.12, 0.6);
    best_expected_ = std::max(best_expected_, now);
    constexpr std::array kFarther = {0.5, 1.0, 1.7};
    const double radius = radius_ * kFarther.at(static_cast<std::size_t>(proposals_++) % kFarther.size());
    return climb(from.front(), radius, 8, 40);
}

}  // namespace aimpact::voice
