// SQL of the one-time set-up link. Runs inside a transaction that the caller opened.
#pragma once

#include <soci/soci.h>

#include <string>

#include "accounts/account.hpp"

namespace aimpact::accounts {

class SetupStore {
  public:
    explicit SetupStore(soci::session& sql) : sql_(sql) {}

    // Forgets the expired ones on the way.
    void insert(const std::string& token_hash, WallTime now, WallTime expires_at);
    bool valid(const std::string& token_hash, WallTime now) const;
    void delete_all();

  private:
    soci::session& sql_;
};

}  // namespace aimpact::accounts
