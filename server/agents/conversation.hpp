// A conversation's record: items (what was said and called, in order) and turns (how long each stage took).
#pragma once

#include <boost/describe/enum.hpp>
#include <boost/json.hpp>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agents/agent.hpp"
#include "agents/turn_quality.hpp"

namespace aimpact::agents {

enum class ItemType { message, function_call, function_call_output };
BOOST_DESCRIBE_ENUM(ItemType, message, function_call, function_call_output)
enum class ItemStatus { in_progress, completed, incomplete };
BOOST_DESCRIBE_ENUM(ItemStatus, in_progress, completed, incomplete)

struct Item {
    std::string id;  // "item_...", or the client's own id (at most 64 characters)
    ItemType type = ItemType::message;
    llm::ChatRole role = llm::ChatRole::user;
    ItemStatus status = ItemStatus::completed;
    std::string text;                      // the message, its transcript, or a function's output
    bool spoken = false;                   // came from or went to audio
    std::string name, call_id, arguments;  // functions
    base::WallTime created_at;
};

// Milliseconds since the end of the caller's speech unless said; -1: did not happen.
struct TurnTimeline {
    base::WallTime started_at;    // wall clock at the start of the caller's speech (or of the request)
    double speech_ms = -1;        // length of the caller's speech
    double decided_ms = -1;       // end of turn decided
    double transcript_ms = -1;    // final transcript ready
    double first_token_ms = -1;   // first piece of the model's answer
    double first_clause_ms = -1;  // first clause complete
    double first_audio_ms = -1;   // first reply audio handed to the wire: the response latency
    double audio_done_ms = -1;    // last reply audio handed over
    double reply_audio_ms = -1;   // length of the reply's audio
    double heard_ms = -1;         // how much of it the caller heard, if interrupted
    bool interrupted = false;
    // RMS level of the reply's audio as it was sent, measured behind the wire's codec.
    std::optional<double> reply_level_dbfs = {};
};

// How the wait from the end of the caller's speech to the first reply audio was spent. Stages follow each
// other, so they add up to the whole; one that was done before its turn came (an answer prepared early) took
// 0; -1: it did not happen.
struct LatencyStages {
    double endpointing_ms = -1;    // until the turn was held to be over
    double transcription_ms = -1;  // until the final transcript
    double first_token_ms = -1;    // until the model's first words
    double first_clause_ms = -1;   // until they were a clause
    double first_audio_ms = -1;    // until its first audio was handed to the wire
};
LatencyStages latency_stages(const TurnTimeline& timeline);

struct Turn {
    int index = 0;
    std::string user_item_id, assistant_item_id;
    TurnTimeline timeline;
    TurnQuality quality;
    llm::Usage usage;
    std::string error;  // code, if the turn failed and a fallback was spoken
};

struct Conversation {
    std::string id, org_id, agent_id;
    int agent_version = 0;
    std::string channel;  // "realtime", "phone", "chat", "command_line"
    std::string user_id;
    std::map<std::string, std::string> variables;  // those given when it was opened
    base::WallTime started_at, active_at;          // active_at: the last write
    std::optional<base::WallTime> ended_at;
    int turns = 0, input_tokens = 0, output_tokens = 0;
    std::optional<double> latency_p50_ms, latency_p95_ms;  // over spoken turns
    std::string preview;                                   // the caller's first words, at most 200 characters
    bool has_audio = false;
    std::string agent_name;  // read only: as the agent is called now
};

// A conversation with all that was said in it.
struct ConversationRecord {
    Conversation conversation;
    std::vector<Item> items;  // in order
    std::vector<Turn> turns;  // by index
};

}  // namespace aimpact::agents
