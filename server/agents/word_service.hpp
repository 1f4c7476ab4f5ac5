// The rules of an organisation's words. Thread-safe.
#pragma once

#include <string>
#include <vector>

#include "accounts/principal.hpp"
#include "agents/word_lists.hpp"
#include "agents/word_store.hpp"
#include "agents/word_wire.hpp"
#include "base/id.hpp"
#include "base/thread_pool.hpp"

namespace aimpact::agents {

using base::Task;

enum class WordFormat { json, csv };

struct ImportOutcome {
    int created = 0, updated = 0, unchanged = 0, deleted = 0;
};

class WordService {
  public:
    struct Parts {
        storage::Database& database;
        const base::Clock& clock;
        base::Random& random;
        WordLists& lists;
        base::ThreadPool& files;  // reads lists that are imported
    };
    explicit WordService(Parts parts) : parts_(parts) {}

    // Errors: invalid_argument (param names the field), conflict (the word is there already),
    // failed_precondition (too many words).
    Task<Result<WordEntry>> create(const accounts::Principal& who, WordInput input);
    // input.version must be the current one: `conflict` when somebody else was faster. What stays the same
    // needs no new version: then the current one is given back.
    Task<Result<WordEntry>> update(const accounts::Principal& who, std::string id, WordInput input);
    Task<Result<>> remove(const accounts::Principal& who, std::string id);
    Task<Result<WordEntry>> get(const std::string& org_id, std::string id);
    Task<Result<Page<WordEntry>>> list(const std::string& org_id, std::string search, PageRequest page);

    // All or nothing. A word that is there already is changed; where the list says nothing of a field, it
    // keeps its value. With `replace` the words that aren't in the list are deleted. Errors name the line or
    // place.
    Task<Result<ImportOutcome>> import(const accounts::Principal& who, std::string text, WordFormat format,
                                       bool replace);
    // All words as a text that import() takes.
    Task<Result<std::string>> export_all(const std::string& org_id, WordFormat format);

  private:
    Parts parts_;
};

}  // namespace aimpact::agents
