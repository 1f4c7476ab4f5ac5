// The numbered SQL files of migrations/, compiled into the binary.
//
//   NNN_name.sql            for both databases, or
//   NNN_name.sqlite.sql  +  NNN_name.postgres.sql   where they must differ
//
// Numbers 001-009 belong to accounts; each feature takes the next free ten. A file that was released is never
// edited: its checksum is stored with every database that ran it. In the text these words differ by dialect:
//
//   {{bigint}}     INTEGER on SQLite, BIGINT on PostgreSQL   (64-bit)
//   {{timestamp}}  the same; unix milliseconds, UTC
//   {{real}}       REAL, DOUBLE PRECISION                    (64-bit float)
//   {{strict}}     STRICT, nothing: ends every CREATE TABLE
//
// Small numbers and booleans are INTEGER, everything else is TEXT (bytes as base64url) on both.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "storage/database.hpp"

namespace aimpact::storage {

struct Migration {
    std::string_view name;  // "001_accounts"; they sort by it
    std::string_view sqlite;
    std::string_view postgres;
};

std::span<const Migration> migrations();

// The text of a migration for one dialect, words substituted. An unknown word throws std::logic_error.
std::string render(const Migration& migration, Dialect dialect);

// What migrate() does, for a given list: so that tests can break it.
Result<int> migrate(Database& database, std::span<const Migration> list);

}  // namespace aimpact::storage
