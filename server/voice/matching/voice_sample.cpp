#include "voice/matching/voice_sample.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "voice/matching/hearing_probe.hpp"
#include "voice/quality/level_meter.hpp"

namespace aimpact::voice {
namespace {

constexpr double kSnrMin = 10, kLevelMin = -60, kClippedMax = 0.01;
constexpr double kOtherShare = 0.2, kOtherSeconds = 2, kAlike = 0.75;
constexpr float kSpeech = 0.5F, kPause = 0.1F;

double db(double power) {
    return 10 * std::log10(power + 1e-12);
}

std::vector<float> speech_of(std::span<const float> samples, std::span<const float> probabilities) {
    std::vector<float> speech;
    const auto most = static_cast<std::size_t>(kSampleSpeechSecondsMax * kRecognitionRate);
    for (const SpeechRegion& region : speech_regions(probabilities)) {
        const auto at = [&](double seconds) {
            return std::min(samples.size(), static_cast<std::size_t>(seconds * kRecognitionRate));
        };
        const auto part =
            samples.subspan(at(region.start_seconds), at(region.end_seconds) - at(region.start_seconds));
        speech.insert(speech.end(), part.begin(), part.end());
        if (speech.size() >= most) break;
    }
    speech.resize(std::min(speech.size(), most));
    return speech;
}

base::Error refused(std::string message) {
    return base::invalid_argument(std::move(message), "sample");
}

}  // namespace

SampleQuality sample_quality(std::span<const float> samples, std::span<const float> probabilities) {
    SampleQuality out;
    out.seconds = static_cast<double>(samples.size()) / kRecognitionRate;
    LevelMeter meter(kRecognitionRate);
    meter.push(samples);
    const LevelReport levels = report_of(meter.take());
    out.level_dbfs = levels.active_level_dbfs;
    out.clipped_share = levels.clipped_share;
    double speech = 0, pause = 0;
    std::size_t speech_frames = 0;
    std::vector<double> pauses;
    for (std::size_t f = 0; f < probabilities.size() && (f + 1) * kVadFrame <= samples.size(); ++f) {
        double power = 0;
        for (const float s : samples.subspan(f * kVadFrame, kVadFrame)) power += static_cast<double>(s) * s;
        power /= kVadFrame;
        if (probabilities[f] >= kSpeech) {
            speech += power;
            ++speech_frames;
        } else if (probabilities[f] <= kPause) {
            pauses.push_back(power);
        }
    }
    out.speech_seconds = static_cast<double>(speech_frames) * kVadFrameSeconds;
    if (!pauses.empty()) {
        const auto middle = pauses.begin() + static_cast<std::ptrdiff_t>(pauses.size() / 2);
        std::nth_element(pauses.begin(), middle, pauses.end());
        pause = *middle;
    }
    constexpr double kCleanest = 60;  // without a pause nothing can be told
    if (speech_frames > 0)
        out.snr_db = pauses.empty() ? kCleanest
                                    : std::clamp(db(speech / static_cast<double>(speech_frames)) - db(pause),
                                                 0.0, kCleanest);
    return out;
}

Result<> good_enough(const SampleQuality& quality) {
    if (quality.speech_seconds < kSampleSpeechSecondsMin)
        return refused(
            fmt::format("The sample holds {:.1f} s of speech; at least {:.0f} s are needed, 10 to 30 s are "
                        "best. Record a longer one.",
                        quality.speech_seconds, kSampleSpeechSecondsMin));
    if (quality.level_dbfs < kLevelMin)
        return refused(
            "The sample is too quiet. Record it again, closer to the microphone or with more gain.");
    if (quality.clipped_share > kClippedMax)
        return refused(fmt::format(
            "The sample is overdriven: {:.0f} % of it is clipped. Record it again with less gain.",
            100 * quality.clipped_share));
    if (quality.snr_db < kSnrMin)
        return refused(fmt::format(
            "The sample is too noisy: speech is only {:.0f} dB above what is heard in the pauses. "
            "Record it again in a quiet place.",
            quality.snr_db));
    return {};
}

Result<> one_speaker(const Diarisation& found) {
    std::vector<double> seconds(found.speakers.size());
    double all = 0;
    for (const SpeakerTurn& turn : found.turns) {
        seconds[static_cast<std::size_t>(turn.speaker)] += turn.end_seconds - turn.start_seconds;
        all += turn.end_seconds - turn.start_seconds;
    }
    if (seconds.size() < 2) return {};
    const auto first = static_cast<std::size_t>(std::ranges::max_element(seconds) - seconds.begin());
    for (std::size_t s = 0; s < seconds.size(); ++s) {
        const bool unlike = static_cast<double>(similarity(found.voices[s], found.voices[first])) < kAlike;
        if (s != first && unlike && seconds[s] >= kOtherSeconds && seconds[s] >= kOtherShare * all)
            return refused("More than one person speaks in the sample. Cut it to one voice.");
    }
    return {};
}

base::Task<Result<VoiceSample>> study_sample(const Diariser& diariser, const LazySpeakerEncoder& lazy,
                                             inference::Scheduler& scheduler,
                                             std::shared_ptr<const std::vector<float>> samples,
                                             inference::Priority priority, std::stop_token stop) {
    if (static_cast<double>(samples->size()) > kSampleSecondsMax * kRecognitionRate)
        co_return refused(fmt::format(
            "A sample is at most {:.0f} s long; 10 to 30 s of speech are best. Cut it.", kSampleSecondsMax));
    DiarisationOptions options;
    AIMPACT_CO_TRY(const auto found, co_await diariser.diarise(samples, std::move(options), priority, stop));
    auto out = std::make_shared<VoiceSample>();
    out->quality = sample_quality(*samples, found.probabilities);
    AIMPACT_CO_CHECK(good_enough(out->quality));
    AIMPACT_CO_CHECK(one_speaker(found));
    auto job = [out, samples, &lazy, probabilities = found.probabilities]() -> Result<> {
        const std::vector<float> speech = speech_of(*samples, probabilities);
        AIMPACT_TRY(const auto encoder, lazy.get());
        AIMPACT_TRY(const Heard heard, hear(*encoder, speech));
        out->embedding = heard.embedding;
        out->log_f0 = heard.log_f0;
        out->spectrum = long_term_spectrum(speech);
        out->quality.bandwidth_hz = bandwidth_hz(out->spectrum);
        return {};
    };
    AIMPACT_CO_CHECK(co_await scheduler.run(priority, std::move(job), stop));
    co_return *out;
}

}  // namespace aimpact::voice
