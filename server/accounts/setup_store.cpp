#include "accounts/setup_store.hpp"

#include "storage/types.hpp"

namespace aimpact::accounts {

void SetupStore::insert(const std::string& token_hash, WallTime now, WallTime expires_at) {
    sql_ << "DELETE FROM setup_tokens WHERE expires_at <= :now", soci::use(now);
    sql_ << "INSERT INTO setup_tokens (token_hash, created_at, expires_at) VALUES (:hash, :now, :expires)",
        soci::use(token_hash), soci::use(now), soci::use(expires_at);
}

bool SetupStore::valid(const std::string& token_hash, WallTime now) const {
    int count = 0;
    sql_ << "SELECT count(*) FROM setup_tokens WHERE token_hash = :hash AND expires_at > :now",
        soci::into(count), soci::use(token_hash), soci::use(now);
    return count > 0;
}

void SetupStore::delete_all() {
    sql_ << "DELETE FROM setup_tokens";
}

}  // namespace aimpact::accounts
