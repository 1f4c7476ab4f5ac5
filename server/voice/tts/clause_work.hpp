// A clause on its way through Kokoro's stages. Internal to tts.
#pragma once

#include <algorithm>
#include <chrono>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "inference/scheduler.hpp"
#include "voice/audio.hpp"
#include "voice/synthesizer.hpp"
#include "voice/tts/emotion.hpp"
#include "voice/tts/emphasis.hpp"
#include "voice/tts/equalizer.hpp"
#include "voice/tts/kokoro_files.hpp"
#include "voice/tts/kokoro_stages.hpp"
#include "voice/tts/lane.hpp"
#include "voice/tts/spectral_tilt.hpp"
#include "voice/tts/speech_joiner.hpp"
#include "voice/tts/speech_window.hpp"
#include "voice/tts/word_times.hpp"

namespace aimpact::voice {

// Rows for fewer tokens are livelier and faster: with this one the clauses of a text lie closer together in
// pitch and pace than in the text spoken as a whole (bench_speech_flow).
inline constexpr std::size_t kProsodicTokensMin = 80;

// Everything about one clause in the making. Jobs hold it too: the coroutine may be gone before they end.
struct ClauseWork {
    std::string text;
    SpeechStyle style;
    ProsodyEdit edit;
    std::stop_token stop;
    std::string said;  // what `written` are words of, if not of `text`
    std::vector<WrittenWord> written;
    std::vector<Emphasis> emphases;  // of these; or none
    std::vector<Piece> pieces;
    std::shared_ptr<const VoiceData> voice;
    std::shared_ptr<const MatchedVoice> matched;  // if that is what speaks
    std::shared_ptr<const std::vector<float>> equalizer_taps;
    Lane::Permit permit;
    std::optional<double> gain;        // one for the whole clause, so that its level doesn't wander
    std::optional<SpectralTilt> tilt;  // once there was sound, if the edit has one
    // Of the piece at hand:
    Encoding encoding;
    std::vector<int> frames;
    Contours contours;
    SpeechSpan span;
    std::vector<SpeechWindow> windows;
    std::vector<WordFrames> piece_words;  // that have no times yet
    std::vector<WordFrames> emphasised;
    std::size_t piece_begin = 0;  // where it begins in `samples`
    std::optional<Sound> sound;
    SpeechJoiner joiner{kSynthesisRate};
    FirFilter equalizer;
    std::vector<float> unscaled;  // for time scaling: a piece in the making

    std::vector<float> unamplified;  // of the piece, to learn the voice's level from

    std::vector<float> ready;    // not given out yet
    std::vector<float> samples;  // of all the clause, as given out
    std::size_t text_given = 0;
    std::vector<SpokenWord> words;  // of all that was made
    std::size_t words_given = 0;

    double pace() const { return style.speed * edit.rate * (matched ? matched->rate : 1); }
    Emphasis emphasis_of(int word) const {
        const auto index = static_cast<std::size_t>(word);
        return word >= 0 && index < emphases.size() ? emphases[index] : Emphasis{};
    }
    // How it sounds: the same row for every length, the one that the norms were measured with.
    std::span<const float> acoustic() const {
        return {voice->styles.data() + (kAcousticTokens - 1) * kStyleRow, kStyleSize};
    }
    // Where there is speech, as planned; two values a frame.
    std::span<const float> planned_energy() const {
        const auto all = std::span<const float>(contours.energy);
        const auto begin = std::min(all.size(), static_cast<std::size_t>(2 * span.begin));
        return all.subspan(begin, std::min(all.size() - begin, static_cast<std::size_t>(2 * span.count)));
    }
    // How it is said: the row for a piece of `tokens` tokens, or the one for a sentence of usual length, so
    // that a reply's short and long clauses are said alike.
    std::span<const float> prosodic(std::size_t tokens) const {
        const std::size_t row = std::clamp(tokens, kProsodicTokensMin, kStyleRows) - 1;
        return {voice->styles.data() + row * kStyleRow + kStyleSize, kStyleSize};
    }
};

// When a stream's next samples are needed, and so how urgent its next step is.
class Pace {
  public:
    Pace(inference::Priority priority, std::optional<Lane::Time> needed_at)
        : priority_(priority), known_(needed_at.has_value()), due_(needed_at.value_or(now())) {}
    // So many more samples were given to the caller.
    void gave(std::size_t samples) {
        due_ = std::max(due_, now()) + std::chrono::milliseconds(samples * 1000 / kSynthesisRate);
        known_ = true;
    }
    Lane::Time due() const { return due_; }
    inference::Priority priority() const {
        if (priority_ == inference::Priority::batch || !known_) return priority_;
        constexpr std::chrono::milliseconds kNear{300};  // the next window may take that long beside others
        return due_ - now() < kNear ? inference::Priority::caller_waiting : inference::Priority::live;
    }

  private:
    static Lane::Time now() { return std::chrono::steady_clock::now(); }
    const inference::Priority priority_;
    bool known_;
    Lane::Time due_;
};

}  // namespace aimpact::voice
