// Audio as the voice layer handles it: mono float samples in [-1, 1]. Recognition works at 16 kHz, synthesis
// at 24 kHz; wires at whatever they declare.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "voice/quality/level_meter.hpp"

namespace aimpact::voice {

using base::Error;
using base::Result;

inline constexpr int kRecognitionRate = 16'000;
inline constexpr int kSynthesisRate = 24'000;

struct AudioClip {
    int sample_rate = kRecognitionRate;
    std::vector<float> samples;  // mono
    LevelReport levels = {};     // of a file's samples as they were, before mixing and conversion
    double seconds() const {
        return sample_rate > 0 ? static_cast<double>(samples.size()) / sample_rate : 0.0;
    }
};

struct AudioLimits {
    std::size_t bytes_max = 100u << 20;
    double seconds_max = 4 * 3600.0;
};

// Reads WAV, FLAC, Ogg (Vorbis, Opus) or MP3 by content (libsndfile), mixes to mono and converts to
// `sample_rate` on the way; 0 keeps the file's own rate up to kFileRateMax, so that a small file cannot ask
// for much memory. `unsupported_media` for what is no audio, with the formats we read; `payload_too_large`
// past a limit; `invalid_argument` for an empty or truncated file without a single sample. What there is of a
// truncated file is given. Samples that are not finite become 0.
inline constexpr int kFileRateMax = 48'000;
Result<AudioClip> decode_audio(std::string_view bytes, const AudioLimits& limits = {}, int sample_rate = 0);
Result<AudioClip> read_audio_file(const std::string& path, const AudioLimits& limits = {},
                                  int sample_rate = 0);
// 16-bit mono.
Result<> write_wav_file(const std::string& path, std::span<const float> samples, int sample_rate);

// One-shot conversion (soxr, high quality).
std::vector<float> resample(std::span<const float> samples, int from_rate, int to_rate);

// Streaming conversion; one per stream and direction. Not thread-safe. Rates are 1 Hz .. 768 kHz: check what
// comes from outside before.
class Resampler {
  public:
    // `live` holds back 5 to 10 ms (16 at 8 kHz out) by a gentler filter: flat to 85 % of the lower band,
    // errors at -96 dB. `file` is soxr's high quality: flat to 91 %, -120 dB, holds back up to 50 ms.
    enum class Use { live, file };
    Resampler(int from_rate, int to_rate, Use use = Use::live);
    ~Resampler();
    Resampler(Resampler&&) noexcept;
    Resampler& operator=(Resampler&&) noexcept;
    // What can be given out so far; a few milliseconds stay inside until flush().
    std::vector<float> process(std::span<const float> samples);
    // The rest; the next process() starts a new stream.
    std::vector<float> flush();

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

// Wire codecs of live sessions. Little-endian pcm16; G.711 by ITU-T's tables.
std::vector<float> pcm16_to_float(std::string_view bytes);   // an odd last byte is ignored
std::string float_to_pcm16(std::span<const float> samples);  // rounded, clipped
std::vector<float> ulaw_to_float(std::string_view bytes);
std::string float_to_ulaw(std::span<const float> samples);
std::vector<float> alaw_to_float(std::string_view bytes);
std::string float_to_alaw(std::span<const float> samples);

enum class AudioFormat { wav, mp3, opus, flac, aac, pcm };
// By the names of OpenAI's API; `invalid_argument` that lists them.
Result<AudioFormat> parse_audio_format(std::string_view name);

// Encodes a stream piece by piece, so that a reply can be sent while it is made. wav has an unknown-length
// header (0xFFFFFFFF sizes) when streamed; pcm is 24 kHz pcm16 as OpenAI's API has it; opus is Ogg/Opus.
// aac isn't offered: make() refuses it and names the formats that are. A rate that a format cannot carry is
// converted to the nearest higher one that it can. Not thread-safe; nothing may follow finish().
class AudioEncoder {
  public:
    static Result<std::unique_ptr<AudioEncoder>> make(AudioFormat format, int sample_rate);
    virtual ~AudioEncoder() = default;
    virtual Result<std::string> encode(std::span<const float> samples) = 0;
    virtual Result<std::string> finish() = 0;
    virtual std::string_view content_type() const = 0;
};

// RMS level in dBFS; -120 for silence or nothing.
double level_dbfs(std::span<const float> samples);

}  // namespace aimpact::voice
