#include "voice/matching/style_space.hpp"

#include <algorithm>
#include <cmath>

#include "voice/matching/dense_algebra.hpp"
#include "voice/matching/voice_pool.hpp"
#include "voice/tts/clause_work.hpp"
#include "voice/tts/kokoro_files.hpp"

namespace aimpact::voice {

base::Result<StyleSpace> StyleSpace::load(const std::filesystem::path& folder) {
    std::vector<std::string> names;
    std::vector<std::vector<float>> acoustic, prosodic;
    for (const std::string_view name : mixed_voices()) {
        AIMPACT_TRY(const VoiceData data, read_voice(folder, std::string(name)));
        const auto half = [&](std::size_t row, std::size_t offset) {
            const auto from =
                data.styles.begin() + static_cast<std::ptrdiff_t>((row - 1) * kStyleRow + offset);
            return std::vector<float>(from, from + static_cast<std::ptrdiff_t>(kStyleSize));
        };
        names.emplace_back(name);
        acoustic.push_back(half(kAcousticTokens, 0));
        prosodic.push_back(half(kProsodicTokensMin, kStyleSize));
    }
    return StyleSpace(std::move(names), acoustic, prosodic);
}

StyleSpace::StyleSpace(std::vector<std::string> names, const std::vector<std::vector<float>>& acoustic,
                       const std::vector<std::vector<float>>& prosodic)
    : names_(std::move(names)), acoustic_(half_of(acoustic)), prosodic_(half_of(prosodic)) {
    for (std::size_t k = 0; k < kStyleDimensions; ++k) {
        const bool first = k < kAcousticDimensions;
        const auto& spread = first ? acoustic_.spread : prosodic_.spread;
        const std::size_t at = first ? k : k - kAcousticDimensions;
        weights_[k] = at < spread.size() ? spread[at] : 0;
    }
}

// Left singular vectors of the centred rows, from the matrix of their products.
StyleSpace::Half StyleSpace::half_of(const std::vector<std::vector<float>>& rows) {
    const std::size_t n = rows.size(), width = rows.front().size();
    std::vector<double> mean(width), products(n * n);
    for (const auto& row : rows) {
        for (std::size_t i = 0; i < width; ++i)
            mean[i] += static_cast<double>(row[i]) / static_cast<double>(n);
    }
    for (std::size_t a = 0; a < n; ++a) {
        for (std::size_t b = 0; b < n; ++b) {
            for (std::size_t i = 0; i < width; ++i)
                products[a * n + b] +=
                    (static_cast<double>(rows[a][i]) - mean[i]) * (static_cast<double>(rows[b][i]) - mean[i]);
        }
    }
    Eigen eigen = symmetric_eigen(std::move(products), n);
    Half half{std::move(eigen.vectors), {}};
    constexpr double kLeast = 1e-12;  // a direction in which voices don't differ is none
    for (std::size_t k = 0; k + 1 < n && eigen.values[k] > kLeast * eigen.values[0]; ++k)
        half.spread.push_back(std::sqrt(eigen.values[k] / eigen.values[0]));
    return half;
}

StylePoint StyleSpace::point_of(const std::vector<VoiceShare>& shares) const {
    const std::size_t n = names_.size();
    StylePoint out{};
    for (const VoiceShare& share : shares) {
        const auto found = std::ranges::find(names_, share.voice);
        if (found == names_.end()) continue;
        const auto row = static_cast<std::size_t>(found - names_.begin()) * n;
        const double scale = std::sqrt(static_cast<double>(n));
        for (std::size_t k = 0; k < std::min(kAcousticDimensions, acoustic_.spread.size()); ++k)
            out[k] += scale * share.acoustic * acoustic_.vectors[row + k];
        for (std::size_t k = 0; k < std::min(kProsodicDimensions, prosodic_.spread.size()); ++k)
            out[kAcousticDimensions + k] += scale * share.prosodic * prosodic_.vectors[row + k];
    }
    return out;
}

std::vector<VoiceShare> StyleSpace::shares_of(const StylePoint& point) const {
    const std::size_t n = names_.size();
    const double scale = 1 / std::sqrt(static_cast<double>(n));
    std::vector<VoiceShare> out;
    for (std::size_t v = 0; v < n; ++v) {
        VoiceShare share{names_[v], 1.0 / static_cast<double>(n), 1.0 / static_cast<double>(n)};
        for (std::size_t k = 0; k < std::min(kAcousticDimensions, acoustic_.spread.size()); ++k)
            share.acoustic += scale * point[k] * acoustic_.vectors[v * n + k];
        for (std::size_t k = 0; k < std::min(kProsodicDimensions, prosodic_.spread.size()); ++k)
            share.prosodic += scale * point[kAcousticDimensions + k] * prosodic_.vectors[v * n + k];
        out.push_back(std::move(share));
    }
    return out;
}

}  // namespace aimpact::voice
