#include "voice/tts/voice_catalog.hpp"

#include <algorithm>
#include <array>

#include "voice/custom_voice.hpp"
#include "voice/tts/unicode.hpp"

namespace aimpact::voice {
namespace {

struct Described {
    std::string_view id, description;
};
// The order is the order of lists shown to people: the voices with the longest training first.
constexpr std::array kVoices = std::to_array<Described>({
    {"af_heart", "Warm and natural; the best all-round voice"},
    {"af_bella", "Lively and expressive"},
    {"af_nicole", "Soft, close to the microphone, almost whispered"},
    {"af_aoede", "Bright and clear"},
    {"af_kore", "Firm and even"},
    {"af_sarah", "Friendly and calm"},
    {"af_alloy", "Neutral, businesslike"},
    {"af_nova", "Confident and quick"},
    {"af_sky", "Light and young"},
    {"af_jessica", "Casual and upbeat"},
    {"af_river", "Relaxed, low-key"},
    {"am_michael", "Steady and trustworthy"},
    {"am_fenrir", "Energetic and strong"},
    {"am_puck", "Playful and lively"},
    {"am_adam", "Deep and plain"},
    {"am_echo", "Even and measured"},
    {"am_eric", "Clear, a presenter's voice"},
    {"am_liam", "Young and easy-going"},
    {"am_onyx", "Deep and dark"},
    {"am_santa", "Old, jolly"},
    {"bf_emma", "Poised and articulate"},
    {"bf_isabella", "Gentle and refined"},
    {"bf_alice", "Crisp and formal"},
    {"bf_lily", "Soft and young"},
    {"bm_george", "Mature, a narrator's voice"},
    {"bm_fable", "Storytelling, animated"},
    {"bm_daniel", "Matter-of-fact"},
    {"bm_lewis", "Low and unhurried"},
    {"ef_dora", "Spanish: clear and friendly"},
    {"em_alex", "Spanish: even and calm"},
    {"em_santa", "Spanish: old, jolly"},
    {"ff_siwis", "French: clear, a reader's voice"},
    {"if_sara", "Italian: bright and even"},
    {"im_nicola", "Italian: steady and warm"},
    {"pf_dora", "Brazilian Portuguese: clear and friendly"},
    {"pm_alex", "Brazilian Portuguese: even and calm"},
    {"pm_santa", "Brazilian Portuguese: old, jolly"},
    {"hf_alpha", "Hindi: bright and clear"},
    {"hf_beta", "Hindi: soft and even"},
    {"hm_omega", "Hindi: steady, a presenter's voice"},
    {"hm_psi", "Hindi: calm and low"},
});

struct Language {
    char letter;  // of the voices' names
    std::string_view code, espeak;
};
// `espeak`: espeak-ng's name of it; empty: this server pronounces it itself.
constexpr std::array kLanguages = std::to_array<Language>({{'a', "en-US", ""},
                                                           {'b', "en-GB", ""},
                                                           {'e', "es", "es"},
                                                           {'f', "fr-fr", "fr-fr"},
                                                           {'i', "it", "it"},
                                                           {'p', "pt-br", "pt-br"},
                                                           {'h', "hi", "hi"}});

const Language& language_of(std::string_view voice_id) {
    const auto it = std::find_if(kLanguages.begin(), kLanguages.end(),
                                 [&](const Language& l) { return voice_id.starts_with(l.letter); });
    return it != kLanguages.end() ? *it : kLanguages.front();
}

std::size_t edit_distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> row(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        std::size_t diagonal = row[0];
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t change = diagonal + (lower(a[i - 1]) != lower(b[j - 1]));
            diagonal = row[j];
            row[j] = std::min({row[j] + 1, row[j - 1] + 1, change});
        }
    }
    return row.back();
}

}  // namespace

std::vector<Voice> kokoro_voices() {
    std::vector<Voice> out;
    for (const Described& v : kVoices) {
        std::string name(v.id.substr(3));
        name[0] = upper(name[0]);
        out.push_back({std::string(v.id), name, std::string(language_of(v.id).code),
                       v.id[1] == 'f' ? "female" : "male", std::string(v.description)});
    }
    return out;
}

std::string_view pronounced_as(const SpeechStyle& style) {
    const auto* matched = dynamic_cast<const MatchedVoice*>(style.custom_voice.get());
    return matched ? matched->pronounced_as : style.voice;
}

bool is_british(std::string_view voice_id) {
    return voice_id.starts_with('b');
}

bool is_man(std::string_view voice_id) {
    return voice_id.size() > 1 && voice_id[1] == 'm';
}

std::string_view espeak_language(std::string_view voice_id) {
    return language_of(voice_id).espeak;
}

std::string nearest_name(std::string_view name, std::span<const std::string> names) {
    // "heart" means "af_heart": what follows the prefix counts too. A long input is cut: it is no name.
    const std::string_view cut = name.substr(0, 64);
    const auto distance = [cut](const std::string& candidate) {
        std::size_t best = edit_distance(cut, candidate);
        if (candidate.size() > 3 && candidate[2] == '_')
            best = std::min(best, edit_distance(cut, std::string_view(candidate).substr(3)));
        return best;
    };
    return *std::min_element(names.begin(), names.end(),
                             [&](const auto& a, const auto& b) { return distance(a) < distance(b); });
}

}  // namespace aimpact::voice
