#include "agents/agent_store.hpp"

#include <charconv>

#include "agents/agent_wire.hpp"
#include "agents/page_reader.hpp"
#include "storage/types.hpp"

namespace aimpact::agents::agent_store {

using soci::into;
using soci::use;

namespace {
constexpr const char* kColumns =
    "SELECT a.id, a.version, a.model_key_sealed, a.created_at, a.updated_at, v.definition "
    "FROM agents a JOIN agent_versions v ON v.agent_id = a.id AND v.version = a.version ";

struct Row {
    Agent agent;
    std::string definition;
};

Result<Agent> finished(Row row, const std::string& org_id) {
    row.agent.org_id = org_id;
    AIMPACT_CHECK(read_definition(row.definition, row.agent));
    return std::move(row.agent);
}

// The number in a cursor's key; false for anything else.
bool read_number(const std::string& text, long long& out) {
    const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), out);
    return ec == std::errc{} && end == text.data() + text.size();
}

base::Error bad_cursor() {
    return base::invalid_argument(
        "This cursor is not one that this list gave out. Leave it out to start from the "
        "beginning.",
        "cursor");
}

std::string like_pattern(const std::string& search) {
    std::string out = "%";
    for (const char c : search) {
        if (c == '%' || c == '_' || c == '\\') out += '\\';
        out += c;
    }
    return out + "%";
}

// The sort keys of the list; `Listed` is an Agent or an AgentRevision.
template <class Listed>
std::vector<std::string> list_keys(const Listed& one) {
    return {std::to_string(base::unix_millis(one.updated_at)), one.id};
}

// Which agents are on a page of the list, whatever is selected of them. What it binds lives in it.
class ListQuery {
  public:
    ListQuery(const std::string& org_id, const std::string& search, const PageRequest& page)
        : org_id_(org_id), page_(page), fetch_(page.limit + 1) {  // one more: whether there is a next page
        if (!search.empty()) pattern_ = like_pattern(search);
    }

    Result<> read_cursor() {
        if (page_.after.empty()) return {};
        if (!read_number(page_.after[0], before_)) return bad_cursor();
        before_id_ = page_.after[1];
        return {};
    }

    // `rows` has its into() already.
    void execute(soci::statement& rows, const std::string& select) {
        std::string text = select + "WHERE a.org_id = :org_id AND a.deleted_at IS NULL ";
        rows.exchange(use(org_id_));
        if (!pattern_.empty()) {
            text +=
                "AND (lower(a.name) LIKE lower(:p1) ESCAPE '\\' OR lower(a.description) LIKE lower(:p2) "
                "ESCAPE '\\') ";
            rows.exchange(use(pattern_));
            rows.exchange(use(pattern_));
        }
        if (!page_.after.empty()) {
            text += "AND (a.updated_at, a.id) < (:before, :before_id) ";
            rows.exchange(use(before_));
            rows.exchange(use(before_id_));
        }
        text += "ORDER BY a.updated_at DESC, a.id DESC LIMIT :fetch";
        rows.exchange(use(fetch_));
        rows.alloc();
        rows.prepare(text);
        rows.define_and_bind();
        rows.execute();
    }

  private:
    const std::string& org_id_;
    const PageRequest& page_;
    int fetch_;
    std::string pattern_;
    long long before_ = 0;
    std::string before_id_;
};

void insert_version(soci::session& sql, const Agent& agent, const std::string& created_by) {
    const std::string definition = definition_text(agent);
    sql << "INSERT INTO agent_versions (agent_id, version, org_id, definition, created_by, created_at) "
           "VALUES (:agent_id, :version, :org_id, :definition, :created_by, :created_at)",
        use(agent.id), use(agent.version), use(agent.org_id), use(definition), use(created_by),
        use(agent.updated_at);
}
}  // namespace

void insert(soci::session& sql, const Agent& agent, const std::string& created_by) {
    sql << "INSERT INTO agents (id, org_id, version, name, description, model_key_sealed, created_at, "
           "updated_at) "
           "VALUES (:id, :org_id, :version, :name, :description, :sealed, :created_at, :updated_at)",
        use(agent.id), use(agent.org_id), use(agent.version), use(agent.name), use(agent.description),
        use(agent.model.sealed_api_key), use(agent.created_at), use(agent.updated_at);
    insert_version(sql, agent, created_by);
}

bool update(soci::session& sql, const Agent& agent, const std::string& created_by) {
    const int before = agent.version - 1;
    soci::statement done =
        (sql.prepare << "UPDATE agents SET version = :version, name = :name, description = :description, "
                        "model_key_sealed = :sealed, updated_at = :updated_at "
                        "WHERE org_id = :org_id AND id = :id AND version = :before AND deleted_at IS NULL",
         use(agent.version), use(agent.name), use(agent.description), use(agent.model.sealed_api_key),
         use(agent.updated_at), use(agent.org_id), use(agent.id), use(before));
    done.execute(true);
    if (done.get_affected_rows() != 1) return false;
    insert_version(sql, agent, created_by);
    return true;
}

