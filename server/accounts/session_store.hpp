// SQL of sign-ins and their refresh tokens. Runs inside a transaction that the caller opened.
#pragma once

#include <soci/soci.h>

#include <optional>
#include <string>

#include "accounts/account.hpp"

namespace aimpact::accounts {

struct RefreshToken {
    std::string hash;
    std::string session_id;
    std::string org_id;
    std::optional<std::string> parent_hash;
    WallTime created_at;
    WallTime expires_at;
    std::optional<WallTime> used_at;
};

class SessionStore {
  public:
    explicit SessionStore(soci::session& sql) : sql_(sql) {}

    void insert(const Session& session);
    std::optional<Session> find(const std::string& org_id, const std::string& session_id) const;
    void touch(const std::string& org_id, const std::string& session_id, WallTime now);
    void end(const std::string& org_id, const std::string& session_id, WallTime now);
    // Of the person in all organisations, but for `except` (may be empty).
    void end_all_of(const std::string& user_id, const std::string& except, WallTime now);

    void insert_refresh(const RefreshToken& token);
    // A token names its organisation only by its row: this is the one look-up without an org_id.
    std::optional<RefreshToken> find_refresh(const std::string& hash) const;
    void mark_used(const std::string& org_id, const std::string& hash, WallTime now);
    // True if a token that was exchanged for this one has been exchanged itself.
    bool has_used_child(const std::string& org_id, const std::string& hash) const;

    // Sessions whose absolute expiry passed, with their tokens. A few at a time: a sign-in runs this.
    void delete_expired(WallTime now);

  private:
    soci::session& sql_;
};

}  // namespace aimpact::accounts
