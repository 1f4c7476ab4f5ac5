// What `model` means and how one chat completion runs, without HTTP. Thread-safe.
//
// `model` is an agent's id, an agent's name, or a model of this server ("local"). An agent's instructions
// come before the request's messages, its tools and settings count where the request gives none.
//
// Nothing is kept unless the client asks for it: with `store: true` the messages and the answer become a new
// conversation, whose id is in the answer's metadata.conversation_id and the X-Conversation-Id header; with
// metadata.conversation_id the messages are added to that conversation, which supplies the context before
// them.
#pragma once

#include <memory>
#include <string>

#include "accounts/principal.hpp"
#include "agents/chat_wire.hpp"
#include "agents/conversation_service.hpp"

namespace aimpact::agents {

class ChatService {
  public:
    struct Parts {
        const base::Clock& clock;
        base::Random& random;
        llm::ChatModels& models;
        AgentService& agents;
        ConversationService& conversations;
    };
    explicit ChatService(Parts parts) : parts_(parts) {}

    // A completion that is ready to run.
    struct Prepared {
        std::shared_ptr<TurnLoop> loop;
        CompletionHead head;
        ResponseOptions options;
        std::string user_item_id;  // of the last message by the user
        bool kept = false;
    };
    // Errors: not_found (no such agent or model; param "model"), permission_denied (a client secret for
    // another agent), and those of opening a conversation.
    Task<Result<Prepared>> prepare(const accounts::Principal& who, ChatCompletionRequest request);

    // Runs it; records the turn if it is kept.
    Task<Result<ResponseResult>> run(Prepared& prepared, llm::OnDelta on_delta, std::stop_token stop);

  private:
    Parts parts_;
};

}  // namespace aimpact::agents
