// The conversations' tables; the only place that names them. Every call takes the organisation. Runs inside a
// transaction of the caller's.
#pragma once

#include <soci/soci.h>

#include <optional>
#include <string>
#include <vector>

#include "agents/conversation.hpp"
#include "agents/cursor.hpp"

namespace aimpact::agents::conversation_store {

void insert(soci::session& sql, const Conversation& conversation);
// Goes on with it: not ended any more, now of this agent version. False if there is none.
bool reopen(soci::session& sql, const std::string& org_id, const std::string& id, int agent_version,
            base::WallTime now);
void end(soci::session& sql, const std::string& org_id, const std::string& id, base::WallTime now);
// It goes on, though nothing was said.
void touch(soci::session& sql, const std::string& org_id, const std::string& id, base::WallTime now);
// Ends those, of any organisation, that show no sign of life since `before`, at their last sign of life; how
// many.
int end_abandoned(soci::session& sql, base::WallTime before);
void mark_audio(soci::session& sql, const std::string& org_id, const std::string& id);
// False if there is none. Items and turns go with it.
bool remove(soci::session& sql, const std::string& org_id, const std::string& id);

std::optional<Conversation> find(soci::session& sql, const std::string& org_id, const std::string& id);
// In order; `positions`, if given, gets the stored position of each.
std::vector<Item> items(soci::session& sql, const std::string& org_id, const std::string& id,
                        std::vector<int>* positions = nullptr);
std::vector<Turn> turns(soci::session& sql, const std::string& org_id, const std::string& id);

struct Filter {
    std::string agent_id, channel;  // empty: all
    std::optional<base::WallTime> started_after, started_before;
};
// Newest first.
Result<Page<Conversation>> list(soci::session& sql, const std::string& org_id, const Filter& filter,
                                const PageRequest& page);

// Writes an item, new or changed. `position` orders the items of a conversation.
void put_item(soci::session& sql, const std::string& org_id, const std::string& id, const Item& item,
              int position, base::WallTime now);
// Makes room: items from `position` on move one further.
void shift_items(soci::session& sql, const std::string& org_id, const std::string& id, int position);
void remove_item(soci::session& sql, const std::string& org_id, const std::string& id,
                 const std::string& item_id);
// Writes a turn, new or amended, and the conversation's sums over all turns.
void put_turn(soci::session& sql, const std::string& org_id, const std::string& id, const Turn& turn,
              base::WallTime now);

}  // namespace aimpact::agents::conversation_store
