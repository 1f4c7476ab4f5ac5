#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

#include "voice/audio.hpp"

namespace aimpact::voice {
namespace {

std::vector<float> chirp(int rate, double seconds) {
    std::vector<float> out(static_cast<std::size_t>(rate * seconds));
    for (std::size_t i = 0; i < out.size(); ++i) {
        const double t = static_cast<double>(i) / rate;
        out[i] = static_cast<float>(0.5 * std::sin(2 * std::numbers::pi * (200 * t + 200 * t * t)));
    }
    return out;
}

std::string encode_in_pieces(AudioEncoder& encoder, std::span<const float> samples, std::size_t piece,
                             std::size_t* before_finish = nullptr) {
    std::string out;
    for (std::size_t at = 0; at < samples.size(); at += piece)
        out += encoder.encode(samples.subspan(at, std::min(piece, samples.size() - at))).value();
    if (before_finish) *before_finish = out.size();
    out += encoder.finish().value();
    return out;
}

// The largest normalised correlation over small shifts: a codec may delay.
double similarity(std::span<const float> a, std::span<const float> b, int shift_max) {
    double best = 0;
    for (int shift = -shift_max; shift <= shift_max; ++shift) {
        double ab = 0, aa = 0, bb = 0;
        for (std::size_t i = static_cast<std::size_t>(shift_max);
             i + static_cast<std::size_t>(shift_max) < a.size(); ++i) {
            const std::size_t j =
                i + static_cast<std::size_t>(shift + shift_max) - static_cast<std::size_t>(shift_max);
            if (j >= b.size()) break;
            ab += a[i] * b[j], aa += a[i] * a[i], bb += b[j] * b[j];
        }
        best = std::max(best, ab / std::sqrt(aa * bb + 1e-12));
    }
    return best;
}

struct Case {
    AudioFormat format;
    int rate;
    std::string content_type;
    double similarity_min;
};
class Encoder : public testing::TestWithParam<Case> {};

TEST_P(Encoder, WhatIsStreamedCanBeReadBack) {
    const Case& c = GetParam();
    const auto samples = chirp(c.rate, 2.0);
    auto encoder = AudioEncoder::make(c.format, c.rate).value();
    EXPECT_EQ(encoder->content_type(), c.content_type);
    std::size_t before_finish = 0;
    const std::string bytes = encode_in_pieces(*encoder, samples, 480, &before_finish);
    EXPECT_GT(before_finish, bytes.size() / 2) << "most of it must come before the end";
    const auto clip = decode_audio(bytes, {}, c.rate);
    ASSERT_TRUE(clip) << clip.error().message << clip.error().detail;
    EXPECT_NEAR(clip->seconds(), 2.0, 0.12);
    EXPECT_GT(similarity(samples, clip->samples, c.rate / 10), c.similarity_min);
}

INSTANTIATE_TEST_SUITE_P(Formats, Encoder,
                         testing::Values(Case{AudioFormat::wav, 24000, "audio/wav", 0.9999},
                                         Case{AudioFormat::flac, 24000, "audio/flac", 0.9999},
                                         Case{AudioFormat::mp3, 24000, "audio/mpeg", 0.98},
                                         Case{AudioFormat::opus, 24000, "audio/ogg", 0.95},
                                         Case{AudioFormat::wav, 8000, "audio/wav", 0.9999},
                                         Case{AudioFormat::mp3, 23000, "audio/mpeg", 0.98},
                                         Case{AudioFormat::opus, 44100, "audio/ogg", 0.95}),
                         [](const auto& info) { return "case" + std::to_string(info.index); });

TEST(AudioEncoder, PcmIs24KilohertzWhateverComesIn) {
    const auto samples = chirp(16000, 1.0);
    auto encoder = AudioEncoder::make(AudioFormat::pcm, 16000).value();
    const auto back = pcm16_to_float(encode_in_pieces(*encoder, samples, 333));
    EXPECT_NEAR(static_cast<double>(back.size()), 24000.0, 1.0);
    EXPECT_GT(similarity(resample(samples, 16000, 24000), back, 10), 0.999);
}

TEST(AudioEncoder, EmptyStreamIsAValidFile) {
    auto encoder = AudioEncoder::make(AudioFormat::wav, 24000).value();
    const std::string bytes = encoder->finish().value();
    EXPECT_EQ(bytes.size(), 44u);
    EXPECT_EQ(bytes.substr(0, 4), "RIFF");
    for (const auto format : {AudioFormat::mp3, AudioFormat::opus, AudioFormat::flac})
        EXPECT_TRUE(AudioEncoder::make(format, 24000).value()->finish()) << static_cast<int>(format);
}

TEST(AudioEncoder, RefusesAacAndAbsurdRatesByName) {
    const auto aac = AudioEncoder::make(AudioFormat::aac, 24000);
    ASSERT_TRUE(aac.has_error());
    EXPECT_NE(aac.error().message.find("mp3, opus, flac, wav or pcm"), std::string::npos);
    EXPECT_TRUE(AudioEncoder::make(AudioFormat::wav, 7999).has_error());
    EXPECT_TRUE(AudioEncoder::make(AudioFormat::wav, 192001).has_error());
    EXPECT_EQ(parse_audio_format("flac").value(), AudioFormat::flac);
    const auto unknown = parse_audio_format("midi");
    ASSERT_TRUE(unknown.has_error());
    EXPECT_EQ(unknown.error().param, "response_format");
}

}  // namespace
}  // namespace aimpact::voice
