#include "voice/tts/voice_levels.hpp"

#include <algorithm>
#include <cmath>

namespace aimpact::voice {
namespace {

// The contour is about a logarithm of power; measured over three voices, 3 dB for each unit fit best.
double planned_db(std::span<const float> energy) {
    double sum = 0;
    for (const float e : energy) sum += std::pow(10.0, 0.3 * static_cast<double>(e));
    return energy.empty() ? 0 : 10 * std::log10(sum / static_cast<double>(energy.size()));
}

// A higher voice has its power where hearing is keener, and a voice lowered by more than a little gets faint.
// Measured on three voices at -6 to 12 semitones, and on six with the emotions' -1.7 to 3.5.
double pitch_db(double semitones) {
    if (semitones > 0) return 0.05 * std::min(semitones, 4.0);
    constexpr double kLittle = -2;
    return 0.15 * std::max(semitones, kLittle) + 0.6 * std::min(0.0, semitones - kLittle);
}

constexpr double kOffset = -41.3;  // before any voice was heard: the mean of three
constexpr int kClausesMax = 20;    // a running mean, slower with time

void learn(double& offset, int& clauses, double seen) {
    clauses = std::min(clauses + 1, kClausesMax);
    offset += (seen - offset) / clauses;
}

}  // namespace

double VoiceLevels::offset_of(const std::string& voice) const {
    if (const auto known = levels_.find(voice); known != levels_.end()) return known->second.offset;
    const auto language = languages_.find(voice[0]);
    return language != languages_.end() ? language->second.offset : kOffset;
}

double VoiceLevels::gain(const std::string& voice, std::span<const float> energy, double semitones,
                         double target, const std::string& manner, double lift_db) {
    std::lock_guard lock(mutex_);
    double offset = offset_of(voice);
    if (!manner.empty()) {
        const auto known = lifts_.find({voice, manner});
        offset += known != lifts_.end() ? known->second.offset : lift_db;
    }
    return gain_of(offset, energy, semitones, target);
}

double VoiceLevels::gain_of(double offset, std::span<const float> energy, double semitones, double target) {
    return std::pow(10.0,
                    std::clamp(target - planned_db(energy) - pitch_db(semitones) - offset, -20.0, 20.0) / 20);
}

void VoiceLevels::heard(const std::string& voice, std::span<const float> energy, double semitones,
                        double lufs, const std::string& manner) {
    const double seen = lufs - planned_db(energy) - pitch_db(semitones);
    std::lock_guard lock(mutex_);
    if (!manner.empty()) {
        Level& lift = lifts_[{voice, manner}];
        learn(lift.offset, lift.clauses, seen - offset_of(voice));
        return;
    }
    Level& level = levels_[voice];
    learn(level.offset, level.clauses, seen);
    Level& language = languages_[voice[0]];
    learn(language.offset, language.clauses, seen);
}

}  // namespace aimpact::voice
