// What is known beforehand of how mixtures of stock voices sound: the speaker embeddings of many random ones
// and of the stock voices themselves, which depend on the models alone. voice_pool.inc holds the numbers;
// make_voice_pool wrote them and writes them again when the models change.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "voice/custom_voice.hpp"
#include "voice/speakers/speaker_encoder.hpp"

namespace aimpact::voice {

// Sentences that voices are heard by. Those of the pool, by turns; others, to judge by.
std::span<const std::string_view> fitting_sentences();
std::span<const std::string_view> judging_sentences();

// The names of the voices that mixtures are made of, in the order of the pool's numbers: all of Kokoro-82M
// that can be installed.
std::span<const std::string_view> mixed_voices();

inline constexpr std::size_t kPoolVoices = 256;
// Random voice `index`: two to four stock voices, different ones for how it sounds and how it speaks, with
// some of all others, farther from the mean voice than a mixture would be, its pitch moved by a few
// semitones. The same on every machine.
MatchedVoice pool_voice(std::size_t index);
// What it says.
std::string_view pool_sentence(std::size_t index);

struct Heard {
    SpeakerEmbedding embedding{};
    double log_f0 = 0;  // mean_log_f0 of its pitch_track
};
struct VoicePool {
    std::vector<Heard> voices;          // pool_voice(0) ..
    std::vector<Heard> stock;           // of mixed_voices(), by all of judging_sentences()
    SpeakerEmbedding synthetic_mean{};  // of `voices`
    SpeakerEmbedding human_mean{};      // of 100 speakers of LibriSpeech; both not of length 1
};
// The numbers that are compiled in, as they were measured but for rounding to 8 bits.
const VoicePool& voice_pool();

// An embedding as text and back: a byte for each number, base64.
std::string pack_embedding(const SpeakerEmbedding& embedding);
SpeakerEmbedding unpack_embedding(std::string_view text);

}  // namespace aimpact::voice
