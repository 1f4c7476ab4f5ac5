#include "accounts/audit_store.hpp"

#include "base/wire.hpp"
#include "storage/types.hpp"

namespace aimpact::accounts::audit_store {

using soci::into;
using soci::use;

namespace {

// Holds the organisation's row until the transaction ends, so that two writers can't take the same position.
int next_position(soci::session& sql, const std::string& org_id) {
    sql << "INSERT INTO audit_heads (org_id, position) VALUES (:org_id, 1) "
           "ON CONFLICT (org_id) DO UPDATE SET position = audit_heads.position + 1",
        use(org_id);
    int position = 0;
    sql << "SELECT position FROM audit_heads WHERE org_id = :org_id", into(position), use(org_id);
    return position;
}

}  // namespace

void append(soci::session& sql, std::span<AuditEntry> entries) {
    for (AuditEntry& entry : entries) {
        entry.position = next_position(sql, entry.org_id);
        const std::string detail = base::to_text(entry.detail);
        sql << "INSERT INTO audit_log (id, org_id, position, at, actor, action, target, detail, address) "
               "VALUES (:id, :org_id, :position, :at, :actor, :action, :target, :detail, :address)",
            use(entry.id), use(entry.org_id), use(entry.position), use(entry.at), use(entry.actor),
            use(entry.action), use(entry.target), use(detail), use(entry.address);
    }
}

Result<std::vector<AuditEntry>> list(soci::session& sql, const std::string& org_id, const AuditFilter& filter,
                                     const std::string& before_id, int limit) {
    AuditEntry entry;
    std::string detail;
    soci::statement rows(sql);
    rows.exchange(into(entry.id));
    rows.exchange(into(entry.position));
    rows.exchange(into(entry.at));
    rows.exchange(into(entry.actor));
    rows.exchange(into(entry.action));
    rows.exchange(into(entry.target));
    rows.exchange(into(detail));
    rows.exchange(into(entry.address));
    std::string text =
        "SELECT id, position, at, actor, action, target, detail, address FROM audit_log "
        "WHERE org_id = :org_id ";
    rows.exchange(use(org_id));
    if (!filter.target.empty()) {
        text += "AND target = :target ";
        rows.exchange(use(filter.target));
    }
    if (!filter.action.empty()) {
        text += "AND action = :action ";
        rows.exchange(use(filter.action));
    }
    if (!before_id.empty()) {
        text += "AND position < (SELECT position FROM audit_log WHERE org_id = :same_org AND id = :before) ";
        rows.exchange(use(org_id));
        rows.exchange(use(before_id));
    }
    rows.exchange(use(limit));
    rows.alloc();
    rows.prepare(text + "ORDER BY position DESC LIMIT :fetch");
    rows.define_and_bind();
    rows.execute();
    std::vector<AuditEntry> out;
    while (rows.fetch()) {
        auto parsed = base::decode_text<boost::json::object>(detail);
        if (parsed.has_error()) return base::internal_error("stored audit detail: " + parsed.error().message);
        out.push_back(entry);
        out.back().org_id = org_id;
        out.back().detail = *std::move(parsed);
    }
    return out;
}

}  // namespace aimpact::accounts::audit_store
