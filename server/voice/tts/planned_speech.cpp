#include "voice/tts/planned_speech.hpp"

#include <cmath>

#include "voice/audio.hpp"

namespace aimpact::voice {

base::Task<Result<>> stream_planned(Synthesizer& synthesizer, PlannedClause clause,
                                    inference::Priority priority, std::function<void(SpokenChunk)> sink,
                                    std::stop_token stop,
                                    std::optional<std::chrono::steady_clock::time_point> needed_at) {
    const double silence = clause.silence_seconds;
    if (silence > 0) {
        SpokenChunk chunk;
        chunk.samples.resize(static_cast<std::size_t>(std::lround(silence * kSynthesisRate)));
        chunk.last_of_clause = clause.text.empty();
        if (needed_at) *needed_at += std::chrono::milliseconds(std::lround(silence * 1000));
        sink(std::move(chunk));
    }
    if (clause.text.empty()) co_return Result<>{};
    // Words are timed from the clause's first sample, which is one of the silence.
    auto timed = [&sink, silence](SpokenChunk chunk) {
        for (SpokenWord& word : chunk.words) {
            word.start_seconds += silence;
            word.end_seconds += silence;
        }
        sink(std::move(chunk));
    };
    co_return co_await synthesizer.stream(std::move(clause.text), std::move(clause.style), priority, timed,
                                          std::move(stop), needed_at);
}

base::Task<Result<SpokenChunk>> say_planned(Synthesizer& synthesizer, PlannedClause clause,
                                            inference::Priority priority, std::stop_token stop) {
    SpokenChunk whole;
    auto join = [&whole](SpokenChunk chunk) { whole.append(std::move(chunk)); };
    AIMPACT_CO_CHECK(
        co_await stream_planned(synthesizer, std::move(clause), priority, join, std::move(stop)));
    co_return whole;
}

}  // namespace aimpact::voice
