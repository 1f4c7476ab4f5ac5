#include "agents/voice_directory.hpp"

#include "agents/voice_store.hpp"
#include "base/log.hpp"

namespace aimpact::agents {

using base::ErrorCode;
using base::Task;

namespace {

using Found = Result<std::shared_ptr<const voice::CustomVoice>>;

Error withdrawn() {
    return Error{ErrorCode::permission_denied,
                 "The consent to this voice was withdrawn, and the voice was deleted. Choose another voice.",
                 {},
                 "voice"};
}

Error not_ready(const OwnVoice& record) {
    if (record.status == VoiceStatus::failed)
        return Error{ErrorCode::failed_precondition,
                     "This voice could not be made: " + record.error + " Delete it and try again.",
                     {},
                     "voice"};
    return Error{ErrorCode::failed_precondition,
                 "This voice is still being made. GET /v1/audio/voices/" + record.id +
                     " tells how far it is; try again when its status is ready.",
                 {},
                 "voice",
                 std::chrono::seconds{3}};
}

}  // namespace

// Counts what is said, and puts a line for each voice into the audit log when the last holder lets go.
class VoiceDirectory::Use final : public voice::VoiceUse {
  public:
    Use(const VoiceDirectory& directory, std::shared_ptr<Organisation> organisation, std::string org_id,
        std::string actor, std::string where, std::string reference)
        : directory_(directory),
          organisation_(std::move(organisation)),
          org_id_(std::move(org_id)),
          actor_(std::move(actor)),
          where_(std::move(where)),
          reference_(std::move(reference)) {}
    ~Use() override {
        for (const auto& [id, said] : said_)
            directory_.account(org_id_, actor_, where_, reference_, said.first, said.second);
    }
    void said(const voice::CustomVoice& voice, std::size_t characters) override {
        Entry entry;
        entry.record.id = voice.id;
        {
            std::lock_guard lock(organisation_->mutex);
            if (const auto known = organisation_->voices.find(voice.id); known != organisation_->voices.end())
                entry.record = known->second.record;
        }
        std::lock_guard lock(mutex_);
        const auto at = said_.try_emplace(voice.id, std::move(entry), 0).first;
        at->second.second += characters;
    }

  private:
    const VoiceDirectory& directory_;
    const std::shared_ptr<Organisation> organisation_;
    const std::string org_id_, actor_, where_, reference_;
    std::mutex mutex_;
    std::map<std::string, std::pair<Entry, std::size_t>> said_;
};

class VoiceDirectory::Handle final : public voice::OwnVoices {
  public:
    Handle(VoiceDirectory& directory, std::shared_ptr<Organisation> organisation, std::string org_id,
           std::string actor)
        : directory_(directory),
          organisation_(std::move(organisation)),
          org_id_(std::move(org_id)),
          actor_(std::move(actor)) {}

    Found find(const std::string& voice_id) const override {
        std::lock_guard lock(organisation_->mutex);
        const auto at = organisation_->voices.find(voice_id);
        if (at == organisation_->voices.end() || at->second.record.status == VoiceStatus::deleted)
            return std::shared_ptr<const voice::CustomVoice>();
        const Entry& entry = at->second;
        if (entry.record.status == VoiceStatus::withdrawn) return withdrawn();
        if (entry.record.status != VoiceStatus::ready) return not_ready(entry.record);
        if (!entry.voice) return Error{ErrorCode::unavailable, entry.problem, {}, "voice"};
        return entry.voice;
    }
    Task<Found> current(std::string voice_id) override {
        AIMPACT_CO_CHECK(co_await directory_.refresh(organisation_, org_id_));
        co_return find(voice_id);
    }
    std::shared_ptr<voice::VoiceUse> begin_use(std::string where, std::string reference) override {
        return std::make_shared<Use>(directory_, organisation_, org_id_, actor_, std::move(where),
                                     std::move(reference));
    }

