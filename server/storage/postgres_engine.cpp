#include <soci/postgresql/soci-postgresql.h>

#include "base/log.hpp"
#include "storage/engine.hpp"
#include "storage/script.hpp"

namespace aimpact::storage {

namespace {

using base::ErrorCode;

soci::postgresql_session_backend* backend(soci::session& sql) {
    return static_cast<soci::postgresql_session_backend*>(sql.get_backend());
}

// SOCI takes the connection string apart at '=', blanks and quotes to look for its own options, and joins the
// rest again. A URL survives that if it has a parameter (the engine adds some) and none of the other
// characters.
std::string escape_for_soci(const std::string& url) {
    std::string out;
    for (const char c : url) {
        if (c == ' ')
            out += "%20";
        else if (c == '\'')
            out += "%27";
        else
            out += c;
    }
    return out;
}

void log_notice(void*, const char* message) {
    base::log_debug("database.notice", {{"message", message}});
}

class PostgresEngine final : public Engine {
  public:
    explicit PostgresEngine(const std::string& url) : url_(escape_for_soci(url)) {
        // A host that does not answer must not hold a pool thread for minutes.
        if (url_.find("connect_timeout=") == std::string::npos) append("connect_timeout=5");
        if (url_.find("application_name=") == std::string::npos) append("application_name=aimpact");
    }

    Dialect dialect() const override { return Dialect::postgres; }
    bool single_writer() const override { return false; }
    bool single_session() const override { return false; }

    void open(soci::session& sql, Access) const override {
        sql.open(soci::postgresql, url_);
        try {
            PQsetNoticeProcessor(backend(sql)->conn_, log_notice, nullptr);
            execute_postgres(sql,
                             "SET client_encoding = 'UTF8';"
                             "SET statement_timeout = '30s';"
                             "SET idle_in_transaction_session_timeout = '60s';"
                             "SET client_min_messages = warning");
        } catch (const soci::soci_error&) {
            sql.close();
            throw;
        }
    }

