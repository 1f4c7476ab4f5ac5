#include <gtest/gtest.h>
#include <sndfile.h>
#include <unistd.h>

#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <limits>

#include "voice/audio.hpp"

namespace aimpact::voice {
namespace {

using base::ErrorCode;

std::string le(std::uint64_t value, int bytes) {
    std::string out;
    for (int i = 0; i < bytes; ++i) out += static_cast<char>((value >> (8 * i)) & 0xFF);
    return out;
}

struct Wav {
    int rate = 16000, channels = 1, bits = 16, tag = 1;
    std::uint32_t declared_bytes = 0;  // 0: what there is
};
std::string wav(const Wav& w, const std::string& data) {
    const std::uint32_t size = w.declared_bytes ? w.declared_bytes : static_cast<std::uint32_t>(data.size());
    const int frame = w.channels * w.bits / 8;
    return "RIFF" + le(36 + size, 4) + "WAVEfmt " + le(16, 4) + le(w.tag, 2) + le(w.channels, 2) +
           le(w.rate, 4) + le(static_cast<std::uint64_t>(w.rate) * frame, 4) + le(frame, 2) + le(w.bits, 2) +
           "data" + le(size, 4) + data;
}
std::string floats(const std::vector<float>& values) {
    std::string out(values.size() * 4, '\0');
    std::memcpy(out.data(), values.data(), out.size());
    return out;
}
std::string silence(std::size_t bytes) {
    return std::string(bytes, '\0');
}

TEST(DecodeAudio, MixesStereoToMono) {
    std::string data;
    for (int i = 0; i < 100; ++i) data += le(16384, 2) + le(0, 2);
    const auto clip = decode_audio(wav({.channels = 2}, data)).value();
    ASSERT_EQ(clip.samples.size(), 100u);
    EXPECT_NEAR(clip.samples[50], 0.25, 1e-4);
    EXPECT_EQ(clip.sample_rate, 16000);
}

TEST(DecodeAudio, ReadsEightBitAndFloat) {
    const auto eight = decode_audio(wav({.rate = 8000, .bits = 8}, std::string(80, '\xC0'))).value();
    ASSERT_EQ(eight.samples.size(), 80u);
    EXPECT_NEAR(eight.samples[0], 0.5, 0.01);

    const float nan = std::numeric_limits<float>::quiet_NaN(), inf = std::numeric_limits<float>::infinity();
    const auto clip =
        decode_audio(wav({.bits = 32, .tag = 3}, floats({0.5F, nan, inf, -7.0F, -0.25F}))).value();
    EXPECT_EQ(clip.samples, (std::vector<float>{0.5F, 0.0F, 0.0F, -1.0F, -0.25F}));
}

TEST(DecodeAudio, ConvertsHighRatesSoThatMemoryIsBounded) {
    const auto clip = decode_audio(wav({.rate = 384000}, silence(384000 * 2))).value();
    EXPECT_EQ(clip.sample_rate, kFileRateMax);
    EXPECT_NEAR(clip.seconds(), 1.0, 0.001);
    const auto asked = decode_audio(wav({.rate = 44100}, silence(88200)), {}, kRecognitionRate).value();
    EXPECT_EQ(asked.sample_rate, kRecognitionRate);
    EXPECT_NEAR(asked.seconds(), 1.0, 0.001);
}

TEST(DecodeAudio, GivesWhatThereIsOfATruncatedFile) {
    const auto clip = decode_audio(wav({.declared_bytes = 64000}, silence(16000)));
    ASSERT_TRUE(clip) << clip.error().message;
    EXPECT_EQ(clip->samples.size(), 8000u);
    const auto streamed = decode_audio(wav({.declared_bytes = 0xFFFFFFFF}, silence(16000)));
    ASSERT_TRUE(streamed) << streamed.error().message;
    EXPECT_EQ(streamed->samples.size(), 8000u);

    auto encoder = AudioEncoder::make(AudioFormat::flac, 16000).value();
    std::vector<float> tone(160000);
    for (std::size_t i = 0; i < tone.size(); ++i) tone[i] = 0.3F * std::sin(0.07F * static_cast<float>(i));
    std::string flac = encoder->encode(tone).value() + encoder->finish().value();
    const auto half = decode_audio(std::string_view(flac).substr(0, flac.size() / 2));
    ASSERT_TRUE(half) << half.error().message;
    EXPECT_GT(half->seconds(), 2.0);
    EXPECT_LT(half->seconds(), 8.0);
}

TEST(DecodeAudio, SaysWhatIsWrong) {
    const auto code = [](std::string_view bytes) { return decode_audio(bytes).error().code; };
    EXPECT_EQ(code(""), ErrorCode::invalid_argument);
    EXPECT_EQ(code(wav({}, "")), ErrorCode::invalid_argument);
    EXPECT_EQ(code("hello, this is no audio at all"), ErrorCode::unsupported_media);
    EXPECT_EQ(code("RIFF\xff\xff\xff\xffWAVE"), ErrorCode::unsupported_media);
    EXPECT_EQ(code("fLaC"), ErrorCode::unsupported_media);
    EXPECT_EQ(code("OggS garbage"), ErrorCode::unsupported_media);
    EXPECT_EQ(code("ID3"), ErrorCode::unsupported_media);
    EXPECT_EQ(code("\x1A\x45\xDF\xA3 a webm file"), ErrorCode::unsupported_media);
    EXPECT_EQ(code(wav({.rate = 999}, silence(100))), ErrorCode::unsupported_media);
    EXPECT_EQ(code(wav({.rate = 2'000'000'000}, silence(100))), ErrorCode::unsupported_media);
    EXPECT_EQ(code(wav({.channels = 17}, silence(3400))), ErrorCode::unsupported_media);
    EXPECT_NE(decode_audio("nope").error().message.find("WAV, FLAC"), std::string::npos);
}

TEST(DecodeAudio, KeepsItsLimits) {
    AudioLimits limits{.bytes_max = 1000, .seconds_max = 1.0};
    const auto big = decode_audio(wav({}, silence(2000)), limits);
    ASSERT_TRUE(big.has_error());
    EXPECT_EQ(big.error().code, ErrorCode::payload_too_large);
    limits.bytes_max = 1 << 20;
    EXPECT_TRUE(decode_audio(wav({}, silence(32000)), limits)) << "exactly at the limit";
    EXPECT_EQ(decode_audio(wav({}, silence(32002)), limits).error().code, ErrorCode::payload_too_large);
    // An MP3's length isn't known before it is read.
    auto encoder = AudioEncoder::make(AudioFormat::mp3, 16000).value();
    const std::string mp3 = encoder->encode(std::vector<float>(48000)).value() + encoder->finish().value();
    EXPECT_EQ(decode_audio(mp3, limits).error().code, ErrorCode::payload_too_large);
    limits.seconds_max = 10;
    EXPECT_TRUE(decode_audio(mp3, limits));
}

TEST(DecodeAudio, SurvivesDamage) {
    // Every format with bytes flipped throughout: an error or some samples, never a crash.
    std::vector<float> tone(32000);
    for (std::size_t i = 0; i < tone.size(); ++i) tone[i] = 0.3F * std::sin(0.05F * static_cast<float>(i));
    std::uint64_t seed = 1;
    for (const auto format : {AudioFormat::wav, AudioFormat::mp3, AudioFormat::opus, AudioFormat::flac}) {
        auto encoder = AudioEncoder::make(format, 16000).value();
        const std::string good = encoder->encode(tone).value() + encoder->finish().value();
        for (int round = 0; round < 60; ++round) {
            std::string bad = good;
            for (int i = 0; i < 1 + round; ++i) {
                seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
                bad[(seed >> 20) % (round % 2 ? bad.size() : 64)] = static_cast<char>(seed >> 56);
            }
            const auto clip = decode_audio(bad);
            if (clip) {
                EXPECT_LE(clip->seconds(), AudioLimits{}.seconds_max);
                for (const float s : clip->samples) ASSERT_TRUE(std::isfinite(s));
            } else {
                EXPECT_FALSE(clip.error().message.empty());
            }
        }
    }
}

TEST(AudioFile, WritesAndReadsBack) {
    const auto path =
        std::filesystem::temp_directory_path() / ("aimpact_wav_" + std::to_string(::getpid()) + ".wav");
    const std::vector<float> samples{0.0F, 0.5F, -0.5F, 2.0F};
    ASSERT_TRUE(write_wav_file(path.string(), samples, 24000));
    const auto clip = read_audio_file(path.string()).value();
    EXPECT_EQ(clip.sample_rate, 24000);
    ASSERT_EQ(clip.samples.size(), 4u);
    EXPECT_NEAR(clip.samples[1], 0.5, 1e-4);
    EXPECT_NEAR(clip.samples[3], 1.0, 1e-4);
    EXPECT_EQ(read_audio_file(path.string(), {.bytes_max = 10}).error().code, ErrorCode::payload_too_large);
    std::filesystem::remove(path);
    const auto missing = read_audio_file(path.string());
    ASSERT_TRUE(missing.has_error());
    EXPECT_EQ(missing.error().code, ErrorCode::not_found);
    EXPECT_NE(missing.error().message.find(path.string()), std::string::npos);
    EXPECT_TRUE(write_wav_file("/nonexistent/folder/a.wav", samples, 24000).has_error());
}

}  // namespace
}  // namespace aimpact::voice