bool remove(soci::session& sql, const std::string& org_id, const std::string& id, base::WallTime now) {
    soci::statement done = (sql.prepare << "UPDATE agents SET deleted_at = :now, model_key_sealed = '' "
                                           "WHERE org_id = :org_id AND id = :id AND deleted_at IS NULL",
                            use(now), use(org_id), use(id));
    done.execute(true);
    return done.get_affected_rows() == 1;
}

Result<std::optional<Agent>> find(soci::session& sql, const std::string& org_id, const std::string& id) {
    Row row;
    sql << std::string(kColumns) + "WHERE a.org_id = :org_id AND a.id = :id AND a.deleted_at IS NULL",
        into(row.agent.id), into(row.agent.version), into(row.agent.model.sealed_api_key),
        into(row.agent.created_at), into(row.agent.updated_at), into(row.definition), use(org_id), use(id);
    if (!sql.got_data()) return std::optional<Agent>{};
    AIMPACT_TRY(Agent agent, finished(std::move(row), org_id));
    return std::optional<Agent>{std::move(agent)};
}

Result<std::optional<Agent>> find_by_name(soci::session& sql, const std::string& org_id,
                                          const std::string& name) {
    std::string id;
    sql << "SELECT id FROM agents WHERE org_id = :org_id AND name = :name AND deleted_at IS NULL", into(id),
        use(org_id), use(name);
    if (!sql.got_data()) return std::optional<Agent>{};
    return find(sql, org_id, id);
}

int count(soci::session& sql, const std::string& org_id) {
    int n = 0;
    sql << "SELECT count(*) FROM agents WHERE org_id = :org_id AND deleted_at IS NULL", into(n), use(org_id);
    return n;
}

Result<Page<Agent>> list(soci::session& sql, const std::string& org_id, const std::string& search,
                         const PageRequest& page) {
    Row row;
    ListQuery query(org_id, search, page);
    AIMPACT_CHECK(query.read_cursor());
    soci::statement rows(sql);
    rows.exchange(into(row.agent.id));
    rows.exchange(into(row.agent.version));
    rows.exchange(into(row.agent.model.sealed_api_key));
    rows.exchange(into(row.agent.created_at));
    rows.exchange(into(row.agent.updated_at));
    rows.exchange(into(row.definition));
    query.execute(rows, kColumns);
    return read_page<Agent>(rows, page.limit, [&] { return finished(row, org_id); }, list_keys<Agent>);
}

Result<Page<AgentRevision>> list_revisions(soci::session& sql, const std::string& org_id,
                                           const std::string& search, const PageRequest& page) {
    AgentRevision row;
    ListQuery query(org_id, search, page);
    AIMPACT_CHECK(query.read_cursor());
    soci::statement rows(sql);
    rows.exchange(into(row.id));
    rows.exchange(into(row.version));
    rows.exchange(into(row.updated_at));
    query.execute(rows, "SELECT a.id, a.version, a.updated_at FROM agents a ");
    return read_page<AgentRevision>(
        rows, page.limit, [&] { return Result<AgentRevision>(row); }, list_keys<AgentRevision>);
}

Result<Page<AgentVersion>> versions(soci::session& sql, const std::string& org_id, const std::string& id,
                                    const PageRequest& page) {
    const int fetch = page.limit + 1;
    long long before = 2'000'000'000;
    if (!page.after.empty() && (!read_number(page.after[0], before) || before > 2'000'000'000))
        return bad_cursor();
    const int below = static_cast<int>(before);
    AgentVersion one;
    std::string definition, sealed;
    base::WallTime created;
    soci::statement rows =
        (sql.prepare
             << "SELECT v.version, v.created_at, v.created_by, v.definition, a.created_at, "
                "a.model_key_sealed FROM agent_versions v JOIN agents a ON a.id = v.agent_id "
                "WHERE a.org_id = :org_id AND a.id = :id AND a.deleted_at IS NULL AND v.version < :below "
                "ORDER BY v.version DESC LIMIT :fetch",
         into(one.version), into(one.created_at), into(one.created_by), into(definition), into(created),
         into(sealed), use(org_id), use(id), use(below), use(fetch));
    rows.execute();
    const auto read = [&]() -> Result<AgentVersion> {
        AgentVersion version = one;
        version.agent.id = id;
        version.agent.org_id = org_id;
        version.agent.version = one.version;
        version.agent.created_at = created;
        version.agent.updated_at = one.created_at;
        version.agent.model.sealed_api_key = sealed;
        AIMPACT_CHECK(read_definition(definition, version.agent));
        return version;
    };
    return read_page<AgentVersion>(rows, page.limit, read, [](const AgentVersion& last) {
        return std::vector<std::string>{std::to_string(last.version)};
    });
}

}  // namespace aimpact::agents::agent_store
