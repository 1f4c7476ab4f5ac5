#include "agents/word_store.hpp"

#include "agents/page_reader.hpp"
#include "base/wire.hpp"
#include "storage/types.hpp"

namespace aimpact::agents::word_store {

using soci::into;
using soci::use;

namespace {

constexpr const char* kSelect =
    "SELECT id, version, word, pronunciation, sounds_like, recognise, created_at, updated_at FROM words ";

// A row as it is fetched, and what a fetched row becomes.
struct Row {
    WordEntry entry;
    std::string sounds_like;
    int recognise = 0;

    void define(soci::statement& rows) {
        rows.exchange(into(entry.id));
        rows.exchange(into(entry.version));
        rows.exchange(into(entry.word));
        rows.exchange(into(entry.pronunciation));
        rows.exchange(into(sounds_like));
        rows.exchange(into(recognise));
        rows.exchange(into(entry.created_at));
        rows.exchange(into(entry.updated_at));
    }
    Result<WordEntry> finished(const std::string& org_id) const {
        WordEntry out = entry;
        out.org_id = org_id;
        out.recognise = recognise != 0;
        auto sounds = base::decode_text<std::vector<std::string>>(sounds_like);
        if (sounds.has_error()) return base::internal_error("stored sounds_like: " + sounds.error().message);
        out.sounds_like = *std::move(sounds);
        return out;
    }
};

void execute(soci::statement& rows, const std::string& text) {
    rows.alloc();
    rows.prepare(text);
    rows.define_and_bind();
    rows.execute();
}

std::string like_pattern(const std::string& search) {
    std::string out = "%";
    for (const char c : search) {
        if (c == '%' || c == '_' || c == '\\') out += '\\';
        out += c;
    }
    return out + "%";
}

std::string sounds_text(const WordEntry& entry) {
    return base::to_text(base::encode(entry.sounds_like));
}

Result<std::optional<WordEntry>> find_where(soci::session& sql, const std::string& org_id,
                                            const char* condition, const std::string& value) {
    Row row;
    soci::statement rows(sql);
    row.define(rows);
    rows.exchange(use(org_id));
    rows.exchange(use(value));
    execute(rows, std::string(kSelect) + "WHERE org_id = :org_id AND " + condition);
    if (!rows.fetch()) return std::optional<WordEntry>{};
    AIMPACT_TRY(WordEntry found, row.finished(org_id));
    return std::optional<WordEntry>{std::move(found)};
}

}  // namespace

void insert(soci::session& sql, const std::vector<WordEntry>& entries) {
    WordEntry entry;
    std::string key, sounds;
    int recognise = 0;
    soci::statement add =
        (sql.prepare
             << "INSERT INTO words (id, org_id, version, word, word_key, pronunciation, sounds_like, "
                "recognise, created_at, updated_at) VALUES (:id, :org_id, :version, :word, :word_key, "
                ":pronunciation, :sounds_like, :recognise, :created_at, :updated_at)",
         use(entry.id), use(entry.org_id), use(entry.version), use(entry.word), use(key),
         use(entry.pronunciation), use(sounds), use(recognise), use(entry.created_at), use(entry.updated_at));
    for (const WordEntry& one : entries) {
        entry = one;
        key = word_key(one.word);
        sounds = sounds_text(one);
        recognise = one.recognise ? 1 : 0;
        add.execute(true);
    }
}

bool update(soci::session& sql, const WordEntry& entry) {
    const int before = entry.version - 1, recognise = entry.recognise ? 1 : 0;
    const std::string key = word_key(entry.word), sounds = sounds_text(entry);
    soci::statement done =
        (sql.prepare << "UPDATE words SET version = :version, word = :word, word_key = :word_key, "
                        "pronunciation = :pronunciation, sounds_like = :sounds_like, recognise = :recognise, "
                        "updated_at = :updated_at WHERE org_id = :org_id AND id = :id AND version = :before",
         use(entry.version), use(entry.word), use(key), use(entry.pronunciation), use(sounds), use(recognise),
         use(entry.updated_at), use(entry.org_id), use(entry.id), use(before));
    done.execute(true);
    return done.get_affected_rows() == 1;
}

bool remove(soci::session& sql, const std::string& org_id, const std::string& id) {
    soci::statement done =
        (sql.prepare << "DELETE FROM words WHERE org_id = :org_id AND id = :id", use(org_id), use(id));
    done.execute(true);
    return done.get_affected_rows() == 1;
}

Result<std::optional<WordEntry>> find(soci::session& sql, const std::string& org_id, const std::string& id) {
    return find_where(sql, org_id, "id = :id", id);
}

Result<std::optional<WordEntry>> find_by_word(soci::session& sql, const std::string& org_id,
                                              const std::string& word) {
    return find_where(sql, org_id, "word_key = :word_key", word_key(word));
}

int count(soci::session& sql, const std::string& org_id) {
    int n = 0;
    sql << "SELECT count(*) FROM words WHERE org_id = :org_id", into(n), use(org_id);
    return n;
}

Result<Page<WordEntry>> list(soci::session& sql, const std::string& org_id, const std::string& search,
                             const PageRequest& page) {
    Row row;
    const int fetch = page.limit + 1;  // one more: whether there is a next page
    const std::string pattern = like_pattern(search);
    const std::string after = page.after.empty() ? std::string() : page.after[0];
    soci::statement rows(sql);
    row.define(rows);
    std::string text = std::string(kSelect) + "WHERE org_id = :org_id ";
    rows.exchange(use(org_id));
    if (!search.empty()) {
        text +=
            "AND (word_key LIKE lower(:p1) ESCAPE '\\' OR lower(pronunciation) LIKE lower(:p2) ESCAPE '\\') ";
        rows.exchange(use(pattern));
        rows.exchange(use(pattern));
    }
    if (!page.after.empty()) {
        text += "AND word_key > :after ";
        rows.exchange(use(after));
    }
    rows.exchange(use(fetch));
    execute(rows, text + "ORDER BY word_key LIMIT :fetch");
    return read_page<WordEntry>(
        rows, page.limit, [&] { return row.finished(org_id); },
        [](const WordEntry& last) { return std::vector<std::string>{word_key(last.word)}; });
}

Result<std::vector<WordEntry>> all(soci::session& sql, const std::string& org_id) {
    Row row;
    soci::statement rows(sql);
    row.define(rows);
    rows.exchange(use(org_id));
    execute(rows, std::string(kSelect) + "WHERE org_id = :org_id ORDER BY word_key");
    std::vector<WordEntry> out;
    while (rows.fetch()) {
        AIMPACT_TRY(WordEntry entry, row.finished(org_id));
        out.push_back(std::move(entry));
    }
    return out;
}

int revision(soci::session& sql, const std::string& org_id) {
    int out = 0;
    sql << "SELECT revision FROM word_revisions WHERE org_id = :org_id", into(out), use(org_id);
    return sql.got_data() ? out : 0;
}

void bump(soci::session& sql, const std::string& org_id) {
    sql << "INSERT INTO word_revisions (org_id, revision) VALUES (:org_id, 1) "
           "ON CONFLICT (org_id) DO UPDATE SET revision = word_revisions.revision + 1",
        use(org_id);
}

}  // namespace aimpact::agents::word_store
