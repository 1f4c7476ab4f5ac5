#include "voice/cloning/matching_engine.hpp"

#include <algorithm>

namespace aimpact::voice {

namespace {

constexpr double kInstantShare = 0.1;  // of the whole progress

MadeVoice made(const VoiceMatch& match) {
    MadeVoice out;
    out.data = to_json_text(*match.voice);
    out.scores.similarity = match.similarity;
    out.scores.relative_similarity = match.relative;
    out.scores.nearest_stock_voice = match.nearest_stock_voice;
    out.scores.nearest_stock_similarity = match.nearest_stock_similarity;
    out.scores.speech_seconds = match.quality.speech_seconds;
    out.scores.level_dbfs = match.quality.level_dbfs;
    out.scores.snr_db = match.quality.snr_db;
    out.scores.clipped_share = match.quality.clipped_share;
    return out;
}

// A style as Kokoro speaks it: the matched voice, on the stock voice whose language it has.
SpeechStyle matched_style(const CustomVoice& voice, SpeechStyle style) {
    style.voice = dynamic_cast<const MatchedVoice&>(voice).pronounced_as;
    return style;
}

}  // namespace

Result<> MatchingEngine::available() const {
    AIMPACT_TRY(const VoiceMatcher* const matcher, matcher_());
    (void)matcher;
    return {};
}

base::Task<Result<>> MatchingEngine::make(VoiceSource source, OnMade on_made, Progress progress,
                                          std::stop_token stop) {
    AIMPACT_CO_TRY(const VoiceMatcher* const matcher, matcher_());
    const auto instant = [&progress](double share) { progress(kInstantShare * share); };
    AIMPACT_CO_TRY(VoiceMatch match, co_await matcher->match(source.sample_16k, options_,
                                                             inference::Priority::batch, instant, stop));
    on_made(made(match));
    const auto refining = [&progress](double share) {
        progress(kInstantShare + (1 - kInstantShare) * share);
    };
    AIMPACT_CO_TRY(match, co_await matcher->refine(source.sample_16k, std::move(match), options_,
                                                   inference::Priority::batch, refining, stop));
    on_made(made(match));
    co_return Result<>{};
}

Result<std::shared_ptr<const CustomVoice>> MatchingEngine::open(const std::string& id,
                                                                const std::string& data) const {
    auto parsed = parse_matched_voice(data);
    if (parsed.has_error()) return base::internal_error("stored voice: " + parsed.error().message);
    auto voice = std::make_shared<MatchedVoice>(*std::move(parsed));
    voice->id = id;
    return std::shared_ptr<const CustomVoice>(std::move(voice));
}

base::Task<Result<>> MatchingEngine::forget(std::string data) {
    (void)data;  // all of it is in the row
    co_return Result<>{};
}

Result<> MatchingEngine::check(const CustomVoice& voice, const SpeechStyle& style) const {
    return synthesizer_.check(matched_style(voice, style));
}

base::Task<Result<>> MatchingEngine::stream(std::shared_ptr<const CustomVoice> voice, std::string text,
                                            SpeechStyle style, inference::Priority priority,
                                            std::function<void(SpokenChunk)> sink, std::stop_token stop,
                                            std::optional<std::chrono::steady_clock::time_point> needed_at) {
    SpeechStyle own = matched_style(*voice, std::move(style));
    own.custom_voice = std::move(voice);
    co_return co_await synthesizer_.stream(std::move(text), std::move(own), priority, std::move(sink),
                                           std::move(stop), needed_at);
}

}  // namespace aimpact::voice
