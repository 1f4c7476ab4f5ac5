// Speech to text. Guarded: only confirmed speech is decoded, and output that shows the recogniser's known
// failure modes (loops, invented stock phrases on noise) is rejected rather than passed on.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "inference/scheduler.hpp"
#include "voice/audio.hpp"

namespace aimpact::voice {

struct Word {
    std::string text;
    double start_seconds = 0, end_seconds = 0;
};

struct Segment {
    double start_seconds = 0, end_seconds = 0;
    std::string text;
};

struct Transcript {
    std::string text;  // empty when there was no speech or the guard rejected it
    std::vector<Segment> segments;
    double audio_seconds = 0;
    double speech_seconds = 0;   // what the VAD confirmed
    double decode_ms = 0;        // wall time in the recogniser
    std::string rejected;        // why the guard emptied the text; empty otherwise
};

// Shared by all sessions; thread-safe.
class Recognizer {
  public:
    virtual ~Recognizer() = default;

    // A whole recording of any length at 16 kHz: VAD-cut into utterances, each decoded whole. Progress in [0,1].
    virtual base::Task<Result<Transcript>> transcribe(std::vector<float> samples_16k, inference::Priority priority,
                                                      std::stop_token stop = {},
                                                      std::function<void(double, const Segment*)> progress = {}) = 0;

    // One utterance that a VAD has already cut (up to about 20 s; longer ones are split at the longest pause).
    // `vad_probability` is the mean over its speech frames, for the guard.
    virtual base::Task<Result<Transcript>> utterance(std::vector<float> samples_16k, double vad_probability,
                                                     inference::Priority priority, std::stop_token stop = {}) = 0;
};

}  // namespace aimpact::voice
