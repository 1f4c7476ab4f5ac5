#include "accounts/password_hash.hpp"

#include <argon2.h>
#include <fmt/format.h>

#include <array>
#include <cstdint>

namespace aimpact::accounts {

namespace {
constexpr std::size_t kSaltBytes = 16;
constexpr std::size_t kHashBytes = 32;
}  // namespace

base::Result<std::string> PasswordHasher::hash(std::string_view password) const {
    std::array<std::uint8_t, kSaltBytes> salt;
    random_.fill(salt);
    const HashParameters& p = parameters_;
    std::string out(argon2_encodedlen(p.passes, p.memory_kib, p.lanes, kSaltBytes, kHashBytes, Argon2_id),
                    '\0');
    const int rc = argon2id_hash_encoded(p.passes, p.memory_kib, p.lanes, password.data(), password.size(),
                                         salt.data(), salt.size(), kHashBytes, out.data(), out.size());
    if (rc == ARGON2_MEMORY_ALLOCATION_ERROR)
        return base::Error{base::ErrorCode::overloaded,
                           "The server is at its limit. Try again in a moment.",
                           argon2_error_message(rc),
                           {},
                           std::chrono::seconds{1}};
    if (rc != ARGON2_OK) return base::internal_error(argon2_error_message(rc));
    out.resize(out.find('\0'));
    return out;
}

bool PasswordHasher::verify(std::string_view password, const std::string& phc) const {
    return argon2id_verify(phc.c_str(), password.data(), password.size()) == ARGON2_OK;
}

bool PasswordHasher::outdated(std::string_view phc) const {
    const HashParameters& p = parameters_;
    return !phc.starts_with(fmt::format("$argon2id$v={}$m={},t={},p={}$",
                                        static_cast<int>(ARGON2_VERSION_NUMBER), p.memory_kib, p.passes,
                                        p.lanes));
}

void PasswordHasher::verify_nothing(std::string_view password) const {
    (void)hash(password);
}

}  // namespace aimpact::accounts
