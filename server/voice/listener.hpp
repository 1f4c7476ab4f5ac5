// Hears one caller: audio in, speech events and transcripts out. VAD -> turn detection -> recogniser, with
// partial transcripts while the caller speaks and a guarded final one at the end of the turn. The final
// decode starts early in the silence and is dropped if speech goes on, so that it is mostly hidden.
//
// Lives on one executor (the session's strand), on which every call and every event happens; inference runs
// on the Scheduler. Knows no wire. May be destroyed at any time, also by one of its own events.
//
// Each turn that ends gives exactly one of turn_ended and failed, in the order of the turns, never from
// inside push or commit. speech_started and speech_stopped come from inside push (and commit), and not in
// manual mode. How long a silence ends a turn: turn_policy.hpp.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "voice/hearing.hpp"
#include "voice/overlap.hpp"
#include "voice/recognizer.hpp"

namespace aimpact::voice {

enum class Eagerness { low, automatic, high };
// Sound over ours: judged (overlap.hpp, echo_detector.hpp), or taken for an interruption as soon as it is
// speech.
enum class Interruptions { adaptive, vad };
// What the caller was asked for. Numbers, e-mail addresses and spelled names come in groups, with pauses.
enum class Expected { anything, number, spelling };

struct ListenerOptions {
    enum class Mode { server_vad, semantic_vad, manual };
    Mode mode = Mode::semantic_vad;
    double threshold = 0.5;                           // VAD probability that counts as speech
    std::chrono::milliseconds prefix_padding{300};    // audio kept before the detected start
    std::chrono::milliseconds silence_duration{500};  // server_vad: silence that ends the turn
    Eagerness eagerness = Eagerness::automatic;       // semantic_vad: how soon a likely end counts as one
    bool partials = true;
    Interruptions interruptions = Interruptions::vad;
    RecognitionOptions recognition = {};  // of the final transcript; a partial takes its vocabulary only
};

// A turn longer than this ends by force; in manual mode, silence that nobody commits is forgotten past it.
inline constexpr double kTurnSecondsMax = 120.0;

// Positions are milliseconds of audio since the session's first sample.
struct SpeechStarted {
    double audio_start_ms;
    // Over our own sound, and it may prove to be none that is meant to stop us: comes before SpeechConfirmed,
    // or before a TurnEnded whose `kind` isn't speech.
    bool tentative = false;
};
struct SpeechConfirmed {};
// A sound over ours of which nothing else is told: it stopped nothing.
struct SoundIgnored {
    SoundKind kind;
    double audio_start_ms, audio_end_ms;
};
// The end of the turn, as decided.
struct SpeechStopped {
    double audio_end_ms;
};
// The whole text so far, revisable. While the caller speaks, the last words are held back.
struct PartialTranscript {
    std::string text;
};
// The turn is probably over: nothing is decided, but its transcript is there, so that an answer may be
// prepared. Then comes either the TurnEnded of the same `id` with the same words, or LikelyEndDropped.
struct LikelyEnd {
    std::uint64_t id;  // not 0
    std::string text;  // not empty
    double audio_start_ms, audio_end_ms;
    base::asio::steady_timer::time_point speech_end_at;
};
// The caller goes on, or the turn was forgotten: the likely end was none.
struct LikelyEndDropped {
    std::uint64_t id;
};
struct TurnEnded {
    std::uint64_t likely_id = 0;  // the LikelyEnd that this is; 0 if none was told
    Transcript transcript;  // final; text empty if there was no real speech (then nothing should answer)
    // Not speech: it was said over ours and asks for no answer. A backchannel has its text all the same.
    SoundKind kind = SoundKind::speech;
    std::vector<float> audio_16k;  // the utterance
    double audio_start_ms = 0;
    double audio_end_ms = 0;  // last speech frame
    // For the timeline, on the steady clock: when the last speech frame was received, when the end of turn
    // was decided, when the final transcript was ready.
    base::asio::steady_timer::time_point speech_end_at, decided_at, transcript_at;
};

class Listener {
  public:
    struct Events {
        std::function<void(SpeechStarted)> speech_started;
        std::function<void(SpeechConfirmed)> speech_confirmed;  // after a tentative speech_started
        std::function<void(SoundIgnored)> sound_ignored;
        std::function<void(SpeechStopped)> speech_stopped;
        std::function<void(PartialTranscript)> partial;
        std::function<void(LikelyEnd)> likely_end;  // not in manual mode, nor while inference is loaded
        std::function<void(LikelyEndDropped)> likely_end_dropped;
        std::function<void(TurnEnded)> turn_ended;
        std::function<void(Error)> failed;  // a turn's transcription failed; listening goes on
    };
    virtual ~Listener() = default;

    virtual void configure(const ListenerOptions& options) = 0;
    // 16 kHz. Cheap: only the VAD runs inline (about 25 microseconds a 32 ms frame).
    virtual void push(std::span<const float> samples_16k) = 0;
    // What our side plays during the next samples that are pushed: 24 kHz, as long as those; and how much of
    // it follows without a break. Called before each push while anything is played, and for a second after.
    virtual void playing(std::span<const float> samples_24k, double remaining_ms) {
        (void)samples_24k;
        (void)remaining_ms;
    }
    // What was asked for, until it is said anew: how much patience the answer needs.
    virtual void expect(Expected what) { (void)what; }
    // Manual mode (or any): everything since the last turn is the utterance; turn_ended follows.
    // False if there is no audio to commit.
    virtual bool commit() = 0;
    // Forgets buffered audio and any turn in progress.
    virtual void clear() = 0;
    virtual bool speaking() const = 0;
    virtual double buffered_ms() const = 0;
};

// `recognizer` and `scheduler` must outlive the listener and the executor's pending work. Never fails: if the
// VAD cannot start, the first push logs it and every frame counts as silence.
std::unique_ptr<Listener> make_listener(base::asio::any_io_executor executor, const Hearing& hearing,
                                        Recognizer& recognizer, inference::Scheduler& scheduler,
                                        Listener::Events events);

}  // namespace aimpact::voice
