// Speech over ours: is it meant to stop us? Judged in two steps.
//
// 1. Before anything stops (OverlapJudge), by sound alone, frame by frame from the first one with speech. A
//    cough, a click or a slammed door has no pitch; a voiced frame or two are a voice. Voice with next to
//    nothing above 800 Hz is a hum ("mm-hm"): it is given 0.4 s to become more. A verdict of `voice` stops
//    our sound.
// 2. Then by words and length (is_backchannel): "right", "yeah", "I see" and no more, or nothing that has
//    words, and we go on where we stopped; 0.9 s of speech, or any other word, is an interruption.
//
// Why stop first and think then: 0.2 s of "right" and of "right, but ..." are the same sound, and no judge
// can tell them apart; who waits for the words (LiveKit's shortest interruption, Pipecat's least words)
// answers every real interruption late. What we had not said yet is kept, so a needless stop costs a pause of
// 0.7 s, and never a word.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "voice/bands.hpp"
#include "voice/vad.hpp"

namespace aimpact::voice {

// What a sound of the caller's was, if it was no turn.
enum class SoundKind { speech, backchannel, noise, echo };
std::string_view name_of(SoundKind kind);

class OverlapJudge {
  public:
    enum class Verdict { wait, voice };
    // A frame since speech began, with at least 1024 samples that end with it, and the VAD's probability;
    // `loud`: it stands out of what is heard all the time (other people's talk is speech to a VAD, too).
    Verdict hear(std::span<const float> samples_16k, float probability, bool loud);
    // What it was, if it ends now without a verdict.
    SoundKind kind() const { return voiced_ >= 2 ? SoundKind::backchannel : SoundKind::noise; }
    int frames() const { return frames_; }

  private:
    BandAnalyser analyser_{kVadFrame};
    int frames_ = 0, voiced_ = 0, hummed_ = 0, sure_ = 0;
};

// Words that show one is listening, and no others: "uh-huh", "right right", "okay, I see". Of a sound of less
// than half a second the recogniser's words are little worth: there it takes a word that bids or asks ("no",
// "stop", "what") to be more.
bool is_backchannel(std::string_view text, double speech_seconds = 10);

// A word that is meant for us however short it is: "no", "stop", "what".
bool bids(std::string_view text);

// The level of what is heard all the time, in dB of full scale: from frames of 32 ms outside of turns.
class Background {
  public:
    static constexpr float kLoudDb = 5, kStillLoudDb = 2;  // to begin, and to go on
    // `speech`: to the VAD it is speech, so it may be the caller's; it counts less.
    void hear(float level_db, bool speech) {
        frames_ = frames_ < kFrames ? frames_ + 1 : kFrames;
        const int slow = level_db < level_db_ ? (frames_ + 3) / 4 : speech ? 4 * frames_ : frames_;
        level_db_ += (level_db - level_db_) / static_cast<float>(slow);
    }
    bool loud(float level_db, bool already = false) const {
        return frames_ < 3 || level_db > level_db_ + (already ? kStillLoudDb : kLoudDb);
    }

  private:
    static constexpr int kFrames = 40;  // 1.3 s; a quarter of it downwards
    float level_db_ = -60;
    int frames_ = 0;
};
float level_db(std::span<const float> samples);

}  // namespace aimpact::voice
