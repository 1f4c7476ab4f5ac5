// A speech request as JSON. Pure.
#pragma once

#include <string>

#include "base/error.hpp"
#include "realtime/audio_routes.hpp"
#include "voice/audio.hpp"
#include "voice/synthesizer.hpp"

namespace aimpact::realtime {

struct SpeechRequest {
    std::string input;
    voice::SpeechStyle style;
    voice::AudioFormat format = voice::AudioFormat::mp3;
    bool events = false;  // stream_format "sse"
};

// Errors name the field. `own_voices`: what "voice_..." means to who asks. OpenAI's voice names are aliases;
// an emotion may be given, or named in `instructions`.
base::Result<SpeechRequest> read_speech_request(const std::string& body,
                                                const voice::Synthesizer& synthesizer,
                                                const AudioRouteLimits& limits,
                                                std::shared_ptr<voice::OwnVoices> own_voices = {});

}  // namespace aimpact::realtime
