// Reading and writing audio files by libsndfile's virtual I/O: nothing is written to disk on the way.
#include <sndfile.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <memory>

#include "voice/audio.hpp"

namespace aimpact::voice {

using base::ErrorCode;

namespace {

constexpr int kChannelsMax = 16;
constexpr int kRateMin = 1'000;
constexpr int kRateMax = 768'000;
constexpr std::size_t kBlockFrames = 16'384;
constexpr float kFullScale16 = 32'767.0F / 32'768;

struct Closer {
    void operator()(SNDFILE* file) const { sf_close(file); }
};
using File = std::unique_ptr<SNDFILE, Closer>;

// The bytes as a seekable file.
struct Source {
    std::string_view bytes;
    sf_count_t position = 0;
};

SF_VIRTUAL_IO source_io() {
    SF_VIRTUAL_IO io{};
    io.get_filelen = [](void* user) {
        return static_cast<sf_count_t>(static_cast<Source*>(user)->bytes.size());
    };
    io.seek = [](sf_count_t offset, int whence, void* user) {
        auto* source = static_cast<Source*>(user);
        const auto size = static_cast<sf_count_t>(source->bytes.size());
        if (whence == SEEK_CUR) offset += source->position;
        if (whence == SEEK_END) offset += size;
        source->position = std::clamp<sf_count_t>(offset, 0, size);
        return source->position;
    };
    io.read = [](void* out, sf_count_t count, void* user) {
        auto* source = static_cast<Source*>(user);
        const auto left = static_cast<sf_count_t>(source->bytes.size()) - source->position;
        count = std::clamp<sf_count_t>(count, 0, left);
        std::memcpy(out, source->bytes.data() + source->position, static_cast<std::size_t>(count));
        source->position += count;
        return count;
    };
    io.write = [](const void*, sf_count_t, void*) { return sf_count_t{0}; };
    io.tell = [](void* user) { return static_cast<Source*>(user)->position; };
    return io;
}

// libsndfile also opens a dozen formats that nobody sends us; only what we name gets that far.
bool looks_like_audio(std::string_view bytes) {
    if (bytes.starts_with("fLaC") || bytes.starts_with("OggS") || bytes.starts_with("ID3")) return true;
    if (bytes.size() >= 12 &&
        (bytes.starts_with("RIFF") || bytes.starts_with("RF64") || bytes.starts_with("RIFX")))
        return bytes.substr(8, 4) == "WAVE";
    // An MPEG audio frame: 11 bits of sync, then neither the reserved version nor the reserved layer.
    if (bytes.size() < 4) return false;
    const auto b0 = static_cast<unsigned char>(bytes[0]), b1 = static_cast<unsigned char>(bytes[1]);
    return b0 == 0xFF && (b1 & 0xE0) == 0xE0 && (b1 & 0x18) != 0x08 && (b1 & 0x06) != 0x00;
}

Error unsupported(std::string detail) {
    return Error{ErrorCode::unsupported_media,
                 "This is no audio that we can read. Send WAV, FLAC, Ogg (Vorbis or Opus) or MP3.",
                 std::move(detail)};
}

std::string as_duration(double seconds) {
    if (seconds >= 7200) return std::to_string(std::lround(seconds / 3600)) + " hours";
    if (seconds >= 120) return std::to_string(std::lround(seconds / 60)) + " minutes";
    return std::to_string(std::lround(seconds)) + " seconds";
}

Error too_long(const AudioLimits& limits) {
    return Error{ErrorCode::payload_too_large,
                 "The audio is longer than " + as_duration(limits.seconds_max) + ". Send it in parts."};
}

Error too_big(const AudioLimits& limits) {
    return Error{ErrorCode::payload_too_large, "The audio file is larger than " +
                                                   std::to_string(limits.bytes_max >> 20) +
                                                   " MiB. Send a shorter or a compressed one (FLAC, Opus)."};
}

}  // namespace

Result<AudioClip> decode_audio(std::string_view bytes, const AudioLimits& limits, int sample_rate) {
    if (bytes.empty()) return base::invalid_argument("The audio is empty.");
    if (bytes.size() > limits.bytes_max) return too_big(limits);
    if (!looks_like_audio(bytes)) return unsupported("unknown signature");

    Source source{bytes};
    SF_VIRTUAL_IO io = source_io();
    SF_INFO info{};
    File file(sf_open_virtual(&io, SFM_READ, &info, &source));
    if (!file) return unsupported(sf_strerror(nullptr));
    if (info.channels < 1 || info.channels > kChannelsMax)
        return Error{ErrorCode::unsupported_media, "The audio has " + std::to_string(info.channels) +
                                                       " channels; we read up to " +
                                                       std::to_string(kChannelsMax) + "."};
    if (info.samplerate < kRateMin || info.samplerate > kRateMax)
        return Error{ErrorCode::unsupported_media, "The audio declares a sample rate of " +
                                                       std::to_string(info.samplerate) +
                                                       " Hz; we read 1 to 768 kHz."};
    const auto frames_max = static_cast<sf_count_t>(limits.seconds_max * info.samplerate);
    // An MP3's length is an estimate until it is read; the others declare it.
    const bool estimated = (info.format & SF_FORMAT_TYPEMASK) == SF_FORMAT_MPEG;
    if (!estimated && info.frames != SF_COUNT_MAX && info.frames > frames_max) return too_long(limits);

    AudioClip clip;
    clip.sample_rate = sample_rate > 0 ? sample_rate : std::min(info.samplerate, kFileRateMax);
    std::optional<Resampler> resampler;
    if (clip.sample_rate != info.samplerate)
        resampler.emplace(info.samplerate, clip.sample_rate, Resampler::Use::file);

    const auto channels = static_cast<std::size_t>(info.channels);
    std::vector<float> block(kBlockFrames * channels);
    std::vector<float> mono(kBlockFrames);
    // The first channels are measured: who has more than two asks for no report on the rest.
    std::vector<LevelMeter> meters;
    for (std::size_t c = 0; c < std::min<std::size_t>(channels, 2); ++c)
        meters.emplace_back(info.samplerate, kFullScale16);
    std::vector<float> one(kBlockFrames);
    sf_count_t total = 0;
    for (;;) {
        const sf_count_t got = sf_readf_float(file.get(), block.data(), kBlockFrames);
        if (got <= 0) break;
        total += got;
        if (total > frames_max) return too_long(limits);
        for (std::size_t i = 0; i < static_cast<std::size_t>(got); ++i) {
            float sum = 0;
            for (std::size_t c = 0; c < channels; ++c) {
                const float sample = block[i * channels + c];
                sum += std::isfinite(sample) ? std::clamp(sample, -1.0F, 1.0F) : 0.0F;
            }
            mono[i] = sum / static_cast<float>(channels);
        }
        for (std::size_t c = 0; c < meters.size(); ++c) {
            for (std::size_t i = 0; i < static_cast<std::size_t>(got); ++i) {
                const float sample = block[i * channels + c];
                one[i] = std::isfinite(sample) ? std::clamp(sample, -1.0F, 1.0F) : 0.0F;
            }
            meters[c].push(std::span(one).first(static_cast<std::size_t>(got)));
        }
        const std::span<const float> part(mono.data(), static_cast<std::size_t>(got));
        if (resampler) {
            const auto converted = resampler->process(part);
            clip.samples.insert(clip.samples.end(), converted.begin(), converted.end());
        } else {
            clip.samples.insert(clip.samples.end(), part.begin(), part.end());
        }
    }
    if (resampler) {
        const auto rest = resampler->flush();
        clip.samples.insert(clip.samples.end(), rest.begin(), rest.end());
    }
    LevelSums sums;
    for (LevelMeter& meter : meters) sums += meter.take();
    clip.levels = report_of(sums);
    if (clip.samples.empty())
        return base::invalid_argument(
            "The audio file has no samples: it is empty or was cut off at the start.");
    return clip;
}

Result<AudioClip> read_audio_file(const std::string& path, const AudioLimits& limits, int sample_rate) {
    std::error_code ec;
    const auto size = std::filesystem::file_size(path, ec);
    if (ec) return base::not_found("Cannot read " + path + ": " + ec.message() + ".");
    if (size > limits.bytes_max) return too_big(limits);
    std::ifstream in(path, std::ios::binary);
    std::string bytes(size, '\0');
    in.read(bytes.data(), static_cast<std::streamsize>(size));
    if (!in) return base::not_found("Cannot read " + path + ".");
    auto clip = decode_audio(bytes, limits, sample_rate);
    if (clip) return clip;
    Error error = std::move(clip).error();
    error.message = path + ": " + error.message;
    return error;
}

Result<> write_wav_file(const std::string& path, std::span<const float> samples, int sample_rate) {
    SF_INFO info{};
    info.samplerate = sample_rate;
    info.channels = 1;
    info.format = SF_FORMAT_WAV | SF_FORMAT_PCM_16;
    File file(sf_open(path.c_str(), SFM_WRITE, &info));
    if (!file)
        return Error{ErrorCode::failed_precondition, "Cannot write " + path + ": " + sf_strerror(nullptr)};
    sf_command(file.get(), SFC_SET_CLIPPING, nullptr, SF_TRUE);
    const auto count = static_cast<sf_count_t>(samples.size());
    if (sf_write_float(file.get(), samples.data(), count) != count)
        return Error{ErrorCode::failed_precondition, "Cannot write " + path + ": " + sf_strerror(file.get())};
    return {};
}

}  // namespace aimpact::voice
