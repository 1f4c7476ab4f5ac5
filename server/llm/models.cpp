#include "llm/models.hpp"

namespace aimpact::llm {

Models::Models(std::shared_ptr<ChatModel> local, net::HttpClient& client, base::Metrics& metrics,
               const base::Clock& clock, Options options)
    : local_(std::move(local)),
      client_(client),
      metrics_(metrics),
      clock_(clock),
      options_(std::move(options)) {}

Result<std::shared_ptr<ChatModel>> Models::get(const ModelRoute& route) {
    if (route.provider == "local") {
        if (local_) return local_;
        return base::Error{base::ErrorCode::unavailable,
                           "The local language model is not installed on this server. Fetch the models "
                           "(scripts/fetch-models), or give the agent an OpenAI-compatible model."};
    }
    if (route.provider != "openai_compatible")
        return base::invalid_argument(
            "There is no model provider \"" + route.provider + "\": use \"local\" or \"openai_compatible\".",
            "provider");
    AIMPACT_CHECK(check_base_url(route.base_url));
    const Key key{route.base_url, route.name, route.api_key};
    std::lock_guard lock(mutex_);
    if (const auto found = by_key_.find(key); found != by_key_.end()) {
        recent_.splice(recent_.begin(), recent_, found->second);
        return found->second->second;
    }
    auto model = std::make_shared<OpenAiModel>(route, options_.openai, client_, metrics_, clock_);
    recent_.emplace_front(key, model);
    by_key_[key] = recent_.begin();
    if (recent_.size() > options_.cache_max) {
        by_key_.erase(recent_.back().first);
        recent_.pop_back();
    }
    return std::shared_ptr<ChatModel>(std::move(model));
}

std::vector<ModelInfo> Models::built_in() const {
    if (!local_) return {};
    std::vector<ModelInfo> out{{"local", "aimpact"}};
    if (!options_.local_name.empty() && options_.local_name != "local")
        out.push_back({options_.local_name, "aimpact"});
    return out;
}

}  // namespace aimpact::llm
