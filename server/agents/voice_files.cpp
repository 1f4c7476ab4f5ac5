#include "agents/voice_files.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <vector>

#include "voice/audio.hpp"

namespace aimpact::agents {

namespace fs = std::filesystem;
using base::Error;
using base::ErrorCode;
using base::Result;

namespace {

// A file that is closed when it goes out of scope.
class File {
  public:
    File(const fs::path& path, int flags) : fd_(::open(path.c_str(), flags | O_CLOEXEC | O_NOFOLLOW, 0600)) {}
    ~File() {
        if (fd_ >= 0) ::close(fd_);
    }
    File(const File&) = delete;
    File& operator=(const File&) = delete;
    bool is_open() const { return fd_ >= 0; }
    bool write(std::string_view bytes) const {
        while (!bytes.empty()) {
            const ssize_t n = ::write(fd_, bytes.data(), bytes.size());
            if (n < 0 && errno == EINTR) continue;
            if (n <= 0) return false;
            bytes.remove_prefix(static_cast<std::size_t>(n));
        }
        return true;
    }
    bool sync() const { return ::fsync(fd_) == 0; }

  private:
    const int fd_;
};

Error cannot_write(const fs::path& file) {
    return Error{ErrorCode::unavailable,
                 "A recording can't be written under data.dir. Check the disk's space and permissions.",
                 file.string() + ": " + std::strerror(errno)};
}

}  // namespace

fs::path VoiceFiles::path(const std::string& org_id, const std::string& id) const {
    return root_ / org_id / (id + ".flac");
}

Result<> VoiceFiles::write(const std::string& org_id, const std::string& id, const std::string& flac) const {
    const fs::path file = path(org_id, id), made = file.string() + ".new";
    std::error_code ec;
    fs::create_directories(file.parent_path(), ec);
    if (ec) return cannot_write(file.parent_path());
    fs::permissions(root_, fs::perms::owner_all, ec);
    {
        const File out(made, O_WRONLY | O_CREAT | O_TRUNC);
        if (!out.is_open() || !out.write(flac) || !out.sync()) {
            const Error error = cannot_write(made);
            fs::remove(made, ec);
            return error;
        }
    }
    fs::rename(made, file, ec);
    if (ec) return cannot_write(file);
    return {};
}

Result<std::string> VoiceFiles::read(const std::string& org_id, const std::string& id) const {
    const fs::path file = path(org_id, id);
    std::ifstream in(file, std::ios::binary);
    if (!in) return base::not_found("The recording isn't on this server (any more).");
    std::string out{std::istreambuf_iterator<char>(in), {}};
    if (in.bad()) return base::internal_error("reading " + file.string());
    return out;
}

Result<> VoiceFiles::wipe(const std::string& org_id, const std::string& id) const {
    const fs::path file = path(org_id, id);
    std::error_code ec;
    const auto size = fs::file_size(file, ec);
    if (ec) return {};
    {
        const File out(file, O_WRONLY);
        const std::string zeros(64 << 10, '\0');
        std::uintmax_t left = size;
        while (out.is_open() && left > 0) {
            const auto part = std::min<std::uintmax_t>(left, zeros.size());
            if (!out.write(std::string_view(zeros).substr(0, part))) break;
            left -= part;
        }
        if (!out.is_open() || left > 0 || !out.sync()) return cannot_write(file);
    }
    fs::remove(file, ec);
    if (ec) return cannot_write(file);
    return {};
}

Result<std::string> to_flac(std::span<const float> samples_24k) {
    AIMPACT_TRY(const auto encoder,
                voice::AudioEncoder::make(voice::AudioFormat::flac, voice::kSynthesisRate));
    AIMPACT_TRY(std::string flac, encoder->encode(samples_24k));
    AIMPACT_TRY(const std::string rest, encoder->finish());
    flac += rest;
    // RFC 9639, 8.2: the number of samples is the low 36 bits of the eight bytes from 18 on. A stream has
    // none.
    if (flac.size() < 26) return base::internal_error("the FLAC encoder gave no head");
    const std::uint64_t count = samples_24k.size();
    flac[21] = static_cast<char>((static_cast<unsigned char>(flac[21]) & 0xF0U) | ((count >> 32) & 0x0FU));
    for (std::size_t i = 1; i < 5; ++i) flac[21 + i] = static_cast<char>((count >> (32 - 8 * i)) & 0xFFU);
    return flac;
}

}  // namespace aimpact::agents
