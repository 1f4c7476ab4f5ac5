#include "accounts/credential_cache.hpp"

namespace aimpact::accounts {

namespace {
constexpr std::chrono::seconds kFresh{30};
}  // namespace

CredentialCache::CredentialCache(const base::Clock& clock, std::size_t entries_max) : clock_(clock) {
    for (auto& one : shards_) one = std::make_unique<Shard>(std::max<std::size_t>(1, entries_max / kShards));
}

std::optional<Principal> CredentialCache::find(const Digest& credential) {
    Shard& part = shard(credential);
    const std::lock_guard lock(part.mutex);
    const Entry* entry = part.entries.find(credential);
    if (!entry) return std::nullopt;
    if (clock_.steady() >= entry->fresh_until || clock_.now() >= entry->expires_at) {
        part.entries.erase(credential);
        return std::nullopt;
    }
    return entry->principal;
}

void CredentialCache::put(const Digest& credential, Entry entry, std::uint64_t generation) {
    entry.fresh_until = clock_.steady() + kFresh;
    Shard& part = shard(credential);
    const std::lock_guard lock(part.mutex);
    // Checked under the lock that forget() takes after it counted: either we see its count, or it sees our
    // entry.
    if (generation != generation_.load()) return;
    part.entries.put(credential, std::move(entry));
}

template <class Predicate>
void CredentialCache::forget(Predicate gone) {
    ++generation_;
    for (const auto& part : shards_) {
        const std::lock_guard lock(part->mutex);
        part->entries.erase_if(gone);
    }
}

void CredentialCache::forget_user(const std::string& user_id) {
    forget([&](const Entry& entry) { return entry.acts_for == user_id; });
}

void CredentialCache::forget_credential(const std::string& credential_id) {
    forget([&](const Entry& entry) {
        return entry.principal.credential_id == credential_id || entry.parent_id == credential_id;
    });
}

}  // namespace aimpact::accounts
