// The engines of own voices, as the configuration names them: matching always; a provider, a zero-shot model.
#pragma once

#include <filesystem>

#include "app/engines.hpp"
#include "net/client.hpp"
#include "voice/cloning/voice_engine.hpp"

namespace aimpact::app {

struct VoiceEngineParts {
    const base::Config& config;
    Engines& engines;
    voice::Synthesizer& local;  // speaks matched voices
    voice::Recognizer& recognizer;
    net::HttpClient& http;
    const base::Clock& clock;
    std::filesystem::path data_dir;
};

// What it is given outlives the engines. A setting that is wrong is logged and leaves its engine out.
voice::VoiceEngines make_voice_engines(const VoiceEngineParts& parts);

}  // namespace aimpact::app
