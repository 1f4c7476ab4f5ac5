#include "accounts/secret_box.hpp"

#include <fcntl.h>
#include <sodium.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <stdexcept>

#include "base/id.hpp"

namespace aimpact::accounts {

namespace {

using base::Error;
using base::ErrorCode;
using base::Result;

constexpr std::string_view kVersion = "v1";
constexpr std::size_t kNonceBytes = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
constexpr std::size_t kTagBytes = crypto_aead_xchacha20poly1305_ietf_ABYTES;

const unsigned char* bytes(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}

// Lengths in front, so that ("ab", "c") and ("a", "bc") differ.
std::string associated_data(std::string_view key_id, std::string_view org_id, std::string_view purpose) {
    std::string out(kVersion);
    for (const std::string_view part : {key_id, org_id, purpose})
        out += "." + std::to_string(part.size()) + ":" + std::string(part);
    return out;
}

std::string id_of(const MasterKey& key) {
    unsigned char digest[8 + 8];
    crypto_generichash(digest, sizeof digest, key.data(), key.size(), bytes("aimpact master key id"), 21);
    return base::base64url_encode({reinterpret_cast<const char*>(digest), 8});
}

Error key_error(std::string message, int error = 0) {
    return {ErrorCode::failed_precondition, std::move(message), error ? std::strerror(error) : ""};
}

Result<MasterKey> parse_key(std::string text, const std::string& where) {
    while (!text.empty() && (text.back() == '\n' || text.back() == '\r' || text.back() == ' '))
        text.pop_back();
    std::string raw;
    MasterKey key;
    if ((!base::base64url_decode(text, raw) && !base::base64_decode(text, raw)) || raw.size() != key.size())
        return key_error("The master key in " + where +
                         " must be 32 bytes in base64. Make one with: openssl rand -base64 32");
    std::copy(raw.begin(), raw.end(), key.begin());
    sodium_memzero(raw.data(), raw.size());
    return key;
}

struct File {
    int fd;
    ~File() {
        if (fd >= 0) ::close(fd);
    }
};

Result<MasterKey> read_key_file(const std::string& file) {
    const File in{::open(file.c_str(), O_RDONLY | O_CLOEXEC)};
    if (in.fd < 0)
        return key_error("The master key '" + file + "' cannot be read. Check its owner and permissions.",
                         errno);
    struct stat status{};
    if (::fstat(in.fd, &status) == 0 && (status.st_mode & (S_IROTH | S_IWOTH | S_IWGRP)) != 0)
        return key_error("The master key '" + file + "' is open to other users. Run: chmod 600 '" + file +
                         "'");
    char text[128];
    const ssize_t size = ::read(in.fd, text, sizeof text);
    if (size < 0) return key_error("The master key '" + file + "' cannot be read.", errno);
    Result<MasterKey> key = parse_key(std::string(text, static_cast<std::size_t>(size)), "'" + file + "'");
    sodium_memzero(text, sizeof text);
    return key;
}

}  // namespace

Result<std::optional<MasterKey>> find_master_key(const std::string& configured, const std::string& file) {
    if (configured.empty() && ::access(file.c_str(), F_OK) != 0 && errno == ENOENT)
        return std::optional<MasterKey>{};
    AIMPACT_TRY(const MasterKey key,
                configured.empty() ? read_key_file(file) : parse_key(configured, "the configuration"));
    return std::optional<MasterKey>{key};
}

Result<MasterKey> make_master_key(const std::string& file, base::Random& random) {
    MasterKey key;
    random.fill(key);
    const std::string text =
        base::base64url_encode({reinterpret_cast<const char*>(key.data()), key.size()}) + "\n";
    // Written beside and linked into place: a crash leaves no half a key, and of two servers that start at
    // once both use the one that came first.
    const std::string fresh = file + "." + std::to_string(getpid());
    {
        const File out{::open(fresh.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600)};
        if (out.fd < 0 || ::write(out.fd, text.data(), text.size()) != static_cast<ssize_t>(text.size()) ||
            ::fsync(out.fd) != 0) {
            const int error = errno;
            ::unlink(fresh.c_str());
            return key_error("The master key cannot be written to '" + file +
                                 "'. Check that its folder exists and is writable.",
                             error);
        }
    }
    const int linked = ::link(fresh.c_str(), file.c_str());
    const int error = errno;
    ::unlink(fresh.c_str());
    if (linked != 0 && error == EEXIST) return read_key_file(file);
    if (linked != 0)
        return key_error(
            "The master key cannot be written to '" + file + "'. Check that its folder is writable.", error);
    return key;
}

SecretBox::SecretBox(const MasterKey& key, base::Random& random) : key_(key), random_(random) {
    if (sodium_init() < 0) throw std::runtime_error("libsodium does not start");
    key_id_ = id_of(key_);
}

SecretBox::~SecretBox() {
    sodium_memzero(key_.data(), key_.size());
}

std::string SecretBox::seal(std::string_view org_id, std::string_view purpose,
                            std::string_view secret) const {
    std::string raw(kNonceBytes + secret.size() + kTagBytes, '\0');
    auto* out = reinterpret_cast<unsigned char*>(raw.data());
    random_.fill({out, kNonceBytes});
    const std::string data = associated_data(key_id_, org_id, purpose);
    crypto_aead_xchacha20poly1305_ietf_encrypt(out + kNonceBytes, nullptr, bytes(secret), secret.size(),
                                               bytes(data), data.size(), nullptr, out, key_.data());
    return std::string(kVersion) + "." + key_id_ + "." + base::base64url_encode(raw);
}

Result<std::string> SecretBox::open(std::string_view org_id, std::string_view purpose,
                                    std::string_view sealed) const {
    const std::size_t first = sealed.find('.');
    const std::size_t second = first == std::string_view::npos ? first : sealed.find('.', first + 1);
    if (second == std::string_view::npos || sealed.substr(0, first) != kVersion)
        return base::internal_error("a sealed secret is malformed");
    if (sealed.substr(first + 1, second - first - 1) != key_id_)
        return key_error(
            "A stored secret was sealed with another master key. Restore the master key that belongs to this "
            "database.");
    std::string raw;
    if (!base::base64url_decode(sealed.substr(second + 1), raw) || raw.size() < kNonceBytes + kTagBytes)
        return base::internal_error("a sealed secret is malformed");
    std::string secret(raw.size() - kNonceBytes - kTagBytes, '\0');
    const std::string data = associated_data(key_id_, org_id, purpose);
    const auto* in = bytes(raw);
    if (crypto_aead_xchacha20poly1305_ietf_decrypt(reinterpret_cast<unsigned char*>(secret.data()), nullptr,
                                                   nullptr, in + kNonceBytes, raw.size() - kNonceBytes,
                                                   bytes(data), data.size(), in, key_.data()) != 0)
        return base::internal_error(
            "a sealed secret was changed, or belongs to another organisation or purpose");
    return secret;
}

}  // namespace aimpact::accounts
