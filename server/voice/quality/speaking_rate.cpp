#include "voice/quality/speaking_rate.hpp"

namespace aimpact::voice {

namespace {
constexpr int kWordsMin = 3;
constexpr double kSpeechMsMin = 1000;

bool is_space(char c) {
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}
bool in_word(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           (static_cast<unsigned char>(c) & 0x80U) != 0;
}
}  // namespace

int count_words(std::string_view text) {
    int words = 0;
    bool counted = false;
    for (const char c : text) {
        if (is_space(c)) {
            counted = false;
        } else if (!counted && in_word(c)) {
            counted = true;
            ++words;
        }
    }
    return words;
}

std::optional<double> words_per_minute(int words, double speech_ms) {
    if (words < kWordsMin || speech_ms < kSpeechMsMin) return {};
    return words * 60'000.0 / speech_ms;
}

}  // namespace aimpact::voice
