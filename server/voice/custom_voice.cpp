#include "voice/custom_voice.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <set>

#include "base/wire.hpp"

namespace aimpact::voice {
namespace {

constexpr std::size_t kSharesMax = 64, kNameMax = 32;
constexpr double kShareMax = 4, kSumError = 0.01;
constexpr double kRateMin = 0.5, kRateMax = 2, kLevelMin = -70, kLevelMax = -10;
constexpr double kF0Min = 50, kF0Max = 500;
constexpr int kFormat = 1;

struct ShareWire {
    std::string voice;
    double acoustic = 0, prosodic = 0;
};
BOOST_DESCRIBE_STRUCT(ShareWire, (), (voice, acoustic, prosodic))

struct VoiceWire {
    std::string engine;
    int format = 0;
    std::string pronounced_as;
    double log_f0 = 0;
    std::optional<double> neutral_log_f0;
    double rate = 0, level_lufs = 0;
    std::vector<double> equalizer_db;
    std::vector<ShareWire> voices;
};
BOOST_DESCRIBE_STRUCT(VoiceWire, (),
                      (engine, format, pronounced_as, log_f0, neutral_log_f0, rate, level_lufs, equalizer_db,
                       voices))

double rounded(double value) {
    return std::round(value * 1e5) / 1e5;
}

bool is_voice_name(std::string_view name) {
    return !name.empty() && name.size() <= kNameMax && std::ranges::all_of(name, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
    });
}

bool within(double value, double low, double high) {
    return value >= low && value <= high;
}

base::Error wrong(std::string what, std::string param) {
    return base::invalid_argument("This is no matched voice: " + std::move(what) + " Match the voice again.",
                                  std::move(param));
}

base::Result<> check_shares(const std::vector<ShareWire>& shares) {
    if (shares.empty() || shares.size() > kSharesMax)
        return wrong(fmt::format("it is made of 1 to {} voices, not {}.", kSharesMax, shares.size()),
                     "voices");
    double acoustic = 0, prosodic = 0;
    std::set<std::string_view> seen;
    for (const ShareWire& share : shares) {
        if (!is_voice_name(share.voice) || !seen.insert(share.voice).second)
            return wrong("the voices it is made of need names of their own.", "voices");
        if (!within(share.acoustic, -kShareMax, kShareMax) || !within(share.prosodic, -kShareMax, kShareMax))
            return wrong(fmt::format("a voice's share is a number from {} to {}.", -kShareMax, kShareMax),
                         "voices");
        acoustic += share.acoustic;
        prosodic += share.prosodic;
    }
    if (std::abs(acoustic - 1) > kSumError || std::abs(prosodic - 1) > kSumError)
        return wrong("the shares of its voices don't add up to 1.", "voices");
    return {};
}

base::Result<> check(const VoiceWire& wire) {
    if (wire.engine != MatchedVoice::kEngine || wire.format != kFormat)
        return wrong(
            fmt::format("its engine is '{}' and its format {}, where '{}' and {} are read.",
                        wire.engine.substr(0, kNameMax), wire.format, MatchedVoice::kEngine, kFormat),
            "engine");
    AIMPACT_CHECK(check_shares(wire.voices));
    if (!is_voice_name(wire.pronounced_as))
        return wrong("it doesn't say whose accent it has.", "pronounced_as");
    const double low = std::log(kF0Min), high = std::log(kF0Max);
    if (!within(wire.log_f0, low, high) || !within(wire.neutral_log_f0.value_or(low), low, high))
        return wrong(fmt::format("its pitch is not between {} and {} Hz.", kF0Min, kF0Max), "log_f0");
    if (!within(wire.rate, kRateMin, kRateMax))
        return wrong(fmt::format("its rate is not between {} and {}.", kRateMin, kRateMax), "rate");
    if (!within(wire.level_lufs, kLevelMin, kLevelMax))
        return wrong(fmt::format("its level is not between {} and {} LUFS.", kLevelMin, kLevelMax),
                     "level_lufs");
    const bool gains_good = std::ranges::all_of(
        wire.equalizer_db, [](double gain) { return within(gain, -kEqualizerDbMax, kEqualizerDbMax); });
    if (wire.equalizer_db.size() != kEqualizerBands || !gains_good)
        return wrong(
            fmt::format("its equaliser has {} gains within +-{} dB.", kEqualizerBands, kEqualizerDbMax),
            "equalizer_db");
    return {};
}

}  // namespace

double equalizer_band_hz(std::size_t band) {
    constexpr double kTopHz = 8000;
    const double top = std::log1p(kTopHz / 700);
    return 700 * std::expm1(top * static_cast<double>(band + 1) / static_cast<double>(kEqualizerBands + 1));
}

std::uint64_t MatchedVoice::version() const {
    std::uint64_t hash = 0xcbf29ce484222325ULL;  // FNV-1a
    const auto add = [&hash](std::uint64_t value) {
        for (int i = 0; i < 8; ++i) hash = (hash ^ ((value >> (8 * i)) & 0xFF)) * 0x100000001b3ULL;
    };
    const auto add_text = [&](std::string_view text) {
        for (const char c : text) add(static_cast<unsigned char>(c));
        add(~0ULL);
    };
    add_text(pronounced_as);
    for (const VoiceShare& share : shares) {
        add_text(share.voice);
        add(std::bit_cast<std::uint64_t>(share.acoustic));
        add(std::bit_cast<std::uint64_t>(share.prosodic));
    }
    for (const double value : {log_f0, neutral_log_f0.value_or(0), rate, level_lufs})
        add(std::bit_cast<std::uint64_t>(value));
    for (const double gain : equalizer) add(std::bit_cast<std::uint64_t>(gain));
    return hash;
}

std::string to_json_text(const MatchedVoice& voice) {
    VoiceWire wire{.engine = std::string(MatchedVoice::kEngine),
                   .format = kFormat,
                   .pronounced_as = voice.pronounced_as,
                   .log_f0 = rounded(voice.log_f0),
                   .neutral_log_f0 = {},
                   .rate = rounded(voice.rate),
                   .level_lufs = rounded(voice.level_lufs),
                   .equalizer_db = {},
                   .voices = {}};
    if (voice.neutral_log_f0) wire.neutral_log_f0 = rounded(*voice.neutral_log_f0);
    for (const double gain : voice.equalizer) wire.equalizer_db.push_back(rounded(gain));
    for (const VoiceShare& share : voice.shares)
        wire.voices.push_back({share.voice, rounded(share.acoustic), rounded(share.prosodic)});
    return base::to_text(base::encode(wire));
}

base::Result<MatchedVoice> parse_matched_voice(std::string_view text) {
    auto decoded = base::decode_text<VoiceWire>(text, {kMatchedVoiceBytesMax, 8});
    if (decoded.has_error())
        return wrong("its JSON is wrong: " + decoded.error().message, decoded.error().param);
    VoiceWire wire = *std::move(decoded);
    AIMPACT_CHECK(check(wire));
    MatchedVoice out;
    for (ShareWire& share : wire.voices)
        out.shares.push_back({std::move(share.voice), share.acoustic, share.prosodic});
    out.pronounced_as = std::move(wire.pronounced_as);
    out.log_f0 = wire.log_f0;
    out.neutral_log_f0 = wire.neutral_log_f0;
    out.rate = wire.rate;
    out.level_lufs = wire.level_lufs;
    std::ranges::copy(wire.equalizer_db, out.equalizer.begin());
    return out;
}

}  // namespace aimpact::voice
