#include "voice/tts/clause_cache.hpp"

namespace aimpact::voice {

ClauseCache::Samples ClauseCache::find(const std::string& key) {
    std::lock_guard lock(mutex_);
    const auto it = index_.find(key);
    if (it == index_.end()) return nullptr;
    entries_.splice(entries_.begin(), entries_, it->second);
    return it->second->samples;
}

void ClauseCache::insert(const std::string& key, Samples samples) {
    Entry entry{key, std::move(samples)};
    const std::size_t size = size_of(entry);
    if (size > bytes_max_ / 4) return;
    std::lock_guard lock(mutex_);
    if (index_.contains(key)) return;
    entries_.push_front(std::move(entry));
    index_[key] = entries_.begin();
    bytes_ += size;
    while (bytes_ > bytes_max_) {
        bytes_ -= size_of(entries_.back());
        index_.erase(entries_.back().key);
        entries_.pop_back();
    }
}

std::size_t ClauseCache::bytes() const {
    std::lock_guard lock(mutex_);
    return bytes_;
}

}  // namespace aimpact::voice
