// The JSON of agents as it was rendered last, so that a list costs its rows' keys and not the decoding and
// rendering of each definition.
//
// Never stale: a text is found only by the revision that the database names now, in the transaction of the
// list itself. Whoever changes an agent, in this process or another, gives it another revision.
#pragma once

#include <cstddef>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

#include "agents/agent.hpp"

namespace aimpact::agents {

// Thread-safe. Holds one revision of each agent, and drops those used least recently.
class RenderedAgents {
  public:
    using Text = std::shared_ptr<const std::string>;

    // `bytes_max` is of the texts.
    explicit RenderedAgents(std::size_t bytes_max = 16 << 20) : bytes_max_(bytes_max) {}

    // Null if this revision isn't held; counts as a use.
    Text find(const AgentRevision& revision);
    // Replaces the agent's other revisions. A text of more than an eighth of bytes_max isn't kept.
    void put(const AgentRevision& revision, Text text);

    std::size_t bytes() const;

  private:
    struct Entry {
        AgentRevision revision;
        Text text;
    };
    using Order = std::list<Entry>;

    void erase(Order::iterator entry);  // under the mutex

    const std::size_t bytes_max_;
    mutable std::mutex mutex_;
    Order order_;  // the last used in front
    std::unordered_map<std::string, Order::iterator> by_id_;
    std::size_t bytes_ = 0;
};

}  // namespace aimpact::agents
