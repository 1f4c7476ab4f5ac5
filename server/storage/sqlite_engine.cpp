#include <soci/sqlite3/soci-sqlite3.h>

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "base/log.hpp"
#include "storage/engine.hpp"
#include "storage/script.hpp"

namespace aimpact::storage {

namespace {

using base::ErrorCode;
namespace api = sqlite_api;

api::sqlite3* handle(soci::session& sql) {
    return static_cast<soci::sqlite3_session_backend*>(sql.get_backend())->conn_;
}

// Waiting for a lock held by another process (a backup, a second server by mistake); our own writers queue in
// front of the one writer session and never meet here.
constexpr int kBusyTimeoutMs = 5000;

// For the whole process, before SQLite's first use. A session is leased to one thread at a time, so that its
// own mutex would be locked hundreds of times a query for nothing; and the statistics of memory, which nobody
// reads, are kept under one mutex for all threads, over which parallel readers would queue at every malloc.
void configure_library() {
    static const bool done = [] {
        const int mode = api::sqlite3_config(SQLITE_CONFIG_MULTITHREAD);
        const int statistics = api::sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
        // SQLITE_MISUSE: somebody used SQLite before. Slower, but right.
        return mode == SQLITE_OK && statistics == SQLITE_OK;
    }();
    if (!done) base::log_debug("database.sqlite_configured_late", {});
}

class SqliteEngine final : public Engine {
  public:
    SqliteEngine(std::string path, std::string vec_extension)
        : path_(std::move(path)), vec_extension_(std::move(vec_extension)) {}

    Dialect dialect() const override { return Dialect::sqlite; }
    bool single_writer() const override { return true; }
    bool single_session() const override { return in_memory(); }

    void open(soci::session& sql, Access access) const override {
        if (!in_memory()) create_private_file();
        sql.open(soci::sqlite3, "db=\"" + path_ + "\" timeout=5");
        try {
            configure(sql, access);
        } catch (const soci::soci_error&) {
            sql.close();
            throw;
        }
    }

    void begin(soci::session& sql, Access access) const override {
        // IMMEDIATE takes the write lock at once, so a transaction never fails half way because somebody else
        // wrote after it had read.
        execute_sqlite(sql, access == Access::write ? "BEGIN IMMEDIATE" : "BEGIN");
    }

    void commit(soci::session& sql) const override { execute_sqlite(sql, "COMMIT"); }

    bool rollback(soci::session& sql) const override {
        // A full disk or an I/O error has rolled back already.
        if (api::sqlite3_get_autocommit(handle(sql)) != 0) return true;
        return api::sqlite3_exec(handle(sql), "ROLLBACK", nullptr, nullptr, nullptr) == SQLITE_OK;
    }

    Failure classify(soci::session& sql, const soci::soci_error& error) const override {
        const auto* own = dynamic_cast<const soci::sqlite3_soci_error*>(&error);
        int code = own ? own->result() : SQLITE_OK;
        // SOCI reports some failures without the code, and some with the primary one only.
        const int extended = api::sqlite3_extended_errcode(handle(sql));
        if (code == SQLITE_OK || (extended & 0xff) == code) code = extended;
        return meaning(code, without_values(error));
    }

    Error open_error(const soci::soci_error& error) const override {
        const std::filesystem::path path(path_);
        std::error_code ec;
        const auto folder = path.has_parent_path() ? path.parent_path() : std::filesystem::path(".");
        Error out{ErrorCode::unavailable, {}, error.what()};
        if (!std::filesystem::is_directory(folder, ec))
            out.message = "The database's folder '" + folder.string() +
                          "' does not exist. Create it, or correct the database URL.";
        else if (std::filesystem::is_directory(path, ec))
            out.message = "The database path '" + path_ + "' is a folder. Name a file in it.";
        else if (::access(folder.c_str(), W_OK) != 0 ||
                 (std::filesystem::exists(path, ec) && ::access(path.c_str(), R_OK | W_OK) != 0))
            out.message = "The database '" + path_ +
                          "' and its folder must be readable and writable. Change the permissions, or "
                          "correct the database URL.";
        else
            out.message = "The database '" + path_ + "' cannot be opened: " + error.get_error_message();
        return out;
    }

    void checkpoint(soci::session& sql) const override {
        if (!in_memory()) execute_sqlite(sql, "PRAGMA wal_checkpoint(TRUNCATE)");
    }

  private:
    bool in_memory() const { return path_ == ":memory:"; }

