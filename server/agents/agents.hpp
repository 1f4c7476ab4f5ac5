// The agents layer as app sees it: built once from its parts, mounted on the router, handed to realtime.
#pragma once

#include <filesystem>
#include <vector>

#include "agents/agent_service.hpp"
#include "agents/chat_service.hpp"
#include "agents/conversation_service.hpp"
#include "agents/voice_service.hpp"
#include "agents/word_service.hpp"
#include "net/router.hpp"

namespace aimpact::agents {

class AgentsModule {
  public:
    struct Parts {
        storage::Database& database;
        const base::Clock& clock;
        base::Random& random;
        llm::ChatModels& models;
        llm::Embedder* embedder = nullptr;  // may be null: not installed
        const accounts::SecretBox& secrets;
        std::filesystem::path data_dir;            // recordings live below it
        CheckStyle check_style;                    // voice::Synthesizer::check; empty: not checked
        std::vector<llm::ModelInfo> other_models;  // speech models, for /v1/models
        // For own voices and the consent to them; all or none (null: there are no such routes).
        accounts::AuditLog* audit = nullptr;
        const voice::ConsentChecker* consent_checker = nullptr;
        const voice::VoiceEngines* voice_engines = nullptr;
        ConsentSettings consent = {};
    };
    // Everything referred to must outlive the module, and the module must outlive the router's last request.
    explicit AgentsModule(Parts parts);

    AgentService& agents() { return agents_; }
    ConversationService& conversations() { return conversations_; }
    // What an organisation's words mean to the voice.
    WordLists& word_lists() { return word_lists_; }
    WordService& words() { return words_; }
    VoiceService* voices() { return voices_ ? &voices_->service : nullptr; }

    // /api/v1/agents, /api/v1/words, /api/v1/conversations, /v1/chat/completions, /v1/embeddings, /v1/models,
    // /v1/audio/voices, /v1/audio/voice_consents.
    void register_routes(net::Router& router, accounts::Authenticator& authenticator);

  private:
    struct OwnVoiceParts {
        OwnVoiceParts(const Parts& parts, base::ThreadPool& files);
        VoiceFiles recordings;
        VoiceDirectory directory;
        VoiceMaker maker;
        VoiceService service;
    };

    Parts parts_;
    base::ThreadPool files_;  // recordings: reading and writing; lists of words
    AudioRecordings recordings_;
    std::unique_ptr<OwnVoiceParts> voices_;
    WordLists word_lists_;
    WordService words_;
    AgentService agents_;
    ConversationService conversations_;
    ChatService chat_;
};

}  // namespace aimpact::agents
