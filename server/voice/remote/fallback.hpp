// A remote engine first, the local one when it fails: a call goes on, somewhat different to the ear.
//
// After a few failures in a row the remote engine is left alone for a while (circuit_breaker.hpp), so that
// callers don't wait for each time limit. What is stopped is no failure. Metrics tell who served and what
// failed; the log tells when the remote engine is given up and when it is back.
#pragma once

#include <memory>

#include "base/metrics.hpp"
#include "voice/recognizer.hpp"
#include "voice/remote/circuit_breaker.hpp"
#include "voice/remote/remote_synthesizer.hpp"

namespace aimpact::voice {

// Both kinds of engines share what is counted and when the remote one is tried.
class RemoteFirst {
  public:
    // `engine`: "recogniser" or "synthesiser".
    RemoteFirst(std::string engine, base::Metrics& metrics, const base::Clock& clock, BreakerOptions options);

    bool try_remote() { return breaker_.allows(); }
    void remote_served();
    void remote_failed(const Error& error);
    void local_served() { local_.Increment(); }
    // Nobody failed: the caller went away.
    static bool is_stop(const Error& error) { return error.code == base::ErrorCode::cancelled; }

  private:
    const std::string engine_;
    base::Metrics& metrics_;
    CircuitBreaker breaker_;
    prometheus::Counter &remote_, &local_;
};

class FallbackRecognizer final : public Recognizer {
  public:
    // With `fall_back` false, or without a `local` one, errors are passed on. What an utterance of
    // Priority::live asks (the partial transcripts while a caller speaks) is the local engine's business
    // where there is one: it comes several times a second.
    FallbackRecognizer(std::shared_ptr<Recognizer> remote, std::shared_ptr<Recognizer> local, bool fall_back,
                       base::Metrics& metrics, const base::Clock& clock, BreakerOptions options = {});

    Task<Result<Transcript>> transcribe(std::vector<float> samples_16k, RecognitionOptions options,
                                        inference::Priority priority, std::stop_token stop = {},
                                        std::function<void(double, const Segment*)> progress = {}) override;
    Task<Result<Transcript>> utterance(std::vector<float> samples_16k, double vad_probability,
                                       RecognitionOptions options, inference::Priority priority,
                                       std::stop_token stop = {}) override;

  private:
    std::shared_ptr<Recognizer> remote_, local_;
    const bool fall_back_;  // and there is somebody to fall back to
    RemoteFirst first_;
};

class FallbackSynthesizer final : public Synthesizer {
  public:
    // `local` may be null: then only the remote voices are there, and errors are passed on. With `fall_back`
    // false the local engine has its own voices only.
    FallbackSynthesizer(std::shared_ptr<RemoteSynthesizer> remote, std::shared_ptr<Synthesizer> local,
                        bool fall_back, base::Metrics& metrics, const base::Clock& clock,
                        BreakerOptions options = {});

    // The remote ones first; a voice of both is there once.
    const std::vector<Voice>& voices() const override { return voices_; }
    const std::vector<std::string>& emotions() const override;
    Result<> check(const SpeechStyle& style) const override;

    // A voice that only the local engine has is spoken there. In the remote engine's place a voice that the
    // local one doesn't have is its default voice.
    Task<Result<SpokenChunk>> clause(std::string text, SpeechStyle style, inference::Priority priority,
                                     std::stop_token stop = {}) override;
    // A remote stream that breaks off after something was given out can't be said again: its error is passed
    // on.
    Task<Result<>> stream(std::string text, SpeechStyle style, inference::Priority priority,
                          std::function<void(SpokenChunk)> sink, std::stop_token stop = {},
                          std::optional<std::chrono::steady_clock::time_point> needed_at = {}) override;
    Task<Result<>> speak(std::string text, SpeechStyle style, inference::Priority priority,
                         std::function<Task<Result<>>(SpokenChunk)> sink, std::stop_token stop = {}) override;
    Task<Result<>> warm_up(inference::Priority priority) override;

  private:
    bool local_has(const std::string& voice) const;
    // Who speaks in this style, apart from failures.
    bool is_remote(const SpeechStyle& style) const;
    SpeechStyle local_style(SpeechStyle style) const;
    bool may_fall_back() const { return local_ && fall_back_; }

    std::shared_ptr<RemoteSynthesizer> remote_;
    std::shared_ptr<Synthesizer> local_;
    const bool fall_back_;
    std::vector<Voice> voices_;
    RemoteFirst first_;
};

}  // namespace aimpact::voice
