// The answers to POST /v1/audio/transcriptions and POST /v1/audio/speech, once the caller is known and may
// ask. Internal to audio_routes.cpp.
#pragma once

#include "realtime/audio_routes.hpp"

namespace aimpact::realtime {

// `parts` outlive the response's body; the request's body is taken.
base::Task<net::Response> answer_transcription(const AudioRouteParts& parts, net::Request& request,
                                               const accounts::Principal& who);
base::Task<net::Response> answer_speech(const AudioRouteParts& parts, net::Request& request,
                                        const accounts::Principal& who);

}  // namespace aimpact::realtime
