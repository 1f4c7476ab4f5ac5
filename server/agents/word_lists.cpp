#include "agents/word_lists.hpp"

#include <optional>

#include "agents/word_store.hpp"
#include "base/log.hpp"

namespace aimpact::agents {

namespace {

// An entry that this version of the voice refuses (its rules may be stricter than when it was written) is
// left out, and the others serve.
CompiledWords compile(const std::vector<WordEntry>& entries) {
    auto lexicon = std::make_shared<voice::Lexicon>();
    auto vocabulary = std::make_shared<voice::Vocabulary>();
    for (const WordEntry& entry : entries) {
        const auto note = [&](const base::Error& error) {
            base::log_warn("words.left_out",
                           {{"org_id", entry.org_id}, {"word_id", entry.id}, {"message", error.message}});
        };
        if (!entry.pronunciation.empty())
            if (auto added = lexicon->add(entry.word, entry.pronunciation); added.has_error())
                note(added.error());
        if (entry.recognise)
            if (auto added = vocabulary->add(entry.word, entry.sounds_like); added.has_error())
                note(added.error());
    }
    CompiledWords out;
    if (lexicon->size() > 0) out.lexicon = std::move(lexicon);
    if (!vocabulary->empty()) out.vocabulary = std::move(vocabulary);
    return out;
}

}  // namespace

base::Task<base::Result<CompiledWords>> WordLists::of(std::string org_id) {
    std::optional<Held> known;
    std::uint64_t changes = 0;
    {
        std::lock_guard lock(mutex_);
        changes = changes_;
        if (const Held* held = held_.find(org_id)) {
            if (clock_.steady() < held->fresh_until) co_return held->words;
            known = *held;
        }
    }
    const base::SteadyTime asked_at = clock_.steady();
    // What is known, if it is still true.
    auto work = [org_id, known](soci::session& sql) -> base::Result<Held> {
        const int revision = word_store::revision(sql, org_id);
        if (known && revision == known->revision) return *known;
        AIMPACT_TRY(const std::vector<WordEntry> entries, word_store::all(sql, org_id));
        return Held{compile(entries), revision, {}};
    };
    auto read = co_await database_.read(std::move(work));
    if (read.has_error()) {
        if (!known) co_return read.error();
        base::log_warn("words.stale", {{"org_id", org_id}, {"message", read.error().message}});
        co_return known->words;
    }
    read->fresh_until = asked_at + kFreshFor;
    std::lock_guard lock(mutex_);
    if (changes == changes_) held_.put(org_id, *read);
    co_return read->words;
}

void WordLists::forget(const std::string& org_id) {
    std::lock_guard lock(mutex_);
    ++changes_;
    held_.erase(org_id);
}

}  // namespace aimpact::agents
