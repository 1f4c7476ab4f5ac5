#include "voice/tts/speech_measures.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>

namespace aimpact::voice {
namespace {

constexpr double kLowestHz = 50, kHighestHz = 1000;
constexpr double kVoiced = 0.6, kAudibleRms = 0.005;

double energy(std::span<const float> s) {
    double sum = 0;
    for (const float x : s) sum += static_cast<double>(x) * static_cast<double>(x);
    return sum;
}

}  // namespace

std::vector<float> pitch_track(std::span<const float> samples, int rate) {
    const auto window = static_cast<std::size_t>(0.03 * rate), hop = static_cast<std::size_t>(0.01 * rate);
    const auto shortest = static_cast<std::size_t>(rate / kHighestHz),
               longest = static_cast<std::size_t>(rate / kLowestHz);
    std::vector<float> out;
    for (std::size_t at = 0; at + window + longest <= samples.size(); at += hop) {
        const auto here = samples.subspan(at, window);
        const double power = energy(here);
        out.push_back(0);
        if (std::sqrt(power / static_cast<double>(window)) < kAudibleRms) continue;
        std::vector<double> match(longest + 1, 0);
        double most = 0;
        for (std::size_t lag = shortest; lag <= longest; ++lag) {
            const auto there = samples.subspan(at + lag, window);
            double sum = 0;
            for (std::size_t i = 0; i < window; i += 2)
                sum += 2 * static_cast<double>(here[i]) * static_cast<double>(there[i]);
            match[lag] = sum / std::sqrt(power * energy(there) + 1e-12);
            most = std::max(most, match[lag]);
        }
        if (most < kVoiced) continue;
        // The shortest period that explains the sound nearly as well: its multiples do too.
        for (std::size_t lag = shortest + 1; lag < longest; ++lag) {
            if (match[lag] >= 0.88 * most && match[lag] >= match[lag - 1] && match[lag] >= match[lag + 1]) {
                out.back() = static_cast<float>(rate) / static_cast<float>(lag);
                break;
            }
        }
    }
    return out;
}

double median_pitch(std::span<const float> track) {
    std::vector<float> voiced;
    std::copy_if(track.begin(), track.end(), std::back_inserter(voiced), [](float hz) { return hz > 0; });
    if (voiced.empty()) return 0;
    const auto middle = voiced.begin() + static_cast<std::ptrdiff_t>(voiced.size() / 2);
    std::nth_element(voiced.begin(), middle, voiced.end());
    return static_cast<double>(*middle);
}

std::vector<Silence> silences(std::span<const float> samples, int rate, double level_db, double shortest) {
    const auto frame = static_cast<std::size_t>(0.005 * rate);
    const double limit = std::pow(10.0, level_db / 10);
    std::vector<Silence> out;
    std::size_t begin = 0;
    bool heard = false, quiet = false;
    const auto seconds = [rate](std::size_t at) { return static_cast<double>(at) / rate; };
    for (std::size_t at = 0; at + frame <= samples.size(); at += frame) {
        const bool silent = energy(samples.subspan(at, frame)) / static_cast<double>(frame) < limit;
        if (silent && !quiet) begin = at;
        if (!silent && quiet && heard && seconds(at - begin) >= shortest)
            out.push_back({seconds(begin), seconds(at)});
        heard = heard || !silent;
        quiet = silent;
    }
    return out;
}

double corner(std::span<const float> samples, int rate, std::size_t at) {
    const auto reach = static_cast<std::size_t>(0.01 * rate);
    if (at < 1 || at + 1 >= samples.size()) return 0;
    const auto bend = [&](std::size_t i) {
        return static_cast<double>(samples[i + 1]) - 2 * static_cast<double>(samples[i]) +
               static_cast<double>(samples[i - 1]);
    };
    double sum = 0;
    std::size_t count = 0;
    for (std::size_t i = std::max<std::size_t>(1, at - std::min(at, reach));
         i + 1 < std::min(samples.size(), at + reach); ++i) {
        if (i + 2 > at && i < at + 2) continue;  // what is judged doesn't judge itself
        sum += bend(i) * bend(i);
        ++count;
    }
    constexpr double kFloor = 2e-5;  // a bend smaller than 16 bits can tell is no corner
    return std::abs(bend(at)) /
           (std::sqrt(sum / static_cast<double>(std::max<std::size_t>(1, count))) + kFloor);
}

}  // namespace aimpact::voice
