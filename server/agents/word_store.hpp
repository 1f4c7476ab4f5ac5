// The tables of an organisation's words; the only place that names them. Every call takes the organisation.
// Runs inside a transaction of the caller's. Whoever changes words calls bump() in the same transaction.
#pragma once

#include <soci/soci.h>

#include <optional>
#include <string>
#include <vector>

#include "agents/cursor.hpp"
#include "agents/word_entry.hpp"

namespace aimpact::agents::word_store {

void insert(soci::session& sql, const std::vector<WordEntry>& entries);
// Writes entry.version over entry.version - 1. False if the stored version is another one by now.
bool update(soci::session& sql, const WordEntry& entry);
// False if there is none.
bool remove(soci::session& sql, const std::string& org_id, const std::string& id);

Result<std::optional<WordEntry>> find(soci::session& sql, const std::string& org_id, const std::string& id);
// The entry of this word in any letter case.
Result<std::optional<WordEntry>> find_by_word(soci::session& sql, const std::string& org_id,
                                              const std::string& word);
int count(soci::session& sql, const std::string& org_id);

// By the alphabet. `search`: part of the word or its pronunciation, without regard to case; may be empty.
Result<Page<WordEntry>> list(soci::session& sql, const std::string& org_id, const std::string& search,
                             const PageRequest& page);
// All of them, by the alphabet.
Result<std::vector<WordEntry>> all(soci::session& sql, const std::string& org_id);

// 0 before the first change.
int revision(soci::session& sql, const std::string& org_id);
void bump(soci::session& sql, const std::string& org_id);

}  // namespace aimpact::agents::word_store
