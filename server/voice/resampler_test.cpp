#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

#include "voice/audio.hpp"

namespace aimpact::voice {
namespace {

std::vector<float> tone(double hz, int rate, double seconds) {
    std::vector<float> out(static_cast<std::size_t>(rate * seconds));
    for (std::size_t i = 0; i < out.size(); ++i)
        out[i] =
            static_cast<float>(0.5 * std::sin(2 * std::numbers::pi * hz * static_cast<double>(i) / rate));
    return out;
}

// Signal to error in dB, away from the edges.
double snr_db(const std::vector<float>& got, const std::vector<float>& want) {
    double signal = 0, error = 0;
    const std::size_t edge = want.size() / 10;
    for (std::size_t i = edge; i + edge < want.size() && i < got.size(); ++i) {
        signal += static_cast<double>(want[i]) * want[i];
        error += std::pow(static_cast<double>(got[i]) - want[i], 2);
    }
    return 10 * std::log10(signal / std::max(error, 1e-20));
}

struct Rates {
    int from, to;
};
class Conversion : public testing::TestWithParam<Rates> {};

TEST_P(Conversion, KeepsAToneInPlace) {
    const auto [from, to] = GetParam();
    const auto want = tone(1000, to, 1.0);
    const auto got = resample(tone(1000, from, 1.0), from, to);
    EXPECT_NEAR(static_cast<double>(got.size()), static_cast<double>(want.size()), 1.0);
    EXPECT_GT(snr_db(got, want), 90.0);
}

TEST_P(Conversion, StreamedInPiecesEqualsTheWhole) {
    const auto [from, to] = GetParam();
    const auto in = tone(1000, from, 1.0);
    const auto want = tone(1000, to, 1.0);
    Resampler resampler(from, to, from < 24000 ? Resampler::Use::live : Resampler::Use::file);
    std::vector<float> got;
    for (int round = 0; round < 2; ++round) {  // the second stream starts clean after flush()
        got.clear();
        for (std::size_t at = 0; at < in.size();) {
            const std::size_t count = std::min<std::size_t>(in.size() - at, 1 + (at * 7) % 997);
            const auto part = resampler.process(std::span(in).subspan(at, count));
            got.insert(got.end(), part.begin(), part.end());
            at += count;
        }
        const auto rest = resampler.flush();
        got.insert(got.end(), rest.begin(), rest.end());
        EXPECT_NEAR(static_cast<double>(got.size()), static_cast<double>(want.size()), 1.0);
        EXPECT_GT(snr_db(got, want), 90.0);
    }
}

TEST_P(Conversion, HoldsBackLittleInALiveStream) {
    const auto [from, to] = GetParam();
    Resampler resampler(from, to);
    const auto in = tone(300, from, 2.0);
    const std::size_t packet = static_cast<std::size_t>(from) / 50;  // 20 ms
    double fed = 0, given = 0, worst_ms = 0;
    for (std::size_t at = 0; at + packet <= in.size(); at += packet) {
        fed += static_cast<double>(packet) / from;
        given += static_cast<double>(resampler.process(std::span(in).subspan(at, packet)).size()) / to;
        worst_ms = std::max(worst_ms, (fed - given) * 1000);
    }
    EXPECT_LT(worst_ms, 18.0);
}

INSTANTIATE_TEST_SUITE_P(Live, Conversion,
                         testing::Values(Rates{24000, 16000}, Rates{8000, 16000}, Rates{48000, 16000},
                                         Rates{44100, 16000}, Rates{24000, 8000}, Rates{16000, 24000},
                                         Rates{24000, 48000}, Rates{16000, 16000}));

TEST(Resample, RemovesWhatTheLowerRateCannotCarry) {
    const auto got = resample(tone(11000, 24000, 1.0), 24000, 16000);
    EXPECT_LT(level_dbfs(std::span(got).subspan(1600, 12800)), -90.0);
}

TEST(Resample, EmptyStaysEmpty) {
    EXPECT_TRUE(resample({}, 24000, 16000).empty());
    Resampler resampler(24000, 16000);
    EXPECT_TRUE(resampler.process({}).empty());
    EXPECT_TRUE(resampler.flush().empty());
}

}  // namespace
}  // namespace aimpact::voice
