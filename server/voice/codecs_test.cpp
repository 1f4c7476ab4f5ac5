#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "voice/audio.hpp"

namespace aimpact::voice {
namespace {

float sample(int value16) {
    return static_cast<float>(value16) / 32768.0F;
}
int value16(float s) {
    return static_cast<int>(std::lrint(s * 32768.0F));
}
std::string one(int code) {
    return {static_cast<char>(code)};
}
int ulaw_code(int v) {
    const float s = sample(v);
    return static_cast<unsigned char>(float_to_ulaw({&s, 1})[0]);
}
int alaw_code(int v) {
    const float s = sample(v);
    return static_cast<unsigned char>(float_to_alaw({&s, 1})[0]);
}

TEST(Pcm16, RoundTripsEveryValueAndClips) {
    std::string bytes;
    for (int v = -32768; v <= 32767; ++v) {
        bytes += static_cast<char>(v & 0xFF);
        bytes += static_cast<char>((v >> 8) & 0xFF);
    }
    EXPECT_EQ(float_to_pcm16(pcm16_to_float(bytes)), bytes);
    const std::vector<float> loud{1.0F,
                                  7.0F,
                                  -1.0F,
                                  -9.0F,
                                  std::numeric_limits<float>::quiet_NaN(),
                                  std::numeric_limits<float>::infinity()};
    const auto back = pcm16_to_float(float_to_pcm16(loud));
    EXPECT_EQ(value16(back[0]), 32767);
    EXPECT_EQ(value16(back[1]), 32767);
    EXPECT_EQ(value16(back[2]), -32768);
    EXPECT_EQ(value16(back[3]), -32768);
    EXPECT_EQ(value16(back[4]), 0);
    EXPECT_EQ(value16(back[5]), 0);
}

TEST(Pcm16, IgnoresAnOddLastByte) {
    EXPECT_EQ(pcm16_to_float(std::string("\x01\x02\x03", 3)).size(), 1u);
    EXPECT_TRUE(pcm16_to_float("").empty());
}

// ITU-T G.711 tables 1 and 2 as formulas. The wire's codes are the tables' characters after inversion.
struct Step {
    int code;   // of the positive value
    int level;  // output, 16 bits
    int lower;  // the decision value below it, 16 bits
};
std::vector<Step> ulaw_steps() {
    std::vector<Step> steps;
    for (int e = 0; e < 8; ++e)
        for (int m = 0; m < 16; ++m)
            steps.push_back(
                {0xFF - (e << 4 | m), 4 * (((2 * m + 33) << e) - 33), 4 * (((2 * m + 32) << e) - 33)});
    return steps;
}
std::vector<Step> alaw_steps() {
    std::vector<Step> steps;
    for (int e = 0; e < 8; ++e)
        for (int m = 0; m < 16; ++m)
            steps.push_back({(0x80 | e << 4 | m) ^ 0x55, 8 * (e == 0 ? 2 * m + 1 : (2 * m + 33) << (e - 1)),
                             8 * (e == 0 ? 2 * m : (2 * m + 32) << (e - 1))});
    return steps;
}

TEST(G711, DecodesToTheStandardsLevels) {
    // A few that the standard prints: the largest, the smallest, and a segment's edge.
    EXPECT_EQ(value16(ulaw_to_float(one(0x80))[0]), 32124);
    EXPECT_EQ(value16(ulaw_to_float(one(0x00))[0]), -32124);
    EXPECT_EQ(value16(ulaw_to_float(one(0xFF))[0]), 0);
    EXPECT_EQ(value16(ulaw_to_float(one(0xEF))[0]), 132);
    EXPECT_EQ(value16(alaw_to_float(one(0xAA))[0]), 32256);
    EXPECT_EQ(value16(alaw_to_float(one(0x2A))[0]), -32256);
    EXPECT_EQ(value16(alaw_to_float(one(0xD5))[0]), 8);
    EXPECT_EQ(value16(alaw_to_float(one(0x55))[0]), -8);
    for (const Step& step : ulaw_steps()) {
        EXPECT_EQ(value16(ulaw_to_float(one(step.code))[0]), step.level);
        EXPECT_EQ(value16(ulaw_to_float(one(step.code & 0x7F))[0]), -step.level);
    }
    for (const Step& step : alaw_steps()) {
        EXPECT_EQ(value16(alaw_to_float(one(step.code))[0]), step.level);
        EXPECT_EQ(value16(alaw_to_float(one(step.code & 0x7F))[0]), -step.level);
    }
}

TEST(G711, EncodesByTheStandardsDecisionValues) {
    int previous = -1;
    for (const Step& step : ulaw_steps()) {
        EXPECT_EQ(ulaw_code(step.level), step.code);
        if (step.lower > 0) {
            EXPECT_EQ(ulaw_code(step.lower), step.code) << step.lower;
            EXPECT_EQ(ulaw_code(step.lower - 1), previous) << step.lower;
        }
        if (step.level > 0) EXPECT_EQ(ulaw_code(-step.level), step.code & 0x7F);
        previous = step.code;
    }
    for (const Step& step : alaw_steps()) {
        EXPECT_EQ(alaw_code(step.level), step.code);
        EXPECT_EQ(alaw_code(step.lower), step.code) << step.lower;
        if (step.lower > 0) EXPECT_EQ(alaw_code(step.lower - 1), previous) << step.lower;
        EXPECT_EQ(alaw_code(-step.level), step.code & 0x7F);
        previous = step.code;
    }
    EXPECT_EQ(ulaw_code(32767), 0x80);
    EXPECT_EQ(ulaw_code(-32768), 0x00);
    EXPECT_EQ(alaw_code(32767), 0xAA);
    EXPECT_EQ(alaw_code(-32768), 0x2A);
    EXPECT_EQ(ulaw_code(0), 0xFF);
    EXPECT_EQ(alaw_code(0), 0xD5);
}

TEST(Level, IsDecibelsOfFullScale) {
    std::vector<float> tone(16000);
    for (std::size_t i = 0; i < tone.size(); ++i)
        tone[i] = static_cast<float>(std::sin(0.1 * static_cast<double>(i)));
    EXPECT_NEAR(level_dbfs(tone), -3.01, 0.05);
    EXPECT_EQ(level_dbfs({}), -120.0);
    EXPECT_EQ(level_dbfs(std::vector<float>(100, 0.0F)), -120.0);
}

}  // namespace
}  // namespace aimpact::voice
