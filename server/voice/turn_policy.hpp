// How long a caller must be silent before the turn counts as over. Three things decide: what the last words
// are, whether a language model takes the words for a whole utterance, and the turn model, which listens.
// With eagerness `auto`, what surely is whole needs 0.35 to 0.4 s, what may be 0.7 s, and other words 1.4 s;
// within a telephone number it is 1.8 s. Without a language model the turn model decides: 0.4 s for a
// sentence that surely sounds finished, 0.7 to 0.8 s for one that may be, 1.15 s for another, 1.4 s for one
// whose last word needs another. All are scaled to the caller's pace (caller_pace.hpp). Pure rules; lengths
// are VAD frames of 32 ms.
//
// Where the numbers come from. With a language model (bench/turn_rules.py, on the development half of
// bench_turn_taking): in noise, at pauses inside sentences against true ends, the turn model's answer
// separates hardly (area under the curve 0.56), the words' well (0.78), better with their number (0.80).
// Without (bench/endpoint_rules.py, on recordings of 100 readers and 9 actors that no other figure of ours
// uses): a reader pauses three times in 13 s, and a third of these pauses outlasts 0.45 s, a fifth 0.7 s. The
// longest follow *complete* sentences (of 129 pauses that the model is sure about, 76 outlast 0.45 s and 43
// outlast 0.7 s), so the model can't tell a reader's full stop from the end of the turn: only silence can.
// Ending at 0.2 s when the model is sure, as we did, was wrong in 83 of the 100 readings. That a turn ends
// later costs the caller nothing where the answer is prepared meanwhile (LikelyEnd): its first clause takes
// as long as these rules wait.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "voice/listener.hpp"

namespace aimpact::voice {

// What the last words of a transcript say about its end. `open`: a comma, or no mark at all. `unfinished`: a
// word that hardly ever ends a sentence ("the", "and", "to"), or a filler ("um"). `listing`: digits or
// letters that are said group by group, of which more may come ("my number is 555"). `complete`: as many as
// such a thing has: a telephone number (7, 10 or 11 digits), a date, an e-mail address. `plausible`: the
// seven digits of a local number, where a number was asked for, which may be the first seven of ten.
enum class Ending { unknown, finished, open, unfinished, listing, plausible, complete };
// `expected`: what the caller was asked for. Where it is a number, a lone "five" may be its beginning;
// elsewhere it takes three digits or two groups to sound like dictation.
Ending ending_of(std::string_view text, Expected expected = Expected::anything);
// What the answer to these words of ours will be, by their last sentence: "What's your phone number?" ->
// number.
Expected expected_after(std::string_view said);

struct TurnEvidence {
    std::optional<float> probability = {};  // the turn model's latest answer about this pause
    Ending ending = Ending::unknown;
    std::optional<float> text_end = {};  // that the words end an utterance, by a language model
    int words = 0;                       // of the text that it read
    bool text_pending = false;           // the language model will be asked, or hasn't answered yet
};

// How whole an utterance is, in logits: what the language model, the number of its words and the turn model
// say together. 0 is a likely end. Of evidence with `text_end`.
double wholeness(const TurnEvidence& evidence);

// Silences at which the turn model is asked. Its answer changes as a pause grows.
inline constexpr std::array<std::int64_t, 5> kTurnChecks{6, 10, 14, 20, 28};
// From when an end may be likely at all, and how long before the turn ends: what a local model and voice need
// for the first clause of an answer.
inline constexpr std::int64_t kLikelySilence = 6, kLikelyLead = 14;

// Frames of silence that end the turn. Without an opinion of the model: as if it expected more.
std::int64_t silence_needed(Eagerness eagerness, const TurnEvidence& evidence);
// Frames of silence from which the end is likely, given those that end it.
std::int64_t likely_silence(std::int64_t needed);

}  // namespace aimpact::voice
