#include "voice/word_alignment.hpp"

#include <algorithm>
#include <cmath>

#include "voice/audio.hpp"

namespace aimpact::voice {

using inference::Moonshine;

namespace {

constexpr double kFrameSeconds = static_cast<double>(Moonshine::kFrameSamples) / Moonshine::kSampleRate;
// The peak lies this much behind the start of the sound, in the median.
constexpr double kLagSeconds = 0.012;
constexpr std::string_view kWordStart = "\xe2\x96\x81";
constexpr std::size_t kHop = kRecognitionRate / 100;

// Mean square of every 10 ms.
std::vector<float> powers(std::span<const float> audio) {
    std::vector<float> out;
    for (std::size_t at = 0; at + kHop <= audio.size(); at += kHop) {
        float sum = 0;
        for (const float x : audio.subspan(at, kHop)) sum += x * x;
        out.push_back(sum / kHop);
    }
    return out;
}

// Where the sound of [start, end) ends: behind the last 10 ms that are loud beside the word's own loudest.
double sound_end(std::span<const float> power, float floor, double start, double end) {
    const auto from = std::min(power.size(), static_cast<std::size_t>(std::max(0.0, start) * 100));
    const auto to = std::min(power.size(), static_cast<std::size_t>(std::max(0.0, end) * 100));
    if (from >= to) return end;
    const float loudest = *std::max_element(power.begin() + static_cast<std::ptrdiff_t>(from),
                                            power.begin() + static_cast<std::ptrdiff_t>(to));
    const float quiet = std::max(loudest * 0.01F, floor * 2.5F);  // 20 dB below it, or near the noise
    std::size_t last = to;
    while (last > from + 1 && power[last - 1] < quiet) --last;
    // A short gap belongs to the word: a stop closes the mouth.
    constexpr std::size_t kGap = 6;
    return to - last >= kGap ? static_cast<double>(last) / 100 : end;
}

}  // namespace

std::vector<std::size_t> monotone_peaks(std::span<const float> attention, std::size_t tokens,
                                        std::size_t frames) {
    if (tokens == 0 || frames == 0 || attention.size() < tokens * frames) return {};
    const auto value = [&](std::size_t t, std::size_t f) {
        return std::log(attention[t * frames + f] + 1e-4F);
    };
    std::vector<float> best(frames);
    std::vector<std::uint32_t> from(tokens * frames);  // the previous token's frame
    for (std::size_t f = 0; f < frames; ++f) best[f] = value(0, f);
    for (std::size_t t = 1; t < tokens; ++t) {
        std::uint32_t leader = 0;
        std::vector<float> next(frames);
        for (std::size_t f = 0; f < frames; ++f) {
            if (best[f] >= best[leader]) leader = static_cast<std::uint32_t>(f);
            from[t * frames + f] = leader;
            next[f] = best[leader] + value(t, f);
        }
        best = std::move(next);
    }
    std::vector<std::size_t> peaks(tokens);
    peaks.back() = static_cast<std::size_t>(std::max_element(best.begin(), best.end()) - best.begin());
    for (std::size_t t = tokens; t-- > 1;) peaks[t - 1] = from[t * frames + peaks[t]];
    return peaks;
}

base::Result<std::vector<Word>> align_words(const Moonshine& model, Moonshine::Session& session,
                                            std::span<const std::int64_t> tokens,
                                            std::span<const float> audio) {
    if (tokens.empty()) return std::vector<Word>{};
    AIMPACT_TRY(const auto scores, session.score(tokens));
    const std::size_t frames = scores.attention.size() / (tokens.size() + 1);
    const auto peaks = monotone_peaks(scores.attention, tokens.size(), frames);
    const double length = static_cast<double>(audio.size()) / kRecognitionRate;

    std::vector<Word> words;
    for (std::size_t first = 0; first < tokens.size();) {
        std::size_t last = first + 1;
        while (
            last < tokens.size() &&
            !std::string_view(model.tokens()[static_cast<std::size_t>(tokens[last])]).starts_with(kWordStart))
            ++last;
        Word word;
        word.text = model.text(tokens.subspan(first, last - first));
        word.start_seconds =
            std::clamp(static_cast<double>(peaks[first]) * kFrameSeconds - kLagSeconds, 0.0, length);
        double sum = 0;
        for (std::size_t i = first; i < last; ++i) sum += std::exp(scores.log_probabilities[i]);
        word.confidence = std::clamp(sum / static_cast<double>(last - first), 0.0, 1.0);
        if (!word.text.empty()) words.push_back(std::move(word));
        first = last;
    }
    const auto power = powers(audio);
    auto sorted = power;
    std::sort(sorted.begin(), sorted.end());
    const float floor = sorted.empty() ? 0 : sorted[sorted.size() / 10];
    for (std::size_t i = 0; i < words.size(); ++i) {
        const double next = i + 1 < words.size() ? words[i + 1].start_seconds : length;
        words[i].end_seconds =
            std::max(words[i].start_seconds, sound_end(power, floor, words[i].start_seconds, next));
    }
    return words;
}

}  // namespace aimpact::voice
