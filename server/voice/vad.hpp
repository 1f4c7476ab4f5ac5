// Voice activity detection: Silero v6 on OpenVINO, one probability for every 32 ms of a stream.
#pragma once

#include <filesystem>
#include <memory>
#include <span>
#include <vector>

#include "voice/audio.hpp"

namespace aimpact::inference {
class OpenVinoRuntime;
}

namespace aimpact::voice {

inline constexpr std::size_t kVadFrame = 512;  // samples at 16 kHz
inline constexpr double kVadFrameSeconds = static_cast<double>(kVadFrame) / kRecognitionRate;

// The state of one audio stream. Not thread-safe. A frame takes about 25 microseconds.
class Vad {
  public:
    ~Vad();
    // The probability that the frame holds speech; 0 if the model fails, which is logged once.
    float probability(std::span<const float, kVadFrame> frame);
    // Forgets what came before, as for a new stream.
    void reset();

  private:
    friend class VadModel;
    struct Impl;
    explicit Vad(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

// The model, shared by all streams. Thread-safe; frames of different streams are computed one at a time, on
// the calling thread: handing them to other threads costs more than the frame (55 microseconds against 24).
class VadModel {
  public:
    static Result<std::shared_ptr<VadModel>> load(inference::OpenVinoRuntime& runtime,
                                                  const std::filesystem::path& file);
    ~VadModel();
    // The stream keeps the model alive.
    Result<std::unique_ptr<Vad>> stream() const;

  private:
    friend class Vad;
    VadModel();
    struct Impl;
    std::shared_ptr<Impl> impl_;
};

// Turns probabilities into speech and silence with hysteresis: speech begins after three frames at or above
// `threshold`, or two of which the model is sure (one lower frame between them is forgiven), and goes on
// while frames stay at or above `release`. The silence that ends it is the caller's decision. Pure arithmetic
// on frame numbers.
class SpeechTracker {
  public:
    struct Options {
        float threshold = 0.5F;
        float release() const;  // threshold - 0.15, at least 0.05
    };
    explicit SpeechTracker(Options options) : options_(options) {}
    SpeechTracker() : SpeechTracker(Options{}) {}

    // True when speech begins with this frame.
    bool push(float probability);
    bool speaking() const { return speaking_; }
    // The first speech frame of the present speech, and one past the last one, counted from 0 at the
    // beginning.
    std::int64_t first_frame() const { return first_; }
    std::int64_t end_frame() const { return end_; }
    std::int64_t silent_frames() const { return speaking_ ? frame_ - end_ : 0; }
    int speech_frames() const { return speech_frames_; }
    double mean_probability() const { return speech_frames_ ? sum_ / speech_frames_ : 0.0; }
    std::int64_t frames() const { return frame_; }
    void set_threshold(float threshold) { options_.threshold = threshold; }
    // Back to silence; frames go on counting.
    void end();

  private:
    Options options_;
    std::int64_t frame_ = 0, first_ = 0, end_ = 0;
    bool speaking_ = false;
    int speech_frames_ = 0, misses_ = 0;
    float evidence_ = 0;  // of frames that may be the beginning: one each, 1.5 for a sure one
    double sum_ = 0;
};

// A stretch of audio to decode as one utterance, in frames [begin, end): from the first to past the last
// speech frame, without padding.
struct SpeechSpan {
    std::int64_t begin = 0, end = 0;
    int speech_frames = 0;
    double mean_probability = 0;  // over the speech frames
    double seconds() const { return static_cast<double>(end - begin) * kVadFrameSeconds; }
};

struct SpanOptions {
    float threshold = 0.5F;
    double gap_seconds = 1.5;   // silence that always separates two utterances
    double seconds_max = 20.0;  // longer utterances are cut, at the longest pause
    double speech_seconds_min = 0.25;
};

// Cuts a recording's probabilities into utterances.
std::vector<SpeechSpan> speech_spans(std::span<const float> probabilities, const SpanOptions& options);

// Where to cut a stretch that is too long: the frame in the middle of its longest pause, away from the ends;
// or where speech is least likely if there is no pause. In (0, size) for size >= 2.
std::int64_t best_cut(std::span<const float> probabilities, float threshold);

}  // namespace aimpact::voice
