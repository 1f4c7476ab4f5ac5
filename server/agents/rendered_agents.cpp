#include "agents/rendered_agents.hpp"

namespace aimpact::agents {

RenderedAgents::Text RenderedAgents::find(const AgentRevision& revision) {
    const std::lock_guard lock(mutex_);
    const auto found = by_id_.find(revision.id);
    if (found == by_id_.end() || found->second->revision != revision) return nullptr;
    order_.splice(order_.begin(), order_, found->second);
    return found->second->text;
}

void RenderedAgents::put(const AgentRevision& revision, Text text) {
    const std::lock_guard lock(mutex_);
    if (const auto found = by_id_.find(revision.id); found != by_id_.end()) erase(found->second);
    if (text->size() > bytes_max_ / 8) return;
    bytes_ += text->size();
    order_.push_front({revision, std::move(text)});
    by_id_[revision.id] = order_.begin();
    while (bytes_ > bytes_max_) erase(std::prev(order_.end()));
}

std::size_t RenderedAgents::bytes() const {
    const std::lock_guard lock(mutex_);
    return bytes_;
}

void RenderedAgents::erase(Order::iterator entry) {
    bytes_ -= entry->text->size();
    by_id_.erase(entry->revision.id);
    order_.erase(entry);
}

}  // namespace aimpact::agents
