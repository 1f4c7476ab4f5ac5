// The half of ListenerCore that decodes: attempts at the final transcript, pieces of long turns, partials,
// and the question to the turn model.
#include <algorithm>

#include "voice/listener_core.hpp"

namespace aimpact::voice {

namespace asio = base::asio;
using Clock = std::chrono::steady_clock;
using inference::Priority;

namespace {

constexpr std::int64_t frames_of(double seconds) {
    return static_cast<std::int64_t>(seconds / kVadFrameSeconds + 0.5);
}

constexpr std::int64_t kPadSamples = kRecognitionRate * 3 / 10;
constexpr std::int64_t kAttemptSilence = 4;                 // frames, 128 ms: the first try at the final
constexpr std::int64_t kPieceFramesMax = frames_of(20.0);   // a longer tail gives a piece away
constexpr std::int64_t kPartialFramesMin = frames_of(0.5);  // too little speech makes the model invent
constexpr auto kPartialInterval = std::chrono::milliseconds(250);
constexpr int kPartialCostFactor = 4;  // at most a fifth of a worker for one caller's partials

// The mean over the frames that are speech, for the guard.
double mean_speech(std::span<const float> probabilities, float release) {
    double sum = 0;
    int count = 0;
    for (const float p : probabilities)
        if (p >= release) sum += p, ++count;
    return count ? sum / count : 0.0;
}

float release_of(const ListenerOptions& options) {
    return SpeechTracker::Options{static_cast<float>(options.threshold)}.release();
}

}  // namespace

void ListenerCore::spawn(base::Task<void> task) {
    // Held from now on: a coroutine starts a little later, when the Listener may be gone.
    asio::co_spawn(executor_, std::move(task), [self = shared_from_this()](const std::exception_ptr&) {});
}

std::shared_ptr<Decoding> ListenerCore::decode(const TurnPtr& turn, std::int64_t begin, std::int64_t end,
                                               std::int64_t limit, Priority priority) {
    // Padded with what is there, but not across the cut to the piece before.
    std::int64_t low = std::max(turn_floor_ * HeardAudio::kFrame, begin * HeardAudio::kFrame - kPadSamples);
    if (begin > turn->first_frame) low = std::max(low, turn->cut_frame * HeardAudio::kFrame);
    const auto audio =
        heard_.samples(low, std::min(end * HeardAudio::kFrame + kPadSamples, limit * HeardAudio::kFrame));
    auto decoding = std::make_shared<Decoding>();
    decoding->end_frame = end;
    const double probability = mean_speech(heard_.probabilities(begin, end), release_of(options_));
    const double offset =
        static_cast<double>(std::max(low, heard_.begin_sample()) - turn->begin_sample) / kRecognitionRate;
    spawn(run_decoding(turn, decoding, {audio.begin(), audio.end()}, probability, offset, priority));
    return decoding;
}

void ListenerCore::try_attempt() {
    Turn& turn = *turn_;
    const std::int64_t end = tracker_.end_frame();
    if (turn.attempt || tracker_.silent_frames() < kAttemptSilence || end <= turn.cut_frame) return;
    if (tracker_.speech_frames() < speech_frames_min()) return;
    // A guess gives way when others wait for certain work; it is tried again with the next frame.
    if (scheduler_.queued(Priority::caller_waiting) > static_cast<std::size_t>(scheduler_.threads())) return;
    turn.attempt = decode(turn_, turn.cut_frame, end, heard_.end_frame(), Priority::caller_waiting);
    turn.text_pending = static_cast<bool>(text_end_);
}

void ListenerCore::cut_piece() {
    Turn& turn = *turn_;
    const std::int64_t now = heard_.end_frame();
    if (now - turn.cut_frame < kPieceFramesMax) return;
    const auto probabilities = heard_.probabilities(turn.cut_frame, now);
    const std::int64_t cut = turn.cut_frame + best_cut(probabilities, static_cast<float>(options_.threshold));
    // Tight around its speech; a piece without any is just silence that falls away.
    const float release = release_of(options_);
    const auto piece = heard_.probabilities(turn.cut_frame, cut);
    const auto is_speech = [&](float p) { return p >= release; };
    const auto first = std::find_if(piece.begin(), piece.end(), is_speech);
    const auto last = std::find_if(piece.rbegin(), piece.rend(), is_speech);
    if (first != piece.end())
        turn.pieces.push_back(decode(turn_, turn.cut_frame + (first - piece.begin()),
                                     cut - (last - piece.rbegin()), cut, Priority::live));
    turn.cut_frame = cut;
}

void ListenerCore::try_partial() {
    Turn& turn = *turn_;
    const std::int64_t now = heard_.end_frame();
    if (!options_.partials || turn.partial_running || turn.attempt ||
        tracker_.silent_frames() >= kAttemptSilence)
        return;
    if (now - turn.first_frame < kPartialFramesMin || now - turn.partial_frame < frames_of(0.25)) return;
    const auto since = Clock::now() - turn.partial_started;
    if (since < std::max<Clock::duration>(kPartialInterval, kPartialCostFactor * turn.partial_took)) return;
    if (scheduler_.queued(Priority::live) > 0) return;  // partials are the first thing to go under load
    turn.partial_running = true;
    turn.partial_frame = now;
    turn.partial_started = Clock::now();
    const auto audio = heard_.samples(
        std::max(turn.begin_sample, turn.cut_frame * HeardAudio::kFrame - kPadSamples), heard_.end_sample());
    spawn(run_partial(turn_, {audio.begin(), audio.end()},
                      mean_speech(heard_.probabilities(turn.cut_frame, now), release_of(options_))));
}

void ListenerCore::ask_turn_model(const TurnPtr& turn) {
    const auto audio = heard_.samples(
        std::max(turn->begin_sample, heard_.end_sample() - 8 * kRecognitionRate), heard_.end_sample());
    spawn(run_turn_model(turn, turn->pause, {audio.begin(), audio.end()}));
}

void ListenerCore::ask_text_end(const TurnPtr& turn) {
    if (!turn->attempt || !turn->attempt->result) return;
    turn->text_pending = false;
    if (!text_end_ || options_.mode != ListenerOptions::Mode::semantic_vad ||
        turn->attempt->result->has_error())
        return;
    std::string text = turn->pieces_text() + (*turn->attempt->result)->text;
    if (text.empty()) return;
    turn->text_pending = true;
    turn->words = static_cast<int>(std::count(text.begin(), text.end(), ' ')) + 1;
    spawn(run_text_end(turn, turn->attempt, std::move(text)));
}

base::Task<void> ListenerCore::run_decoding(TurnPtr turn, std::shared_ptr<Decoding> decoding,
                                            std::vector<float> audio, double probability,
                                            double offset_seconds, Priority priority) {
    auto result = co_await recognizer_.utterance(std::move(audio), probability, options_.recognition,
                                                 priority, decoding->stop.get_token());
    if (closed_ || decoding->stop.stop_requested()) co_return;
    if (result)
        for (Segment& segment : result->segments) {
            segment.start_seconds += offset_seconds;
            segment.end_seconds += offset_seconds;
            for (Word& word : segment.words) {
                word.start_seconds += offset_seconds;
                word.end_seconds += offset_seconds;
            }
        }
    decoding->result.emplace(std::move(result));
    if (turn != turn_) {
        deliver();
        co_return;
    }
    attempt_done(turn);
    if (!closed_ && turn == turn_) consider_end();
}

// The turn goes on: a finished attempt is the best partial there is.
void ListenerCore::attempt_done(const TurnPtr& turn) {
    if (turn->attempt && turn->attempt->result && turn->attempt->result->has_value())
        consider_words(turn, (*turn->attempt->result)->text);
    if (closed_ || turn != turn_) return;
    ask_text_end(turn);
    if (!options_.partials || !turn->attempt || !turn->attempt->result || turn->attempt->result->has_error())
        return;
    give_partial(turn, turn->pieces_text() + (*turn->attempt->result)->text);
}

base::Task<void> ListenerCore::run_partial(TurnPtr turn, std::vector<float> audio, double probability) {
    const auto started = Clock::now();
    RecognitionOptions hurried{.vocabulary = options_.recognition.vocabulary};
    auto result =
        co_await recognizer_.utterance(std::move(audio), probability, std::move(hurried), Priority::live);
    turn->partial_running = false;
    turn->partial_took = Clock::now() - started;
    // A partial that fails or comes too late is no loss: the final one is on its way.
    if (closed_ || turn != turn_ || turn->attempt || result.has_error()) co_return;
    const std::string text = turn->pieces_text() + hold_back(result->text);
    consider_words(turn, text);
    if (!closed_ && turn == turn_) give_partial(turn, text);
}

void ListenerCore::give_partial(const TurnPtr& turn, std::string text) {
    while (!text.empty() && text.back() == ' ') text.pop_back();
    if (text.empty() || text == turn->partial_text) return;
    turn->partial_text = text;
    emit(&Listener::Events::partial, PartialTranscript{std::move(text)});
}

base::Task<void> ListenerCore::run_turn_model(TurnPtr turn, std::uint64_t pause, std::vector<float> audio) {
    auto job = [detector = turn_detector_, samples = std::move(audio)] {
        return detector->complete_probability(samples);
    };
    const auto probability = co_await scheduler_.run(Priority::caller_waiting, std::move(job));
    // Without an answer the longest silence decides.
    if (closed_ || turn != turn_ || turn->pause != pause || !turn->in_pause || probability.has_error())
        co_return;
    turn->probability = *probability;
    consider_end();
}

base::Task<void> ListenerCore::run_text_end(TurnPtr turn, std::shared_ptr<Decoding> attempt,
                                            std::string text) {
    auto job = [read = text_end_, words = std::move(text)] { return read(words); };
    const auto end = co_await scheduler_.run(Priority::caller_waiting, std::move(job));
    if (closed_ || turn != turn_ || turn->attempt != attempt) co_return;
    turn->text_pending = false;
    if (end.has_value()) turn->text_end = *end;
    consider_end();
}

}  // namespace aimpact::voice
