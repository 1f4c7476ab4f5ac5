// Engines that load in the background while the server already answers. Until an engine is there, or if its
// model is missing or broken, calls get an `unavailable` error that says so; everything else is served.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include "llm/chat.hpp"
#include "voice/recognizer.hpp"
#include "voice/synthesizer.hpp"

namespace aimpact::app {

// A value that is set once, from any thread. Thread-safe.
template <class T>
class Late {
  public:
    explicit Late(std::string name) : name_(std::move(name)) {}

    void set(std::shared_ptr<T> value) {
        owner_ = std::move(value);
        ready_.store(owner_.get(), std::memory_order_release);
    }
    void fail(const base::Error& error) {
        std::lock_guard lock(mutex_);
        reason_ = error.message;
    }
    // Null until it is set; valid for the life of this object.
    T* get() const { return ready_.load(std::memory_order_acquire); }
    const std::string& name() const { return name_; }
    // What it waits for, for people; empty when ready.
    std::string waiting_for() const {
        if (get()) return {};
        std::lock_guard lock(mutex_);
        return reason_.empty() ? "loading" : reason_;
    }
    base::Error unavailable() const {
        std::lock_guard lock(mutex_);
        if (reason_.empty())
            return base::Error{base::ErrorCode::unavailable,
                               "The " + name_ + " is still loading. Try again in a moment.",
                               {},
                               {},
                               std::chrono::seconds{2}};
        return base::Error{base::ErrorCode::unavailable, "The " + name_ + " is not available: " + reason_};
    }

  private:
    const std::string name_;
    std::shared_ptr<T> owner_;
    std::atomic<T*> ready_{nullptr};
    mutable std::mutex mutex_;
    std::string reason_;
};

class LateRecognizer final : public voice::Recognizer {
  public:
    explicit LateRecognizer(Late<voice::Recognizer>& late) : late_(late) {}
    base::Task<base::Result<voice::Transcript>> transcribe(
        std::vector<float> samples_16k, voice::RecognitionOptions options, inference::Priority priority,
        std::stop_token stop, std::function<void(double, const voice::Segment*)> progress) override;
    base::Task<base::Result<voice::Transcript>> utterance(std::vector<float> samples_16k,
                                                          double vad_probability,
                                                          voice::RecognitionOptions options,
                                                          inference::Priority priority,
                                                          std::stop_token stop) override;

  private:
    Late<voice::Recognizer>& late_;
};

class LateSynthesizer final : public voice::Synthesizer {
  public:
    explicit LateSynthesizer(Late<voice::Synthesizer>& late) : late_(late) {}
    const std::vector<voice::Voice>& voices() const override;  // empty until it is there
    const std::vector<std::string>& emotions() const override;
    base::Result<> check(const voice::SpeechStyle& style) const override;
    base::Task<base::Result<voice::SpokenChunk>> clause(std::string text, voice::SpeechStyle style,
                                                        inference::Priority priority,
                                                        std::stop_token stop) override;
    base::Task<base::Result<>> stream(
        std::string text, voice::SpeechStyle style, inference::Priority priority,
        std::function<void(voice::SpokenChunk)> sink, std::stop_token stop,
        std::optional<std::chrono::steady_clock::time_point> needed_at) override;
    base::Task<base::Result<>> speak(std::string text, voice::SpeechStyle style, inference::Priority priority,
                                     std::function<base::Task<base::Result<>>(voice::SpokenChunk)> sink,
                                     std::stop_token stop) override;

  private:
    Late<voice::Synthesizer>& late_;
};

class LateChatModel final : public llm::ChatModel {
  public:
    explicit LateChatModel(Late<llm::ChatModel>& late) : late_(late) {}
    base::Task<base::Result<llm::ChatResult>> chat(llm::ChatRequest request, llm::OnDelta on_delta,
                                                   std::stop_token stop) override;
    int context_tokens() const override;
    int count_tokens(std::string_view text) const override;

  private:
    Late<llm::ChatModel>& late_;
};

class LateEmbedder final : public llm::Embedder {
  public:
    explicit LateEmbedder(Late<llm::Embedder>& late) : late_(late) {}
    base::Task<base::Result<Answer>> embed(std::vector<std::string> texts, std::stop_token stop) override;
    int dimensions() const override;
    const std::string& name() const override;

  private:
    Late<llm::Embedder>& late_;
};

}  // namespace aimpact::app
