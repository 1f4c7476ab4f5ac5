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
    struct Clause {
        std::vector<float> samples;
        std::vector<SpokenWord> words;
    };
    using Kept = std::shared_ptr<const Clause>;

    explicit ClauseCache(std::size_t bytes_max) : bytes_max_(bytes_max) {}
    // Null if absent.
    Kept find(const std::string& key);
    // Not kept if it alone is more than a quarter of the bound.
    void insert(const std::string& key, Kept clause);
    std::size_t bytes() const;

  private:
    struct Entry {
        std::string key;
        Kept clause;
    };
    static std::size_t size_of(const Entry& entry) {
        return entry.clause->samples.size() * sizeof(float) +
               entry.clause->words.size() * sizeof(SpokenWord) + entry.key.size() * 3 +
               128;  // the key twice, the words' text is part of it
    }

    const std::size_t bytes_max_;
    mutable std::mutex mutex_;
    std::list<Entry> entries_;  // most recent first
    std::unordered_map<std::string, std::list<Entry>::iterator> index_;
    std::size_t bytes_ = 0;
};

}  // namespace aimpact::voice
