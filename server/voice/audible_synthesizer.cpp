#include "voice/audible_synthesizer.hpp"

#include <algorithm>
#include <cmath>

#include "base/log.hpp"

namespace aimpact::voice {

namespace {
constexpr std::string_view kDetail = "silent_audio";
constexpr int kAttempts = 2;

prometheus::Counter& counter(base::Metrics& metrics, const char* what) {
    return metrics.counter("aimpact_tts_silent_total",
                           "Clauses with words that came out silent or broken (each was made again once).",
                           {{"what", what}});
}
}  // namespace

Audible audible(std::span<const float> samples, double volume_db) {
    if (samples.empty()) return Audible::yes;
    const bool finite =
        std::all_of(samples.begin(), samples.end(), [](float sample) { return std::isfinite(sample); });
    if (!finite) return Audible::not_finite;
    return level_dbfs(samples) < kSilentDbfs + std::min(0.0, volume_db) ? Audible::silent : Audible::yes;
}

Error no_sound() {
    return Error{base::ErrorCode::internal,
                 "The voice gave no sound for this text. Try again, or choose another voice.",
                 std::string(kDetail)};
}

bool is_silent_audio(const Error& error) {
    return error.detail == kDetail;
}

AudibleSynthesizer::AudibleSynthesizer(Synthesizer& inner, base::Metrics& metrics)
    : inner_(inner), silent_(counter(metrics, "silent")), not_finite_(counter(metrics, "not_finite")) {}

void AudibleSynthesizer::note(Audible what, const std::string& text, const SpeechStyle& style,
                              int attempt) const {
    (what == Audible::silent ? silent_ : not_finite_).Increment();
    base::log_warn("tts.silent", {{"what", what == Audible::silent ? "silent" : "not_finite"},
                                  {"voice", style.voice},
                                  {"emotion", style.emotion},
                                  {"bytes", text.size()},
                                  {"attempt", attempt}});
}

base::Task<Result<SpokenChunk>> AudibleSynthesizer::clause(std::string text, SpeechStyle style,
                                                           inference::Priority priority,
                                                           std::stop_token stop) {
    for (int attempt = 1; attempt <= kAttempts; ++attempt) {
        auto chunk = co_await inner_.clause(text, style, priority, stop);
        if (chunk.has_error()) co_return chunk;
        const Audible what = audible(chunk->samples, style.volume_db);
        if (what == Audible::yes) co_return chunk;
        note(what, text, style, attempt);
    }
    co_return no_sound();
}

base::Task<Result<>> AudibleSynthesizer::stream(
    std::string text, SpeechStyle style, inference::Priority priority, std::function<void(SpokenChunk)> sink,
    std::stop_token stop, std::optional<std::chrono::steady_clock::time_point> needed_at) {
    for (int attempt = 1; attempt <= kAttempts; ++attempt) {
        bool given = false;
        Audible worst = Audible::yes;
        auto checked = [&given, &worst, &sink, &style](SpokenChunk chunk) {
            const Audible what = audible(chunk.samples, style.volume_db);
            if (what == Audible::not_finite || (what == Audible::silent && !given)) worst = what;
            if (worst != Audible::yes) return;
            given = given || !chunk.samples.empty();
            sink(std::move(chunk));
        };
        auto done = co_await inner_.stream(text, style, priority, checked, stop, needed_at);
        if (done.has_error() || worst == Audible::yes) co_return done;
        note(worst, text, style, attempt);
        if (given) break;  // its beginning was heard: it can't be said again
    }
    co_return no_sound();
}

base::Task<Result<>> AudibleSynthesizer::speak(std::string text, SpeechStyle style,
                                               inference::Priority priority,
                                               std::function<base::Task<Result<>>(SpokenChunk)> sink,
                                               std::stop_token stop) {
    std::function<base::Task<Result<>>(SpokenChunk)> checked =
        [this, sink = std::move(sink), style,
         clause_heard = false](SpokenChunk chunk) mutable -> base::Task<Result<>> {
        const Audible what = audible(chunk.samples, style.volume_db);
        // A later piece of a clause may hold a pause.
        const bool failed = what == Audible::not_finite || (what == Audible::silent && !clause_heard);
        clause_heard = !chunk.last_of_clause && (clause_heard || !chunk.samples.empty());
        if (failed) {
            note(what, chunk.text, style, kAttempts);
            co_return no_sound();
        }
        co_return co_await sink(std::move(chunk));
    };
    co_return co_await inner_.speak(std::move(text), std::move(style), priority, std::move(checked),
                                    std::move(stop));
}

}  // namespace aimpact::voice
