// What a transcription request says of speakers, and transcripts with speakers, in the shapes of OpenAI's API
// (response_format=diarized_json). Pure, except for known_voices().
#pragma once

#include <boost/json/object.hpp>
#include <string>
#include <vector>

#include "base/thread_pool.hpp"
#include "net/multipart.hpp"
#include "realtime/audio_routes.hpp"
#include "voice/speakers/diariser.hpp"

namespace aimpact::realtime {

struct SpeakerReference {
    std::string name;
    std::string audio;  // a file's bytes
};

struct SpeakerRequest {
    int speakers = 0;  // how many there are; 0: find out
    std::vector<SpeakerReference> known;
};

// known_speaker_names[], known_speaker_references[] (data URLs), speaker_count and chunking_strategy.
// `diarised`: whether the answer names speakers; the first three need it. Errors name the field.
base::Result<SpeakerRequest> read_speaker_request(const net::Multipart& form, bool diarised,
                                                  const AudioRouteLimits& limits);

// Decodes the samples of known speakers on `files`, checks their lengths, and listens to them.
base::Task<base::Result<voice::DiarisationOptions>> known_voices(const voice::Diariser& diariser,
                                                                 base::ThreadPool& files,
                                                                 SpeakerRequest request,
                                                                 AudioRouteLimits limits);

// A segment as it stands in the answer's list and as an event of its own; `number` counts from 0.
boost::json::object diarised_segment(const voice::Segment& segment, std::size_t number);
boost::json::object diarised_transcript(const voice::Transcript& transcript);

}  // namespace aimpact::realtime
