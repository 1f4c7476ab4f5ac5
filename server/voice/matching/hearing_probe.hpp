// How a voice sounds, for a matcher: says a sentence by it and measures what is heard.
#pragma once

#include <memory>
#include <stop_token>
#include <string>

#include "inference/scheduler.hpp"
#include "voice/custom_voice.hpp"
#include "voice/matching/voice_pool.hpp"
#include "voice/speakers/speaker_encoder.hpp"
#include "voice/synthesizer.hpp"

namespace aimpact::voice {

// One sentence by one voice, without its equaliser if it has none.
struct Utterance {
    std::vector<float> samples_16k;
    double lufs = -120;  // as synthesised
};

// Says `text` by `voice`; at the scheduler's `priority`.
base::Task<Result<Utterance>> say_by(Synthesizer& synthesizer, inference::Scheduler& scheduler,
                                     std::string text, std::shared_ptr<const MatchedVoice> voice,
                                     inference::Priority priority, std::stop_token stop);

// For workers.
Result<Heard> hear(const SpeakerEncoder& encoder, std::span<const float> samples_16k);

}  // namespace aimpact::voice
