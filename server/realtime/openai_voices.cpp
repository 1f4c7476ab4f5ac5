#include "realtime/openai_voices.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace aimpact::realtime {
namespace {

// Chosen by likeness of gender, pitch and manner, so that a client that knows only OpenAI's names has as many
// different voices.
constexpr std::array<std::pair<std::string_view, std::string_view>, 13> kAliases{{
    {"alloy", "af_alloy"},
    {"ash", "am_michael"},
    {"ballad", "bm_george"},
    {"coral", "af_bella"},
    {"echo", "am_echo"},
    {"fable", "bm_fable"},
    {"onyx", "am_onyx"},
    {"nova", "af_nova"},
    {"sage", "af_sarah"},
    {"shimmer", "af_sky"},
    {"verse", "am_puck"},
    {"marin", "af_heart"},
    {"cedar", "am_fenrir"},
}};

// Words that mean an emotion without naming it. The emotion's own name is always one.
constexpr std::array<std::pair<std::string_view, std::string_view>, 48> kWords{{
    {"happily", "happy"},
    {"cheerful", "happy"},
    {"cheerfully", "happy"},
    {"cheery", "happy"},
    {"joyful", "happy"},
    {"joyfully", "happy"},
    {"joy", "happy"},
    {"smiling", "happy"},
    {"upbeat", "happy"},
    {"excitedly", "excited"},
    {"enthusiastic", "excited"},
    {"energetic", "excited"},
    {"thrilled", "excited"},
    {"excited", "happy"},
    {"excitedly", "happy"},
    {"enthusiastic", "happy"},
    {"sadly", "sad"},
    {"sorrowful", "sad"},
    {"mournful", "sad"},
    {"melancholy", "sad"},
    {"gloomy", "sad"},
    {"angrily", "angry"},
    {"furious", "angry"},
    {"annoyed", "angry"},
    {"irritated", "angry"},
    {"calmly", "calm"},
    {"soothing", "calm"},
    {"gentle", "calm"},
    {"gently", "calm"},
    {"relaxed", "calm"},
    {"serene", "calm"},
    {"compassionate", "empathetic"},
    {"sympathetic", "empathetic"},
    {"caring", "empathetic"},
    {"comforting", "empathetic"},
    {"understanding", "empathetic"},
    {"compassionate", "calm"},
    {"empathetic", "calm"},
    {"fearfully", "fearful"},
    {"afraid", "fearful"},
    {"scared", "fearful"},
    {"anxious", "fearful"},
    {"frightened", "fearful"},
    {"nervous", "fearful"},
    {"surprise", "surprised"},
    {"astonished", "surprised"},
    {"amazed", "surprised"},
    {"neutrally", "neutral"},
}};

}  // namespace

std::string voice_of_alias(std::string_view name) {
    for (const auto& [alias, voice] : kAliases)
        if (alias == name) return std::string(voice);
    return std::string(name);
}

std::string voice_of(const voice::Synthesizer& synthesizer, std::string_view name) {
    for (const voice::Voice& voice : synthesizer.voices())
        if (voice.id == name) return std::string(name);
    return voice_of_alias(name);
}

std::string emotion_in(std::string_view instructions, const std::vector<std::string>& emotions) {
    const auto offered = [&](std::string_view name) {
        return std::find(emotions.begin(), emotions.end(), name) != emotions.end();
    };
    std::string word, previous;
    for (std::size_t i = 0; i <= instructions.size(); ++i) {
        const char c = i < instructions.size() ? instructions[i] : ' ';
        const char lower = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
        if (lower >= 'a' && lower <= 'z') {
            word += lower;
            continue;
        }
        if (word.empty()) continue;
        // "not angry", "don't sound sad": the negation's word stands right before, or one before that.
        const bool negated =
            previous == "not" || previous == "never" || previous == "without" || previous == "t";
        if (!negated) {
            if (offered(word)) return word;
            for (const auto& [synonym, emotion] : kWords)
                if (word == synonym && offered(emotion)) return std::string(emotion);
        }
        if (word != "sound" && word != "be" && word != "too") previous = word;
        word.clear();
    }
    return {};
}

}  // namespace aimpact::realtime
