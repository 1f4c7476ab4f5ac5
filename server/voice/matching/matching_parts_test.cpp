// The parts of matching that need no model but the numbers that are compiled in.
#include <gtest/gtest.h>

#include <cmath>

#include "voice/matching/dense_algebra.hpp"
#include "voice/matching/sound_model.hpp"
#include "voice/matching/spectrum_match.hpp"
#include "voice/matching/voice_sample.hpp"
#include "voice/matching/voice_search.hpp"

namespace aimpact::voice {
namespace {

TEST(DenseAlgebra, EigenvectorsRebuildTheMatrix) {
    constexpr std::size_t n = 4;
    const std::vector<double> a{4, 1, -2, 0.5, 1, 3, 0, 1, -2, 0, 5, -1, 0.5, 1, -1, 2};
    const Eigen eigen = symmetric_eigen(a, n);
    for (std::size_t i = 0; i < n; ++i) {
        if (i > 0) EXPECT_GE(eigen.values[i - 1], eigen.values[i]);
        for (std::size_t j = 0; j < n; ++j) {
            double sum = 0;
            for (std::size_t k = 0; k < n; ++k)
                sum += eigen.values[k] * eigen.vectors[i * n + k] * eigen.vectors[j * n + k];
            EXPECT_NEAR(sum, a[i * n + j], 1e-9);
        }
    }
}

TEST(DenseAlgebra, CholeskySolves) {
    constexpr std::size_t n = 3;
    std::vector<double> a{4, 2, 1, 2, 5, 3, 1, 3, 6};
    const std::vector<double> copy = a, x{1, -1, 2, 0.5, -3, 4};  // [3, 2]
    std::vector<double> b(x.size());
    for (std::size_t i = 0; i < n; ++i) {
        for (std::size_t c = 0; c < 2; ++c) {
            for (std::size_t k = 0; k < n; ++k) b[i * 2 + c] += copy[i * n + k] * x[k * 2 + c];
        }
    }
    cholesky(a, n);
    cholesky_solve(a, n, b, 2);
    for (std::size_t i = 0; i < b.size(); ++i) EXPECT_NEAR(b[i], x[i], 1e-12);
}

TEST(VoicePool, IsCompiledIn) {
    const VoicePool& pool = voice_pool();
    ASSERT_EQ(pool.voices.size(), kPoolVoices);
    ASSERT_EQ(pool.stock.size(), mixed_voices().size());
    for (const Heard& heard : pool.voices) {
        EXPECT_NEAR(similarity(heard.embedding, heard.embedding), 1, 0.05);
        EXPECT_GT(heard.log_f0, std::log(50));
        EXPECT_LT(heard.log_f0, std::log(500));
    }
    EXPECT_GT(similarity(pool.human_mean, pool.human_mean), 0.4F);
    for (const std::size_t i : {std::size_t{0}, std::size_t{77}}) {
        double acoustic = 0, prosodic = 0;
        for (const VoiceShare& share : pool_voice(i).shares) {
            acoustic += share.acoustic;
            prosodic += share.prosodic;
        }
        EXPECT_NEAR(acoustic, 1, 1e-9);
        EXPECT_NEAR(prosodic, 1, 1e-9);
        EXPECT_TRUE(parse_matched_voice(to_json_text(pool_voice(i))));
    }
}

TEST(VoicePool, EmbeddingsSurvivePacking) {
    const SpeakerEmbedding& one = voice_pool().voices[3].embedding;
    EXPECT_EQ(unpack_embedding(pack_embedding(one)), one);
    EXPECT_EQ(unpack_embedding(""), SpeakerEmbedding{});
}

// Eight made-up voices whose halves differ along three directions each.
StyleSpace small_space() {
    std::vector<std::string> names;
    std::vector<std::vector<float>> acoustic, prosodic;
    for (int v = 0; v < 8; ++v) {
        const auto x = static_cast<float>(v & 1), y = static_cast<float>(v >> 1 & 1),
                   z = static_cast<float>(v >> 2);
        names.push_back("v" + std::to_string(v));
        acoustic.push_back({3 * x, 2 * y, z, x + y});
        prosodic.push_back({z, 2 * x, 4 * y, 1});
    }
    return {std::move(names), acoustic, prosodic};
}

TEST(StyleSpace, PointsAndSharesAreTwoWaysToSayTheSame) {
    const StyleSpace space = small_space();
    EXPECT_NEAR(space.weights()[0], 1, 1e-9);
    EXPECT_LT(space.weights()[1], 1);
    EXPECT_NEAR(space.weights()[5], 0, 1e-6);  // only three directions
    StylePoint point{};
    point[0] = 1.5;
    point[2] = -0.5;
    point[kAcousticDimensions] = 0.7;
    const auto shares = space.shares_of(point);
    double sum = 0;
    for (const VoiceShare& share : shares) sum += share.acoustic;
    EXPECT_NEAR(sum, 1, 1e-9);
    const StylePoint again = space.point_of(shares);
    for (std::size_t k = 0; k < point.size(); ++k) EXPECT_NEAR(again[k], point[k], 1e-9) << k;
}

std::vector<float> hiss(double tilt, std::size_t count = 32'000) {
    std::vector<float> out(count);
    std::uint32_t state = 1;
    float last = 0;
    for (float& s : out) {
        state = state * 1664525 + 1013904223;
        last = static_cast<float>(tilt) * last + static_cast<float>(state >> 8) / 16777216.0F - 0.5F;
        s = 0.2F * last;
    }
    return out;
}

TEST(SpectrumMatch, GainsBringOneSpectrumToAnother) {
    const auto bright = long_term_spectrum(hiss(0)), dark = long_term_spectrum(hiss(0.6));
    const EqualizerGains gains = matching_gains(bright, dark, 1);
    EXPECT_GT(gains.front(), 3);
    EXPECT_LT(gains.back(), -3);
    const EqualizerGains half = matching_gains(bright, dark, 0.5);
    EXPECT_NEAR(half.back(), gains.back() / 2, 0.01);
    for (const double gain : matching_gains(bright, bright, 1)) EXPECT_NEAR(gain, 0, 1e-9);
    auto extreme = bright;
    for (std::size_t b = 20; b < extreme.size(); ++b) extreme[b] -= 60;
    for (const double gain : matching_gains(bright, extreme, 1)) EXPECT_LE(std::abs(gain), kEqualizerDbMax);
    EXPECT_LT(bandwidth_hz(extreme), 4000);
    EXPECT_EQ(bandwidth_hz(bright), 8000);
}

TEST(VoiceSample, QualityIsMeasured) {
    auto samples = hiss(0.3, 16'000 * 8);
    for (std::size_t i = 0; i < samples.size() / 2; ++i) samples[i] *= 0.01F;  // a pause
    std::vector<float> probabilities(samples.size() / kVadFrame, 0.9F);
    std::fill_n(probabilities.begin(), probabilities.size() / 2, 0.0F);
    const SampleQuality quality = sample_quality(samples, probabilities);
    EXPECT_NEAR(quality.seconds, 8, 0.01);
    EXPECT_NEAR(quality.speech_seconds, 4, 0.1);
    EXPECT_NEAR(quality.snr_db, 40, 1);
    EXPECT_TRUE(good_enough(quality));
}

TEST(VoiceSample, WhatCannotBeMatchedIsRefusedWithAdvice) {
    const SampleQuality good{.seconds = 12, .speech_seconds = 10, .level_dbfs = -26, .snr_db = 30};
    EXPECT_TRUE(good_enough(good));
    const auto refused = [](SampleQuality quality, const char* advice) {
        const auto result = good_enough(quality);
        ASSERT_FALSE(result);
        EXPECT_EQ(result.error().code, base::ErrorCode::invalid_argument);
        EXPECT_NE(result.error().message.find(advice), std::string::npos) << result.error().message;
    };
    SampleQuality bad = good;
    bad.speech_seconds = 2.9;
    refused(bad, "longer");
    bad = good;
    bad.level_dbfs = -61;
    refused(bad, "closer");
    bad = good;
    bad.clipped_share = 0.02;
    refused(bad, "less gain");
    bad = good;
    bad.snr_db = 9;
    refused(bad, "quiet place");
}

TEST(VoiceSample, ASecondSpeakerIsNoticed) {
    Diarisation found;
    found.speakers = {"A", "B"};
    found.voices.resize(2);
    found.voices[0][0] = 1;
    found.voices[1][1] = 1;
    found.turns = {{0, 8, 0}, {8, 9.5, 1}};
    EXPECT_TRUE(one_speaker(found)) << "a word of somebody else";
    found.turns[1].end_seconds = 11;
    EXPECT_FALSE(one_speaker(found));
    found.voices[1] = found.voices[0];
    EXPECT_TRUE(one_speaker(found)) << "the same voice, taken for two";
}

TEST(RelativeSimilarity, LiesBetweenDifferentAndSameSpeakers) {
    EXPECT_EQ(relative_similarity(0.3), 0);
    EXPECT_EQ(relative_similarity(0.95), 1);
    EXPECT_NEAR(relative_similarity((kDifferentSpeakers + kSameSpeaker) / 2), 0.5, 1e-9);
}

}  // namespace
}  // namespace aimpact::voice
