// Who said what: a recording is cut at its changes of speaker before it is recognised, so that no utterance
// holds two voices and every word has its speaker, whatever the recogniser knows of times.
#pragma once

#include <functional>

#include "voice/recognizer.hpp"
#include "voice/speakers/diariser.hpp"

namespace aimpact::voice {

// One speaker's utterance: what is decoded in one go, of speech from start to end.
struct SpeakerUtterance {
    double start_seconds = 0, end_seconds = 0;
    double from_seconds = 0, to_seconds = 0;  // with padding, not into the neighbours
    double vad_probability = 0;               // mean over its speech
    int speaker = 0;
};

// Turns of one speaker that follow each other within 1.5 s are one utterance; less than 0.25 s is none.
std::vector<SpeakerUtterance> speaker_utterances(const Diarisation& diarisation, double recording_seconds);

// As Recognizer::transcribe, with Segment::speaker set; segments are in order, and each comes to `on_segment`
// (on the caller's executor, which must run one thing at a time) as soon as it and all before it are there.
// As many utterances are recognised at a time as the diariser's Scheduler has threads. Recogniser and
// diariser must outlive the call.
base::Task<Result<Transcript>> transcribe_speakers(Recognizer& recognizer, const Diariser& diariser,
                                                   std::vector<float> samples_16k, RecognitionOptions options,
                                                   DiarisationOptions speakers, inference::Priority priority,
                                                   std::stop_token stop = {},
                                                   std::function<void(const Segment&)> on_segment = {});

}  // namespace aimpact::voice
