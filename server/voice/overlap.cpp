#include "voice/overlap.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <string>

namespace aimpact::voice {
namespace {

constexpr float kVoiced = 0.45F;     // periodicity
constexpr float kVadSpeech = 0.35F;  // a frame that counts
constexpr float kSure = 0.9F;
constexpr float kHumShare = 0.004F;    // of its power above 800 Hz, at most
constexpr std::size_t kBandOf800 = 5;  // the first that begins above
constexpr int kVoicedFrames = 2;
constexpr int kHumFrames = 13;      // 0.42 s
constexpr int kWhisperFrames = 10;  // surely speech for so long, with or without a pitch

// Alone or one after the other.
constexpr std::string_view kWords[] = {
    "uh",         "huh",        "uhhuh",   "mm",     "mhm",        "mmhm",       "mmhmm",   "hm",   "hmm",
    "hmmm",       "mmm",        "um",      "ah",     "aha",        "oh",         "ooh",     "yeah", "yep",
    "yup",        "yes",        "ya",      "right",  "okay",       "ok",         "alright", "sure", "exactly",
    "true",       "wow",        "really",  "great",  "good",       "nice",       "cool",    "fine", "indeed",
    "absolutely", "definitely", "totally", "gotcha", "understood", "interesting"};
constexpr std::string_view kPhrases[] = {"i see",        "got it",      "of course",        "all right",
                                         "i know",       "makes sense", "that makes sense", "go on",
                                         "i understand", "thats right", "very good",        "i got it",
                                         "thats true",   "no way",      "you know"};

// A word of these is meant for us, however short.
constexpr std::string_view kBids[] = {
    "no",      "nope",   "not",    "dont",   "stop",  "wait",   "hold",     "hang",   "sorry",
    "excuse",  "pardon", "but",    "what",   "who",   "when",   "where",    "why",    "how",
    "which",   "can",    "could",  "hey",    "hello", "help",   "actually", "listen", "pause",
    "next",    "skip",   "cancel", "repeat", "again", "quiet",  "enough",   "please", "shut",
    "goodbye", "bye",    "quit",   "back",   "more",  "faster", "slower",   "louder"};
constexpr double kShortSeconds = 0.65;
constexpr std::ptrdiff_t kShortWords = 2;

// Lower case, words joined by one space, without marks ("Uh-huh, I see." -> "uhhuh i see").
std::string plain(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (c >= 'A' && c <= 'Z') {
            out += static_cast<char>(c - 'A' + 'a');
        } else if ((c >= 'a' && c <= 'z') || (c & 0x80) != 0 || (c >= '0' && c <= '9')) {
            out += c;
        } else if ((c == ' ' || c == ',' || c == '.') && !out.empty() && out.back() != ' ') {
            out += ' ';
        }
    }
    while (!out.empty() && out.back() == ' ') out.pop_back();
    return out;
}

// `phrase` at the start of `text`, up to the end of a word.
bool starts(std::string_view text, std::string_view phrase) {
    return text.starts_with(phrase) && (text.size() == phrase.size() || text[phrase.size()] == ' ');
}

bool has_bid(std::string_view words) {
    while (!words.empty()) {
        const std::string_view word = words.substr(0, words.find(' '));
        // "Waiter": what a recogniser makes of it.
        if (word.starts_with("wait") || word.starts_with("stop")) return true;
        if (std::find(std::begin(kBids), std::end(kBids), word) != std::end(kBids)) return true;
        words.remove_prefix(std::min(words.size(), word.size() + 1));
    }
    return false;
}

}  // namespace

std::string_view name_of(SoundKind kind) {
    switch (kind) {
        case SoundKind::backchannel:
            return "backchannel";
        case SoundKind::noise:
            return "noise";
        case SoundKind::echo:
            return "echo";
        case SoundKind::speech:
            break;
    }
    return "speech";
}

float level_db(std::span<const float> samples) {
    double sum = 1e-12;
    for (const float s : samples) sum += static_cast<double>(s) * s;
    return static_cast<float>(10 * std::log10(sum / static_cast<double>(samples.size())));
}

OverlapJudge::Verdict OverlapJudge::hear(std::span<const float> samples_16k, float probability, bool loud) {
    ++frames_;
    if (probability < kVadSpeech || !loud) return Verdict::wait;
    sure_ += probability >= kSure;
    if (periodicity(samples_16k) >= kVoiced) {
        ++voiced_;
        const Bands bands = analyser_(samples_16k.last(kVadFrame));
        float high = 0, all = 1e-12F;
        for (std::size_t b = 0; b < kBands; ++b) {
            const float power = std::pow(10.0F, bands[b] / 10.0F);
            all += power;
            if (b >= kBandOf800) high += power;
        }
        hummed_ += high < kHumShare * all;
    }
    const bool hum = hummed_ == voiced_ && frames_ < kHumFrames;
    if (voiced_ >= 1 && !hum && (voiced_ >= kVoicedFrames || sure_ >= kVoicedFrames)) return Verdict::voice;
    return sure_ >= kWhisperFrames && voiced_ > 0 ? Verdict::voice : Verdict::wait;
}

bool bids(std::string_view text) {
    return has_bid(plain(text));
}

bool is_backchannel(std::string_view text, double speech_seconds) {
    constexpr int kPartsMax = 4;
    const std::string words = plain(text);
    if (speech_seconds < kShortSeconds && !words.empty() &&
        std::count(words.begin(), words.end(), ' ') < kShortWords)
        return !has_bid(words);
    std::string_view rest = words;
    int parts = 0;
    while (!rest.empty()) {
        const auto fits = [&](std::string_view one) { return starts(rest, one); };
        const auto phrase = std::find_if(std::begin(kPhrases), std::end(kPhrases), fits);
        std::size_t size = 0;
        if (phrase != std::end(kPhrases)) {
            size = phrase->size();
        } else if (const auto word = std::find_if(std::begin(kWords), std::end(kWords), fits);
                   word != std::end(kWords)) {
            size = word->size();
        } else {
            return false;
        }
        rest.remove_prefix(std::min(rest.size(), size + 1));
        if (++parts > kPartsMax) return false;
    }
    return parts > 0;
}

}  // namespace aimpact::voice
