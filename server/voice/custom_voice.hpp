// Voices that customers own, beside the stock ones: what a style carries when it is to be spoken by one. How
// they are made is their engines' affair (voice/matching); who may use one is the organisation's (agents).
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"

namespace aimpact::voice {

// Immutable once it is shared. A synthesiser speaks those of its engine and refuses others in check().
class CustomVoice {
  public:
    virtual ~CustomVoice() = default;
    // Which engine speaks it, as the API names it: "matched", ...
    virtual std::string_view engine() const = 0;
    // Equal for voices that sound the same; what was spoken by one is kept by it.
    virtual std::uint64_t version() const = 0;

    std::string id = {};  // "voice_..."; empty before it has one
};

// What a synthesiser has worked out to speak by a voice, kept as long as the voice. Thread-safe. A copy
// begins without: the voice that it belongs to is about to change.
class PreparedVoice {
  public:
    PreparedVoice() = default;
    PreparedVoice(const PreparedVoice& /*other*/) {}
    PreparedVoice& operator=(const PreparedVoice& other) {
        if (this != &other) set(nullptr);
        return *this;
    }
    ~PreparedVoice() = default;
    std::shared_ptr<const void> get() const {
        std::lock_guard lock(mutex_);
        return kept_;
    }
    void set(std::shared_ptr<const void> made) {
        std::lock_guard lock(mutex_);
        kept_ = std::move(made);
    }

  private:
    mutable std::mutex mutex_;
    std::shared_ptr<const void> kept_;
};

// How much of a stock voice is in a matched one. Shares of all voices add up to 1 in each column; some are
// negative.
struct VoiceShare {
    std::string voice;
    double acoustic = 0;  // how it sounds
    double prosodic = 0;  // how it speaks: melody, pace
};

inline constexpr std::size_t kEqualizerBands = 24;
using EqualizerGains = std::array<double, kEqualizerBands>;  // dB
inline constexpr double kEqualizerDbMax = 12;
// The middle of a band in Hz: equal steps in mel (HTK) from 0 to 8000 Hz, both ends left out. Above the last
// one its gain holds.
double equalizer_band_hz(std::size_t band);

// A voice matched to a sample: a mixture of the stock voices of Kokoro-82M, set to the speaker's pitch and
// pace, and equalised to the sample's long-term spectrum. A few hundred numbers; no sound of the sample is in
// it.
class MatchedVoice final : public CustomVoice {
  public:
    static constexpr std::string_view kEngine = "matched";
    std::string_view engine() const override { return kEngine; }
    std::uint64_t version() const override;

    std::vector<VoiceShare> shares;          // 1 .. 64, of different voices
    std::string pronounced_as = "af_heart";  // the stock voice whose language and accent it has
    double log_f0 = 5;                       // mean of ln(Hz) over voiced frames; ln 50 .. ln 500
    // The same for the mixture by itself, so that the pitch of single clauses may differ as it does in
    // speech. Not known: each clause is brought to `log_f0`.
    std::optional<double> neutral_log_f0 = {};
    double rate = 1;             // of speaking, on top of the mixture's; 0.5 .. 2
    double level_lufs = -41.3;   // how loud its clauses come out for how they are planned (voice_levels.hpp)
    EqualizerGains equalizer{};  // within +-12 dB

    mutable PreparedVoice prepared = {};
};

// As JSON text of at most 16 KiB, and back. What is read is checked for every limit above; `invalid_argument`
// says which and that the voice has to be matched again. The id isn't part of it.
inline constexpr std::size_t kMatchedVoiceBytesMax = 16u << 10;
std::string to_json_text(const MatchedVoice& voice);
base::Result<MatchedVoice> parse_matched_voice(std::string_view text);

}  // namespace aimpact::voice
