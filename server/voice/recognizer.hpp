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

#include "inference/moonshine.hpp"
#include "inference/scheduler.hpp"
#include "inference/sherpa_recognizer.hpp"
#include "voice/audio.hpp"
#include "voice/vad.hpp"

namespace aimpact::voice {

class Vocabulary;

struct Word {
    std::string text;  // as written, with its punctuation
    double start_seconds = 0, end_seconds = 0;
    double confidence = 1;  // 0 .. 1
};

struct Segment {
    double start_seconds = 0, end_seconds = 0;
    std::string text;
    std::vector<Word> words = {};  // only where asked for and the recogniser knows them
    double confidence = 1;         // 0 .. 1; 1 where the recogniser doesn't say
    std::string speaker = {};      // "A", a known speaker's name; empty where nobody asked
};

// What one request or session wants of a recogniser.
struct RecognitionOptions {
    bool accurate = false;  // fewer errors at up to three times the cost; not for partials
    bool words = false;     // times and confidence of each word
    std::shared_ptr<const Vocabulary> vocabulary = {};  // terms to prefer where they sound alike
};

struct Transcript {
    std::string text;  // empty when there was no speech or the guard rejected it
    std::vector<Segment> segments;
    double audio_seconds = 0;
    double speech_seconds = 0;  // what the VAD confirmed
    double decode_ms = 0;       // wall time in the recogniser
    std::string rejected;       // why the guard emptied the text; empty otherwise
};

// Shared by all sessions; thread-safe. Work in progress holds what it needs, so the recogniser may go first;
// the Scheduler must outlive every call.
class Recognizer {
  public:
    virtual ~Recognizer() = default;

    // A whole recording of any length at 16 kHz: VAD-cut into utterances, each decoded whole, as many at a
    // time as there are workers. Progress in [0,1] comes on the caller's executor, one call at a time, with
    // each segment in order as soon as it and all before it are there (null when only the number changed).
    virtual base::Task<Result<Transcript>> transcribe(
        std::vector<float> samples_16k, RecognitionOptions options, inference::Priority priority,
        std::stop_token stop = {}, std::function<void(double, const Segment*)> progress = {}) = 0;

    // One utterance that a VAD has already cut (up to about 20 s; longer ones are split at the longest
    // pause). `vad_probability` is the mean over its speech frames, for the guard.
    virtual base::Task<Result<Transcript>> utterance(std::vector<float> samples_16k, double vad_probability,
                                                     RecognitionOptions options, inference::Priority priority,
                                                     std::stop_token stop = {}) = 0;
};

struct RecognizerOptions {
    double pad_seconds = 0.3;   // audio kept around confirmed speech
    double edge_seconds = 0.8;  // silence at a recording's ends that is kept: it belongs to it, and cutting
                                // into it costs about a point of word error rate
    double speech_seconds_min = 0.25;   // less is no utterance
    double utterance_seconds_max = 20;  // longer ones are cut at the longest pause
    double gap_seconds = 1.5;           // silence that always ends an utterance of a recording
    // For accurate recognition, words' times and a vocabulary; without it these wishes change nothing.
    std::shared_ptr<const inference::Moonshine> open_model = {};
    // How a word or a phrase sounds, as phones; for a vocabulary. Thread-safe.
    std::function<std::u32string(std::string_view)> sounds = {};
};

std::unique_ptr<Recognizer> make_recognizer(std::shared_ptr<const inference::SherpaRecognizer> model,
                                            std::shared_ptr<const VadModel> vad,
                                            inference::Scheduler& scheduler, RecognizerOptions options = {});

}  // namespace aimpact::voice
