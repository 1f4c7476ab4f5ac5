// Text to speech, clause by clause: the first clause is short, so that the first sound comes early.
#pragma once

#include <chrono>
#include <functional>
#include <iterator>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "inference/scheduler.hpp"
#include "voice/audio.hpp"

namespace aimpact::voice {

struct Voice {
    std::string id;  // "af_heart"
    std::string name, language, gender, description;
    std::string unavailable = {};  // why it can't speak now and what to do; empty: it can
};

class Lexicon;      // voice/tts/lexicon.hpp
class CustomVoice;  // voice/custom_voice.hpp
class OwnVoices;    // voice/own_voices.hpp
class VoiceUse;

// A part of a text that is said otherwise than the rules would have it.
struct SaidAs {
    enum class How {
        words,    // `said` in its place
        phones,   // `said` is phones of the local voices ("həlˈO")
        letters,  // `said` is spelled out, character by character
        stress,   // its words with more stress (`said` "+1", "+2") or less ("-1")
    };
    std::size_t begin = 0, end = 0;  // bytes of the text; in order, not overlapping
    How how = How::words;
    std::string said;
    bool operator==(const SaidAs&) const = default;
};

struct SpeechStyle {
    std::string voice = "af_heart";
    std::string emotion = "neutral";              // one of Synthesizer::emotions()
    double intensity = 1.0;                       // 0 .. 1
    double speed = 1.0;                           // 0.25 .. 4
    double pitch_semitones = 0;                   // -12 .. 12
    double volume_db = 0;                         // -40 .. 12, on top of the usual loudness
    std::shared_ptr<const Lexicon> lexicon = {};  // words that an organisation wants said its own way
    std::vector<SaidAs> said_as = {};             // of the one text that this style is given with
    std::shared_ptr<const CustomVoice> custom_voice = {};  // speaks in place of `voice`
    std::shared_ptr<OwnVoices> own_voices = {};            // of who speaks: what "voice_..." means in `voice`
    std::shared_ptr<VoiceUse> voice_use = {};              // of the request or answer that this is a part of
};

// A word of what is said, by its place in the sound.
struct SpokenWord {
    std::string text;                           // as written
    double start_seconds = 0, end_seconds = 0;  // from the clause's first sample
};

// A piece of a reply with the text it says. A clause comes as one or more chunks; their texts joined are the
// clause's, as written.
struct SpokenChunk {
    std::vector<float> samples;  // 24 kHz
    std::string text;
    bool last_of_clause = true;
    std::vector<SpokenWord> words = {};  // those that begin in this chunk

    // What follows it in the same clause.
    void append(SpokenChunk next) {
        samples.insert(samples.end(), next.samples.begin(), next.samples.end());
        text += next.text;
        words.insert(words.end(), std::make_move_iterator(next.words.begin()),
                     std::make_move_iterator(next.words.end()));
    }
};

// Cuts streamed text into clauses for speaking: at sentence ends and, where grammar allows, at commas; the
// first one as short as it may be, later ones longer. Never inside a number, a date, an abbreviation, a URL
// or a character. The clauses joined are the text as it came, but for white space at its very end. One per
// reply; not thread-safe.
class ClauseSplitter {
  public:
    // Text as it arrives from a language model, cut at any byte; returns the clauses that are now complete.
    std::vector<std::string> push(std::string_view delta);
    // What there is, as a clause of its own (or several), since something else follows; white space alone
    // waits for what it stands before.
    std::vector<std::string> flush();
    // The rest, at the end of the reply. Afterwards the splitter is as new.
    std::vector<std::string> finish();

  private:
    std::vector<std::string> take(bool end);
    std::string pending_;
    int clauses_ = 0;
};

// Shared by all sessions; thread-safe.
class Synthesizer {
  public:
    virtual ~Synthesizer() = default;

    virtual const std::vector<Voice>& voices() const = 0;
    virtual const std::vector<std::string>& emotions() const = 0;
    // invalid_argument that names the nearest voice or emotion, or the range.
    virtual Result<> check(const SpeechStyle& style) const = 0;

    // One clause (already cut): normalise, pronounce, synthesise. Empty samples for text without anything to
    // say. A stopped token ends it early with `cancelled`.
    virtual base::Task<Result<SpokenChunk>> clause(std::string text, SpeechStyle style,
                                                   inference::Priority priority,
                                                   std::stop_token stop = {}) = 0;

    // The same clause, its chunks given to `sink` as they are made, in order, on the caller's executor;
    // nothing more after it returned. At least one chunk unless it fails; the last says so. `needed_at`: when
    // the caller will have heard all that came before, if that's known; the first chunk isn't delayed for
    // less urgent work of others when it is near. By default the clause comes as one chunk.
    virtual base::Task<Result<>> stream(std::string text, SpeechStyle style, inference::Priority priority,
                                        std::function<void(SpokenChunk)> sink, std::stop_token stop = {},
                                        std::optional<std::chrono::steady_clock::time_point> needed_at = {}) {
        (void)needed_at;
        auto chunk = co_await clause(std::move(text), std::move(style), priority, stop);
        if (chunk.has_error()) co_return chunk.error();
        sink(*std::move(chunk));
        co_return Result<>{};
    }

    // A whole text: cuts it and gives each chunk to `sink` in order, one clause ahead in synthesis. An error
    // of the sink stops it. At most 4096 characters unless `text_chars_max` says otherwise (REST checks its
    // own limit).
    virtual base::Task<Result<>> speak(std::string text, SpeechStyle style, inference::Priority priority,
                                       std::function<base::Task<Result<>>(SpokenChunk)> sink,
                                       std::stop_token stop = {}) = 0;

    // Makes ready for clauses of usual length, so that nothing is compiled while a caller waits: a few
    // seconds on the first start. Calls work without it, the first ones slower.
    virtual base::Task<Result<>> warm_up(inference::Priority priority = inference::Priority::batch) {
        (void)priority;
        co_return Result<>{};
    }
};

}  // namespace aimpact::voice
