#include "agents/voice_store.hpp"

#include "base/wire.hpp"
#include "storage/types.hpp"

namespace aimpact::agents::voice_store {

using soci::into;
using soci::use;

namespace {

constexpr int kOverKnown = 200;  // ended voices of which their organisation's speech still knows why

constexpr const char* kSelectConsent =
    "SELECT id, org_id, name, language, phrase, transcript, created_by, consented_at, withdrawn_at "
    "FROM voice_consents ";
constexpr const char* kSelectVoice =
    "SELECT id, org_id, consent_id, name, engine, status, progress, error, data, scores, created_by, "
    "created_at, updated_at FROM voices ";

void execute(soci::statement& rows, const std::string& text) {
    rows.alloc();
    rows.prepare(text);
    rows.define_and_bind();
    rows.execute();
}

void define(soci::statement& rows, VoiceConsent& row) {
    rows.exchange(into(row.id));
    rows.exchange(into(row.org_id));
    rows.exchange(into(row.name));
    rows.exchange(into(row.language));
    rows.exchange(into(row.phrase));
    rows.exchange(into(row.transcript));
    rows.exchange(into(row.created_by));
    rows.exchange(into(row.consented_at));
    rows.exchange(into(row.withdrawn_at));
}

struct VoiceRow {
    OwnVoice voice;
    std::string scores;

