// A chat model at any endpoint that speaks OpenAI's POST /chat/completions: OpenAI, vLLM, Ollama, llama.cpp,
// Groq and most others. Answers are always streamed, so that the first words are heard early.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "base/clock.hpp"
#include "base/metrics.hpp"
#include "llm/chat.hpp"
#include "net/client.hpp"

namespace aimpact::llm {

struct OpenAiOptions {
    std::chrono::milliseconds connect_timeout{5'000};
    std::chrono::milliseconds idle_timeout{30'000};  // longest silence of the provider
    std::chrono::milliseconds total_timeout{120'000};
    std::chrono::milliseconds retry_pause{250};        // where the provider names none
    std::chrono::milliseconds retry_after_max{2'000};  // a longer Retry-After is passed on, not waited for
};

// Retries once, and only before the first piece of an answer, on 429, 5xx and a connection that failed.
// Errors: upstream_failed (401, 403, 404 and what cannot be read, in the provider's words), rate_limited
// (429), invalid_argument (the context is too long), unavailable (no connection), timeout, cancelled.
class OpenAiModel final : public ChatModel {
  public:
    // `client` and `clock` must outlive the model.
    OpenAiModel(ModelRoute route, OpenAiOptions options, net::HttpClient& client, base::Metrics& metrics,
                const base::Clock& clock);

    Task<Result<ChatResult>> chat(ChatRequest request, OnDelta on_delta = {},
                                  std::stop_token stop = {}) override;
    int context_tokens() const override { return 0; }

  private:
    struct Attempt {
        Result<ChatResult> result;
        bool retry = false;
        std::chrono::milliseconds pause{0};
    };
    Task<Attempt> attempt(const std::string& body, const OnDelta& on_delta, std::stop_token stop);
    Attempt refused(const net::ClientResponse& response) const;

    const ModelRoute route_;
    const OpenAiOptions options_;
    const bool openai_;
    net::HttpClient& client_;
    const base::Clock& clock_;
    prometheus::Histogram& first_token_seconds_;
    prometheus::Counter &input_tokens_, &cached_tokens_, &output_tokens_, &failures_;
};

// A base URL that may be used: http or https, a host, no credentials, query or fragment; at most 2048
// characters.
Result<> check_base_url(const std::string& url);

}  // namespace aimpact::llm
