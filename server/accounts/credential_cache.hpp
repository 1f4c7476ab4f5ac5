// Remembers for 30 s whose a credential is, so that most requests cost a hash and a look-up. Ending a
// session, revoking a key or changing a role forgets at once in this process; other servers notice within the
// 30 s. Bounded, thread-safe.
#pragma once

#include <array>
#include <atomic>
#include <cstring>
#include <mutex>
#include <optional>
#include <string>

#include "accounts/account.hpp"
#include "accounts/lru_map.hpp"
#include "accounts/token_hash.hpp"

namespace aimpact::accounts {

class CredentialCache {
  public:
    struct Entry {
        Principal principal;
        std::string acts_for;               // the user whose leaving, or change of role, ends this
        std::string parent_id;              // of a client secret: the session or key that it ends with
        WallTime expires_at;                // of the credential itself
        base::SteadyTime fresh_until = {};  // set by put()
    };

    explicit CredentialCache(const base::Clock& clock, std::size_t entries_max = 16 * 1024);

    std::optional<Principal> find(const Digest& credential);

    // Read it before the database, give it to put(): what was read before somebody forgot is not kept.
    std::uint64_t generation() const { return generation_.load(); }
    void put(const Digest& credential, Entry entry, std::uint64_t generation);

    void forget_user(const std::string& user_id);
    // A session or key, and the client secrets that hang on it.
    void forget_credential(const std::string& credential_id);

  private:
    struct DigestHash {
        std::size_t operator()(const Digest& digest) const {
            std::size_t out;
            std::memcpy(&out, digest.data(), sizeof out);
            return out;
        }
    };
    struct Shard {
        explicit Shard(std::size_t capacity) : entries(capacity) {}
        std::mutex mutex;
        LruMap<Digest, Entry, DigestHash> entries;
    };
    static constexpr std::size_t kShards = 16;

    Shard& shard(const Digest& digest) { return *shards_[digest[31] % kShards]; }
    template <class Predicate>
    void forget(Predicate gone);

    const base::Clock& clock_;
    std::array<std::unique_ptr<Shard>, kShards> shards_;
    std::atomic<std::uint64_t> generation_ = 0;
};

}  // namespace aimpact::accounts
