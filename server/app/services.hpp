// The object graph above the foundation: engines, models, agents, live sessions. What `serve` mounts as
// routes and `converse` drives in process.
#pragma once

#include <memory>

#include "agents/agents.hpp"
#include "app/engines.hpp"
#include "app/foundation.hpp"
#include "inference/admission.hpp"
#include "llm/models.hpp"
#include "net/client.hpp"
#include "realtime/realtime.hpp"
#include "telephony/telephony.hpp"
#include "voice/audible_synthesizer.hpp"
#include "voice/cloning/consent_check.hpp"
#include "voice/cloning/own_voice_synthesizer.hpp"
#include "voice/quality/quality_sampler.hpp"

namespace aimpact::app {

struct Services {
    // Loads no engine yet: call engines.load() when others may already use what is here. `foundation` must
    // outlive this.
    explicit Services(Foundation& foundation);

    Foundation& foundation;
    Engines engines;
    std::unique_ptr<net::HttpClient> http;
    // The faces of engines that may still be loading.
    LateRecognizer recognizer;
    LateSynthesizer late_synthesizer;
    voice::VoiceEngines voice_engines;  // that make and speak own voices
    voice::OwnVoiceSynthesizer own_voices;
    voice::AudibleSynthesizer synthesizer;  // what everybody speaks with
    voice::ConsentChecker consent_checker;
    LateEmbedder embedder;
    base::ThreadPool files;  // uploads, recordings
    llm::Models models;
    agents::AgentsModule agents;
    voice::QualitySampler sampler;
    inference::Admission admission;
    realtime::RealtimeModule realtime;
    telephony::TelephonyModule telephony;
};

}  // namespace aimpact::app