  private:
    VoiceDirectory& directory_;
    const std::shared_ptr<Organisation> organisation_;
    const std::string org_id_, actor_;
};

std::shared_ptr<VoiceDirectory::Organisation> VoiceDirectory::organisation(const std::string& org_id) {
    std::lock_guard lock(mutex_);
    auto& held = organisations_[org_id];
    if (!held) held = std::make_shared<Organisation>();
    return held;
}

VoiceDirectory::Entry VoiceDirectory::open(OwnVoice record) const {
    Entry entry;
    if (record.status == VoiceStatus::ready) {
        const voice::VoiceEngine* engine = voice::find_engine(engines_, record.engine);
        if (!engine) {
            entry.problem = "The engine \"" + record.engine +
                            "\" of this voice isn't configured on this server. Configure it, or choose "
                            "another voice.";
        } else if (auto opened = engine->open(record.id, record.data); opened.has_error()) {
            entry.problem =
                "This voice can't be spoken by this version of the server. Delete it and make it "
                "again.";
            base::log_error("voice.not_opened", {{"org_id", record.org_id},
                                                 {"voice_id", record.id},
                                                 {"message", opened.error().message},
                                                 {"detail", opened.error().detail}});
        } else {
            entry.voice = *std::move(opened);
        }
    }
    record.data.clear();
    entry.record = std::move(record);
    return entry;
}

void VoiceDirectory::put(const OwnVoice& voice) {
    Entry entry = open(voice);
    const auto held = organisation(voice.org_id);
    std::lock_guard lock(held->mutex);
    Entry& known = held->voices[voice.id];
    // What is over stays over, whatever a maker that was late still says.
    if (is_over(known.record.status) && !known.record.id.empty()) return;
    known = std::move(entry);
}

Task<Result<>> VoiceDirectory::refresh(std::shared_ptr<Organisation> held, std::string org_id) {
    std::map<std::string, std::pair<base::WallTime, VoiceStatus>> before;
    const base::SteadyTime asked_at = clock_.steady();
    {
        std::lock_guard lock(held->mutex);
        if (asked_at < held->fresh_until) co_return Result<>{};
        for (const auto& [id, entry] : held->voices)
            before[id] = {entry.record.updated_at, entry.record.status};
    }
    auto read = [org_id](soci::session& sql) { return voice_store::all_for_speech(sql, org_id); };
    auto rows = co_await database_.read(std::move(read));
    if (rows.has_error()) {
        // Without a look at the consent nobody speaks.
        co_return rows.error();
    }
    std::map<std::string, Entry> opened;
    std::map<std::string, bool> there;
    for (OwnVoice& row : *rows) {
        there[row.id] = true;
        const auto known = before.find(row.id);
        if (known != before.end() && known->second == std::pair{row.updated_at, row.status}) continue;
        Entry entry = open(std::move(row));
        opened[entry.record.id] = std::move(entry);
    }
    std::lock_guard lock(held->mutex);
    for (auto& [id, entry] : opened) {
        Entry& known = held->voices[id];
        const bool over = !known.record.id.empty() && is_over(known.record.status);
        if (over || (!known.record.id.empty() && known.record.updated_at > entry.record.updated_at)) continue;
        known = std::move(entry);
    }
    // What was known before the read and isn't there any more; newer ones were put meanwhile.
    std::erase_if(held->voices,
                  [&](const auto& one) { return before.contains(one.first) && !there.contains(one.first); });
    held->fresh_until = asked_at + kFreshFor;
    co_return Result<>{};
}

Task<Result<std::shared_ptr<voice::OwnVoices>>> VoiceDirectory::of(std::string org_id, std::string actor) {
    const auto held = organisation(org_id);
    // Stock voices speak without the database; own ones are asked for again before they do.
    if (const auto fresh = co_await refresh(held, org_id); fresh.has_error())
        base::log_warn("voices.stale", {{"org_id", org_id}, {"message", fresh.error().message}});
    co_return std::shared_ptr<voice::OwnVoices>(
        std::make_shared<Handle>(*this, held, std::move(org_id), std::move(actor)));
}

void VoiceDirectory::account(const std::string& org_id, const std::string& actor, const std::string& where,
                             const std::string& reference, const Entry& entry, std::size_t characters) const {
    if (!audit_) return;
    accounts::AuditEntry line;
    line.org_id = org_id;
    line.actor = actor;
    line.action = "voice.spoken";
    line.target = entry.record.id;
    line.detail = {{"consent_id", entry.record.consent_id},
                   {"engine", entry.record.engine},
                   {"where", where},
                   {"characters", characters}};
    if (!reference.empty()) line.detail["conversation_id"] = reference;
    audit_->record(std::move(line));
}

}  // namespace aimpact::agents
