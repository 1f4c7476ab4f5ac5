#include "voice/matching/voice_pool.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <numeric>
#include <random>
#include <string>

namespace aimpact::voice {
namespace {

struct Row {
    std::string_view embedding;
    double log_f0;
};
#include "voice/matching/voice_pool.inc"

constexpr std::array<std::string_view, 6> kFitting = {"The old man walked slowly along the river bank.",
                                                      "She asked me why the garden gate was open.",
                                                      "We should have been there before seven this morning.",
                                                      "Nobody could remember where the blue box was kept.",
                                                      "It was a cold night and the fire burned very low.",
                                                      "My brother bought a large house near the sea."};
constexpr std::array<std::string_view, 2> kJudging = {
    "The quick brown fox jumps over the lazy dog near the river.",
    "Please call me back tomorrow, because I would like to hear what you think about it."};

constexpr std::size_t kEnglish = 28;  // the first so many of kMixed
constexpr std::array<std::string_view, 41> kMixed = {
    "af_alloy",  "af_aoede",    "af_bella",   "af_heart",  "af_jessica", "af_kore",   "af_nicole",
    "af_nova",   "af_river",    "af_sarah",   "af_sky",    "am_adam",    "am_echo",   "am_eric",
    "am_fenrir", "am_liam",     "am_michael", "am_onyx",   "am_puck",    "am_santa",  "bf_alice",
    "bf_emma",   "bf_isabella", "bf_lily",    "bm_daniel", "bm_fable",   "bm_george", "bm_lewis",
    "ef_dora",   "em_alex",     "em_santa",   "ff_siwis",  "hf_alpha",   "hf_beta",   "hm_omega",
    "hm_psi",    "if_sara",     "im_nicola",  "pf_dora",   "pm_alex",    "pm_santa"};

// Distributions of the standard library differ from one to the next; these don't.
class Dice {
  public:
    explicit Dice(std::uint64_t seed) : engine_(seed) {}
    double uniform() { return (static_cast<double>(engine_() >> 11) + 0.5) * 0x1p-53; }
    std::size_t below(std::size_t count) {
        return static_cast<std::size_t>(uniform() * static_cast<double>(count));
    }
    double normal() {
        return std::sqrt(-2 * std::log(uniform())) * std::cos(2 * std::numbers::pi * uniform());
    }

  private:
    std::mt19937_64 engine_;
};

using Shares = std::array<double, kMixed.size()>;

// A few of the first `of` voices, in random parts; then away from the mean voice, and noise.
Shares random_shares(Dice& dice, std::size_t of, double noise) {
    Shares shares{};
    const std::size_t count = 2 + dice.below(3);
    double sum = 0;
    for (std::size_t i = 0; i < count; ++i) {
        const double part = -std::log(dice.uniform());
        shares[dice.below(of)] += part;
        sum += part;
    }
    const double stretch = 0.9 + 0.5 * dice.uniform();
    constexpr double kMean = 1.0 / kMixed.size();
    double drift = 0;
    for (double& share : shares) {
        const double moved = noise * dice.normal();
        drift += moved;
        share = kMean + stretch * (share / sum - kMean) + moved;
    }
    for (double& share : shares) share -= drift * kMean;
    return shares;
}

SpeakerEmbedding mean_of(std::span<const Heard> many) {
    SpeakerEmbedding out{};
    for (const Heard& heard : many) {
        for (std::size_t i = 0; i < out.size(); ++i)
            out[i] += heard.embedding[i] / static_cast<float>(many.size());
    }
    return out;
}

constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr double kScale = 512;  // an embedding's numbers are below 0.5

VoicePool unpack() {
    VoicePool pool;
    for (const Row& row : kPoolRows) pool.voices.push_back({unpack_embedding(row.embedding), row.log_f0});
    for (const Row& row : kStockRows) pool.stock.push_back({unpack_embedding(row.embedding), row.log_f0});
    pool.synthetic_mean = mean_of(pool.voices);
    pool.human_mean = unpack_embedding(kHumanMean);
    return pool;
}

}  // namespace

std::span<const std::string_view> fitting_sentences() {
    return kFitting;
}
std::span<const std::string_view> judging_sentences() {
    return kJudging;
}
std::span<const std::string_view> mixed_voices() {
    return kMixed;
}

MatchedVoice pool_voice(std::size_t index) {
    Dice dice(index + 1);
    const Shares acoustic = random_shares(dice, dice.uniform() < 0.35 ? kMixed.size() : kEnglish, 0.047);
    const Shares prosodic = random_shares(dice, kEnglish, 0.023);
    MatchedVoice voice;
    for (std::size_t v = 0; v < kMixed.size(); ++v)
        voice.shares.push_back({std::string(kMixed[v]), acoustic[v], prosodic[v]});
    voice.neutral_log_f0 = 5;
    voice.log_f0 = 5 + 0.12 * dice.normal();
    return voice;
}

std::string_view pool_sentence(std::size_t index) {
    return kFitting[index % kFitting.size()];
}

const VoicePool& voice_pool() {
    static const VoicePool pool = unpack();
    return pool;
}

std::string pack_embedding(const SpeakerEmbedding& embedding) {
    std::string out;
    for (std::size_t i = 0; i < embedding.size(); i += 3) {
        std::uint32_t bits = 0;
        for (std::size_t k = i; k < i + 3; ++k) {
            const double value = k < embedding.size() ? static_cast<double>(embedding[k]) : 0;
            bits = bits << 8 | static_cast<std::uint32_t>(std::clamp(std::lround(value * kScale), 0L, 255L));
        }
        for (int shift = 18; shift >= 0; shift -= 6) out += kDigits[bits >> shift & 63];
    }
    return out;
}

SpeakerEmbedding unpack_embedding(std::string_view text) {
    SpeakerEmbedding out{};
    for (std::size_t i = 0; i < out.size(); i += 3) {
        std::uint32_t bits = 0;
        for (std::size_t k = i / 3 * 4; k < i / 3 * 4 + 4; ++k) {
            const std::size_t digit = k < text.size() ? kDigits.find(text[k]) : 0;
            bits = bits << 6 | static_cast<std::uint32_t>(digit & 63);
        }
        for (std::size_t k = i; k < std::min(i + 3, out.size()); ++k)
            out[k] = static_cast<float>(bits >> (16 - 8 * (k - i)) & 255) / static_cast<float>(kScale);
    }
    return out;
}

}  // namespace aimpact::voice
