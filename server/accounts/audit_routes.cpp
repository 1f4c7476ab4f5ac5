#include "accounts/audit_routes.hpp"

#include <charconv>

#include "base/wire.hpp"

namespace aimpact::accounts {

namespace json = boost::json;

namespace {

constexpr std::size_t kFilterChars = 64;  // of a target's or an action's name

json::object entry_json(const AuditEntry& entry) {
    return {{"id", entry.id},         {"position", entry.position}, {"at", base::format_time(entry.at)},
            {"actor", entry.actor},   {"action", entry.action},     {"target", entry.target},
            {"detail", entry.detail}, {"address", entry.address}};
}

Result<PageRequest> page_of(const net::Request& request) {
    PageRequest page;
    page.cursor = request.query_value("cursor").value_or("");
    if (const std::optional<std::string> limit = request.query_value("limit")) {
        const auto [end, ec] = std::from_chars(limit->data(), limit->data() + limit->size(), page.limit);
        if (ec != std::errc() || end != limit->data() + limit->size())
            return base::invalid_argument("The limit is a number from 1 to 100.", "limit");
    }
    return page;
}

Result<AuditFilter> filter_of(const net::Request& request) {
    AuditFilter filter{request.query_value("target").value_or(""),
                       request.query_value("action").value_or("")};
    for (const auto& [name, value] : {std::pair{"target", &filter.target}, {"action", &filter.action}})
        if (value->size() > kFilterChars)
            return base::invalid_argument(std::string(name) + " has at most 64 characters.", name);
    return filter;
}

Task<net::Response> list(AuditLog& log, net::Request& request, const Principal& who) {
    auto page = page_of(request);
    if (page.has_error()) co_return net::problem(page.error(), request);
    auto filter = filter_of(request);
    if (filter.has_error()) co_return net::problem(filter.error(), request);
    auto found = co_await log.list(who.org_id, *std::move(filter), *std::move(page));
    if (found.has_error()) co_return net::problem(found.error(), request);
    json::array data;
    for (const AuditEntry& entry : found->data) data.push_back(entry_json(entry));
    json::object out{{"data", std::move(data)}, {"next_cursor", base::encode(found->next_cursor)}};
    co_return net::Response::json(base::to_text(out));
}

}  // namespace

void register_audit_routes(net::Router& router, Authenticator& authenticator, AuditLog& log) {
    router.add({.method = net::Method::get,
                .pattern = "/api/v1/audit",
                .handler = guarded(
                    authenticator, Permission::audit_read,
                    [&log](net::Request& request, const Principal& who) { return list(log, request, who); }),
                .permission = "audit_read"});
}

}  // namespace aimpact::accounts
