#include "accounts/session_store.hpp"

#include "storage/types.hpp"

namespace aimpact::accounts {

void SessionStore::insert(const Session& session) {
    sql_ << "INSERT INTO sessions (id, org_id, user_id, user_agent, remote_address, created_at, "
            "last_used_at, expires_at) "
            "VALUES (:id, :org_id, :user_id, :user_agent, :remote_address, :created, :used, :expires)",
        soci::use(session.id), soci::use(session.org_id), soci::use(session.user_id),
        soci::use(session.user_agent), soci::use(session.remote_address), soci::use(session.created_at),
        soci::use(session.last_used_at), soci::use(session.expires_at);
}

std::optional<Session> SessionStore::find(const std::string& org_id, const std::string& session_id) const {
    Session out;
    sql_ << "SELECT id, org_id, user_id, user_agent, remote_address, created_at, last_used_at, expires_at, "
            "ended_at FROM sessions "
            "WHERE org_id = :org_id AND id = :id",
        soci::into(out.id), soci::into(out.org_id), soci::into(out.user_id), soci::into(out.user_agent),
        soci::into(out.remote_address), soci::into(out.created_at), soci::into(out.last_used_at),
        soci::into(out.expires_at), soci::into(out.ended_at), soci::use(org_id), soci::use(session_id);
    if (!sql_.got_data()) return std::nullopt;
    return out;
}

void SessionStore::touch(const std::string& org_id, const std::string& session_id, WallTime now) {
    sql_ << "UPDATE sessions SET last_used_at = :now WHERE org_id = :org_id AND id = :id", soci::use(now),
        soci::use(org_id), soci::use(session_id);
}

void SessionStore::end(const std::string& org_id, const std::string& session_id, WallTime now) {
    sql_ << "UPDATE sessions SET ended_at = :now WHERE org_id = :org_id AND id = :id AND ended_at IS NULL",
        soci::use(now), soci::use(org_id), soci::use(session_id);
}

void SessionStore::end_all_of(const std::string& user_id, const std::string& except, WallTime now) {
    sql_ << "UPDATE sessions SET ended_at = :now WHERE user_id = :user_id AND id <> :except AND ended_at IS "
            "NULL",
        soci::use(now), soci::use(user_id), soci::use(except);
}

void SessionStore::insert_refresh(const RefreshToken& token) {
    sql_
        << "INSERT INTO refresh_tokens (token_hash, session_id, org_id, parent_hash, created_at, expires_at) "
           "VALUES (:hash, :session_id, :org_id, :parent, :created, :expires)",
        soci::use(token.hash), soci::use(token.session_id), soci::use(token.org_id),
        soci::use(token.parent_hash), soci::use(token.created_at), soci::use(token.expires_at);
}

std::optional<RefreshToken> SessionStore::find_refresh(const std::string& hash) const {
    RefreshToken out;
    sql_ << "SELECT token_hash, session_id, org_id, parent_hash, created_at, expires_at, used_at FROM "
            "refresh_tokens "
            "WHERE token_hash = :hash",
        soci::into(out.hash), soci::into(out.session_id), soci::into(out.org_id), soci::into(out.parent_hash),
        soci::into(out.created_at), soci::into(out.expires_at), soci::into(out.used_at), soci::use(hash);
    if (!sql_.got_data()) return std::nullopt;
    return out;
}

void SessionStore::mark_used(const std::string& org_id, const std::string& hash, WallTime now) {
    sql_ << "UPDATE refresh_tokens SET used_at = :now WHERE org_id = :org_id AND token_hash = :hash AND "
            "used_at IS NULL",
        soci::use(now), soci::use(org_id), soci::use(hash);
}

bool SessionStore::has_used_child(const std::string& org_id, const std::string& hash) const {
    int count = 0;
    sql_ << "SELECT count(*) FROM refresh_tokens WHERE org_id = :org_id AND parent_hash = :hash AND used_at "
            "IS NOT NULL",
        soci::into(count), soci::use(org_id), soci::use(hash);
    return count > 0;
}

void SessionStore::delete_expired(WallTime now) {
    sql_ << "DELETE FROM sessions WHERE id IN (SELECT id FROM sessions WHERE expires_at < :now ORDER BY "
            "expires_at LIMIT 20)",
        soci::use(now);
}

}  // namespace aimpact::accounts