    // SQLite would create the file with the process's umask; it holds password hashes and transcripts. The
    // -wal and -shm files take their permissions from it.
    void create_private_file() const {
        const int fd = ::open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
        if (fd < 0) throw soci::soci_error(std::string("open: ") + std::strerror(errno));
        ::close(fd);
    }

    void configure(soci::session& sql, Access access) const {
        api::sqlite3_extended_result_codes(handle(sql), 1);
        api::sqlite3_busy_timeout(handle(sql), kBusyTimeoutMs);
        if (!in_memory()) execute_sqlite(sql, "PRAGMA journal_mode=WAL");
        // FULL, not NORMAL: under WAL, NORMAL does not sync at a commit, so that a power cut (not a crash of
        // the process) would lose the turns committed since the last checkpoint. FULL costs one fsync for
        // each transaction, and a conversation writes a few of them for each turn.
        // What is deleted is overwritten with zeros: conversations, consents and voices are people's own.
        // 4 MB of pages for each session (one writer, database.connections readers): what the process holds
        // at most. The operating system's cache has the whole file.
        execute_sqlite(sql,
                       "PRAGMA synchronous=FULL;"
                       "PRAGMA foreign_keys=ON;"
                       "PRAGMA trusted_schema=OFF;"
                       "PRAGMA temp_store=MEMORY;"
                       "PRAGMA secure_delete=ON;"
                       "PRAGMA cache_size=-4000;"
                       "PRAGMA journal_size_limit=67108864");
        if (!vec_extension_.empty()) load_extension(sql);
        if (access == Access::read && !in_memory()) execute_sqlite(sql, "PRAGMA query_only=ON");
    }

    void load_extension(soci::session& sql) const {
        char* message = nullptr;
        api::sqlite3_db_config(handle(sql), SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 1, nullptr);
        const int rc = api::sqlite3_load_extension(handle(sql), vec_extension_.c_str(), nullptr, &message);
        api::sqlite3_db_config(handle(sql), SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0, nullptr);
        const std::string why = message ? message : "unknown reason";
        api::sqlite3_free(message);
        if (rc != SQLITE_OK)
            throw soci::soci_error("the extension " + vec_extension_ + " does not load: " + why);
    }

    static Failure meaning(int code, const std::string& detail) {
        Failure out{base::internal_error(detail)};
        switch (code) {
            case SQLITE_CONSTRAINT_UNIQUE:
            case SQLITE_CONSTRAINT_PRIMARYKEY:
            case SQLITE_CONSTRAINT_ROWID:
                out.error = {ErrorCode::conflict,
                             "This already exists. Choose another name, or change the existing one.", detail};
                return out;
            case SQLITE_CONSTRAINT_FOREIGNKEY:
                out.error = {
                    ErrorCode::failed_precondition,
                    "This refers to something that does not exist, or is still used by something else.",
                    detail};
                return out;
            default:
                break;
        }
        switch (code & 0xff) {
            case SQLITE_BUSY:
            case SQLITE_LOCKED:
                out.transient = true;
                out.error = {ErrorCode::overloaded,
                             "The database is busy. Try again in a moment.",
                             detail,
                             {},
                             std::chrono::seconds{1}};
                break;
            case SQLITE_FULL:
                out.error = {ErrorCode::unavailable,
                             "The disk that holds the database is full. Free some space and try again.",
                             detail};
                break;
            case SQLITE_IOERR:
            case SQLITE_READONLY:
            case SQLITE_CANTOPEN:
            case SQLITE_PERM:
                out.error = {ErrorCode::unavailable,
                             "The database cannot be read or written. Check its disk and permissions.",
                             detail};
                break;
            case SQLITE_TOOBIG:
                out.error = {ErrorCode::payload_too_large,
                             "This is larger than the database can hold. Send less.", detail};
                break;
            default:
                break;
        }
        return out;
    }

    const std::string path_;
    const std::string vec_extension_;
};

}  // namespace

void execute_sqlite(soci::session& sql, const std::string& text) {
    char* message = nullptr;
    const int rc = api::sqlite3_exec(handle(sql), text.c_str(), nullptr, nullptr, &message);
    const std::string why = message ? message : "";
    api::sqlite3_free(message);
    if (rc != SQLITE_OK) throw soci::sqlite3_soci_error(why, rc);
}

std::unique_ptr<Engine> make_sqlite_engine(std::string path, std::string vec_extension) {
    configure_library();
    return std::make_unique<SqliteEngine>(std::move(path), std::move(vec_extension));
}

}  // namespace aimpact::storage
