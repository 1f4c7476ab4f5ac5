#include "agents/conversation_store.hpp"

#include <algorithm>
#include <cmath>

#include "agents/page_reader.hpp"
#include "base/wire.hpp"
#include "storage/types.hpp"

namespace aimpact::agents::conversation_store {

using soci::into;
using soci::use;

namespace {
constexpr std::size_t kPreviewChars = 200;

constexpr const char* kColumns =
    "SELECT c.id, c.agent_id, c.agent_version, c.channel, c.user_id, c.variables, c.started_at, c.active_at, "
    "c.ended_at, c.turns, c.input_tokens, c.output_tokens, c.latency_p50_ms, c.latency_p95_ms, c.preview, "
    "c.has_audio, a.name FROM conversations c JOIN agents a ON a.id = c.agent_id ";

struct Row {
    Conversation c;
    std::string variables;
    int has_audio = 0;
};

// The into() list of kColumns; a macro because SOCI's comma operator cannot be wrapped otherwise.
#define AIMPACT_INTO_CONVERSATION(row)                                                                    \
    into(row.c.id), into(row.c.agent_id), into(row.c.agent_version), into(row.c.channel),                 \
        into(row.c.user_id), into(row.variables), into(row.c.started_at), into(row.c.active_at),          \
        into(row.c.ended_at), into(row.c.turns), into(row.c.input_tokens), into(row.c.output_tokens),     \
        into(row.c.latency_p50_ms), into(row.c.latency_p95_ms), into(row.c.preview), into(row.has_audio), \
        into(row.c.agent_name)

Conversation finished(const Row& row, const std::string& org_id) {
    Conversation out = row.c;
    out.org_id = org_id;
    out.has_audio = row.has_audio != 0;
    auto variables = base::decode_text<std::map<std::string, std::string>>(row.variables);
    if (variables.has_value()) out.variables = *std::move(variables);
    return out;
}

// -1 in a timeline means that it did not happen; the table says NULL.
std::optional<double> known(double ms) {
    return ms < 0 ? std::nullopt : std::optional<double>(ms);
}

// What a newer version wrote and this one doesn't know is left out; nothing readable is as nothing at all.
TurnQuality quality_of(const std::string& text) {
    if (text.empty()) return {};
    auto quality = base::decode_text<TurnQuality>(text, {}, base::Unknown::ignore);
    return quality.has_value() ? *std::move(quality) : TurnQuality{};
}

std::string preview_of(const std::string& text) {
    std::size_t chars = 0, end = 0;
    while (end < text.size()) {
        if ((static_cast<unsigned char>(text[end]) & 0xC0) != 0x80 && ++chars > kPreviewChars) break;
        ++end;
    }
    return text.substr(0, end);
}

std::optional<double> percentile(std::vector<double> values, double p) {
    if (values.empty()) return {};
    std::sort(values.begin(), values.end());
    const auto rank = static_cast<std::size_t>(std::ceil(p * static_cast<double>(values.size())));
    return values[std::max<std::size_t>(rank, 1) - 1];  // nearest rank
}
}  // namespace

void insert(soci::session& sql, const Conversation& c) {
    const std::string variables = base::to_text(base::encode(c.variables));
    sql << "INSERT INTO conversations (id, org_id, agent_id, agent_version, channel, user_id, variables, "
           "started_at, "
           "active_at) VALUES (:id, :org_id, :agent_id, :agent_version, :channel, :user_id, :variables, "
           ":started_at, "
           ":active_at)",
        use(c.id), use(c.org_id), use(c.agent_id), use(c.agent_version), use(c.channel), use(c.user_id),
        use(variables), use(c.started_at), use(c.started_at);
}

bool reopen(soci::session& sql, const std::string& org_id, const std::string& id, int agent_version,
            base::WallTime now) {
    soci::statement done =
        (sql.prepare << "UPDATE conversations SET ended_at = NULL, agent_version = :version, "
                        "active_at = :now WHERE org_id = :org_id AND id = :id",
         use(agent_version), use(now), use(org_id), use(id));
    done.execute(true);
    return done.get_affected_rows() == 1;
}

void end(soci::session& sql, const std::string& org_id, const std::string& id, base::WallTime now) {
    sql << "UPDATE conversations SET ended_at = :now, active_at = :active WHERE org_id = :org_id AND id = "
           ":id",
        use(now), use(now), use(org_id), use(id);
}

void touch(soci::session& sql, const std::string& org_id, const std::string& id, base::WallTime now) {
    sql << "UPDATE conversations SET ended_at = NULL, active_at = :now WHERE org_id = :org_id AND id = :id",
        use(now), use(org_id), use(id);
}

int end_abandoned(soci::session& sql, base::WallTime before) {
    soci::statement done = (sql.prepare << "UPDATE conversations SET ended_at = active_at WHERE ended_at IS "
                                           "NULL AND active_at < :before",
                            use(before));
    done.execute(true);
    return static_cast<int>(done.get_affected_rows());
}

void mark_audio(soci::session& sql, const std::string& org_id, const std::string& id) {
    sql << "UPDATE conversations SET has_audio = 1 WHERE org_id = :org_id AND id = :id", use(org_id), use(id);
}

bool remove(soci::session& sql, const std::string& org_id, const std::string& id) {
    soci::statement done = (sql.prepare << "DELETE FROM conversations WHERE org_id = :org_id AND id = :id",
                            use(org_id), use(id));
    done.execute(true);
    return done.get_affected_rows() == 1;
}

std::optional<Conversation> find(soci::session& sql, const std::string& org_id, const std::string& id) {
    Row row;
    sql << std::string(kColumns) + "WHERE c.org_id = :org_id AND c.id = :id", AIMPACT_INTO_CONVERSATION(row),
        use(org_id), use(id);
    if (!sql.got_data()) return {};
    return finished(row, org_id);
}

Result<Page<Conversation>> list(soci::session& sql, const std::string& org_id, const Filter& filter,
                                const PageRequest& page) {
    const int fetch = page.limit + 1;
    // An absent filter becomes a bound that lets everything pass, so that there is one statement.
    const std::string before_id = page.after.empty() ? "~" : page.after[0];
    const int any_agent = filter.agent_id.empty(), any_channel = filter.channel.empty();
    const base::WallTime after = filter.started_after.value_or(base::from_unix_millis(0));
    const base::WallTime before = filter.started_before.value_or(base::from_unix_millis(9'000'000'000'000));
    Row row;
    soci::statement rows =
        (sql.prepare
             << std::string(kColumns) +
                    "WHERE c.org_id = :org_id AND (:any_agent = 1 OR c.agent_id = :agent_id) "
                    "AND (:any_channel = 1 OR c.channel = :channel) AND c.started_at >= :after "
                    "AND c.started_at < :before AND c.id < :before_id ORDER BY c.id DESC LIMIT :fetch",
         AIMPACT_INTO_CONVERSATION(row), use(org_id), use(any_agent), use(filter.agent_id), use(any_channel),
         use(filter.channel), use(after), use(before), use(before_id), use(fetch));
    rows.execute();
    return read_page<Conversation>(
        rows, page.limit, [&] { return Result<Conversation>(finished(row, org_id)); },
        [](const Conversation& last) { return std::vector<std::string>{last.id}; });
}

std::vector<Item> items(soci::session& sql, const std::string& org_id, const std::string& id,
                        std::vector<int>* positions) {
    Item item;
    int spoken = 0, position = 0;
    soci::statement rows =
        (sql.prepare
             << "SELECT id, type, role, status, text, spoken, name, call_id, arguments, created_at, position "
                "FROM conversation_items WHERE org_id = :org_id AND conversation_id = :id ORDER BY position",
         into(item.id), into(item.type), into(item.role), into(item.status), into(item.text), into(spoken),
         into(item.name), into(item.call_id), into(item.arguments), into(item.created_at), into(position),
         use(org_id), use(id));
    rows.execute();
    std::vector<Item> out;
    while (rows.fetch()) {
        item.spoken = spoken != 0;
        out.push_back(item);
        if (positions) positions->push_back(position);
    }
    return out;
}

std::vector<Turn> turns(soci::session& sql, const std::string& org_id, const std::string& id) {
    Turn turn;
    std::optional<double> speech, decided, transcript, token, clause, audio, done, reply, heard, level;
    int interrupted = 0;
    std::string quality;
    soci::statement rows =
        (sql.prepare
             << "SELECT turn_index, user_item_id, assistant_item_id, started_at, speech_ms, decided_ms, "
                "transcript_ms, first_token_ms, first_clause_ms, first_audio_ms, audio_done_ms, "
                "reply_audio_ms, heard_ms, interrupted, input_tokens, output_tokens, cached_tokens, error, "
                "reply_level_dbfs, quality FROM conversation_turns WHERE org_id = :org_id AND "
                "conversation_id = :id "
                "ORDER BY "
                "turn_index",
         into(turn.index), into(turn.user_item_id), into(turn.assistant_item_id),
         into(turn.timeline.started_at), into(speech), into(decided), into(transcript), into(token),
         into(clause), into(audio), into(done), into(reply), into(heard), into(interrupted),
         into(turn.usage.input_tokens), into(turn.usage.output_tokens), into(turn.usage.cached_tokens),
         into(turn.error), into(level), into(quality), use(org_id), use(id));
    rows.execute();
    std::vector<Turn> out;
    while (rows.fetch()) {
        TurnTimeline& t = turn.timeline;
        t.speech_ms = speech.value_or(-1);
        t.decided_ms = decided.value_or(-1);
        t.transcript_ms = transcript.value_or(-1);
        t.first_token_ms = token.value_or(-1);
        t.first_clause_ms = clause.value_or(-1);
        t.first_audio_ms = audio.value_or(-1);
        t.audio_done_ms = done.value_or(-1);
        t.reply_audio_ms = reply.value_or(-1);
        t.heard_ms = heard.value_or(-1);
        t.interrupted = interrupted != 0;
        t.reply_level_dbfs = level;
        turn.quality = quality_of(quality);
        out.push_back(turn);
    }
    return out;
}

void put_item(soci::session& sql, const std::string& org_id, const std::string& id, const Item& item,
              int position, base::WallTime now) {
    const int spoken = item.spoken;
    sql << "INSERT INTO conversation_items (conversation_id, id, org_id, position, type, role, status, text, "
           "spoken, "
           "name, call_id, arguments, created_at) VALUES (:conversation, :id, :org_id, :position, :type, "
           ":role, "
           ":status, :text, :spoken, :name, :call_id, :arguments, :created_at) "
           "ON CONFLICT (conversation_id, id) DO UPDATE SET position = excluded.position, type = "
           "excluded.type, "
           "role = excluded.role, status = excluded.status, text = excluded.text, spoken = excluded.spoken, "
           "name = excluded.name, call_id = excluded.call_id, arguments = excluded.arguments",
        use(id), use(item.id), use(org_id), use(position), use(item.type), use(item.role), use(item.status),
        use(item.text), use(spoken), use(item.name), use(item.call_id), use(item.arguments),
        use(item.created_at);
    const bool callers_words = item.type == ItemType::message && item.role == llm::ChatRole::user;
    const std::string preview = callers_words ? preview_of(item.text) : "";
    sql << "UPDATE conversations SET active_at = :now, preview = CASE WHEN preview = '' THEN :preview ELSE "
           "preview END "
           "WHERE org_id = :org_id AND id = :id",
        use(now), use(preview), use(org_id), use(id);
}

void shift_items(soci::session& sql, const std::string& org_id, const std::string& id, int position) {
    sql << "UPDATE conversation_items SET position = position + 1 "
           "WHERE org_id = :org_id AND conversation_id = :id AND position >= :position",
        use(org_id), use(id), use(position);
}

void remove_item(soci::session& sql, const std::string& org_id, const std::string& id,
                 const std::string& item_id) {
    sql << "DELETE FROM conversation_items WHERE org_id = :org_id AND conversation_id = :id AND id = :item",
        use(org_id), use(id), use(item_id);
}

void put_turn(soci::session& sql, const std::string& org_id, const std::string& id, const Turn& turn,
              base::WallTime now) {
    const TurnTimeline& t = turn.timeline;
    const auto speech = known(t.speech_ms), decided = known(t.decided_ms),
               transcript = known(t.transcript_ms), token = known(t.first_token_ms),
               clause = known(t.first_clause_ms), audio = known(t.first_audio_ms),
               done = known(t.audio_done_ms), reply = known(t.reply_audio_ms), heard = known(t.heard_ms);
    const int interrupted = t.interrupted;
    const std::string quality =
        turn.quality.empty() ? std::string() : base::to_text(base::encode(turn.quality));
    sql << "INSERT INTO conversation_turns (conversation_id, turn_index, org_id, user_item_id, "
           "assistant_item_id, "
           "started_at, speech_ms, decided_ms, transcript_ms, first_token_ms, first_clause_ms, "
           "first_audio_ms, "
           "audio_done_ms, reply_audio_ms, heard_ms, interrupted, input_tokens, output_tokens, "
           "cached_tokens, error, reply_level_dbfs, quality) "
           "VALUES (:conversation, :turn_index, :org_id, :user_item, :assistant_item, :started_at, :speech, "
           ":decided, "
           ":transcript, :token, :clause, :audio, :done, :reply, :heard, :interrupted, :input, :output, "
           ":cached, "
           ":error, :level, :quality) ON CONFLICT (conversation_id, turn_index) DO UPDATE SET user_item_id = "
           "excluded.user_item_id, "
           "assistant_item_id = excluded.assistant_item_id, started_at = excluded.started_at, "
           "speech_ms = excluded.speech_ms, decided_ms = excluded.decided_ms, transcript_ms = "
           "excluded.transcript_ms, "
           "first_token_ms = excluded.first_token_ms, first_clause_ms = excluded.first_clause_ms, "
           "first_audio_ms = excluded.first_audio_ms, audio_done_ms = excluded.audio_done_ms, "
           "reply_audio_ms = excluded.reply_audio_ms, heard_ms = excluded.heard_ms, "
           "interrupted = excluded.interrupted, input_tokens = excluded.input_tokens, "
           "output_tokens = excluded.output_tokens, cached_tokens = excluded.cached_tokens, error = "
           "excluded.error, reply_level_dbfs = excluded.reply_level_dbfs, quality = excluded.quality",
        use(id), use(turn.index), use(org_id), use(turn.user_item_id), use(turn.assistant_item_id),
        use(t.started_at), use(speech), use(decided), use(transcript), use(token), use(clause), use(audio),
        use(done), use(reply), use(heard), use(interrupted), use(turn.usage.input_tokens),
        use(turn.usage.output_tokens), use(turn.usage.cached_tokens), use(turn.error),
        use(t.reply_level_dbfs), use(quality);

    std::vector<double> latencies;
    int count = 0, input = 0, output = 0;
    for (const Turn& one : turns(sql, org_id, id)) {
        ++count;
        input += one.usage.input_tokens;
        output += one.usage.output_tokens;
        // Spoken turns only: the wait after a caller's speech.
        if (one.timeline.speech_ms >= 0 && one.timeline.first_audio_ms >= 0)
            latencies.push_back(one.timeline.first_audio_ms);
    }
    const auto p50 = percentile(latencies, 0.50), p95 = percentile(latencies, 0.95);
    sql << "UPDATE conversations SET turns = :turns, input_tokens = :input, output_tokens = :output, "
           "latency_p50_ms = :p50, latency_p95_ms = :p95, active_at = :now WHERE org_id = :org_id AND id = "
           ":id",
        use(count), use(input), use(output), use(p50), use(p95), use(now), use(org_id), use(id);
}

}  // namespace aimpact::agents::conversation_store
