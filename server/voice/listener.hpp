// Hears one caller: audio in, speech events and transcripts out. VAD -> turn detection -> recogniser, with
// partial transcripts while the caller speaks and a guarded final one at the end of the turn. The final decode
// starts early in the silence and is dropped if speech goes on, so that it is mostly hidden.
//
// Lives on one executor (the session's strand); inference runs on the Scheduler. Knows no wire.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "voice/recognizer.hpp"

namespace aimpact::voice {

enum class Eagerness { low, automatic, high };

struct ListenerOptions {
    enum class Mode { server_vad, semantic_vad, manual };
    Mode mode = Mode::semantic_vad;
    double threshold = 0.5;                              // VAD probability that counts as speech
    std::chrono::milliseconds prefix_padding{300};       // audio kept before the detected start
    std::chrono::milliseconds silence_duration{500};     // server_vad: silence that ends the turn
    Eagerness eagerness = Eagerness::automatic;          // semantic_vad: how soon a likely end counts as one
    bool partials = true;
};

// Positions are milliseconds of audio since the session's first sample.
struct SpeechStarted { double audio_start_ms; };
struct SpeechStopped { double audio_end_ms; };            // the end of the turn, as decided
struct PartialTranscript { std::string text; };           // the whole text so far, revisable; last words held back
struct TurnEnded {
    Transcript transcript;           // final; text empty if there was no real speech (then nothing should answer)
    std::vector<float> audio_16k;    // the utterance
    double audio_start_ms = 0;
    double audio_end_ms = 0;         // last speech frame
    // For the timeline, on the steady clock: when the last speech frame was received, when the end of turn was
    // decided, when the final transcript was ready.
    base::asio::steady_timer::time_point speech_end_at, decided_at, transcript_at;
};

class Listener {
  public:
    struct Events {
        std::function<void(SpeechStarted)> speech_started;
        std::function<void(SpeechStopped)> speech_stopped;
        std::function<void(PartialTranscript)> partial;
        std::function<void(TurnEnded)> turn_ended;
        std::function<void(Error)> failed;  // a transcription failed; listening goes on
    };
    virtual ~Listener() = default;

    virtual void configure(const ListenerOptions& options) = 0;
    // 16 kHz. Cheap: only the VAD runs inline (about 60 microseconds a 32 ms frame).
    virtual void push(std::span<const float> samples_16k) = 0;
    // Manual mode (or any): everything since the last turn is the utterance; turn_ended follows.
    // False if there is no audio to commit.
    virtual bool commit() = 0;
    // Forgets buffered audio and any turn in progress.
    virtual void clear() = 0;
    virtual bool speaking() const = 0;
    virtual double buffered_ms() const = 0;
};

}  // namespace aimpact::voice
