// What a client of the OpenAI Realtime wire says: one JSON text in, one native event out, or an error that
// names the event and the field. Both the GA and the beta forms are understood. Pure; fuzzed by
// openai_events_fuzz.cpp.
#pragma once

#include <boost/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "agents/conversation.hpp"
#include "base/error.hpp"
#include "llm/chat.hpp"
#include "realtime/openai_limits.hpp"

namespace aimpact::realtime::openai {

using base::Error;
using base::Result;
namespace json = boost::json;

// A message item may carry audio instead of text: it is recognised before the item is added.
struct IncomingItem {
    agents::Item item;
    std::string audio;      // decoded from base64, in the session's input format; empty if none
    std::string reference;  // an item_reference's id (only in response.create)
};

struct SessionUpdate {
    json::object session;  // read by openai_session.hpp, against the session as it is
};
struct AppendAudio {
    std::string audio;  // decoded
};
struct CommitAudio {};
struct ClearAudio {};
struct ClearOutput {};
struct CreateItem {
    IncomingItem item;
    std::string previous_item_id;  // "root", an id, or empty: at the end
};
struct RetrieveItem {
    std::string item_id;
};
struct DeleteItem {
    std::string item_id;
};
struct TruncateItem {
    std::string item_id;
    double audio_end_ms = 0;
};
struct CreateResponse {
    std::optional<std::string> instructions;
    std::optional<bool> audio;
    std::optional<std::string> voice;
    std::optional<std::vector<llm::Tool>> tools;
    std::optional<std::string> tool_choice;
    std::optional<double> temperature;
    std::optional<int> output_tokens_max;
    bool out_of_band = false;
    std::optional<std::vector<IncomingItem>> input;
    json::object metadata;
};
struct CancelResponse {
    std::string response_id;  // empty: any
};

using Body = std::variant<SessionUpdate, AppendAudio, CommitAudio, ClearAudio, ClearOutput, CreateItem,
                          RetrieveItem, DeleteItem, TruncateItem, CreateResponse, CancelResponse>;

struct ClientEvent {
    std::string event_id;  // the client's own, for errors; empty if none
    Body body;
};

// `event_id` is filled as soon as it is known, also when the rest is wrong.
Result<ClientEvent> parse_event(std::string_view text, const OpenAiLimits& limits, std::string& event_id);

// Parts that session objects share with events.
Result<std::vector<llm::Tool>> parse_tools(const json::value& value, const std::string& path,
                                           const OpenAiLimits& limits);
Result<std::string> parse_tool_choice(const json::value& value, const std::string& path);
// "inf" and null give no limit.
Result<std::optional<int>> parse_output_tokens(const json::value& value, const std::string& path);
// ["audio"], ["text"] or (beta) ["text", "audio"]: true if answers are spoken.
Result<bool> parse_modalities(const json::value& value, const std::string& path);
// A name, or {"id": name}.
Result<std::string> parse_voice(const json::value& value, const std::string& path);

}  // namespace aimpact::realtime::openai
