#include "app/late_engines.hpp"

namespace aimpact::app {

using base::Result;
using base::Task;

Task<Result<voice::Transcript>> LateRecognizer::transcribe(
    std::vector<float> samples_16k, voice::RecognitionOptions options, inference::Priority priority,
    std::stop_token stop, std::function<void(double, const voice::Segment*)> progress) {
    voice::Recognizer* engine = late_.get();
    if (!engine) co_return late_.unavailable();
    co_return co_await engine->transcribe(std::move(samples_16k), std::move(options), priority,
                                          std::move(stop), std::move(progress));
}

Task<Result<voice::Transcript>> LateRecognizer::utterance(std::vector<float> samples_16k,
                                                          double vad_probability,
                                                          voice::RecognitionOptions options,
                                                          inference::Priority priority,
                                                          std::stop_token stop) {
    voice::Recognizer* engine = late_.get();
    if (!engine) co_return late_.unavailable();
    co_return co_await engine->utterance(std::move(samples_16k), vad_probability, std::move(options),
                                         priority, std::move(stop));
}

const std::vector<voice::Voice>& LateSynthesizer::voices() const {
    static const std::vector<voice::Voice> none;
    const voice::Synthesizer* engine = late_.get();
    return engine ? engine->voices() : none;
}

const std::vector<std::string>& LateSynthesizer::emotions() const {
    static const std::vector<std::string> none;
    const voice::Synthesizer* engine = late_.get();
    return engine ? engine->emotions() : none;
}

Result<> LateSynthesizer::check(const voice::SpeechStyle& style) const {
    const voice::Synthesizer* engine = late_.get();
    if (!engine) return late_.unavailable();
    return engine->check(style);
}

Task<Result<voice::SpokenChunk>> LateSynthesizer::clause(std::string text, voice::SpeechStyle style,
                                                         inference::Priority priority, std::stop_token stop) {
    voice::Synthesizer* engine = late_.get();
    if (!engine) co_return late_.unavailable();
    co_return co_await engine->clause(std::move(text), std::move(style), priority, std::move(stop));
}

Task<Result<>> LateSynthesizer::stream(std::string text, voice::SpeechStyle style,
                                       inference::Priority priority,
                                       std::function<void(voice::SpokenChunk)> sink, std::stop_token stop,
                                       std::optional<std::chrono::steady_clock::time_point> needed_at) {
    voice::Synthesizer* engine = late_.get();
    if (!engine) co_return late_.unavailable();
    co_return co_await engine->stream(std::move(text), std::move(style), priority, std::move(sink),
                                      std::move(stop), needed_at);
}

Task<Result<>> LateSynthesizer::speak(std::string text, voice::SpeechStyle style,
                                      inference::Priority priority,
                                      std::function<Task<Result<>>(voice::SpokenChunk)> sink,
                                      std::stop_token stop) {
    voice::Synthesizer* engine = late_.get();
    if (!engine) co_return late_.unavailable();
    co_return co_await engine->speak(std::move(text), std::move(style), priority, std::move(sink),
                                     std::move(stop));
}

Task<Result<llm::ChatResult>> LateChatModel::chat(llm::ChatRequest request, llm::OnDelta on_delta,
                                                  std::stop_token stop) {
    llm::ChatModel* engine = late_.get();
    if (!engine) co_return late_.unavailable();
    co_return co_await engine->chat(std::move(request), std::move(on_delta), std::move(stop));
}

int LateChatModel::context_tokens() const {
    const llm::ChatModel* engine = late_.get();
    return engine ? engine->context_tokens() : 0;
}

int LateChatModel::count_tokens(std::string_view text) const {
    const llm::ChatModel* engine = late_.get();
    return engine ? engine->count_tokens(text) : llm::estimate_tokens(text);
}

Task<Result<llm::Embedder::Answer>> LateEmbedder::embed(std::vector<std::string> texts,
                                                        std::stop_token stop) {
    llm::Embedder* engine = late_.get();
    if (!engine) co_return late_.unavailable();
    co_return co_await engine->embed(std::move(texts), std::move(stop));
}

int LateEmbedder::dimensions() const {
    const llm::Embedder* engine = late_.get();
    return engine ? engine->dimensions() : 0;
}

const std::string& LateEmbedder::name() const {
    const llm::Embedder* engine = late_.get();
    return engine ? engine->name() : late_.name();
}

}  // namespace aimpact::app
