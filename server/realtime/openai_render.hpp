// Objects of the OpenAI Realtime wire that the server's events carry, in GA and beta shapes. Pure.
#pragma once

#include <boost/json.hpp>
#include <string>

#include "agents/conversation.hpp"
#include "llm/chat.hpp"
#include "realtime/openai_session.hpp"
#include "realtime/session.hpp"

namespace aimpact::realtime::openai {

// `transcript`: whether the words of the caller's audio are shown (they are not with transcription off).
json::object render_item(const agents::Item& item, bool beta, bool transcript = true);

// The "response" object of response.created (done: null) and response.done.
struct ResponseView {
    std::string id, conversation_id;  // conversation_id empty: out of band
    bool audio = true;
    std::string voice;
    WireFormat format = WireFormat::pcm;
    std::optional<int> output_tokens_max;
    std::optional<double> temperature;
    json::object metadata;
};
json::object render_response(const ResponseView& view, const ResponseDone* done, bool beta);

// "error" of an error event: `code` overrides the error's own name, event_id is the client's.
json::object render_error(const base::Error& error, std::string_view code = {},
                          std::string_view event_id = {});

// The Turn of openapi.yaml: times from the start of the caller's speech (or of the request).
json::object render_turn(const agents::Turn& turn);

}  // namespace aimpact::realtime::openai
