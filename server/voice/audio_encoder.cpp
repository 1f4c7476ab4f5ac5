// Encoders that give out bytes as samples come in.
#include <lame/lame.h>
#include <sndfile.h>

#include <algorithm>
#include <array>
#include <optional>

#include "voice/audio.hpp"

namespace aimpact::voice {

using base::ErrorCode;

namespace {

constexpr int kRateMin = 8'000, kRateMax = 192'000;
constexpr std::array kOpusRates{8'000, 12'000, 16'000, 24'000, 48'000};
constexpr std::array kMp3Rates{8'000, 11'025, 12'000, 16'000, 22'050, 24'000, 32'000, 44'100, 48'000};

template <std::size_t N>
int carried_rate(const std::array<int, N>& rates, int rate) {
    const auto at = std::lower_bound(rates.begin(), rates.end(), rate);
    return at == rates.end() ? rates.back() : *at;
}

// Converts to the rate that the format carries before `write` sees the samples.
class ConvertingEncoder : public AudioEncoder {
  public:
    ConvertingEncoder(int from_rate, int to_rate, std::string_view type) : type_(type), rate_(to_rate) {
        if (from_rate != to_rate) resampler_.emplace(from_rate, to_rate, Resampler::Use::file);
    }
    Result<std::string> encode(std::span<const float> samples) final {
        if (!resampler_) return write(samples);
        return write(resampler_->process(samples));
    }
    Result<std::string> finish() final {
        std::string out;
        if (resampler_) {
            AIMPACT_TRY(out, write(resampler_->flush()));
        }
        AIMPACT_TRY(const std::string tail, close());
        return out + tail;
    }
    std::string_view content_type() const final { return type_; }

  protected:
    virtual Result<std::string> write(std::span<const float> samples) = 0;
    virtual Result<std::string> close() = 0;
    int rate() const { return rate_; }

  private:
    std::optional<Resampler> resampler_;
    std::string_view type_;
    int rate_;
};

void put32(std::string& out, std::uint32_t value) {
    for (int i = 0; i < 4; ++i) out += static_cast<char>((value >> (8 * i)) & 0xFF);
}
void put16(std::string& out, std::uint16_t value) {
    out += static_cast<char>(value & 0xFF);
    out += static_cast<char>(value >> 8);
}

class PcmEncoder final : public ConvertingEncoder {
  public:
    PcmEncoder(int from_rate, int to_rate, bool wav)
        : ConvertingEncoder(from_rate, to_rate, wav ? "audio/wav" : "audio/pcm"), header_(wav) {}

  private:
    Result<std::string> write(std::span<const float> samples) override {
        std::string out = header();
        out += float_to_pcm16(samples);
        return out;
    }
    Result<std::string> close() override { return header(); }
    std::string header() {
        std::string out;
        if (!std::exchange(header_, false)) return out;
        constexpr std::uint32_t kUnknown = 0xFFFF'FFFF;
        const auto hz = static_cast<std::uint32_t>(rate());
        out = "RIFF";
        put32(out, kUnknown);
        out += "WAVEfmt ";
        put32(out, 16);
        put16(out, 1);  // PCM
        put16(out, 1);  // mono
        put32(out, hz);
        put32(out, hz * 2);
        put16(out, 2);
        put16(out, 16);
        out += "data";
        put32(out, kUnknown);
        return out;
    }
    bool header_;
};

class Mp3Encoder final : public ConvertingEncoder {
  public:
    Mp3Encoder(int from_rate, int to_rate)
        : ConvertingEncoder(from_rate, to_rate, "audio/mpeg"), lame_(lame_init()) {}
    ~Mp3Encoder() override {
        if (lame_) lame_close(lame_);
    }
    bool open() {
        if (!lame_) return false;
        lame_set_num_channels(lame_, 1);
        lame_set_mode(lame_, MONO);
        lame_set_in_samplerate(lame_, rate());
        lame_set_out_samplerate(lame_, rate());
        lame_set_VBR(lame_, vbr_off);
        lame_set_brate(lame_, rate() >= 32'000 ? 96 : rate() >= 16'000 ? 64 : 32);  // kbit/s
        lame_set_quality(lame_, 5);
        lame_set_bWriteVbrTag(lame_, 0);  // it would have to be patched in at the start afterwards
        return lame_init_params(lame_) >= 0;
    }

  private:
    Result<std::string> write(std::span<const float> samples) override {
        std::string out(samples.size() * 5 / 4 + 7'200, '\0');  // the bound that lame.h gives
        const int made = lame_encode_buffer_ieee_float(lame_, samples.data(), samples.data(),
                                                       static_cast<int>(samples.size()), data(out),
                                                       static_cast<int>(out.size()));
        return take(out, made);
    }
    Result<std::string> close() override {
        std::string out(7'200, '\0');
        return take(out, lame_encode_flush(lame_, data(out), static_cast<int>(out.size())));
    }
    static unsigned char* data(std::string& out) { return reinterpret_cast<unsigned char*>(out.data()); }
    static Result<std::string> take(std::string& out, int made) {
        if (made < 0) return base::internal_error("lame: error " + std::to_string(made));
        out.resize(static_cast<std::size_t>(made));
        return std::move(out);
    }
    lame_t lame_;
};

// FLAC and Ogg/Opus by libsndfile, which writes to a file that can only grow: what it patches in at the start
// afterwards (FLAC's totals) is dropped, since those bytes have been sent.
class SndfileEncoder final : public ConvertingEncoder {
  public:
    SndfileEncoder(int from_rate, int to_rate, std::string_view type, int format)
        : ConvertingEncoder(from_rate, to_rate, type), format_(format) {}
    ~SndfileEncoder() override {
        if (file_) sf_close(file_);
    }
    bool open() {
        SF_INFO info{};
        info.samplerate = rate();
        info.channels = 1;
        info.format = format_;
        SF_VIRTUAL_IO io = sink_io();
        file_ = sf_open_virtual(&io, SFM_WRITE, &info, this);
        if (!file_) return false;
        sf_command(file_, SFC_SET_CLIPPING, nullptr, SF_TRUE);
        // Ogg: a page of 100 ms rather than of a second, so that a listener hears the start at once.
        double page_ms = 100;
        sf_command(file_, SFC_SET_OGG_PAGE_LATENCY_MS, &page_ms, sizeof page_ms);
        return true;
    }

  private:
    Result<std::string> write(std::span<const float> samples) override {
        const auto count = static_cast<sf_count_t>(samples.size());
        if (count > 0 && sf_write_float(file_, samples.data(), count) != count)
            return base::internal_error(std::string("libsndfile: ") + sf_strerror(file_));
        return take();
    }
    Result<std::string> close() override {
        sf_close(std::exchange(file_, nullptr));
        return take();
    }
    std::string take() {
        sent_ += static_cast<sf_count_t>(fresh_.size());
        return std::exchange(fresh_, {});
    }

    sf_count_t length() const { return sent_ + static_cast<sf_count_t>(fresh_.size()); }

    static SF_VIRTUAL_IO sink_io() {
        SF_VIRTUAL_IO io{};
        io.get_filelen = [](void* user) { return static_cast<SndfileEncoder*>(user)->length(); };
        io.seek = [](sf_count_t offset, int whence, void* user) {
            auto* self = static_cast<SndfileEncoder*>(user);
            if (whence == SEEK_CUR) offset += self->position_;
            if (whence == SEEK_END) offset += self->length();
            return self->position_ = std::clamp<sf_count_t>(offset, 0, self->length());
        };
        io.read = [](void*, sf_count_t, void*) { return sf_count_t{0}; };
        io.write = [](const void* bytes, sf_count_t count, void* user) {
            static_cast<SndfileEncoder*>(user)->append(static_cast<const char*>(bytes), count);
            return count;
        };
        io.tell = [](void* user) { return static_cast<SndfileEncoder*>(user)->position_; };
        return io;
    }

    void append(const char* bytes, sf_count_t count) {
        if (position_ == length()) {
            fresh_.append(bytes, static_cast<std::size_t>(count));
            position_ += count;
            return;
        }
        for (sf_count_t i = 0; i < count; ++i, ++position_) {
            if (position_ < sent_) continue;
            const auto at = static_cast<std::size_t>(position_ - sent_);
            if (at < fresh_.size())
                fresh_[at] = bytes[i];
            else
                fresh_ += bytes[i];
        }
    }

    int format_;
    SNDFILE* file_ = nullptr;
    std::string fresh_;  // written and not sent yet
    sf_count_t sent_ = 0, position_ = 0;
};

}  // namespace

Result<AudioFormat> parse_audio_format(std::string_view name) {
    if (name == "wav") return AudioFormat::wav;
    if (name == "mp3") return AudioFormat::mp3;
    if (name == "opus") return AudioFormat::opus;
    if (name == "flac") return AudioFormat::flac;
    if (name == "aac") return AudioFormat::aac;
    if (name == "pcm") return AudioFormat::pcm;
    return base::invalid_argument(
        "Unknown audio format '" + std::string(name.substr(0, 40)) + "'. Use mp3, opus, flac, wav or pcm.",
        "response_format");
}

Result<std::unique_ptr<AudioEncoder>> AudioEncoder::make(AudioFormat format, int sample_rate) {
    if (sample_rate < kRateMin || sample_rate > kRateMax)
        return base::invalid_argument("The sample rate must be 8000 to 192000 Hz.", "sample_rate");
    switch (format) {
        case AudioFormat::wav:
            return std::make_unique<PcmEncoder>(sample_rate, sample_rate, true);
        case AudioFormat::pcm:
            return std::make_unique<PcmEncoder>(sample_rate, kSynthesisRate, false);
        case AudioFormat::mp3: {
            auto encoder = std::make_unique<Mp3Encoder>(sample_rate, carried_rate(kMp3Rates, sample_rate));
            if (!encoder->open()) return base::internal_error("lame cannot be set up");
            return encoder;
        }
        case AudioFormat::opus:
        case AudioFormat::flac: {
            const bool opus = format == AudioFormat::opus;
            auto encoder = std::make_unique<SndfileEncoder>(
                sample_rate, opus ? carried_rate(kOpusRates, sample_rate) : sample_rate,
                opus ? "audio/ogg" : "audio/flac",
                opus ? SF_FORMAT_OGG | SF_FORMAT_OPUS : SF_FORMAT_FLAC | SF_FORMAT_PCM_16);
            if (!encoder->open())
                return base::internal_error(std::string("libsndfile: ") + sf_strerror(nullptr));
            return encoder;
        }
        case AudioFormat::aac:
            break;
    }
    return base::invalid_argument("AAC isn't offered. Use mp3, opus, flac, wav or pcm.", "response_format");
}

}  // namespace aimpact::voice