    void define(soci::statement& rows) {
        rows.exchange(into(voice.id));
        rows.exchange(into(voice.org_id));
        rows.exchange(into(voice.consent_id));
        rows.exchange(into(voice.name));
        rows.exchange(into(voice.engine));
        rows.exchange(into(voice.status));
        rows.exchange(into(voice.progress));
        rows.exchange(into(voice.error));
        rows.exchange(into(voice.data));
        rows.exchange(into(scores));
        rows.exchange(into(voice.created_by));
        rows.exchange(into(voice.created_at));
        rows.exchange(into(voice.updated_at));
    }
    Result<OwnVoice> finished() const {
        OwnVoice out = voice;
        out.scores = {};
        if (scores.empty()) return out;
        AIMPACT_TRY(boost::json::object object, base::decode_text<boost::json::object>(scores));
        if (!object.contains("nearest_stock_voice")) object["nearest_stock_voice"] = "";
        auto read = base::decode<voice::VoiceScores>(object, base::Unknown::ignore);
        if (read.has_error()) return base::internal_error("stored scores: " + read.error().message);
        out.scores = *std::move(read);
        return out;
    }
};

Result<std::vector<OwnVoice>> fetch_all(soci::statement& rows, const VoiceRow& row) {
    std::vector<OwnVoice> out;
    while (rows.fetch()) {
        AIMPACT_TRY(OwnVoice voice, row.finished());
        out.push_back(std::move(voice));
    }
    return out;
}

// Of one organisation, by a condition with one more value.
Result<std::vector<OwnVoice>> voices_where(soci::session& sql, const std::string& org_id,
                                           const std::string& condition, const std::string& value) {
    VoiceRow row;
    soci::statement rows(sql);
    row.define(rows);
    rows.exchange(use(org_id));
    rows.exchange(use(value));
    execute(rows, std::string(kSelectVoice) + "WHERE org_id = :org_id AND " + condition);
    return fetch_all(rows, row);
}

std::string scores_text(const OwnVoice& voice) {
    return base::to_text(base::encode(voice.scores));
}

bool changed_one(soci::statement& statement) {
    statement.execute(true);
    return statement.get_affected_rows() == 1;
}

}  // namespace

void insert_consent(soci::session& sql, const VoiceConsent& c) {
    sql << "INSERT INTO voice_consents (id, org_id, name, language, phrase, transcript, created_by, "
           "consented_at, withdrawn_at) VALUES (:id, :org_id, :name, :language, :phrase, :transcript, "
           ":created_by, :consented_at, :withdrawn_at)",
        use(c.id), use(c.org_id), use(c.name), use(c.language), use(c.phrase), use(c.transcript),
        use(c.created_by), use(c.consented_at), use(c.withdrawn_at);
}

std::optional<VoiceConsent> find_consent(soci::session& sql, const std::string& org_id,
                                         const std::string& id) {
    VoiceConsent row;
    soci::statement rows(sql);
    define(rows, row);
    rows.exchange(use(org_id));
    rows.exchange(use(id));
    execute(rows, std::string(kSelectConsent) + "WHERE org_id = :org_id AND id = :id");
    if (!rows.fetch()) return {};
    return row;
}

std::vector<VoiceConsent> list_consents(soci::session& sql, const std::string& org_id,
                                        const std::string& after, int limit) {
    VoiceConsent row;
    const int fetch = limit + 1;
    soci::statement rows(sql);
    define(rows, row);
    rows.exchange(use(org_id));
    std::string text = std::string(kSelectConsent) + "WHERE org_id = :org_id ";
    if (!after.empty()) {
        text += "AND id < :after ";
        rows.exchange(use(after));
    }
    rows.exchange(use(fetch));
    execute(rows, text + "ORDER BY id DESC LIMIT :fetch");
    std::vector<VoiceConsent> out;
    while (rows.fetch()) out.push_back(row);
    return out;
}

int count_consents(soci::session& sql, const std::string& org_id) {
    int n = 0;
    sql << "SELECT count(*) FROM voice_consents WHERE org_id = :org_id", into(n), use(org_id);
    return n;
}

bool rename_consent(soci::session& sql, const std::string& org_id, const std::string& id,
                    const std::string& name) {
    soci::statement done =
        (sql.prepare << "UPDATE voice_consents SET name = :name WHERE org_id = :org_id AND id = :id",
         use(name), use(org_id), use(id));
    return changed_one(done);
}

bool withdraw_consent(soci::session& sql, const std::string& org_id, const std::string& id,
                      base::WallTime now) {
    soci::statement done =
        (sql.prepare << "UPDATE voice_consents SET withdrawn_at = :now WHERE org_id = :org_id AND id = :id "
                        "AND withdrawn_at IS NULL",
         use(now), use(org_id), use(id));
    return changed_one(done);
}

bool remove_consent(soci::session& sql, const std::string& org_id, const std::string& id) {
    soci::statement done = (sql.prepare << "DELETE FROM voice_consents WHERE org_id = :org_id AND id = :id",
                            use(org_id), use(id));
    return changed_one(done);
}

void insert_voice(soci::session& sql, const OwnVoice& v) {
    const std::string scores = scores_text(v);
    sql << "INSERT INTO voices (id, org_id, consent_id, name, engine, status, progress, error, data, scores, "
           "created_by, created_at, updated_at) VALUES (:id, :org_id, :consent_id, :name, :engine, :status, "
           ":progress, :error, :data, :scores, :created_by, :created_at, :updated_at)",
        use(v.id), use(v.org_id), use(v.consent_id), use(v.name), use(v.engine), use(v.status),
        use(v.progress), use(v.error), use(v.data), use(scores), use(v.created_by), use(v.created_at),
        use(v.updated_at);
}

Result<std::optional<OwnVoice>> find_voice(soci::session& sql, const std::string& org_id,
                                           const std::string& id) {
    AIMPACT_TRY(std::vector<OwnVoice> found, voices_where(sql, org_id, "id = :id", id));
    if (found.empty()) return std::optional<OwnVoice>{};
    return std::optional<OwnVoice>{std::move(found.front())};
}

Result<std::optional<OwnVoice>> find_anywhere(soci::session& sql, const std::string& id) {
    VoiceRow row;
    soci::statement rows(sql);
    row.define(rows);
    rows.exchange(use(id));
    execute(rows, std::string(kSelectVoice) + "WHERE id = :id");
    if (!rows.fetch()) return std::optional<OwnVoice>{};
    AIMPACT_TRY(OwnVoice found, row.finished());
    return std::optional<OwnVoice>{std::move(found)};
}

Result<std::vector<OwnVoice>> list_voices(soci::session& sql, const std::string& org_id,
                                          const std::string& after, int limit) {
    VoiceRow row;
    const int fetch = limit + 1;
    soci::statement rows(sql);
    row.define(rows);
    rows.exchange(use(org_id));
    std::string text =
        std::string(kSelectVoice) + "WHERE org_id = :org_id AND status NOT IN ('deleted', 'withdrawn') ";
    if (!after.empty()) {
        text += "AND id < :after ";
        rows.exchange(use(after));
    }
    rows.exchange(use(fetch));
    execute(rows, text + "ORDER BY id DESC LIMIT :fetch");
    return fetch_all(rows, row);
}

Result<std::vector<OwnVoice>> voices_of_consent(soci::session& sql, const std::string& org_id,
                                                const std::string& consent_id) {
    return voices_where(sql, org_id,
                        "consent_id = :consent_id AND status NOT IN ('deleted', 'withdrawn') ORDER BY id",
                        consent_id);
}

Result<std::vector<OwnVoice>> all_for_speech(soci::session& sql, const std::string& org_id) {
    AIMPACT_TRY(std::vector<OwnVoice> out, list_voices(sql, org_id, {}, limits::kVoicesPerOrganisation));
    VoiceRow row;
    soci::statement rows(sql);
    row.define(rows);
    rows.exchange(use(org_id));
    rows.exchange(use(kOverKnown));
    execute(rows, std::string(kSelectVoice) +
                      "WHERE org_id = :org_id AND status IN ('deleted', 'withdrawn') ORDER BY id DESC LIMIT "
                      ":fetch");
    AIMPACT_TRY(std::vector<OwnVoice> over, fetch_all(rows, row));
    out.insert(out.end(), std::make_move_iterator(over.begin()), std::make_move_iterator(over.end()));
    return out;
}

Result<std::vector<OwnVoice>> unfinished(soci::session& sql) {
    VoiceRow row;
    soci::statement rows(sql);
    row.define(rows);
    execute(rows, std::string(kSelectVoice) +
                      "WHERE status = 'processing' OR (status = 'ready' AND progress < 1) ORDER BY id");
    return fetch_all(rows, row);
}

int count_voices(soci::session& sql, const std::string& org_id) {
    int n = 0;
    sql << "SELECT count(*) FROM voices WHERE org_id = :org_id AND status NOT IN ('deleted', 'withdrawn')",
        into(n), use(org_id);
    return n;
}

bool update_voice(soci::session& sql, const OwnVoice& v) {
    const std::string scores = scores_text(v);
    soci::statement done =
        (sql.prepare << "UPDATE voices SET status = :status, progress = :progress, error = :error, data = "
                        ":data, scores = :scores, updated_at = :updated_at WHERE org_id = :org_id AND id = "
                        ":id AND status NOT IN ('deleted', 'withdrawn')",
         use(v.status), use(v.progress), use(v.error), use(v.data), use(scores), use(v.updated_at),
         use(v.org_id), use(v.id));
    return changed_one(done);
}

bool rename_voice(soci::session& sql, const std::string& org_id, const std::string& id,
                  const std::string& name, base::WallTime now) {
    soci::statement done =
        (sql.prepare << "UPDATE voices SET name = :name, updated_at = :now WHERE org_id = :org_id AND id = "
                        ":id AND status NOT IN ('deleted', 'withdrawn')",
         use(name), use(now), use(org_id), use(id));
    return changed_one(done);
}

bool end_voice(soci::session& sql, const std::string& org_id, const std::string& id, VoiceStatus status,
               base::WallTime now) {
    soci::statement done =
        (sql.prepare << "UPDATE voices SET status = :status, name = '', progress = 0, error = '', data = '', "
                        "scores = '', updated_at = :now WHERE org_id = :org_id AND id = :id AND status NOT "
                        "IN ('deleted', 'withdrawn')",
         use(status), use(now), use(org_id), use(id));
    return changed_one(done);
}

}  // namespace aimpact::agents::voice_store
