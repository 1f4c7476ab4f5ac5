// A transcription request as a form, and its answers in each format. Pure.
#pragma once

#include <string>
#include <string_view>

#include "base/error.hpp"
#include "net/multipart.hpp"
#include "realtime/audio_routes.hpp"
#include "realtime/speaker_request.hpp"
#include "voice/recognizer.hpp"

namespace aimpact::realtime {

enum class TranscriptFormat { json, text, srt, vtt, verbose_json, diarized_json };

struct TranscriptionRequest {
    std::string_view file;  // into the request's body
    TranscriptFormat format = TranscriptFormat::json;
    bool stream = false;
    std::string language;
    std::string prompt;
    SpeakerRequest speakers;  // for diarized_json
};

// Errors name the field.
base::Result<TranscriptionRequest> read_transcription_request(const net::Multipart& form,
                                                              const AudioRouteLimits& limits);

struct RenderedTranscript {
    std::string body, content_type;
};
RenderedTranscript render_transcript(const voice::Transcript& transcript,
                                     const TranscriptionRequest& request);

// "00:00:01,250" (SubRip) or with '.' (WebVTT).
std::string subtitle_time(double seconds, char separator);

}  // namespace aimpact::realtime
