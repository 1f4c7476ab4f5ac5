// Conversations: opening them (Conversations), and reading and deleting their records. Thread-safe.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "agents/agent_service.hpp"
#include "agents/audio_recording.hpp"
#include "agents/conversation_store.hpp"
#include "agents/recorder.hpp"
#include "agents/turn_loop.hpp"
#include "agents/word_lists.hpp"

namespace aimpact::agents {

class ConversationService final : public Conversations {
  public:
    struct Parts {
        storage::Database& database;
        const base::Clock& clock;
        base::Random& random;
        llm::ChatModels& models;
        AgentService& agents;
        AudioRecordings& recordings;
        WordLists& words;  // what a conversation says and hears, as it is when it opens
    };
    explicit ConversationService(Parts parts) : parts_(parts) {}

    // channel: "realtime", "phone", "chat" or "command_line". A conversation is open in one place: opening it
    // again takes it over, and the loop that had it refuses to go on. An existing one goes on with the
    // agent's newest version and the variables it was opened with, overlaid by those given.
    Task<Result<std::unique_ptr<TurnLoop>>> open(const std::string& org_id, const std::string& user_id,
                                                 const std::string& agent_id, const std::string& channel,
                                                 const std::map<std::string, std::string>& variables,
                                                 const std::string& conversation_id = {}) override;
    Result<std::unique_ptr<TurnLoop>> open_unsaved(Agent agent) override;
    // The same with values for the agent's variables.
    Result<std::unique_ptr<TurnLoop>> open_unsaved(Agent agent,
                                                   const std::map<std::string, std::string>& variables);

    Task<Result<ConversationRecord>> get(const std::string& org_id, std::string id);
    Task<Result<Page<Conversation>>> list(const std::string& org_id, conversation_store::Filter filter,
                                          PageRequest page);
    // With its recording. A connection that has it open loses it.
    Task<Result<>> remove(const std::string& org_id, std::string id);
    // The recording as a streamed WAV. not_found unless there is one and the conversation has ended.
    Task<Result<net::Response>> audio(const std::string& org_id, std::string id);

    // To be called at a start, before anything is opened: ends the conversations that a killed process left
    // open. With SQLite nobody else serves this database, so that is all of them; with PostgreSQL, those that
    // show no sign of life. How many.
    Result<int> end_abandoned();

    // Ended, or without a sign of life (TurnLoop::touch) for so long that its process must be gone.
    bool ended(const Conversation& conversation) const;

  private:
    // Makes the caller the only writer of the conversation; waits for what the one before has yet to write.
    // `unavailable` when the database can't take that now.
    Task<Result<std::shared_ptr<Recorder>>> take(std::string id);

    Parts parts_;
    std::mutex mutex_;
    std::map<std::string, std::weak_ptr<Recorder>> open_;
};

}  // namespace aimpact::agents
