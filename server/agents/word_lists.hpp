// The words of organisations as the voice takes them: compiled once, then shared by all who speak and listen
// for the organisation.
//
// A change in this process is seen by whatever starts after it; one in another process (on PostgreSQL) within
// kFreshFor. Holds the organisations used last.
#pragma once

#include <memory>
#include <mutex>
#include <string>

#include "accounts/lru_map.hpp"
#include "base/clock.hpp"
#include "storage/database.hpp"
#include "voice/tts/lexicon.hpp"
#include "voice/vocabulary.hpp"

namespace aimpact::agents {

// Null where the organisation has no such words.
struct CompiledWords {
    std::shared_ptr<const voice::Lexicon> lexicon;
    std::shared_ptr<const voice::Vocabulary> vocabulary;
};

// Thread-safe.
class WordLists {
  public:
    static constexpr std::chrono::seconds kFreshFor{5};

    // `database` and `clock` must outlive it.
    WordLists(storage::Database& database, const base::Clock& clock, std::size_t organisations_max = 256)
        : database_(database), clock_(clock), held_(organisations_max) {}

    // Costs a look-up; a short read of the database every kFreshFor; all words when they have changed.
    base::Task<base::Result<CompiledWords>> of(std::string org_id);

    // The organisation's words have changed.
    void forget(const std::string& org_id);

  private:
    struct Held {
        CompiledWords words;
        int revision = 0;
        base::SteadyTime fresh_until;
    };
    storage::Database& database_;
    const base::Clock& clock_;
    std::mutex mutex_;
    accounts::LruMap<std::string, Held> held_;
    std::uint64_t changes_ = 0;  // calls of forget: what was read before one isn't kept
};

}  // namespace aimpact::agents
