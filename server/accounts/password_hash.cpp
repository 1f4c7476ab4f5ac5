#include "accounts/password_hash.hpp"

#include <argon2.h>
#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include <array>
#include <cstdint>

namespace aimpact::accounts {

namespace {
constexpr std::size_t kSaltBytes = 16;
constexpr std::size_t kHashBytes = 32;
constexpr int kNice = 10;  // a tenth of the weight of a thread that speaks or listens

// A sign-in may take longer while everybody signs in; a voice may not stutter. On Linux a priority is a
// thread's own. It cannot be raised again without privileges, so it stays.
void give_way() {
    thread_local const int done = setpriority(PRIO_PROCESS, static_cast<id_t>(gettid()), kNice);
    (void)done;  // where it is not allowed, hashing competes on equal terms
}
}  // namespace

base::Result<std::string> PasswordHasher::hash(std::string_view password) const {
    give_way();
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
    give_way();
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
