#include "voice/remote/fallback.hpp"

#include <algorithm>

#include "base/log.hpp"

namespace aimpact::voice {

namespace {

prometheus::Counter& served(base::Metrics& metrics, const std::string& engine, const char* by) {
    return metrics.counter("aimpact_speech_engine_served_total",
                           "Requests that the remote speech engine served, or the local one in its place",
                           {{"engine", engine}, {"by", by}});
}

Error given_up(const char* what) {
    return Error{base::ErrorCode::unavailable,
                 std::string("The ") + what +
                     " failed several times and is left alone for a while. Try again in a moment.",
                 {},
                 {},
                 std::chrono::seconds{5}};
}

}  // namespace

RemoteFirst::RemoteFirst(std::string engine, base::Metrics& metrics, const base::Clock& clock,
                         BreakerOptions options)
    : engine_(std::move(engine)),
      metrics_(metrics),
      breaker_(clock, options),
      remote_(served(metrics, engine_, "remote")),
      local_(served(metrics, engine_, "local")) {}

void RemoteFirst::remote_served() {
    if (breaker_.open()) base::log_info("remote_speech.back", {{"engine", engine_}});
    breaker_.succeeded();
    remote_.Increment();
}

void RemoteFirst::remote_failed(const Error& error) {
    metrics_
        .counter("aimpact_remote_speech_failures_total",
                 "Requests that the remote speech engine did not serve",
                 {{"engine", engine_}, {"code", std::string(base::to_string(error.code))}})
        .Increment();
    // A request that the endpoint doesn't like says nothing of the next.
    const bool opened = error.code != base::ErrorCode::invalid_argument && breaker_.failed();
    base::log_warn(opened ? "remote_speech.given_up" : "remote_speech.failed",
                   {{"engine", engine_},
                    {"code", base::to_string(error.code)},
                    {"message", error.message},
                    {"detail", error.detail}});
}

// ---------------------------------------------------------------------------------------- recogniser

FallbackRecognizer::FallbackRecognizer(std::shared_ptr<Recognizer> remote, std::shared_ptr<Recognizer> local,
                                       bool fall_back, base::Metrics& metrics, const base::Clock& clock,
                                       BreakerOptions options)
    : remote_(std::move(remote)),
      local_(std::move(local)),
      fall_back_(fall_back && local_),
      first_("recogniser", metrics, clock, options) {}

Task<Result<Transcript>> FallbackRecognizer::transcribe(
    std::vector<float> samples_16k, RecognitionOptions options, inference::Priority priority,
    std::stop_token stop, std::function<void(double, const Segment*)> progress) {
    bool told = false;  // segments went out: they can't be taken back
    if (first_.try_remote()) {
        std::function<void(double, const Segment*)> noted;
        if (progress)
            noted = [&told, &progress](double done, const Segment* segment) {
                told = told || segment;
                progress(done, segment);
            };
        auto transcript =
            co_await remote_->transcribe(samples_16k, options, priority, stop, std::move(noted));
        if (transcript.has_value()) {
            first_.remote_served();
            co_return transcript;
        }
        if (RemoteFirst::is_stop(transcript.error())) co_return transcript.error();
        first_.remote_failed(transcript.error());
        if (!fall_back_ || told) co_return transcript.error();
    } else if (!fall_back_) {
        co_return given_up("speech recognition endpoint");
    }
    first_.local_served();
    co_return co_await local_->transcribe(std::move(samples_16k), std::move(options), priority,
                                          std::move(stop), std::move(progress));
}

Task<Result<Transcript>> FallbackRecognizer::utterance(std::vector<float> samples_16k, double vad_probability,
                                                       RecognitionOptions options,
                                                       inference::Priority priority, std::stop_token stop) {
    if (priority == inference::Priority::live && local_)
        co_return co_await local_->utterance(std::move(samples_16k), vad_probability, std::move(options),
                                             priority, std::move(stop));
    if (first_.try_remote()) {
        auto transcript = co_await remote_->utterance(samples_16k, vad_probability, options, priority, stop);
        if (transcript.has_value()) {
            first_.remote_served();
            co_return transcript;
        }
        if (RemoteFirst::is_stop(transcript.error())) co_return transcript.error();
        first_.remote_failed(transcript.error());
        if (!fall_back_) co_return transcript.error();
    } else if (!fall_back_) {
        co_return given_up("speech recognition endpoint");
    }
    first_.local_served();
    co_return co_await local_->utterance(std::move(samples_16k), vad_probability, std::move(options),
                                         priority, std::move(stop));
}

// ---------------------------------------------------------------------------------------- synthesiser

FallbackSynthesizer::FallbackSynthesizer(std::shared_ptr<RemoteSynthesizer> remote,
                                         std::shared_ptr<Synthesizer> local, bool fall_back,
                                         base::Metrics& metrics, const base::Clock& clock,
                                         BreakerOptions options)
    : remote_(std::move(remote)),
      local_(std::move(local)),
      fall_back_(fall_back),
      voices_(remote_->voices()),
      first_("synthesiser", metrics, clock, options) {
    if (!local_) return;
    // What the local engine knows of a voice that both have is better.
    std::erase_if(voices_, [this](const Voice& voice) { return local_has(voice.id); });
    voices_.insert(voices_.end(), local_->voices().begin(), local_->voices().end());
}

bool FallbackSynthesizer::local_has(const std::string& id) const {
    return local_ && std::any_of(local_->voices().begin(), local_->voices().end(),
                                 [&](const Voice& voice) { return voice.id == id; });
}

bool FallbackSynthesizer::is_remote(const SpeechStyle& style) const {
    if (!local_) return true;
    // What an own voice is made of is here; the stock voice beside it only lends its accent.
    return !style.custom_voice && remote_->has_voice(style.voice);
}

SpeechStyle FallbackSynthesizer::local_style(SpeechStyle style) const {
    if (!local_has(style.voice)) style.voice = SpeechStyle{}.voice;
    return style;
}

const std::vector<std::string>& FallbackSynthesizer::emotions() const {
    return local_ ? local_->emotions() : remote_->emotions();
}

Result<> FallbackSynthesizer::check(const SpeechStyle& style) const {
    if (!is_remote(style)) return local_->check(style);
    AIMPACT_CHECK(remote_->check(style));
    // What is said of the rest must hold for whoever speaks in its place.
    return local_ ? local_->check(local_style(style)) : Result<>{};
}

Task<Result<SpokenChunk>> FallbackSynthesizer::clause(std::string text, SpeechStyle style,
                                                      inference::Priority priority, std::stop_token stop) {
    if (!is_remote(style))
        co_return co_await local_->clause(std::move(text), std::move(style), priority, stop);
    if (first_.try_remote()) {
        auto chunk = co_await remote_->clause(text, style, priority, stop);
        if (chunk.has_value()) {
            first_.remote_served();
            co_return chunk;
        }
        if (RemoteFirst::is_stop(chunk.error())) co_return chunk.error();
        first_.remote_failed(chunk.error());
        if (!may_fall_back()) co_return chunk.error();
    } else if (!may_fall_back()) {
        co_return given_up("speech endpoint");
    }
    first_.local_served();
    co_return co_await local_->clause(std::move(text), local_style(std::move(style)), priority,
                                      std::move(stop));
}

Task<Result<>> FallbackSynthesizer::stream(std::string text, SpeechStyle style, inference::Priority priority,
                                           std::function<void(SpokenChunk)> sink, std::stop_token stop,
                                           std::optional<std::chrono::steady_clock::time_point> needed_at) {
    if (!is_remote(style))
        co_return co_await local_->stream(std::move(text), std::move(style), priority, std::move(sink),
                                          std::move(stop), needed_at);
    if (first_.try_remote()) {
        bool given = false;
        std::function<void(SpokenChunk)> noted = [&given, &sink](SpokenChunk chunk) {
            given = true;
            sink(std::move(chunk));
        };
        auto done = co_await remote_->stream(text, style, priority, std::move(noted), stop, needed_at);
        if (done.has_value()) {
            first_.remote_served();
            co_return done;
        }
        if (RemoteFirst::is_stop(done.error())) co_return done.error();
        first_.remote_failed(done.error());
        if (!may_fall_back() || given) co_return done.error();
    } else if (!may_fall_back()) {
        co_return given_up("speech endpoint");
    }
    first_.local_served();
    co_return co_await local_->stream(std::move(text), local_style(std::move(style)), priority,
                                      std::move(sink), std::move(stop), needed_at);
}

Task<Result<>> FallbackSynthesizer::speak(std::string text, SpeechStyle style, inference::Priority priority,
                                          std::function<Task<Result<>>(SpokenChunk)> sink,
                                          std::stop_token stop) {
    if (!is_remote(style))
        co_return co_await local_->speak(std::move(text), std::move(style), priority, std::move(sink),
                                         std::move(stop));
    ClauseSplitter splitter;
    std::vector<std::string> clauses = splitter.push(text);
    for (std::string& rest : splitter.finish()) clauses.push_back(std::move(rest));
    for (std::string& one : clauses) {
        AIMPACT_CO_TRY(SpokenChunk chunk, co_await clause(std::move(one), style, priority, stop));
        AIMPACT_CO_CHECK(co_await sink(std::move(chunk)));
    }
    co_return Result<>{};
}

Task<Result<>> FallbackSynthesizer::warm_up(inference::Priority priority) {
    if (!local_) co_return Result<>{};
    co_return co_await local_->warm_up(priority);
}

}  // namespace aimpact::voice
