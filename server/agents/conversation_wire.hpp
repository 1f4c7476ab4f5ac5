// Conversations as JSON: the Conversation, ConversationItem and Turn schemas of openapi.yaml.
#pragma once

#include <boost/json.hpp>

#include "agents/conversation.hpp"

namespace aimpact::agents {

boost::json::object conversation_json(const Conversation& conversation, bool ended);
boost::json::object item_json(const Item& item, int turn_index);
// Times from the start of the turn, stages as differences; what did not happen is left out.
boost::json::object turn_json(const Turn& turn);
// A conversation with its items (each with the turn it belongs to) and turns.
boost::json::object record_json(const ConversationRecord& record, bool ended);

}  // namespace aimpact::agents
