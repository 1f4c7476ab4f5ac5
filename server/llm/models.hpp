// The models that agents can route to: the local one (if installed) and any OpenAI-compatible endpoint.
#pragma once

#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <tuple>
#include <vector>

#include "base/clock.hpp"
#include "base/metrics.hpp"
#include "llm/openai_model.hpp"

namespace aimpact::llm {

// Thread-safe.
class Models final : public ChatModels {
  public:
    struct Options {
        std::string local_name;  // a second name of the local model beside "local", e.g. "smollm2-135m"
        OpenAiOptions openai;
        std::size_t cache_max = 256;  // routes kept; the longest unused goes first
    };

    // `local` may be null: routes to it are then `unavailable`, with what to do. `client`, `clock` outlive
    // this.
    Models(std::shared_ptr<ChatModel> local, net::HttpClient& client, base::Metrics& metrics,
           const base::Clock& clock, Options options);
    Models(std::shared_ptr<ChatModel> local, net::HttpClient& client, base::Metrics& metrics,
           const base::Clock& clock)
        : Models(std::move(local), client, metrics, clock, Options()) {}

    // Errors: unavailable (no local model), invalid_argument (unknown provider, bad base URL).
    Result<std::shared_ptr<ChatModel>> get(const ModelRoute& route) override;

    // Built-in models by every name they answer to; empty without a local model.
    std::vector<ModelInfo> built_in() const override;

  private:
    using Key = std::tuple<std::string, std::string, std::string>;  // base URL, name, key
    using Entry = std::pair<Key, std::shared_ptr<ChatModel>>;

    const std::shared_ptr<ChatModel> local_;
    net::HttpClient& client_;
    base::Metrics& metrics_;
    const base::Clock& clock_;
    const Options options_;
    std::mutex mutex_;
    std::list<Entry> recent_;  // newest first
    std::map<Key, std::list<Entry>::iterator> by_key_;
};

}  // namespace aimpact::llm
