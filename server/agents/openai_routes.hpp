// The OpenAI-compatible endpoints of this layer: /v1/chat/completions, /v1/embeddings, /v1/models.
#pragma once

#include <vector>

#include "agents/chat_service.hpp"
#include "net/router.hpp"

namespace aimpact::agents {

struct OpenAiRouteParts {
    ChatService& chat;
    AgentService& agents;
    llm::ChatModels& models;
    llm::Embedder* embedder = nullptr;  // null: /v1/embeddings says that it is not installed
    // Further models of this server to list (speech).
    std::vector<llm::ModelInfo> other_models;
    const base::Clock& clock;
};

// Everything referred to must outlive the router.
void register_openai_routes(net::Router& router, accounts::Authenticator& authenticator,
                            OpenAiRouteParts parts);

// The handlers, for the table in openai_routes.cpp.
Task<net::Response> chat_completion(ChatService& chat, net::Request& request, const accounts::Principal& who);
Task<net::Response> embeddings(llm::Embedder* embedder, net::Request& request);
Task<net::Response> list_models(const OpenAiRouteParts& parts, net::Request& request,
                                const accounts::Principal& who);
Task<net::Response> get_model(const OpenAiRouteParts& parts, net::Request& request,
                              const accounts::Principal& who);

}  // namespace aimpact::agents
