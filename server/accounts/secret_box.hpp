// Seals secrets at rest (providers' keys, our signing keys) with a master key that lives outside the
// database.
//
// XChaCha20-Poly1305 (libsodium), a random 192-bit nonce for each seal, and the organisation and purpose as
// associated data: what was sealed for one organisation or purpose opens for no other. The envelope is
// "v1.<key id>.<base64url of nonce and ciphertext>"; the key id tells a wrong master key from tampering.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/error.hpp"

namespace aimpact::accounts {

using MasterKey = std::array<std::uint8_t, 32>;

// `configured` (32 bytes in base64 or base64url) if not empty; else the file's, or nothing if there is no
// file. A file that others can read, or that does not hold a key, is an error.
base::Result<std::optional<MasterKey>> find_master_key(const std::string& configured,
                                                       const std::string& file);
// Makes the file, with mode 0600. If another process was faster, its key. Only for a database that no key has
// sealed anything in: to another one a fresh key opens nothing.
base::Result<MasterKey> make_master_key(const std::string& file, base::Random& random);

// Immutable after construction; thread-safe.
class SecretBox {
  public:
    SecretBox(const MasterKey& key, base::Random& random);
    ~SecretBox();
    SecretBox(const SecretBox&) = delete;
    SecretBox& operator=(const SecretBox&) = delete;

    // `org_id` may be empty for what belongs to the installation. `purpose` is a constant like
    // "agent.model_key".
    std::string seal(std::string_view org_id, std::string_view purpose, std::string_view secret) const;
    // `failed_precondition` if another master key sealed it, `internal` if it was changed or belongs
    // elsewhere.
    base::Result<std::string> open(std::string_view org_id, std::string_view purpose,
                                   std::string_view sealed) const;

    const std::string& key_id() const { return key_id_; }

  private:
    MasterKey key_;
    std::string key_id_;
    base::Random& random_;
};

}  // namespace aimpact::accounts
