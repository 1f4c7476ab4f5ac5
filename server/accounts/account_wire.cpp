#include "accounts/account_wire.hpp"

#include "accounts/authorization.hpp"

namespace aimpact::accounts::wire {

namespace json = boost::json;

json::object render(const User& user) {
    return {{"id", user.id},
            {"email", user.email},
            {"name", user.name},
            {"created_at", base::format_time(user.created_at)}};
}

json::object render(const Organisation& organisation) {
    return {{"id", organisation.id},
            {"name", organisation.name},
            {"created_at", base::format_time(organisation.created_at)}};
}

json::object render(const Member& member) {
    json::object out = {{"user_id", member.user_id},
                        {"email", member.email},
                        {"name", member.name},
                        {"role", base::encode(member.role)},
                        {"created_at", base::format_time(member.created_at)}};
    if (member.last_seen_at) out["last_seen_at"] = base::format_time(*member.last_seen_at);
    return out;
}

json::object render(const ApiKey& key) {
    json::object out = {{"id", key.id},
                        {"name", key.name},
                        {"prefix", key.prefix},
                        {"scopes", base::encode(key.scopes)},
                        {"created_by", key.created_by},
                        {"created_at", base::format_time(key.created_at)}};
    if (key.last_used_at) out["last_used_at"] = base::format_time(*key.last_used_at);
    if (key.expires_at) out["expires_at"] = base::format_time(*key.expires_at);
    return out;
}

json::object render(const CreatedApiKey& created) {
    return {{"api_key", render(created.api_key)}, {"key", created.key}};
}

json::object render(const SignedIn& signed_in) {
    return {{"access_token", signed_in.access_token},         {"token_type", "Bearer"},
            {"expires_in", signed_in.expires_in.count()},     {"user", render(signed_in.user)},
            {"organisation", render(signed_in.organisation)}, {"role", base::encode(signed_in.role)}};
}

json::object render(const Caller& caller, const Principal& principal) {
    json::object out;
    if (caller.user) out["user"] = render(*caller.user);
    out["organisation"] = render(caller.organisation);
    out["role"] = base::encode(principal.role);
    out["permissions"] = base::encode(permissions_of(principal));
    return out;
}

}  // namespace aimpact::accounts::wire
