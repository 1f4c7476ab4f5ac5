#include "voice/tts/emotion.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <numeric>

namespace aimpact::voice {
namespace {

struct Named {
    std::string_view name;
    ProsodyEdit women, men;
};
// docs/EMOTION.md, "Where the targets come from": measured on people (bench/emotion_targets.py), then moved
// by a search against a judge that was trained on people only (bench/emotion_search.py), never far from them.
// Levels are a third of people's: what is said has to be understood at the same setting of the volume.
constexpr ProsodyEdit kCalm{.rate = 0.88,
                            .pauses = 1.3,
                            .pitch = -0.5,
                            .range = 0.8,
                            .slope = 1.4,
                            .ending = 0.5,
                            .low_db = 2.5,
                            .gain_db = -1};
constexpr ProsodyEdit kEmpathetic{.rate = 0.9,
                                  .pauses = 1.2,
                                  .pitch = -0.3,
                                  .range = 0.8,
                                  .slope = 1.5,
                                  .ending = 0.5,
                                  .low_db = 2,
                                  .gain_db = -1};
constexpr std::array kEmotions = std::to_array<Named>({
    {"neutral", {}, {}},
    {"happy",
     {.rate = 0.93,
      .vowels = 0.92,
      .pauses = 0.9,
      .pitch = 6,
      .range = 1.2,
      .slope = -1.5,
      .ending = 2,
      .effort = 0.7,
      .low_db = -6.5,
      .high_db = -2,
      .gain_db = 2},
     {.rate = 0.93,
      .vowels = 0.95,
      .pauses = 0.9,
      .pitch = 6.8,
      .range = 1.33,
      .slope = -0.5,
      .ending = 3.8,
      .effort = 0.65,
      .low_db = -4.5,
      .high_db = -1.2,
      .gain_db = 2}},
    {"sad",
     {.rate = 0.82,
      .vowels = 0.96,
      .pauses = 1.3,
      .pitch = 3.5,
      .range = 0.72,
      .slope = 2.2,
      .ending = 0.2,
      .tremor = 0.2,
      .roughness = 0.05,
      .low_db = 5.5,
      .high_db = -0.7,
      .gain_db = -2},
     {.rate = 0.82,
      .vowels = 0.93,
      .pauses = 1.3,
      .pitch = 3.5,
      .range = 0.75,
      .slope = 1.3,
      .ending = 0.8,
      .tremor = 0.1,
      .effort = 0.1,
      .low_db = 5.5,
      .gain_db = -2}},
    {"angry",
     {.rate = 1.02,
      .vowels = 1.1,
      .pauses = 0.8,
      .pitch = 0.6,
      .range = 1.4,
      .slope = -1,
      .ending = -1.8,
      .effort = -0.25,
      .low_db = -7.5,
      .high_db = 5.5,
      .gain_db = 3},
     {.rate = 1.02,
      .vowels = 1.12,
      .pauses = 0.8,
      .pitch = 0.8,
      .range = 1.65,
      .slope = 1.7,
      .ending = -1.8,
      .effort = -0.3,
      .low_db = -7.5,
      .high_db = 5.5,
      .gain_db = 3}},
    {"calm", kCalm, kCalm},
    {"fearful",
     {.rate = 0.97,
      .pauses = 1.1,
      .pitch = 8,
      .range = 0.75,
      .slope = 3.3,
      .ending = 0.6,
      .tremor = 0.3,
      .roughness = 0.05,
      .effort = 0.1,
      .low_db = -4.5,
      .high_db = 4,
      .gain_db = 1.5},
     {.rate = 0.98,
      .pauses = 1.1,
      .pitch = 8,
      .range = 0.7,
      .slope = 3.1,
      .ending = -0.8,
      .tremor = 0.3,
      .low_db = -4.5,
      .high_db = 4,
      .gain_db = 1.5}},
    {"surprised",
     {.rate = 1.05,
      .vowels = 0.93,
      .pitch = 4.6,
      .range = 1.88,
      .slope = 4.9,
      .ending = 6.7,
      .tremor = 0.05,
      .roughness = 0.25,
      .effort = 0.15,
      .low_db = -1.8,
      .high_db = -2.2,
      .gain_db = 1.5},
     {.rate = 1.09,
      .vowels = 0.95,
      .pitch = 4.5,
      .range = 1.88,
      .slope = 4.8,
      .ending = 6.7,
      .tremor = 0.3,
      .roughness = 0.28,
      .effort = -0.1,
      .low_db = 1.5,
      .high_db = -1.8,
      .gain_db = 1.5}},
    {"excited",
     {.rate = 1.06,
      .vowels = 0.92,
      .pauses = 0.8,
      .pitch = 6.5,
      .range = 1.3,
      .slope = -1,
      .ending = 2,
      .effort = 0.7,
      .low_db = -6,
      .high_db = -1.5,
      .gain_db = 2.5},
     {.rate = 1.06,
      .vowels = 0.95,
      .pauses = 0.8,
      .pitch = 7,
      .range = 1.38,
      .ending = 3,
      .effort = 0.65,
      .low_db = -4,
      .high_db = -0.7,
      .gain_db = 2.5}},
    {"empathetic", kEmpathetic, kEmpathetic},
});

constexpr double kStepSeconds = 0.0125, kTremorHz = 6;
// Above this pitch half of every further semitone is left out: voices get thin up there.
constexpr double kThinHz = 400;

double semitones_of(double hz) {
    return 12 * std::log2(hz);
}

double hz_of(double semitones) {
    const double thin = semitones_of(kThinHz);
    return std::exp2(std::min(semitones, thin + 0.5 * std::max(0.0, semitones - thin)) / 12);
}

double mean(std::span<const double> values) {
    return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

// From the 10th to the 90th percentile.
double range_of(std::vector<double> values) {
    const auto at = [&values](double share) {
        const auto place = values.begin() + static_cast<std::ptrdiff_t>(
                                                std::lround(share * static_cast<double>(values.size() - 1)));
        std::nth_element(values.begin(), place, values.end());
        return *place;
    };
    const double high = at(0.9);
    return high - at(0.1);
}

// The same numbers for every clause, so that a text sounds the same each time: uniform hashes of the place
// (the finaliser of splitmix64), with a standard deviation of one.
double noise(std::size_t place) {
    auto x = static_cast<std::uint64_t>(place) * 0x9E3779B97F4A7C15U + 0x9E3779B97F4A7C15U;
    x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9U;
    x = (x ^ (x >> 27)) * 0x94D049BB133111EBU;
    x ^= x >> 31;
    return (static_cast<double>(x >> 11) / static_cast<double>(1ULL << 53) - 0.5) * std::sqrt(12.0);
}

// What is added to pitch at a share `position` of the voiced part.
double contour(double position, std::size_t step, const ProsodyEdit& e) {
    return e.slope * (position - 0.5) + e.ending * std::clamp((position - 0.75) / 0.2, 0.0, 1.0) +
           e.tremor * std::sin(2 * std::numbers::pi * kTremorHz * kStepSeconds * static_cast<double>(step)) +
           e.roughness * noise(step);
}

// By how much accents are to be scaled for a whole range of `wanted`, what is added included. Within bounds:
// a contour of its own doesn't flatten what is said, nor does a clause that hardly moves get wild.
double accent_scale(std::span<const double> pitch, std::span<const double> added, double middle, double range,
                    double wanted) {
    double low = 0.5 * std::min(1.0, range), high = 1.5 * std::max(1.0, range);
    std::vector<double> trial(pitch.size());
    for (int round = 0; round < 12; ++round) {
        const double scale = (low + high) / 2;
        for (std::size_t i = 0; i < pitch.size(); ++i) trial[i] = scale * (pitch[i] - middle) + added[i];
        (range_of(trial) < wanted ? low : high) = scale;
    }
    return (low + high) / 2;
}

bool leaves_pitch(const ProsodyEdit& e) {
    return e.pitch == 0 && e.range == 1 && e.slope == 0 && e.ending == 0 && e.tremor == 0 && e.roughness == 0;
}

}  // namespace

const std::vector<std::string>& emotion_names() {
    static const std::vector<std::string> names = [] {
        std::vector<std::string> out;
        for (const Named& e : kEmotions) out.emplace_back(e.name);
        return out;
    }();
    return names;
}

ProsodyEdit emotion_edit(std::string_view emotion, double intensity, bool man) {
    const auto it =
        std::find_if(kEmotions.begin(), kEmotions.end(), [&](const Named& e) { return e.name == emotion; });
    if (it == kEmotions.end()) return {};
    const double k = std::clamp(intensity, 0.0, 1.0);
    const ProsodyEdit& f = man ? it->men : it->women;
    return {.rate = std::pow(f.rate, k),
            .vowels = std::pow(f.vowels, k),
            .pauses = std::pow(f.pauses, k),
            .pitch = f.pitch * k,
            .range = std::pow(f.range, k),
            .slope = f.slope * k,
            .ending = f.ending * k,
            .tremor = f.tremor * k,
            .roughness = f.roughness * k,
            .effort = f.effort * k,
            .low_db = f.low_db * k,
            .high_db = f.high_db * k,
            .gain_db = f.gain_db * k};
}

void edit_pitch(std::span<float> f0, const ProsodyEdit& e) {
    std::vector<std::size_t> places;
    std::vector<double> pitch, added;
    for (std::size_t i = 0; i < f0.size(); ++i) {
        if (f0[i] <= kVoicedHz) continue;
        places.push_back(i);
        pitch.push_back(semitones_of(static_cast<double>(f0[i])));
    }
    if (pitch.empty() || (leaves_pitch(e) && e.transpose == 0)) return;
    if (!leaves_pitch(e)) {
        const double length = static_cast<double>(std::max<std::size_t>(1, places.back() - places.front()));
        for (const std::size_t place : places)
            added.push_back(contour(static_cast<double>(place - places.front()) / length, place, e));
        const double middle = mean(pitch), lift = mean(added);
        const double scale = accent_scale(pitch, added, middle, e.range, e.range * range_of(pitch));
        for (std::size_t i = 0; i < pitch.size(); ++i)
            pitch[i] = middle + e.pitch + scale * (pitch[i] - middle) + added[i] - lift;
    }
    for (std::size_t i = 0; i < pitch.size(); ++i) {
        const double hz = leaves_pitch(e) ? std::exp2(pitch[i] / 12) : hz_of(pitch[i]);
        f0[places[i]] =
            static_cast<float>(std::clamp<double>(hz, kLowestHz, kHighestHz) * std::exp2(e.transpose / 12));
    }
}

std::vector<int> edit_lengths(std::span<const double> lengths, std::span<const PhoneClass> classes,
                              const ProsodyEdit& edit, double rate) {
    std::vector<int> out;
    const auto whole_frames = [](double frames) {
        return std::max(1, static_cast<int>(std::lround(frames)));
    };
    if (edit.rate == 1 && edit.vowels == 1 && edit.pauses == 1) {
        for (const double length : lengths) out.push_back(whole_frames(length / rate));
        return out;
    }
    double vowels = 0, consonants = 0;
    for (std::size_t i = 0; i < lengths.size(); ++i) {
        if (classes[i] == PhoneClass::vowel) vowels += lengths[i];
        if (classes[i] == PhoneClass::consonant_or_space) consonants += lengths[i];
    }
    // As much longer as vowels get consonants get shorter.
    const double weighted = vowels * edit.vowels + consonants;
    const double common = weighted > 0 ? (vowels + consonants) / weighted / (edit.rate * rate) : 1;
    double owed = 0;  // by the phones so far
    for (std::size_t i = 0; i < lengths.size(); ++i) {
        const bool pause = classes[i] == PhoneClass::pause;
        const double exact = pause
                                 ? lengths[i] * edit.pauses / rate
                                 : lengths[i] * common * (classes[i] == PhoneClass::vowel ? edit.vowels : 1);
        out.push_back(whole_frames(exact + (pause ? 0 : owed)));
        if (!pause) owed += exact - out.back();
    }
    return out;
}

}  // namespace aimpact::voice
