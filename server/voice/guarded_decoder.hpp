// One utterance through the recogniser and its guard. Blocking: runs inside a Scheduler job.
#pragma once

#include "inference/moonshine.hpp"
#include "voice/guard.hpp"
#include "voice/recognizer.hpp"
#include "voice/vocabulary_matcher.hpp"

namespace aimpact::voice {

// One decoded utterance of a recording.
struct Piece {
    double start_seconds = 0, end_seconds = 0;  // of the speech, in the recording
    std::string text;                           // empty if rejected or nothing was said
    double speech_seconds = 0;
    double decode_ms = 0;
    std::string rejected;
    std::vector<Word> words = {};  // where asked for; positions as start_seconds
    double confidence = 1;
};

// Frames [from, to) of `audio`, the last one padded with zeros.
void append_probabilities(Vad& vad, std::span<const float> audio, std::size_t from, std::size_t to,
                          std::vector<float>& out);

// Thread-safe.
class GuardedDecoder {
  public:
    GuardedDecoder(std::shared_ptr<const inference::SherpaRecognizer> model,
                   std::shared_ptr<const VadModel> vad, RecognizerOptions options)
        : model_(std::move(model)),
          vad_(std::move(vad)),
          options_(std::move(options)),
          matcher_(options_.sounds) {}

    // Audio that is one utterance with its padding.
    Piece whole(std::span<const float> audio, double vad_probability, const RecognitionOptions& wanted) const;
    // The utterance at `span`, one of `spans`, out of a recording: padded, but not into its neighbours.
    Piece span(std::span<const float> recording, const std::vector<SpeechSpan>& spans, const SpeechSpan& span,
               const RecognitionOptions& wanted) const;

    const RecognizerOptions& options() const { return options_; }
    SpanOptions span_options() const;
    const VadModel& vad() const { return *vad_; }

  private:
    struct Heard {
        std::string text;
        std::vector<Word> words;
    };
    Heard decode(std::span<const float> audio, double vad_probability, bool may_split,
                 const RecognitionOptions& wanted, std::string& rejected) const;

    // `audio` up to shortly behind the last frame that the VAD takes for speech.
    std::span<const float> without_tail(std::span<const float> audio) const;

    std::shared_ptr<const inference::SherpaRecognizer> model_;
    std::shared_ptr<const VadModel> vad_;
    RecognizerOptions options_;
    VocabularyMatcher matcher_;
};

}  // namespace aimpact::voice
