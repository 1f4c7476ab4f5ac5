#include "voice/speakers/diariser.hpp"

#include <algorithm>
#include <cmath>
#include <functional>

#include "voice/file_decoding.hpp"
#include "voice/speakers/speaker_features.hpp"

namespace aimpact::voice {

namespace {

using inference::Priority;
using Samples = std::shared_ptr<const std::vector<float>>;

constexpr std::size_t kVadChunkFrames = 2'000;  // about a minute of audio, 0.1 s of work
constexpr std::size_t kHopFrames = 40;          // 0.4 s
constexpr double kFramesPerSecond = 100;
constexpr double kRegionSecondsMin = 0.15;
constexpr double kChangeReach = 0.2;  // seconds beyond two windows' centres in which a change may lie
constexpr float kKnown = 0.70F, kKnownAgain = 0.80F;

// Where a window lies: `frames` of the features from `first`, repeated if they are fewer than 160.
struct Window {
    std::size_t first = 0, frames = kSpeakerWindowFrames;
    int region = 0;
    double centre() const {
        return (static_cast<double>(first) + static_cast<double>(frames) / 2) / kFramesPerSecond;
    }
};

std::vector<Window> lay_windows(std::span<const SpeechRegion> regions) {
    std::vector<Window> windows;
    for (std::size_t r = 0; r < regions.size(); ++r) {
        const auto from = static_cast<std::size_t>(regions[r].start_seconds * kFramesPerSecond);
        const auto to = static_cast<std::size_t>(regions[r].end_seconds * kFramesPerSecond);
        const std::size_t length = std::max<std::size_t>(1, to - from);
        if (length <= kSpeakerWindowFrames) {
            windows.push_back({from, length, static_cast<int>(r)});
            continue;
        }
        // Evenly, so that the first and the last touch the region's ends.
        const std::size_t room = length - kSpeakerWindowFrames, steps = (room + kHopFrames - 1) / kHopFrames;
        for (std::size_t i = 0; i <= steps; ++i)
            windows.push_back({from + room * i / steps, kSpeakerWindowFrames, static_cast<int>(r)});
    }
    return windows;
}

// The windows' features, side by side.
std::vector<float> features_of(std::span<const Window> windows, std::span<const float> samples, double gain) {
    SpeakerFeatures features;
    std::vector<float> mels(windows.size() * kSpeakerWindowFloats), frames;
    std::size_t first = 0, end = 0;  // which of the recording's frames are in `frames`
    for (std::size_t w = 0; w < windows.size(); ++w) {
        const Window& window = windows[w];
        // Neighbours share three quarters of their frames.
        if (window.first < first || window.first >= end) {
            frames.clear();
            first = end = window.first;
        }
        if (const std::size_t wanted = window.first + window.frames; wanted > end) {
            const std::size_t had = frames.size();
            frames.resize((wanted - first) * kSpeakerMels);
            features.compute(samples, gain, end, std::span(frames).subspan(had));
            end = wanted;
        }
        const float* from = frames.data() + (window.first - first) * kSpeakerMels;
        float* to = mels.data() + w * kSpeakerWindowFloats;
        const std::size_t period = window.frames * kSpeakerMels;
        for (std::size_t i = 0; i < kSpeakerWindowFloats; ++i) to[i] = from[i % period];
    }
    return mels;
}

// The middle of the quietest 60 ms in between.
double quietest(std::span<const float> samples, double from_seconds, double to_seconds) {
    constexpr std::size_t kStep = kRecognitionRate / 50, kLength = 3 * kStep;  // every 20 ms
    const auto from = static_cast<std::size_t>(std::max(0.0, from_seconds) * kRecognitionRate);
    const auto to = std::min(samples.size(), static_cast<std::size_t>(to_seconds * kRecognitionRate));
    double best = (from_seconds + to_seconds) / 2, least = -1;
    for (std::size_t at = from; at + kLength <= to; at += kStep) {
        double squares = 0;
        for (const float s : samples.subspan(at, kLength)) squares += static_cast<double>(s) * s;
        if (least >= 0 && squares >= least) continue;
        least = squares;
        best = (static_cast<double>(at) + static_cast<double>(kLength) / 2) / kRecognitionRate;
    }
    return best;
}

std::vector<SpeakerTurn> make_turns(std::span<const SpeechRegion> regions, std::span<const Window> windows,
                                    const std::vector<int>& labels, std::span<const float> samples) {
    std::vector<SpeakerTurn> turns;
    std::size_t w = 0;
    for (std::size_t r = 0; r < regions.size(); ++r) {
        SpeakerTurn turn{regions[r].start_seconds, regions[r].end_seconds, labels[w]};
        for (; w + 1 < windows.size() && windows[w + 1].region == static_cast<int>(r); ++w) {
            if (labels[w + 1] == turn.speaker) continue;
            const double low = std::max(turn.start_seconds, windows[w].centre() - kChangeReach);
            const double high = std::min(regions[r].end_seconds, windows[w + 1].centre() + kChangeReach);
            const double change = quietest(samples, low, high);
            turns.push_back({turn.start_seconds, change, turn.speaker});
            turn = {change, regions[r].end_seconds, labels[w + 1]};
        }
        ++w;
        turns.push_back(turn);
    }
    return turns;
}

// Speakers that are one known person become one; the others get letters. In the order of appearance.
void name_speakers(Diarisation& found, std::span<const KnownSpeaker> known) {
    const std::vector<int> matches = match_known(found.voices, known);
    std::vector<int> renamed(found.voices.size(), -1), of_known(known.size(), -1);
    std::vector<SpeakerEmbedding> voices;
    std::size_t letters = 0;
    for (SpeakerTurn& turn : found.turns) {
        int& now = renamed[static_cast<std::size_t>(turn.speaker)];
        const int match = matches[static_cast<std::size_t>(turn.speaker)];
        if (now < 0 && match >= 0) now = of_known[static_cast<std::size_t>(match)];
        if (now < 0) {
            now = static_cast<int>(voices.size());
            voices.push_back(found.voices[static_cast<std::size_t>(turn.speaker)]);
            if (match >= 0) of_known[static_cast<std::size_t>(match)] = now;
            // A letter that somebody's name is would be two people under one name.
            std::string name =
                match >= 0 ? known[static_cast<std::size_t>(match)].name : speaker_letter(letters++);
            while (match < 0 && std::ranges::any_of(known, [&](const auto& k) { return k.name == name; }))
                name = speaker_letter(letters++);
            found.speakers.push_back(std::move(name));
        }
        turn.speaker = now;
    }
    found.voices = std::move(voices);
}

}  // namespace

std::vector<SpeechRegion> speech_regions(std::span<const float> probabilities, double gap_seconds) {
    SpeechTracker tracker;
    std::vector<SpeechRegion> regions;
    const auto end = [&] {
        const SpeechRegion region{static_cast<double>(tracker.first_frame()) * kVadFrameSeconds,
                                  static_cast<double>(tracker.end_frame()) * kVadFrameSeconds};
        if (region.end_seconds - region.start_seconds >= kRegionSecondsMin) regions.push_back(region);
        tracker.end();
    };
    for (const float p : probabilities) {
        tracker.push(p);
        if (tracker.speaking() &&
            static_cast<double>(tracker.silent_frames()) * kVadFrameSeconds > gap_seconds)
            end();
    }
    if (tracker.speaking()) end();
    return regions;
}

std::string speaker_letter(std::size_t n) {
    std::string out;
    for (++n; n > 0; n = (n - 1) / 26) out.insert(out.begin(), static_cast<char>('A' + (n - 1) % 26));
    return out;
}

std::vector<int> match_known(std::span<const SpeakerEmbedding> voices, std::span<const KnownSpeaker> known) {
    struct Pair {
        float cosine;
        std::size_t voice, name;
    };
    std::vector<Pair> pairs;
    for (std::size_t v = 0; v < voices.size(); ++v)
        for (std::size_t k = 0; k < known.size(); ++k)
            pairs.push_back({similarity(voices[v], known[k].voice), v, k});
    std::ranges::sort(pairs, std::greater{}, &Pair::cosine);
    std::vector<int> matches(voices.size(), -1);
    std::vector<bool> taken(known.size(), false);
    for (const Pair& pair : pairs) {
        if (matches[pair.voice] >= 0 || pair.cosine < (taken[pair.name] ? kKnownAgain : kKnown)) continue;
        matches[pair.voice] = static_cast<int>(pair.name);
        taken[pair.name] = true;
    }
    return matches;
}

namespace {

// The VAD goes through the recording in order, a minute of audio a job.
base::Task<Result<std::vector<float>>> vad_pass(std::shared_ptr<const VadModel> model, Samples samples,
                                                inference::Scheduler& scheduler, Priority priority,
                                                std::stop_token stop) {
    struct Pass {
        std::unique_ptr<Vad> vad;
        std::vector<float> probabilities;
    };
    auto pass = std::make_shared<Pass>();
    AIMPACT_CO_TRY(pass->vad, model->stream());
    const std::size_t frames = (samples->size() + kVadFrame - 1) / kVadFrame;
    for (std::size_t from = 0; from < frames; from += kVadChunkFrames) {
        const std::size_t to = std::min(frames, from + kVadChunkFrames);
        auto job = [pass, samples, from, to] {
            append_probabilities(*pass->vad, *samples, from, to, pass->probabilities);
        };
        AIMPACT_CO_CHECK(co_await scheduler.run(priority, job, stop));
    }
    co_return std::move(pass->probabilities);
}

}  // namespace

base::Task<Result<>> Diariser::prepare(Priority priority) const {
    auto job = [lazy = encoder_]() -> Result<> {
        AIMPACT_TRY(const auto encoder, lazy->get());
        return {};
    };
    co_return co_await scheduler_.run(priority, job);
}

base::Task<Result<Diarisation>> Diariser::diarise(Samples samples, DiarisationOptions options,
                                                  Priority priority, std::stop_token stop) const {
    auto ask = [lazy = encoder_] { return lazy->get(); };
    AIMPACT_CO_TRY(const auto encoder, co_await scheduler_.run(priority, ask, stop));
    Diarisation found;
    AIMPACT_CO_TRY(found.probabilities, co_await vad_pass(vad_, samples, scheduler_, priority, stop));
    const std::vector<SpeechRegion> regions = speech_regions(found.probabilities);
    if (regions.empty()) co_return found;

    const auto windows = std::make_shared<const std::vector<Window>>(lay_windows(regions));
    auto voices = std::make_shared<std::vector<SpeakerEmbedding>>();
    const double gain = speaker_gain(*samples);
    for (std::size_t from = 0; from < windows->size(); from += kSpeakerBatch) {
        auto job = [encoder, windows, voices, samples, gain, from]() -> Result<> {
            const auto part =
                std::span(*windows).subspan(from, std::min(kSpeakerBatch, windows->size() - from));
            AIMPACT_TRY(const auto embeddings, encoder->windows(features_of(part, *samples, gain)));
            voices->insert(voices->end(), embeddings.begin(), embeddings.end());
            return {};
        };
        AIMPACT_CO_CHECK(co_await scheduler_.run(priority, job, stop));
    }
    auto job = [windows, voices, speakers = options.speakers] {
        std::vector<int> of_region;
        for (const Window& window : *windows) of_region.push_back(window.region);
        return cluster_speakers(*voices, of_region, {.speakers = speakers, .speakers_max = kSpeakersMax});
    };
    AIMPACT_CO_TRY(auto clusters, co_await scheduler_.run(priority, job, stop));
    found.turns = make_turns(regions, *windows, clusters.labels, *samples);
    found.voices = std::move(clusters.voices);
    name_speakers(found, options.known);
    co_return found;
}

base::Task<Result<SpeakerEmbedding>> Diariser::voice_of(std::vector<float> given, Priority priority) const {
    constexpr double kSecondsMin = 1.0;
    const auto samples = std::make_shared<const std::vector<float>>(std::move(given));
    AIMPACT_CO_TRY(const auto probabilities, co_await vad_pass(vad_, samples, scheduler_, priority, {}));
    auto speech = std::make_shared<std::vector<float>>();
    for (const SpeechRegion& region : speech_regions(probabilities)) {
        const auto at = [&](double seconds) {
            return samples->begin() + static_cast<std::ptrdiff_t>(std::min(
                                          static_cast<double>(samples->size()), seconds * kRecognitionRate));
        };
        speech->insert(speech->end(), at(region.start_seconds), at(region.end_seconds));
    }
    if (static_cast<double>(speech->size()) < kSecondsMin * kRecognitionRate)
        co_return base::invalid_argument("There is less than a second of speech in this sample.");
    auto job = [lazy = encoder_, speech]() -> Result<SpeakerEmbedding> {
        AIMPACT_TRY(const auto encoder, lazy->get());
        return encoder->utterance(*speech);
    };
    co_return co_await scheduler_.run(priority, job);
}

}  // namespace aimpact::voice
