// OpenAI's audio over REST: POST /v1/audio/transcriptions and /v1/audio/speech; and the catalogue of voices
// and emotions under /api/v1.
#pragma once

#include <functional>

#include "accounts/principal.hpp"
#include "agents/voice_service.hpp"
#include "agents/word_lists.hpp"
#include "net/router.hpp"
#include "voice/emotion/emotion_hearing.hpp"
#include "voice/recognizer.hpp"
#include "voice/speakers/diariser.hpp"
#include "voice/synthesizer.hpp"

namespace aimpact::base {
class ThreadPool;
}

namespace aimpact::realtime {

// Every limit of these routes, in one table; the end-to-end tests exceed each.
struct AudioRouteLimits {
    std::size_t upload_bytes_max = 25 << 20;  // of an audio file
    std::size_t form_bytes_max = 1 << 20;     // of all that comes with it
    double recording_seconds_max = 3600;
    std::size_t input_chars_max = 4096;  // of text to speak
    std::size_t instructions_chars_max = 4096;
    std::size_t prompt_chars_max = 4096;
    std::size_t language_chars_max = 16;
    std::size_t known_speakers_max = 4;  // with a sample of each
    std::size_t speaker_name_bytes_max = 64;
    std::size_t reference_bytes_max = 2 << 20;  // of a known speaker's sample
    double reference_seconds_min = 2, reference_seconds_max = 10;
};

// Everything referred to outlives the server.
struct AudioRouteParts {
    accounts::Authenticator& authenticator;
    voice::Recognizer& recognizer;
    voice::Synthesizer& synthesizer;
    base::ThreadPool& files;   // decodes uploads
    agents::WordLists& words;  // how the organisation's words are said and recognised
    // Who spoke when; `unavailable` until the models are there. What it gives outlives the server.
    std::function<base::Result<const voice::Diariser*>()> diariser;
    std::string recognizer_model;  // what the recogniser is called
    AudioRouteLimits limits = {};
    agents::VoiceService* own_voices = nullptr;  // null: there are none
    voice::EmotionHearing* emotions = nullptr;   // null, or without its model: no emotion is heard
};

void register_audio_routes(net::Router& router, const AudioRouteParts& parts);

}  // namespace aimpact::realtime
