// Spoken clauses by what was asked for: greetings and stock phrases are the same in every call. Least
// recently used go first, bounded by bytes. Thread-safe.
#pragma once

#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "voice/synthesizer.hpp"

namespace aimpact::voice {

// Equal for what sounds the same: the text and all of its style.
std::string clause_key(const std::string& text, const SpeechStyle& style);

class ClauseCache {
  public:
    using Samples = std::shared_ptr<const std::vector<float>>;

    explicit ClauseCache(std::size_t bytes_max) : bytes_max_(bytes_max) {}
    // Null if absent.
    Samples find(const std::string& key);
    // Not kept if it alone is more than a quarter of the bound.
    void insert(const std::string& key, Samples samples);
    std::size_t bytes() const;

  private:
    struct Entry {
        std::string key;
        Samples samples;
    };
    static std::size_t size_of(const Entry& entry) {
        return entry.samples->size() * sizeof(float) + entry.key.size() * 2 + 128;
    }

    const std::size_t bytes_max_;
    mutable std::mutex mutex_;
    std::list<Entry> entries_;  // most recent first
    std::unordered_map<std::string, std::list<Entry>::iterator> index_;
    std::size_t bytes_ = 0;
};

}  // namespace aimpact::voice
