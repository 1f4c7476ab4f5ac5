#include "voice/speakers/diarised_transcription.hpp"

#include <algorithm>
#include <boost/asio/redirect_error.hpp>
#include <optional>

namespace aimpact::voice {

namespace {

namespace asio = base::asio;

constexpr double kGapSeconds = 1.5, kPadSeconds = 0.3, kSpeechSecondsMin = 0.25;

// What the coroutines of one transcription share, all on one executor.
struct Work {
    explicit Work(asio::any_io_executor executor) : wake(executor, asio::steady_timer::time_point::max()) {}
    std::shared_ptr<const std::vector<float>> samples;
    std::vector<SpeakerUtterance> utterances;
    std::vector<std::optional<Result<Transcript>>> results;
    RecognitionOptions options;
    inference::Priority priority = inference::Priority::batch;
    std::size_t next = 0;
    std::stop_source stop;
    asio::steady_timer wake;  // cancelled with every result
};

std::vector<float> cut(const std::vector<float>& samples, const SpeakerUtterance& utterance) {
    const auto at = [&](double seconds) {
        const auto index = static_cast<std::ptrdiff_t>(seconds * kRecognitionRate);
        return samples.begin() +
               std::clamp<std::ptrdiff_t>(index, 0, static_cast<std::ptrdiff_t>(samples.size()));
    };
    return {at(utterance.from_seconds), at(utterance.to_seconds)};
}

base::Task<void> recognise(std::shared_ptr<Work> work, Recognizer& recognizer) {
    while (work->next < work->utterances.size() && !work->stop.stop_requested()) {
        const std::size_t i = work->next++;
        const SpeakerUtterance& utterance = work->utterances[i];
        RecognitionOptions options = work->options;
        auto result =
            co_await recognizer.utterance(cut(*work->samples, utterance), utterance.vad_probability,
                                          std::move(options), work->priority, work->stop.get_token());
        work->results[i].emplace(std::move(result));
        work->wake.cancel();
    }
}

// The recogniser counts from the utterance's first sample, and takes the padding for speech.
Segment placed(Segment segment, const SpeakerUtterance& utterance, const std::string& speaker) {
    const auto place = [&](double seconds) {
        return std::clamp(utterance.from_seconds + seconds, utterance.start_seconds, utterance.end_seconds);
    };
    segment.start_seconds = place(segment.start_seconds);
    segment.end_seconds = place(segment.end_seconds);
    for (Word& word : segment.words) {
        word.start_seconds = place(word.start_seconds);
        word.end_seconds = place(word.end_seconds);
    }
    segment.speaker = speaker;
    return segment;
}

}  // namespace

std::vector<SpeakerUtterance> speaker_utterances(const Diarisation& diarisation, double recording_seconds) {
    std::vector<SpeakerUtterance> out;
    for (const SpeakerTurn& turn : diarisation.turns) {
        if (!out.empty() && out.back().speaker == turn.speaker &&
            turn.start_seconds - out.back().end_seconds <= kGapSeconds)
            out.back().end_seconds = turn.end_seconds;
        else
            out.push_back({turn.start_seconds, turn.end_seconds, 0, 0, 0, turn.speaker});
    }
    for (std::size_t i = 0; i < out.size(); ++i) {
        SpeakerUtterance& u = out[i];
        const double low = i > 0 ? (out[i - 1].end_seconds + u.start_seconds) / 2 : 0;
        const double high =
            i + 1 < out.size() ? (u.end_seconds + out[i + 1].start_seconds) / 2 : recording_seconds;
        u.from_seconds = std::max(low, u.start_seconds - kPadSeconds);
        u.to_seconds = std::min(high, u.end_seconds + kPadSeconds);
        const auto frames = diarisation.probabilities.size();
        const auto from = std::min(frames, static_cast<std::size_t>(u.start_seconds / kVadFrameSeconds));
        const auto to = std::min(frames, static_cast<std::size_t>(u.end_seconds / kVadFrameSeconds) + 1);
        double sum = 0;
        int count = 0;
        for (std::size_t f = from; f < to; ++f)
            if (diarisation.probabilities[f] >= SpeechTracker::Options{}.release()) {
                sum += diarisation.probabilities[f];
                ++count;
            }
        u.vad_probability = count > 0 ? sum / count : 0;
    }
    std::erase_if(
        out, [](const SpeakerUtterance& u) { return u.end_seconds - u.start_seconds < kSpeechSecondsMin; });
    return out;
}

base::Task<Result<Transcript>> transcribe_speakers(Recognizer& recognizer, const Diariser& diariser,
                                                   std::vector<float> samples, RecognitionOptions options,
                                                   DiarisationOptions speakers, inference::Priority priority,
                                                   std::stop_token stop,
                                                   std::function<void(const Segment&)> on_segment) {
    auto executor = co_await asio::this_coro::executor;
    auto work = std::make_shared<Work>(executor);
    work->samples = std::make_shared<const std::vector<float>>(std::move(samples));
    work->options = std::move(options);
    work->priority = priority;
    AIMPACT_CO_TRY(const Diarisation found,
                   co_await diariser.diarise(work->samples, std::move(speakers), priority, stop));

    Transcript transcript;
    transcript.audio_seconds = static_cast<double>(work->samples->size()) / kRecognitionRate;
    work->utterances = speaker_utterances(found, transcript.audio_seconds);
    work->results.resize(work->utterances.size());
    // The workers are on their own: they end with this coroutine, also when it is destroyed in between.
    struct Ending {
        std::shared_ptr<Work> work;
        ~Ending() { work->stop.request_stop(); }
    } ending{work};
    const std::stop_callback stopping(stop, [work] { work->stop.request_stop(); });
    for (int i = 0; i < diariser.threads(); ++i)
        asio::co_spawn(executor, recognise(work, recognizer), asio::detached);

    for (std::size_t i = 0; i < work->utterances.size(); ++i) {
        while (!work->results[i]) {
            if (stop.stop_requested())
                co_return Error{base::ErrorCode::cancelled, "The transcription was stopped."};
            boost::system::error_code ignored;
            co_await work->wake.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
        }
        if (work->results[i]->has_error()) co_return work->results[i]->error();
        Transcript piece = std::move(**work->results[i]);
        transcript.decode_ms += piece.decode_ms;
        transcript.speech_seconds += work->utterances[i].end_seconds - work->utterances[i].start_seconds;
        if (!piece.rejected.empty()) transcript.rejected = piece.rejected;
        const std::string& speaker = found.speakers[static_cast<std::size_t>(work->utterances[i].speaker)];
        for (Segment& segment : piece.segments) {
            if (segment.text.empty()) continue;
            if (!transcript.text.empty()) transcript.text += ' ';
            transcript.text += segment.text;
            transcript.segments.push_back(placed(std::move(segment), work->utterances[i], speaker));
            if (on_segment) on_segment(transcript.segments.back());
        }
    }
    co_return transcript;
}

}  // namespace aimpact::voice
