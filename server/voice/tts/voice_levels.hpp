// How loud each voice is before amplification, as a function of the energy that the model plans: a clause's
// gain is chosen before any of it is decoded. With the voice's own norms the plan tells the level to 0.2 to
// 0.7 dB (standard deviation), better than the first half second of the sound does (1 to 3 dB). Thread-safe;
// bounded by the number of voices and manners.
#pragma once

#include <map>
#include <mutex>
#include <span>
#include <string>
#include <utility>

namespace aimpact::voice {

class VoiceLevels {
  public:
    // The factor that brings a clause with this energy contour, its pitch moved by `semitones` after it was
    // planned, to `target` LUFS. Bounded to +-20 dB.
    // `manner` names an emotion and its strength, empty for the neutral way; until it was heard in this voice
    // it is taken to be louder by `lift_db`.
    double gain(const std::string& voice, std::span<const float> energy, double semitones, double target,
                const std::string& manner = {}, double lift_db = 0);
    // The same for a voice whose level is known: `offset` is its LUFS less what the energy says.
    static double gain_of(double offset, std::span<const float> energy, double semitones, double target);
    // What a clause's loudness turned out to be before amplification.
    void heard(const std::string& voice, std::span<const float> energy, double semitones, double lufs,
               const std::string& manner = {});

  private:
    struct Level {
        double offset = 0;  // LUFS less what the energy says
        int clauses = 0;
    };
    double offset_of(const std::string& voice) const;

    mutable std::mutex mutex_;
    std::map<char, Level> languages_;  // by the letter that voices' names begin with
    std::map<std::string, Level> levels_;
    std::map<std::pair<std::string, std::string>, Level>
        lifts_;  // by voice and manner, over the voice's level
};

}  // namespace aimpact::voice
