// What makes voices after a sample and speaks in them, behind one interface: matching (built in), a zero-shot
// model in a folder, a provider at another address. Who may use a voice, and that its owner consented, is not
// the engine's affair (agents/voice_service.hpp).
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "voice/custom_voice.hpp"
#include "voice/synthesizer.hpp"

namespace aimpact::voice {

// What a voice is made of. The recordings are FLAC, mono, 24 kHz.
struct VoiceSource {
    std::string org_id, voice_id, name;
    std::string language;                                  // of the consent: "en-US"
    std::shared_ptr<const std::vector<float>> sample_16k;  // one speaker
    std::string sample_file, consent_file;
};

// How near a voice came to the sample, as far as the engine can tell.
struct VoiceScores {
    std::optional<double> similarity;           // cosine of GE2E embeddings: 0 .. 1
    std::optional<double> relative_similarity;  // 0: as of different speakers; 1: as of the same one
    std::string nearest_stock_voice = {};       // empty: not looked for
    std::optional<double> nearest_stock_similarity = {};
    // Of the sample.
    std::optional<double> speech_seconds = {}, level_dbfs = {}, snr_db = {}, clipped_share = {};
};

// A voice as an engine has made it so far.
struct MadeVoice {
    std::string data;  // JSON, all that the engine needs to speak
    VoiceScores scores;
};
inline constexpr std::size_t kVoiceDataBytesMax = 64 << 10;

// Thread-safe.
class VoiceEngine {
  public:
    virtual ~VoiceEngine() = default;

    // As the API calls it: "matched", "zero_shot", "provider".
    virtual std::string_view name() const = 0;
    // `unavailable`, and what to do, when it can't be used now.
    virtual Result<> available() const = 0;
    // Whether it needs the sample for as long as the voice is there; else it is deleted when the voice is
    // made.
    virtual bool keeps_sample() const = 0;

    // Makes a voice. The first call of `on_made` gives one that speaks, further calls better ones; `progress`
    // is 0 .. 1 over all of it. Both may be called on any thread, one at a time, and may block. Errors:
    // invalid_argument (the sample doesn't do; says why), unavailable, upstream_failed, cancelled.
    using OnMade = std::function<void(MadeVoice)>;
    using Progress = std::function<void(double)>;
    virtual base::Task<Result<>> make(VoiceSource source, OnMade on_made, Progress progress,
                                      std::stop_token stop) = 0;

    // Reads what make() gave. `internal` for anything else.
    virtual Result<std::shared_ptr<const CustomVoice>> open(const std::string& id,
                                                            const std::string& data) const = 0;
    // Deletes what is kept of the voice elsewhere (at a provider). What is gone already is no error.
    virtual base::Task<Result<>> forget(std::string data) = 0;

    // Whether it speaks `voice`, which open() gave, in this style.
    virtual Result<> check(const CustomVoice& voice, const SpeechStyle& style) const = 0;
    // As Synthesizer::stream; `voice` is one of this engine's.
    virtual base::Task<Result<>> stream(std::shared_ptr<const CustomVoice> voice, std::string text,
                                        SpeechStyle style, inference::Priority priority,
                                        std::function<void(SpokenChunk)> sink, std::stop_token stop,
                                        std::optional<std::chrono::steady_clock::time_point> needed_at) = 0;
};

// The engines of a server; the first is the one that is taken when none is named.
using VoiceEngines = std::vector<std::shared_ptr<VoiceEngine>>;
VoiceEngine* find_engine(const VoiceEngines& engines, std::string_view name);

}  // namespace aimpact::voice
