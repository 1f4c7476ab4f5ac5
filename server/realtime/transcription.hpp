// A transcription request as a form, and its answers in each format. Pure.
#pragma once

#include <boost/json.hpp>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "net/multipart.hpp"
#include "realtime/audio_routes.hpp"
#include "realtime/heard_emotion.hpp"
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
    bool words = false;       // with verbose_json: each word with its time
    bool accurate = false;    // fewer errors at about twice the cost
    bool emotion = false;     // with verbose_json: how each segment and the whole is said
    SpeakerRequest speakers;  // for diarized_json
};

// Errors name the field. `own_model`: what the recogniser is called.
base::Result<TranscriptionRequest> read_transcription_request(
    const net::Multipart& form, const AudioRouteLimits& limits,
    const std::string& own_model = "moonshine-tiny-en");

struct RenderedTranscript {
    std::string body, content_type;
};
// `levels` and `emotions` (of timed_segments), if given, are told in verbose_json as "audio_quality" and
// "emotion".
RenderedTranscript render_transcript(const voice::Transcript& transcript, const TranscriptionRequest& request,
                                     const voice::LevelReport* levels = nullptr,
                                     const RecordingEmotions* emotions = nullptr);

// Segments for formats that need at least one piece of time.
std::vector<voice::Segment> timed_segments(const voice::Transcript& transcript);

// The AudioQuality of openapi.yaml.
boost::json::object audio_quality_json(const voice::LevelReport& levels);

// "00:00:01,250" (SubRip) or with '.' (WebVTT).
std::string subtitle_time(double seconds, char separator);

}  // namespace aimpact::realtime
