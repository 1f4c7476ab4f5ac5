#include "voice/recognizer.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>

#include "voice/file_decoding.hpp"
#include "voice/guarded_decoder.hpp"
#include "voice/input_conditioning.hpp"

namespace aimpact::voice {

namespace {

using inference::Priority;
using Samples = std::shared_ptr<const std::vector<float>>;

constexpr std::size_t kVadChunkFrames = 2'000;  // about a minute of audio, 0.1 s of work

// Everything a decoding needs; jobs hold it.
class GuardedRecognizer final : public Recognizer {
  public:
    GuardedRecognizer(std::shared_ptr<const GuardedDecoder> decoder, inference::Scheduler& scheduler)
        : decoder_(std::move(decoder)), scheduler_(scheduler) {}

    base::Task<Result<Transcript>> utterance(std::vector<float> samples, double vad_probability,
                                             RecognitionOptions wanted, Priority priority,
                                             std::stop_token stop) override {
        const auto decoder = decoder_;
        Transcript transcript;
        transcript.audio_seconds = static_cast<double>(samples.size()) / kRecognitionRate;
        const auto& options = decoder->options();
        if (transcript.audio_seconds > options.utterance_seconds_max + 2 * options.pad_seconds) {
            AIMPACT_CO_TRY(const Samples audio, co_await conditioned(std::move(samples), priority, stop));
            AIMPACT_CO_TRY(auto found, co_await find_speech(audio, priority, stop, {}));
            const auto spans = std::make_shared<const std::vector<SpeechSpan>>(std::move(found));
            for (std::size_t i = 0; i < spans->size(); ++i) {
                auto job = [decoder, audio, spans, i, wanted] {
                    return decoder->span(*audio, *spans, (*spans)[i], wanted);
                };
                AIMPACT_CO_TRY(Piece piece, co_await scheduler_.run(priority, job, stop));
                append(transcript, std::move(piece));
            }
            co_return transcript;
        }
        // In one job, since a caller waits for it.
        const auto audio = std::make_shared<std::vector<float>>(std::move(samples));
        auto job = [decoder, audio, vad_probability, wanted] {
            condition(*audio);
            return decoder->whole(*audio, vad_probability, wanted);
        };
        AIMPACT_CO_TRY(Piece piece, co_await scheduler_.run(priority, job, stop));
        append(transcript, std::move(piece));
        co_return transcript;
    }

    base::Task<Result<Transcript>> transcribe(std::vector<float> samples, RecognitionOptions wanted,
                                              Priority priority, std::stop_token stop,
                                              std::function<void(double, const Segment*)> progress) override {
        constexpr double kVadShare = 0.1;  // of the progress
        const auto decoder = decoder_;
        AIMPACT_CO_TRY(const Samples audio, co_await conditioned(std::move(samples), priority, stop));
        Transcript transcript;
        transcript.audio_seconds = static_cast<double>(audio->size()) / kRecognitionRate;
        std::function<void(double)> vad_progress;
        if (progress) vad_progress = [&](double part) { progress(part * kVadShare, nullptr); };
        AIMPACT_CO_TRY(auto found, co_await find_speech(audio, priority, stop, vad_progress));
        auto spans = std::make_shared<const std::vector<SpeechSpan>>(std::move(found));

        std::size_t done = 0;
        auto decode = [decoder, audio, spans, wanted](std::size_t i) {
            return decoder->span(*audio, *spans, (*spans)[i], wanted);
        };
        auto on_piece = [&](Piece piece) {
            ++done;
            const std::size_t before = transcript.segments.size();
            append(transcript, std::move(piece));
            if (!progress) return;
            const double part =
                kVadShare + (1 - kVadShare) * static_cast<double>(done) / static_cast<double>(spans->size());
            progress(part, transcript.segments.size() > before ? &transcript.segments.back() : nullptr);
        };
        AIMPACT_CO_CHECK(
            co_await decode_in_order(scheduler_, priority, stop, spans->size(), decode, on_piece));
        if (progress && spans->empty()) progress(1.0, nullptr);
        co_return transcript;
    }

  private:
    static void append(Transcript& transcript, Piece piece) {
        transcript.decode_ms += piece.decode_ms;
        transcript.speech_seconds += piece.speech_seconds;
        if (!piece.rejected.empty()) transcript.rejected = piece.rejected;
        if (piece.text.empty()) return;
        if (!transcript.text.empty()) transcript.text += ' ';
        transcript.text += piece.text;
        transcript.segments.push_back({.start_seconds = piece.start_seconds,
                                       .end_seconds = piece.end_seconds,
                                       .text = std::move(piece.text),
                                       .words = std::move(piece.words),
                                       .confidence = piece.confidence});
    }

    // Of an hour of audio that is a third of a second of work.
    base::Task<Result<Samples>> conditioned(std::vector<float> samples, Priority priority,
                                            std::stop_token stop) {
        auto audio = std::make_shared<std::vector<float>>(std::move(samples));
        AIMPACT_CO_CHECK(co_await scheduler_.run(priority, [audio] { condition(*audio); }, stop));
        co_return Samples(std::move(audio));
    }

    // The VAD goes through the recording in order, a minute of audio a job.
    base::Task<Result<std::vector<SpeechSpan>>> find_speech(Samples audio, Priority priority,
                                                            std::stop_token stop,
                                                            std::function<void(double)> progress) {
        struct Pass {
            std::unique_ptr<Vad> vad;
            std::vector<float> probabilities;
        };
        auto pass = std::make_shared<Pass>();
        AIMPACT_CO_TRY(pass->vad, decoder_->vad().stream());
        const std::size_t frames = (audio->size() + kVadFrame - 1) / kVadFrame;
        for (std::size_t from = 0; from < frames; from += kVadChunkFrames) {
            const std::size_t to = std::min(frames, from + kVadChunkFrames);
            auto job = [pass, audio, from, to] {
                append_probabilities(*pass->vad, *audio, from, to, pass->probabilities);
            };
            AIMPACT_CO_CHECK(co_await scheduler_.run(priority, job, stop));
            if (progress) progress(static_cast<double>(to) / static_cast<double>(frames));
        }
        co_return speech_spans(pass->probabilities, decoder_->span_options());
    }

    std::shared_ptr<const GuardedDecoder> decoder_;
    inference::Scheduler& scheduler_;
};

}  // namespace

std::unique_ptr<Recognizer> make_recognizer(std::shared_ptr<const inference::SherpaRecognizer> model,
                                            std::shared_ptr<const VadModel> vad,
                                            inference::Scheduler& scheduler, RecognizerOptions options) {
    return std::make_unique<GuardedRecognizer>(
        std::make_shared<const GuardedDecoder>(std::move(model), std::move(vad), options), scheduler);
}

}  // namespace aimpact::voice
