#include "voice/cloning/own_voice_synthesizer.hpp"

#include <algorithm>

#include "voice/tts/unicode.hpp"

namespace aimpact::voice {

using base::ErrorCode;

namespace {

// What the engine speaks: the style without the ways to find the voice.
SpeechStyle without_lookup(SpeechStyle style) {
    style.own_voices = nullptr;
    style.voice_use = nullptr;
    return style;
}

Error with_param(Error error) {
    if (error.param.empty()) error.param = "voice";
    return error;
}

}  // namespace

VoiceEngine* find_engine(const VoiceEngines& engines, std::string_view name) {
    for (const auto& engine : engines)
        if (engine->name() == name) return engine.get();
    return nullptr;
}

Result<VoiceEngine*> OwnVoiceSynthesizer::engine_of(const CustomVoice& voice) const {
    if (VoiceEngine* engine = find_engine(engines_, voice.engine())) return engine;
    return Error{ErrorCode::unavailable,
                 "The engine \"" + std::string(voice.engine()) +
                     "\" of this voice isn't configured on this server any more. Configure it, or choose "
                     "another voice.",
                 {},
                 "voice"};
}

Result<> OwnVoiceSynthesizer::check(const SpeechStyle& style) const {
    if (!is_own_voice(style.voice) || !style.own_voices) return inner_.check(style);
    const auto found = style.own_voices->find(style.voice);
    if (found.has_error()) return with_param(found.error());
    if (!*found) return inner_.check(style);  // which says that there is no such voice
    AIMPACT_TRY(VoiceEngine* const engine, engine_of(**found));
    return engine->check(**found, without_lookup(style));
}

base::Task<Result<>> OwnVoiceSynthesizer::stream(
    std::string text, SpeechStyle style, inference::Priority priority, std::function<void(SpokenChunk)> sink,
    std::stop_token stop, std::optional<std::chrono::steady_clock::time_point> needed_at) {
    if (!is_own_voice(style.voice) || !style.own_voices)
        co_return co_await inner_.stream(std::move(text), std::move(style), priority, std::move(sink),
                                         std::move(stop), needed_at);
    auto found = co_await style.own_voices->current(style.voice);
    if (found.has_error()) co_return with_param(found.error());
    if (!*found) co_return inner_.check(without_lookup(std::move(style)));
    std::shared_ptr<const CustomVoice> voice = *std::move(found);
    AIMPACT_CO_TRY(VoiceEngine* const engine, engine_of(*voice));
    // Whoever speaks without saying what for is still accounted for.
    const auto use = style.voice_use ? style.voice_use : style.own_voices->begin_use("speech", {});
    use->said(*voice, to_utf32(text).size());
    co_return co_await engine->stream(std::move(voice), std::move(text), without_lookup(std::move(style)),
                                      priority, std::move(sink), std::move(stop), needed_at);
}

base::Task<Result<SpokenChunk>> OwnVoiceSynthesizer::clause(std::string text, SpeechStyle style,
                                                            inference::Priority priority,
                                                            std::stop_token stop) {
    if (!is_own_voice(style.voice) || !style.own_voices)
        co_return co_await inner_.clause(std::move(text), std::move(style), priority, std::move(stop));
    SpokenChunk all;
    std::function<void(SpokenChunk)> gather = [&all](SpokenChunk chunk) { all.append(std::move(chunk)); };
    AIMPACT_CO_CHECK(
        co_await stream(std::move(text), std::move(style), priority, std::move(gather), std::move(stop), {}));
    co_return all;
}

base::Task<Result<>> OwnVoiceSynthesizer::speak(std::string text, SpeechStyle style,
                                                inference::Priority priority,
                                                std::function<base::Task<Result<>>(SpokenChunk)> sink,
                                                std::stop_token stop) {
    if (!is_own_voice(style.voice) || !style.own_voices)
        co_return co_await inner_.speak(std::move(text), std::move(style), priority, std::move(sink),
                                        std::move(stop));
    if (!style.voice_use) style.voice_use = style.own_voices->begin_use("speech", {});
    ClauseSplitter splitter;
    std::vector<std::string> clauses = splitter.push(text);
    for (std::string& rest : splitter.finish()) clauses.push_back(std::move(rest));
    for (std::string& one : clauses) {
        AIMPACT_CO_TRY(SpokenChunk chunk, co_await clause(std::move(one), style, priority, stop));
        AIMPACT_CO_CHECK(co_await sink(std::move(chunk)));
    }
    co_return Result<>{};
}

}  // namespace aimpact::voice
