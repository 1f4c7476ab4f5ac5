#include <openssl/evp.h>

#include <map>
#include <stdexcept>

#include "base/clock.hpp"
#include "base/id.hpp"
#include "base/log.hpp"
#include "storage/migrations.hpp"
#include "storage/script.hpp"

namespace aimpact::storage {

namespace {

using base::ErrorCode;

constexpr std::string_view kHistoryTable = R"(
    CREATE TABLE IF NOT EXISTS schema_migrations (
        name TEXT PRIMARY KEY,
        checksum TEXT NOT NULL,
        applied_at {{timestamp}} NOT NULL
    ) {{strict}})";

std::string substitute(std::string_view text, Dialect dialect) {
    const bool sqlite = dialect == Dialect::sqlite;
    const std::map<std::string_view, std::string_view> words = {
        {"bigint", sqlite ? "INTEGER" : "BIGINT"},
        {"timestamp", sqlite ? "INTEGER" : "BIGINT"},
        {"real", sqlite ? "REAL" : "DOUBLE PRECISION"},
        {"strict", sqlite ? "STRICT" : ""},
    };
    std::string out;
    for (;;) {
        const std::size_t open = text.find("{{");
        out += text.substr(0, open);
        if (open == std::string_view::npos) return out;
        const std::size_t close = text.find("}}", open);
        const std::string_view word =
            text.substr(open + 2, close == std::string_view::npos ? close : close - open - 2);
        const auto found = words.find(word);
        if (found == words.end())
            throw std::logic_error("unknown word {{" + std::string(word) + "}} in a migration");
        out += found->second;
        text.remove_prefix(close + 2);
    }
}

std::string checksum(const std::string& text) {
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned int size = 0;
    EVP_Digest(text.data(), text.size(), digest, &size, EVP_sha256(), nullptr);
    return base::base64url_encode({reinterpret_cast<const char*>(digest), size});
}

bool history_exists(soci::session& sql, Dialect dialect) {
    int count = 0;
    if (dialect == Dialect::sqlite)
        sql << "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = 'schema_migrations'",
            soci::into(count);
    else
        sql << "SELECT count(*) FROM pg_class WHERE oid = to_regclass('schema_migrations')",
            soci::into(count);
    return count > 0;
}

using History = std::map<std::string, std::string, std::less<>>;  // name -> checksum

History read_history(soci::session& sql) {
    History history;
    const soci::rowset<soci::row> rows = (sql.prepare << "SELECT name, checksum FROM schema_migrations");
    for (const soci::row& row : rows) history.emplace(row.get<std::string>(0), row.get<std::string>(1));
    return history;
}

Result<> check_history(const History& history, std::span<const Migration> list, Dialect dialect) {
    for (const auto& [name, sum] : history) {
        const auto known =
            std::find_if(list.begin(), list.end(), [&](const Migration& m) { return m.name == name; });
        if (known == list.end())
            return Error{ErrorCode::failed_precondition,
                         "The database was made by a newer version of aimpact (it has the migration '" +
                             name + "'). Install that version, or restore a backup made before it."};
        if (checksum(render(*known, dialect)) != sum)
            return Error{ErrorCode::failed_precondition,
                         "The migration '" + name +
                             "' is not the one that this database ran. Restore its file as it was released."};
    }
    return {};
}

Result<> create_history(Database& database) {
    const std::string text = substitute(kHistoryTable, database.dialect());
    return database.write_now([&](soci::session& sql) {
        // Two servers that start at once may both find no table: PostgreSQL then refuses one of them, even
        // with IF NOT EXISTS. The lock makes them take turns; it ends with the transaction. Its number is
        // ours alone
        // ("aimpact" in ASCII).
        if (database.dialect() == Dialect::postgres)
            execute_postgres(sql, "SELECT pg_advisory_xact_lock(x'61696d70616374'::bigint)");
        execute_script(sql, text);
    });
}

// True if it ran, false if another process had run it.
Result<bool> apply(Database& database, const Migration& migration) {
    const std::string text = render(migration, database.dialect());
    Result<bool> ran = database.write_now([&](soci::session& sql) -> Result<bool> {
        // SQLite's writer holds the lock already. LOCK must be the first statement on PostgreSQL: a
        // transaction takes its snapshot with the first query, and that must see what the one before us
        // committed.
        if (database.dialect() == Dialect::postgres)
            execute_postgres(
                sql, "SET LOCAL statement_timeout = 0; LOCK TABLE schema_migrations IN EXCLUSIVE MODE");
        if (read_history(sql).contains(migration.name)) return false;
        execute_script(sql, text);
        const std::string name(migration.name);
        const std::string sum = checksum(text);
        const std::int64_t now = base::unix_millis(base::SystemClock{}.now());
        sql << "INSERT INTO schema_migrations (name, checksum, applied_at) VALUES (:name, :checksum, :now)",
            soci::use(name), soci::use(sum), soci::use(now);
        return true;
    });
    if (ran.has_error()) {
        Error error = ran.error();
        error.message = "The migration '" + std::string(migration.name) +
                        "' failed and was rolled back: " + error.message;
        return error;
    }
    return ran;
}

}  // namespace

std::string render(const Migration& migration, Dialect dialect) {
    return substitute(dialect == Dialect::sqlite ? migration.sqlite : migration.postgres, dialect);
}

Result<int> migrate(Database& database, std::span<const Migration> list) {
    AIMPACT_CHECK(create_history(database));
    AIMPACT_TRY(const History history, database.read_now(read_history));
    AIMPACT_CHECK(check_history(history, list, database.dialect()));
    int applied = 0;
    for (const Migration& migration : list) {
        if (history.contains(migration.name)) continue;
        AIMPACT_TRY(const bool ran, apply(database, migration));
        if (!ran) continue;
        ++applied;
        base::log_info("database.migrated", {{"migration", migration.name}});
    }
    return applied;
}

Result<int> migrate(Database& database) {
    return migrate(database, migrations());
}

Result<std::vector<std::string>> pending_migrations(Database& database) {
    AIMPACT_TRY(const History history, database.read_now([&](soci::session& sql) {
        return history_exists(sql, database.dialect()) ? read_history(sql) : History{};
    }));
    AIMPACT_CHECK(check_history(history, migrations(), database.dialect()));
    std::vector<std::string> pending;
    for (const Migration& migration : migrations())
        if (!history.contains(migration.name)) pending.emplace_back(migration.name);
    return pending;
}

}  // namespace aimpact::storage
