#include "voice/cloning/consent_check.hpp"

#include <algorithm>
#include <cmath>
#include <map>

namespace aimpact::voice {

using base::ErrorCode;
using base::invalid_argument;

namespace {

constexpr auto kPriority = inference::Priority::batch;

std::string whole_seconds(double seconds) {
    return std::to_string(static_cast<long>(std::lround(seconds)));
}

double seconds_of(const std::vector<float>& samples) {
    return static_cast<double>(samples.size()) / kRecognitionRate;
}

Error too_long(const char* param, double most) {
    return invalid_argument(
        std::string(param == std::string_view("recording") ? "The consent recording" : "The sample") +
            " may be at most " + whole_seconds(most) + " seconds long. Cut it.",
        param);
}

}  // namespace

base::Task<Result<>> ConsentChecker::check_one_speaker(std::shared_ptr<const std::vector<float>> samples,
                                                       double speech_seconds_min, const char* param) const {
    AIMPACT_CO_TRY(const Diariser* const diariser, diariser_());
    AIMPACT_CO_TRY(const Diarisation found, co_await diariser->diarise(samples, {}, kPriority));
    std::map<int, double> seconds;
    double all = 0, most = 0;
    for (const SpeakerTurn& turn : found.turns) {
        const double length = turn.end_seconds - turn.start_seconds;
        all += length;
        most = std::max(most, seconds[turn.speaker] += length);
    }
    if (all < speech_seconds_min)
        co_return invalid_argument("There is " + std::string(all < 0.5 ? "no" : "too little") +
                                       " speech in it: at least " + whole_seconds(speech_seconds_min) +
                                       " seconds are needed. Check the microphone and record it again.",
                                   param);
    if (all - most >= kSecondSpeakerSecondsMax)
        co_return invalid_argument("Several people speak in it (" + std::to_string(seconds.size()) +
                                       "). Record one person alone, without other voices in the background.",
                                   param);
    co_return Result<>{};
}

base::Task<Result<HeardConsent>> ConsentChecker::check_recording(std::vector<float> samples_16k,
                                                                 std::string language,
                                                                 std::vector<std::string> names) const {
    if (seconds_of(samples_16k) > limits_.recording_seconds_max)
        co_return too_long("recording", limits_.recording_seconds_max);
    auto samples = std::make_shared<const std::vector<float>>(std::move(samples_16k));
    AIMPACT_CO_CHECK(co_await check_one_speaker(samples, limits_.recording_speech_seconds_min, "recording"));
    RecognitionOptions options;
    options.accurate = true;
    AIMPACT_CO_TRY(const Transcript heard, co_await recognizer_.transcribe(*samples, options, kPriority));
    if (heard.text.empty())
        co_return invalid_argument(
            "No words could be made out in it. Record the consent phrase again, near the microphone and "
            "without noise.",
            "recording");
    AIMPACT_CO_TRY(ConsentMatch match, match_consent(heard.text, language, names));
    co_return HeardConsent{heard.text, std::move(match)};
}

base::Task<Result<ComparedVoices>> ConsentChecker::check_sample(
    std::shared_ptr<const std::vector<float>> sample_16k, std::vector<float> recording_16k) const {
    if (seconds_of(*sample_16k) > limits_.sample_seconds_max)
        co_return too_long("audio_sample", limits_.sample_seconds_max);
    AIMPACT_CO_CHECK(
        co_await check_one_speaker(sample_16k, limits_.sample_speech_seconds_min, "audio_sample"));
    AIMPACT_CO_TRY(const Diariser* const diariser, diariser_());
    AIMPACT_CO_TRY(const SpeakerEmbedding sample, co_await diariser->voice_of(*sample_16k, kPriority));
    AIMPACT_CO_TRY(const SpeakerEmbedding consent,
                   co_await diariser->voice_of(std::move(recording_16k), kPriority));
    const ComparedVoices compared{similarity(sample, consent)};
    if (compared.cosine < kSameSpeakerCosine)
        co_return Error{
            ErrorCode::permission_denied,
            "The person in the sample doesn't sound like the one who gave the consent. Use a sample of that "
            "person, or let the person in the sample record the consent; the same microphone and room help.",
            "cosine " + std::to_string(compared.cosine), "audio_sample"};
    co_return compared;
}

}  // namespace aimpact::voice
