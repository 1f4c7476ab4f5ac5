#include "voice/matching/hearing_probe.hpp"

#include "voice/tts/loudness.hpp"
#include "voice/tts/speech_measures.hpp"
#include "voice/tts/voice_blend.hpp"

namespace aimpact::voice {

base::Task<Result<Utterance>> say_by(Synthesizer& synthesizer, inference::Scheduler& scheduler,
                                     std::string text, std::shared_ptr<const MatchedVoice> voice,
                                     inference::Priority priority, std::stop_token stop) {
    SpeechStyle style;
    style.custom_voice = std::move(voice);
    AIMPACT_CO_TRY(auto chunk,
                   co_await synthesizer.clause(std::move(text), std::move(style), priority, stop));
    auto convert = [samples = std::make_shared<std::vector<float>>(std::move(chunk.samples))] {
        return Utterance{resample(*samples, kSynthesisRate, kRecognitionRate),
                         loudness_lufs(*samples, kSynthesisRate)};
    };
    co_return co_await scheduler.run(priority, std::move(convert), stop);
}

Result<Heard> hear(const SpeakerEncoder& encoder, std::span<const float> samples_16k) {
    Heard heard;
    AIMPACT_TRY(heard.embedding, encoder.utterance(samples_16k));
    const auto pitch = mean_log_f0(pitch_track(samples_16k, kRecognitionRate));
    if (!pitch) return base::invalid_argument("There is no voiced speech in it.");
    heard.log_f0 = *pitch;
    return heard;
}

}  // namespace aimpact::voice
