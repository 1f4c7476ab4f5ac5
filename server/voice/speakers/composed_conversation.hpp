// For tests and benches: conversations made of recordings of single speakers, so that who spoke when is
// known. The reference is what the VAD finds in each recording by itself, without noise, with silences of up
// to 0.3 s filled; what the VAD misses there counts for nobody.
#pragma once

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "voice/file_decoding.hpp"
#include "voice/speakers/diariser.hpp"

namespace aimpact::voice {

// One turn's audio, and the speech in it.
struct TurnAudio {
    std::vector<float> samples;  // 16 kHz
    std::vector<SpeechRegion> speech;
};
// By speaker.
using SpeakerBank = std::map<std::string, std::vector<TurnAudio>>;

// Cuts a recording at its pauses into turns of up to `seconds_max`.
inline std::vector<TurnAudio> cut_turns(const VadModel& vad, const std::vector<float>& samples,
                                        double seconds_max = 8) {
    constexpr double kPad = 0.1, kSecondsMin = 1;
    auto stream = vad.stream();
    if (stream.has_error()) return {};
    std::vector<float> probabilities;
    append_probabilities(**stream, samples, 0, (samples.size() + kVadFrame - 1) / kVadFrame, probabilities);
    std::vector<std::vector<SpeechRegion>> groups;
    for (const SpeechRegion& region : speech_regions(probabilities)) {
        if (groups.empty() || region.end_seconds - groups.back().front().start_seconds > seconds_max)
            groups.emplace_back();
        groups.back().push_back(region);
    }
    std::vector<TurnAudio> turns;
    for (auto& group : groups) {
        if (group.back().end_seconds - group.front().start_seconds < kSecondsMin) continue;
        const double from = std::max(0.0, group.front().start_seconds - kPad);
        const auto begin = static_cast<std::ptrdiff_t>(from * kRecognitionRate);
        const auto end =
            std::min(static_cast<std::ptrdiff_t>(samples.size()),
                     static_cast<std::ptrdiff_t>((group.back().end_seconds + kPad) * kRecognitionRate));
        for (SpeechRegion& region : group) region.start_seconds -= from, region.end_seconds -= from;
        turns.push_back({{samples.begin() + begin, samples.begin() + end}, std::move(group)});
    }
    return turns;
}

// The recordings of a folder whose names begin with the speaker's id ("1688-142285-0003.flac"), or lie in a
// folder named by it. Empty if there is no such folder.
inline SpeakerBank read_speakers(const VadModel& vad, const std::filesystem::path& folder) {
    std::vector<std::filesystem::path> files;
    std::error_code ec;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder, ec))
        if (entry.path().extension() == ".flac") files.push_back(entry.path());
    std::ranges::sort(files);
    SpeakerBank bank;
    for (const auto& file : files) {
        const auto clip = read_audio_file(file.string(), {}, kRecognitionRate);
        const std::string name = file.filename().string();
        if (clip.has_value())
            for (TurnAudio& turn : cut_turns(vad, clip->samples))
                bank[name.substr(0, name.find('-'))].push_back(std::move(turn));
    }
    return bank;
}

struct ConversationPlan {
    int speakers = 2;
    unsigned seed = 1;
    std::size_t turns_each = 6;                 // at most
    double level_spread_db = 0;                 // each speaker's level is shifted by up to this
    const std::vector<float>* noise = nullptr;  // repeated as needed
    double snr_db = 20;
};

struct Conversation {
    std::vector<float> samples;
    std::vector<SpeakerTurn> reference;
    std::vector<std::string> speakers;  // ids, by number
};

inline Conversation compose(const SpeakerBank& bank, const ConversationPlan& plan) {
    std::mt19937 random(plan.seed);
    const auto below = [&](std::size_t n) { return static_cast<std::size_t>(random() % n); };
    const auto uniform = [&](double low, double high) {
        return low + (high - low) * (random() / 4294967296.0);
    };
    std::vector<std::string> ids;
    for (const auto& [id, turns] : bank) ids.push_back(id);
    Conversation out;
    std::vector<std::vector<const TurnAudio*>> left;
    std::vector<float> gains;
    while (static_cast<int>(out.speakers.size()) < plan.speakers && !ids.empty()) {
        const std::size_t pick = below(ids.size());
        out.speakers.push_back(ids[pick]);
        left.emplace_back();
        for (const TurnAudio& turn : bank.at(ids[pick])) left.back().push_back(&turn);
        for (std::size_t i = left.back().size(); i > 1; --i)
            std::swap(left.back()[i - 1], left.back()[below(i)]);
        left.back().resize(std::min(left.back().size(), plan.turns_each));
        gains.push_back(
            static_cast<float>(std::pow(10, uniform(-plan.level_spread_db, plan.level_spread_db) / 20)));
        ids.erase(ids.begin() + static_cast<std::ptrdiff_t>(pick));
    }
    out.samples.assign(kRecognitionRate / 2, 0.0F);
    double power = 0;
    std::size_t spoken = 0, last = left.size();
    for (;;) {
        // Who has more left to say is likelier to speak; nobody speaks twice running while others can.
        std::vector<std::size_t> bag;
        for (std::size_t s = 0; s < left.size(); ++s)
            if (s != last || left.size() == 1) bag.insert(bag.end(), left[s].size(), s);
        if (bag.empty()) break;
        last = bag[below(bag.size())];
        const TurnAudio& turn = *left[last].back();
        left[last].pop_back();
        const double at = static_cast<double>(out.samples.size()) / kRecognitionRate;
        for (const SpeechRegion& region : turn.speech)
            out.reference.push_back(
                {at + region.start_seconds, at + region.end_seconds, static_cast<int>(last)});
        for (const float sample : turn.samples) {
            out.samples.push_back(sample * gains[last]);
            power += static_cast<double>(out.samples.back()) * out.samples.back();
        }
        spoken += turn.samples.size();
        out.samples.resize(
            out.samples.size() + static_cast<std::size_t>(uniform(0.05, 0.8) * kRecognitionRate), 0.0F);
    }
    if (plan.noise && !plan.noise->empty() && spoken > 0) {
        double noise_power = 0;
        for (const float sample : *plan.noise) noise_power += static_cast<double>(sample) * sample;
        noise_power /= static_cast<double>(plan.noise->size());
        const auto scale = static_cast<float>(
            std::sqrt(power / static_cast<double>(spoken) / noise_power / std::pow(10, plan.snr_db / 10)));
        const std::size_t offset = below(plan.noise->size());
        for (std::size_t i = 0; i < out.samples.size(); ++i)
            out.samples[i] += scale * (*plan.noise)[(i + offset) % plan.noise->size()];
    }
    const float peak =
        std::abs(*std::ranges::max_element(out.samples, {}, [](float s) { return std::abs(s); }));
    if (peak > 0.95F)
        for (float& sample : out.samples) sample *= 0.9F / peak;
    return out;
}

}  // namespace aimpact::voice
