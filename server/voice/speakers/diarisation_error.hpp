// For tests and benches: the diarisation error rate. Of the time in which the reference has speech, the share
// that is missed, invented or given to the wrong speaker, under the best one-to-one naming of speakers. A
// collar around every boundary of the reference isn't scored; overlaps aren't either (there are none).
#pragma once

#include <algorithm>
#include <cmath>
#include <vector>

#include "voice/speakers/diariser.hpp"

namespace aimpact::voice {

struct DiarisationError {
    double missed = 0, invented = 0, confused = 0;  // seconds
    double speech = 0;                              // seconds of the reference, outside the collars
    double rate() const { return speech > 0 ? (missed + invented + confused) / speech : 0; }
    void add(const DiarisationError& other) {
        missed += other.missed, invented += other.invented, confused += other.confused,
            speech += other.speech;
    }
};

// Speakers of both are numbered from 0, at most 10 in the reference.
inline DiarisationError diarisation_error(const std::vector<SpeakerTurn>& reference,
                                          const std::vector<SpeakerTurn>& found,
                                          double collar_seconds = 0.25) {
    constexpr double kStep = 0.01;
    const auto at = [](double seconds) {
        return static_cast<std::size_t>(std::max(0.0, std::round(seconds / kStep)));
    };
    std::size_t steps = 1, truths = 0, guesses = 0;
    for (const auto& t : reference) {
        steps = std::max(steps, at(t.end_seconds + collar_seconds) + 1);
        truths = std::max(truths, static_cast<std::size_t>(t.speaker) + 1);
    }
    for (const auto& t : found) {
        steps = std::max(steps, at(t.end_seconds) + 1);
        guesses = std::max(guesses, static_cast<std::size_t>(t.speaker) + 1);
    }
    std::vector<int> truth(steps, -1), guess(steps, -1);
    std::vector<bool> scored(steps, true);
    for (const auto& t : reference)
        std::fill(truth.begin() + static_cast<std::ptrdiff_t>(at(t.start_seconds)),
                  truth.begin() + static_cast<std::ptrdiff_t>(at(t.end_seconds)), t.speaker);
    for (const auto& t : found)
        std::fill(guess.begin() + static_cast<std::ptrdiff_t>(at(t.start_seconds)),
                  guess.begin() + static_cast<std::ptrdiff_t>(at(t.end_seconds)), t.speaker);
    for (const auto& t : reference)
        for (const double edge : {t.start_seconds, t.end_seconds})
            std::fill(scored.begin() + static_cast<std::ptrdiff_t>(at(edge - collar_seconds)),
                      scored.begin() + static_cast<std::ptrdiff_t>(at(edge + collar_seconds)), false);

    std::vector<double> together(truths * guesses, 0.0);
    DiarisationError error;
    double both = 0;
    for (std::size_t i = 0; i < steps; ++i) {
        if (!scored[i]) continue;
        if (truth[i] >= 0) error.speech += kStep;
        if (truth[i] >= 0 && guess[i] < 0) error.missed += kStep;
        if (truth[i] < 0 && guess[i] >= 0) error.invented += kStep;
        if (truth[i] < 0 || guess[i] < 0) continue;
        both += kStep;
        together[static_cast<std::size_t>(guess[i]) * truths + static_cast<std::size_t>(truth[i])] += kStep;
    }
    // The best naming: over the guessed speakers, with the set of names that are taken.
    std::vector<double> best(std::size_t{1} << truths, 0.0);
    for (std::size_t g = 0; g < guesses; ++g) {
        auto next = best;
        for (std::size_t taken = 0; taken < best.size(); ++taken)
            for (std::size_t t = 0; t < truths; ++t)
                if (!(taken >> t & 1))
                    next[taken | std::size_t{1} << t] =
                        std::max(next[taken | std::size_t{1} << t], best[taken] + together[g * truths + t]);
        best = std::move(next);
    }
    error.confused = std::max(0.0, both - *std::ranges::max_element(best));
    return error;
}

}  // namespace aimpact::voice
