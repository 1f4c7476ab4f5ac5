#include "agents/word_service.hpp"

#include <map>

#include "agents/prompt_template.hpp"
#include "base/wire.hpp"

namespace aimpact::agents {

using base::ErrorCode;
using base::invalid_argument;

namespace {

constexpr std::size_t kSearchChars = 100;

Error no_word() {
    return base::not_found("There is no word with this id in your organisation.");
}

Error taken(const std::string& word) {
    return Error{
        ErrorCode::conflict, "\"" + word + "\" is in the list already. Change that entry.", {}, "word"};
}

Error too_many() {
    return Error{ErrorCode::failed_precondition, "An organisation has at most " +
                                                     std::to_string(limits::kWordsPerOrganisation) +
                                                     " words. Delete some first."};
}

Error changed(int stored, int based_on) {
    return Error{ErrorCode::conflict,
                 "The word has changed meanwhile: it is at version " + std::to_string(stored) +
                     ", your change is based on " + std::to_string(based_on) +
                     ". Load it again and repeat the change.",
                 {},
                 "version"};
}

// An error of one entry of a list, with its place.
Error at(const std::string& place, const Error& error) {
    Error out = error;
    out.message = (place.starts_with("line") ? "L" + place.substr(1) : place) + ": " + out.message;
    out.param = place.starts_with("line") || error.param.empty() ? place : place + "." + error.param;
    return out;
}

// Entries in the order of the list, by key; what is wrong within the list itself.
Result<std::map<std::string, std::size_t>> keys_of(const WordList& list) {
    std::map<std::string, std::size_t> keys;
    for (std::size_t i = 0; i < list.entries.size(); ++i) {
        const WordInput& input = list.entries[i];
        if (!input.word || input.word->empty())
            return at(list.places[i], invalid_argument("there is no word.", "word"));
        WordEntry entry;
        apply(input, entry);
        // A word that is stored may have the pronunciation that this entry doesn't give.
        if (entry.pronunciation.empty()) entry.recognise = true;
        if (auto ok = check_word(entry); ok.has_error()) return at(list.places[i], ok.error());
        const auto [known, added] = keys.emplace(word_key(entry.word), i);
        if (!added)
            return at(list.places[i],
                      invalid_argument("\"" + entry.word.substr(0, 64) + "\" is in the list twice (" +
                                           list.places[known->second] + ").",
                                       "word"));
    }
    return keys;
}

struct Change {
    std::vector<WordEntry> created, updated;
    std::vector<std::string> deleted;
    ImportOutcome outcome;
};

// What the list changes of the words that are stored. Ids and times are the caller's to give.
Result<Change> difference(const WordList& list, const std::map<std::string, std::size_t>& keys,
                          const std::vector<WordEntry>& stored, bool replace) {
    Change out;
    std::vector<bool> seen(list.entries.size(), false);
    for (const WordEntry& before : stored) {
        const auto found = keys.find(word_key(before.word));
        if (found == keys.end()) {
            if (replace) out.deleted.push_back(before.id);
            continue;
        }
        seen[found->second] = true;
        WordEntry after = before;
        apply(list.entries[found->second], after);
        if (auto ok = check_word(after); ok.has_error()) return at(list.places[found->second], ok.error());
        if (same_content(before, after)) {
            ++out.outcome.unchanged;
            continue;
        }
        after.version += 1;
        out.updated.push_back(std::move(after));
    }
    for (std::size_t i = 0; i < list.entries.size(); ++i) {
        if (seen[i]) continue;
        WordEntry entry;
        apply(list.entries[i], entry);
        if (auto ok = check_word(entry); ok.has_error()) return at(list.places[i], ok.error());
        out.created.push_back(std::move(entry));
    }
    if (stored.size() - out.deleted.size() + out.created.size() > limits::kWordsPerOrganisation)
        return too_many();
    out.outcome.created = static_cast<int>(out.created.size());
    out.outcome.updated = static_cast<int>(out.updated.size());
    out.outcome.deleted = static_cast<int>(out.deleted.size());
    return out;
}

}  // namespace

Task<Result<WordEntry>> WordService::create(const accounts::Principal& who, WordInput input) {
    if (input.version) co_return invalid_argument("A new word has no version yet: leave it out.", "version");
    if (!input.word) co_return base::wire::missing("word");
    WordEntry entry;
    entry.org_id = who.org_id;
    apply(input, entry);
    AIMPACT_CO_CHECK(check_word(entry));
    entry.id = base::make_id("wrd", parts_.clock, parts_.random);
    entry.created_at = entry.updated_at = parts_.clock.now();
    auto work = [entry](soci::session& sql) -> Result<WordEntry> {
        AIMPACT_TRY(const auto known, word_store::find_by_word(sql, entry.org_id, entry.word));
        if (known) return taken(known->word);
        if (word_store::count(sql, entry.org_id) >= static_cast<int>(limits::kWordsPerOrganisation))
            return too_many();
        word_store::insert(sql, {entry});
        word_store::bump(sql, entry.org_id);
        return entry;
    };
    auto made = co_await parts_.database.write(std::move(work));
    if (made.has_value()) parts_.lists.forget(who.org_id);
    co_return made;
}

Task<Result<WordEntry>> WordService::update(const accounts::Principal& who, std::string id, WordInput input) {
    if (!base::is_id(id, "wrd")) co_return no_word();
    if (!input.version)
        co_return invalid_argument(
            "Say which version the change is based on: \"version\" in the body, or If-Match.", "version");
    auto work = [org = who.org_id, id, input,
                 now = parts_.clock.now()](soci::session& sql) -> Result<WordEntry> {
        AIMPACT_TRY(const auto found, word_store::find(sql, org, id));
        if (!found) return no_word();
        if (found->version != *input.version) return changed(found->version, *input.version);
        WordEntry entry = *found;
        apply(input, entry);
        AIMPACT_CHECK(check_word(entry));
        if (same_content(entry, *found)) return entry;
        if (word_key(entry.word) != word_key(found->word)) {
            AIMPACT_TRY(const auto known, word_store::find_by_word(sql, org, entry.word));
            if (known) return taken(known->word);
        }
        entry.version += 1;
        entry.updated_at = now;
        if (!word_store::update(sql, entry)) return changed(found->version + 1, *input.version);
        word_store::bump(sql, org);
        return entry;
    };
    auto done = co_await parts_.database.write(std::move(work));
    if (done.has_value()) parts_.lists.forget(who.org_id);
    co_return done;
}

Task<Result<>> WordService::remove(const accounts::Principal& who, std::string id) {
    if (!base::is_id(id, "wrd")) co_return no_word();
    auto work = [org = who.org_id, id](soci::session& sql) -> Result<> {
        if (!word_store::remove(sql, org, id)) return no_word();
        word_store::bump(sql, org);
        return {};
    };
    auto done = co_await parts_.database.write(std::move(work));
    if (done.has_value()) parts_.lists.forget(who.org_id);
    co_return done;
}

Task<Result<WordEntry>> WordService::get(const std::string& org_id, std::string id) {
    if (!base::is_id(id, "wrd")) co_return no_word();
    auto work = [org_id, id](soci::session& sql) -> Result<WordEntry> {
        AIMPACT_TRY(auto found, word_store::find(sql, org_id, id));
        if (!found) return no_word();
        return *std::move(found);
    };
    co_return co_await parts_.database.read(std::move(work));
}

Task<Result<Page<WordEntry>>> WordService::list(const std::string& org_id, std::string search,
                                                PageRequest page) {
    if (character_count(search) > kSearchChars)
        co_return invalid_argument("search has at most 100 characters.", "search");
    auto work = [org_id, search, page](soci::session& sql) {
        return word_store::list(sql, org_id, search, page);
    };
    co_return co_await parts_.database.read(std::move(work));
}

Task<Result<ImportOutcome>> WordService::import(const accounts::Principal& who, std::string text,
                                                WordFormat format, bool replace) {
    struct Wanted {
        WordList list;
        std::map<std::string, std::size_t> keys;
    };
    // Apart from the transaction, which nothing else may write beside on SQLite.
    auto read = [text = std::move(text), format]() -> Result<std::shared_ptr<const Wanted>> {
        Wanted wanted;
        AIMPACT_TRY(wanted.list, format == WordFormat::csv ? words_from_csv(text) : words_from_json(text));
        if (wanted.list.entries.size() > limits::kWordsPerOrganisation) return too_many();
        AIMPACT_TRY(wanted.keys, keys_of(wanted.list));
        return std::make_shared<const Wanted>(std::move(wanted));
    };
    AIMPACT_CO_TRY(const std::shared_ptr<const Wanted> wanted, co_await parts_.files.run(std::move(read)));
    auto work = [this, wanted, replace, org = who.org_id,
                 now = parts_.clock.now()](soci::session& sql) -> Result<ImportOutcome> {
        AIMPACT_TRY(const std::vector<WordEntry> stored, word_store::all(sql, org));
        AIMPACT_TRY(Change change, difference(wanted->list, wanted->keys, stored, replace));
        for (WordEntry& entry : change.created) {
            entry.id = base::make_id("wrd", parts_.clock, parts_.random);
            entry.org_id = org;
            entry.created_at = entry.updated_at = now;
        }
        for (const std::string& id : change.deleted) word_store::remove(sql, org, id);
        word_store::insert(sql, change.created);
        for (WordEntry& entry : change.updated) {
            entry.updated_at = now;
            if (!word_store::update(sql, entry))
                return Error{ErrorCode::conflict, "The words have changed meanwhile. Import the list again."};
        }
        word_store::bump(sql, org);
        return change.outcome;
    };
    auto done = co_await parts_.database.write(std::move(work));
    if (done.has_value()) parts_.lists.forget(who.org_id);
    co_return done;
}

Task<Result<std::string>> WordService::export_all(const std::string& org_id, WordFormat format) {
    auto work = [org_id, format](soci::session& sql) -> Result<std::string> {
        AIMPACT_TRY(const std::vector<WordEntry> entries, word_store::all(sql, org_id));
        return format == WordFormat::csv ? words_csv(entries) : base::to_text(words_json(entries));
    };
    co_return co_await parts_.database.read(std::move(work));
}

}  // namespace aimpact::agents
