// What differs between the two databases: how a session is opened, how a transaction begins and ends, and
// what an error means. Internal to storage; stores see only soci::session.
#pragma once

#include <soci/soci.h>

#include <memory>
#include <string>
#include <string_view>

#include "storage/database.hpp"

namespace aimpact::storage {

enum class Access { read, write };

// What an exception of the driver means for the transaction it came out of.
struct Failure {
    Error error;
    bool transient = false;        // the same transaction may succeed if it is run again from its start
    bool connection_lost = false;  // the session must be reopened before anything else
};

// What went wrong and in which statement, for the log; never the values, which may be what people say, their
// addresses or secrets. (SOCI adds all bound values to what(), PostgreSQL some to its DETAIL.)
std::string without_values(const soci::soci_error& error);

// Thread-safe: holds nothing but the options. A session is used by one thread at a time.
class Engine {
  public:
    virtual ~Engine() = default;

    virtual Dialect dialect() const = 0;
    // SQLite keeps one writer apart from its readers; PostgreSQL's sessions do both.
    virtual bool single_writer() const = 0;
    // Readers and the writer may even be the same session (an SQLite database in memory has just one).
    virtual bool single_session() const = 0;

    // Opens and configures. Throws soci::soci_error; the session is then closed.
    virtual void open(soci::session& sql, Access access) const = 0;
    virtual void begin(soci::session& sql, Access access) const = 0;
    virtual void commit(soci::session& sql) const = 0;
    // Never throws. False if the session is not usable any more.
    virtual bool rollback(soci::session& sql) const = 0;

    virtual Failure classify(soci::session& sql, const soci::soci_error& error) const = 0;
    // Why open() failed, with what to do about it.
    virtual Error open_error(const soci::soci_error& error) const = 0;
    virtual void checkpoint(soci::session& sql) const = 0;
};

std::unique_ptr<Engine> make_sqlite_engine(std::string path, std::string vec_extension);
// `url` as libpq reads it: postgres://user:password@host:port/name?option=value
std::unique_ptr<Engine> make_postgres_engine(std::string url);

}  // namespace aimpact::storage
