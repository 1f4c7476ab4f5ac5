#include "agents/audio_recording.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <fstream>

#include "agents/agent_limits.hpp"
#include "base/log.hpp"
#include "voice/audio.hpp"

namespace aimpact::agents {

namespace fs = std::filesystem;

static_assert(std::endian::native == std::endian::little, "recordings are written as memory has them");

namespace {
constexpr int kRate = voice::kSynthesisRate;
constexpr std::size_t kSecondsMax = static_cast<std::size_t>(limits::kRecordedAudioSeconds);

struct Header {
    char magic[4] = {'A', 'P', 'R', '1'};
    std::uint32_t speaker = 0;  // 0 caller, 1 agent
    double at_ms = 0;
    std::uint64_t count = 0;
};
static_assert(sizeof(Header) == 24);

base::Error no_recording() {
    return base::not_found(
        "This conversation has no recording. Recording is a setting of the agent (store_audio).");
}
}  // namespace

fs::path AudioRecordings::path(const std::string& org_id, const std::string& conversation_id) const {
    return root_ / org_id / (conversation_id + ".apr");
}

void AudioRecordings::append(const std::string& org_id, const std::string& conversation_id, llm::ChatRole who,
                             double at_ms, std::span<const float> samples, int rate) {
    if (samples.empty() || !(at_ms >= 0) || at_ms > 1000.0 * kSecondsMax) return;
    const bool taken = files_.try_post([file = path(org_id, conversation_id), conversation_id, who, at_ms,
                                        piece = std::vector<float>(samples.begin(), samples.end()), rate] {
        const auto failed = [&](std::string_view why) {
            base::log_error("recording.failed", {{"conversation_id", conversation_id}, {"detail", why}});
        };
        std::error_code ec;
        fs::create_directories(file.parent_path(), ec);
        if (ec) return failed(ec.message());
        const auto size = fs::exists(file, ec) ? fs::file_size(file, ec) : 0;
        if (size > kSecondsMax * kRate * 2 * sizeof(std::int16_t))
            return failed("the recording is at its limit");
        const std::vector<float> at_rate = rate == kRate ? piece : voice::resample(piece, rate, kRate);
        const std::string pcm = voice::float_to_pcm16(at_rate);
        Header header;
        header.speaker = who == llm::ChatRole::user ? 0 : 1;
        header.at_ms = at_ms;
        header.count = at_rate.size();
        std::ofstream out(file, std::ios::binary | std::ios::app);
        if (size == 0) fs::permissions(file, fs::perms::owner_read | fs::perms::owner_write, ec);
        out.write(reinterpret_cast<const char*>(&header), sizeof header);
        out.write(pcm.data(), static_cast<std::streamsize>(pcm.size()));
        out.flush();
        if (!out) failed("the file cannot be written: is the disk full?");
    });
    if (!taken) base::log_warn("recording.dropped", {{"conversation_id", conversation_id}});
}

base::Task<base::Result<net::Response>> AudioRecordings::wav(const std::string& org_id,
                                                             const std::string& conversation_id) {
    auto open = [file = path(org_id, conversation_id)] { return RecordingMixer::open(file); };
    AIMPACT_CO_TRY(auto opened, co_await files_.run(std::move(open)));
    std::shared_ptr<RecordingMixer> mixer = std::move(opened);
    net::Response response;
    response.headers.set("Content-Type", "audio/wav");
    response.headers.set("Content-Disposition", "attachment; filename=\"" + conversation_id + ".wav\"");
    response.stream = [mixer, &files = files_](net::BodySink& sink) -> net::Task<base::Result<>> {
        AIMPACT_CO_CHECK(co_await sink.write(mixer->wav_header()));
        while (true) {
            auto read = [mixer] { return mixer->next(static_cast<std::size_t>(kRate)); };
            AIMPACT_CO_TRY(const std::vector<std::int16_t> window, co_await files.run(std::move(read)));
            if (window.empty()) co_return base::Result<>{};
            const std::string_view bytes(reinterpret_cast<const char*>(window.data()),
                                         window.size() * sizeof(std::int16_t));
            AIMPACT_CO_CHECK(co_await sink.write(bytes));
        }
    };
    co_return response;
}

base::Task<base::Result<>> AudioRecordings::remove(const std::string& org_id,
                                                   const std::string& conversation_id) {
    auto erase = [file = path(org_id, conversation_id)]() -> base::Result<> {
        std::error_code ec;
        fs::remove(file, ec);
        if (ec) return base::internal_error("removing " + file.string() + ": " + ec.message());
        return {};
    };
    co_return co_await files_.run(std::move(erase));
}

base::Result<std::unique_ptr<RecordingMixer>> RecordingMixer::open(const fs::path& file) {
    std::error_code ec;
    const std::uint64_t size = fs::file_size(file, ec);
    if (ec) return no_recording();
    std::ifstream in(file, std::ios::binary);
    auto mixer = std::make_unique<RecordingMixer>();
    mixer->file_ = file;
    std::uint64_t offset = 0;
    std::size_t ends[2] = {0, 0};
    Header header;
    while (in.seekg(static_cast<std::streamoff>(offset)) &&
           in.read(reinterpret_cast<char*>(&header), sizeof header)) {
        const Header expected;
        const bool sane = std::memcmp(header.magic, expected.magic, 4) == 0 && header.speaker < 2 &&
                          header.at_ms >= 0 && header.at_ms <= 1000.0 * kSecondsMax && header.count <= size;
        if (!sane || offset + sizeof header + header.count * 2 > size) break;  // the tail of a crash
        Piece piece;
        piece.start = std::max(static_cast<std::size_t>(header.at_ms * kRate / 1000.0), ends[header.speaker]);
        piece.count = header.count;
        piece.offset = offset + sizeof header;
        ends[header.speaker] = piece.start + piece.count;
        mixer->pieces_[header.speaker].push_back(piece);
        offset = piece.offset + header.count * 2;
    }
    mixer->frames_ = std::max(ends[0], ends[1]);
    if (mixer->frames_ == 0) return no_recording();
    return mixer;
}

base::Result<std::vector<std::int16_t>> RecordingMixer::next(std::size_t count) {
    count = std::min(count, frames_ - position_);
    std::vector<std::int16_t> out(count * 2, 0);
    std::ifstream in(file_, std::ios::binary);
    std::vector<std::int16_t> samples;
    for (int side = 0; side < 2; ++side) {
        for (const Piece& piece : pieces_[side]) {
            const std::size_t from = std::max(piece.start, position_);
            const std::size_t to = std::min(piece.start + piece.count, position_ + count);
            if (from >= to) continue;
            samples.resize(to - from);
            in.seekg(static_cast<std::streamoff>(piece.offset + (from - piece.start) * 2));
            if (!in.read(reinterpret_cast<char*>(samples.data()),
                         static_cast<std::streamsize>(samples.size() * 2)))
                return base::internal_error("a recording became unreadable");
            for (std::size_t i = 0; i < samples.size(); ++i)
                out[2 * (from - position_ + i) + side] = samples[i];
        }
    }
    position_ += count;
    return out;
}

std::string RecordingMixer::wav_header() const {
    std::string out;
    const auto u32 = [&](std::uint32_t v) { out.append(reinterpret_cast<const char*>(&v), 4); };
    const auto u16 = [&](std::uint16_t v) { out.append(reinterpret_cast<const char*>(&v), 2); };
    const auto bytes = static_cast<std::uint32_t>(frames_ * 4);
    out += "RIFF";
    u32(36 + bytes);
    out += "WAVEfmt ";
    u32(16);
    u16(1);  // PCM
    u16(2);
    u32(kRate);
    u32(kRate * 4);
    u16(4);
    u16(16);
    out += "data";
    u32(bytes);
    return out;
}

}  // namespace aimpact::agents
