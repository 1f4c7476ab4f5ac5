// Several statements in one text, as a migration has them. Internal to storage.
#pragma once

#include <soci/soci.h>

#include <string>

namespace aimpact::storage {

// Hands `text` to the database as it is: no parameters, any number of statements. Throws soci::soci_error.
// SOCI's own parser is passed by, since it takes colons in the text for parameters.
void execute_script(soci::session& sql, const std::string& text);

// The same, where the engine is known.
void execute_sqlite(soci::session& sql, const std::string& text);
void execute_postgres(soci::session& sql, const std::string& text);

}  // namespace aimpact::storage