    void begin(soci::session& sql, Access access) const override {
        // SERIALIZABLE gives writers what SQLite's single writer gives: each transaction behaves as if it ran
        // alone, so a rule checked in it ("the last owner stays") holds without any locking in the stores.
        execute_postgres(sql, access == Access::write ? "BEGIN ISOLATION LEVEL SERIALIZABLE"
                                                      : "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
    }

    void commit(soci::session& sql) const override {
        // A COMMIT in a transaction that has failed answers ROLLBACK, without an error.
        PGconn* conn = backend(sql)->conn_;
        if (PQtransactionStatus(conn) == PQTRANS_INERROR)
            throw soci::postgresql_soci_error("commit of a failed transaction", "25P02");
        execute_postgres(sql, "COMMIT");
    }

    bool rollback(soci::session& sql) const override {
        PGconn* conn = backend(sql)->conn_;
        if (conn == nullptr || PQstatus(conn) != CONNECTION_OK) return false;
        if (PQtransactionStatus(conn) == PQTRANS_IDLE) return true;
        PGresult* result = PQexec(conn, "ROLLBACK");
        const bool ok = PQresultStatus(result) == PGRES_COMMAND_OK;
        PQclear(result);
        return ok;
    }

    Failure classify(soci::session& sql, const soci::soci_error& error) const override {
        const auto* own = dynamic_cast<const soci::postgresql_soci_error*>(&error);
        const std::string state = own ? own->sqlstate() : std::string();
        Failure out = meaning(state, without_values(error));
        PGconn* conn = backend(sql)->conn_;
        if (conn == nullptr || PQstatus(conn) != CONNECTION_OK) out.connection_lost = true;
        if (out.connection_lost) out.error = unreachable(without_values(error));
        return out;
    }

    Error open_error(const soci::soci_error& error) const override {
        const std::string text = error.get_error_message();
        const auto has = [&](std::string_view part) { return text.find(part) != std::string::npos; };
        Error out{ErrorCode::unavailable, {}, text, {}, std::chrono::seconds{1}};
        if (has("password authentication failed") || has("no password supplied"))
            out.message = "The PostgreSQL server refused the user or password. Correct the database URL.";
        else if (has("database \"") && has("does not exist"))
            out.message =
                "The database named in the URL does not exist on the PostgreSQL server. Create it, or "
                "correct the URL.";
        else if (has("role \"") && has("does not exist"))
            out.message =
                "The user named in the database URL does not exist on the PostgreSQL server. Create it, or "
                "correct the URL.";
        else if (has("invalid connection option") || has("invalid URI") || has("missing \"=\""))
            out.message = "The database URL cannot be read. Write postgres://user:password@host:port/name.";
        else if (has("could not translate host name"))
            out.message = "The PostgreSQL server's host name is unknown. Correct the database URL.";
        else
            out.message = "The PostgreSQL server cannot be reached. Start it, or correct the database URL.";
        return out;
    }

    void checkpoint(soci::session&) const override {}  // the server does it

  private:
    void append(std::string_view parameter) {
        url_ += url_.find('?') == std::string::npos ? '?' : '&';
        url_ += parameter;
    }

    static Error unreachable(const std::string& detail) {
        return {ErrorCode::unavailable,
                "The database cannot be reached. Try again in a moment.",
                detail,
                {},
                std::chrono::seconds{1}};
    }

    // https://www.postgresql.org/docs/16/errcodes-appendix.html
    static Failure meaning(const std::string& state, const std::string& detail) {
        Failure out{base::internal_error(detail)};
        if (state == "23505") {
            out.error = {ErrorCode::conflict,
                         "This already exists. Choose another name, or change the existing one.", detail};
        } else if (state == "23503") {
            out.error = {ErrorCode::failed_precondition,
                         "This refers to something that does not exist, or is still used by something else.",
                         detail};
        } else if (state == "40001" || state == "40P01" || state == "55P03") {
            out.transient = true;
            out.error = {ErrorCode::overloaded,
                         "The database is busy. Try again in a moment.",
                         detail,
                         {},
                         std::chrono::seconds{1}};
        } else if (state.starts_with("53")) {  // disk full, out of memory, too many connections
            out.error = {ErrorCode::unavailable,
                         state == "53100"
                             ? "The disk that holds the database is full. Free some space and try again."
                             : "The database has no resources left. Try again in a moment.",
                         detail,
                         {},
                         std::chrono::seconds{1}};
        } else if (state == "57014") {
            out.error = {ErrorCode::timeout, "The database took too long. Try again, or ask for less.",
                         detail};
        } else if (state == "25006") {
            out.error = base::internal_error(detail);  // a write inside read()
        } else if (state == "22021" || state == "22P05") {
            out.error = base::invalid_argument("The text holds characters that cannot be stored.");
            out.error.detail = detail;
        } else if (state.starts_with("08") || state == "57P01" || state == "57P02" || state == "57P03" ||
                   state == "25P03") {
            out.connection_lost = true;
        } else if (state.starts_with("58")) {
            out.error = {ErrorCode::unavailable,
                         "The database cannot be read or written. Check its disk and permissions.", detail};
        }
        return out;
    }

    std::string url_;
};

}  // namespace

void execute_postgres(soci::session& sql, const std::string& text) {
    PGresult* result = PQexec(backend(sql)->conn_, text.c_str());
    const ExecStatusType status = PQresultStatus(result);
    if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK || status == PGRES_EMPTY_QUERY) {
        PQclear(result);
        return;
    }
    const char* field = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    const std::string state = field ? field : "08006";
    const std::string why = PQerrorMessage(backend(sql)->conn_);
    PQclear(result);
    throw soci::postgresql_soci_error(why, state.c_str());
}

void execute_script(soci::session& sql, const std::string& text) {
    if (sql.get_backend_name() == "postgresql")
        execute_postgres(sql, text);
    else
        execute_sqlite(sql, text);
}

std::unique_ptr<Engine> make_postgres_engine(std::string url) {
    return std::make_unique<PostgresEngine>(url);
}

}  // namespace aimpact::storage
