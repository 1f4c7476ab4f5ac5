#include "realtime/converse.hpp"

#include <algorithm>
#include <boost/asio/redirect_error.hpp>
#include <map>

namespace aimpact::realtime {
namespace {

namespace asio = base::asio;

constexpr std::size_t kPiece = voice::kRecognitionRate / 50;  // 20 ms
constexpr std::chrono::milliseconds kPieceTime{20};

// Collects what a session says; `wake` is called on whatever the driver may be waiting for.
class Collector final : public SessionEvents {
  public:
    std::function<void()> wake;
    ConverseTurn now;
    bool turn_over = false;  // the caller's turn was held to be over
    bool answered = false;   // the answer is complete, or there will be none
    bool removed = false;    // the turn had no words
    bool speaking = false;
    int transcribing = 0;  // turns whose words are still to come

    bool settled() const { return (answered || removed) && !speaking && transcribing == 0; }
    void begin() {
        now = {};
        turn_over = answered = removed = false;
    }
    void speech_started(const std::string&, double) override {
        speaking = true;
        turn_over = answered = removed = false;
    }
    void speech_stopped(const std::string&, double) override {}
    void input_committed(const agents::Item&, const std::string&) override {
        speaking = false;
        turn_over = true;
        ++transcribing;
        wake();
    }
    void partial_transcript(const std::string&, const std::string&) override {}
    void transcript_completed(const agents::Item& item, const voice::Transcript& transcript) override {
        --transcribing;
        if (!now.transcript.empty() && !item.text.empty()) now.transcript += ' ';
        now.transcript += item.text;
        if (item.text.empty() && !transcript.rejected.empty())
            now.problem = "nothing was understood: " + transcript.rejected;
    }
    void transcript_failed(const std::string&, const Error& error) override {
        --transcribing;
        now.problem = error.message;
    }
    void item_added(const agents::Item&, const std::string&) override {}
    void item_removed(const std::string&) override {
        removed = true;
        wake();
    }
    void item_truncated(const std::string&, double) override {}
    void response_started(const std::string&, const SpeakOptions&) override {
        answered = false;
        removed = false;
        now.problem.clear();
    }
    void output_item_added(const std::string&, const agents::Item&, const std::string&) override {}
    void output_item_done(const std::string&, const agents::Item& item) override {
        if (item.type == agents::ItemType::message) now.reply += (now.reply.empty() ? "" : " ") + item.text;
    }
    void text_delta(const std::string&, const std::string&, std::string_view) override {}
    WireSound audio_delta(const std::string&, const std::string&, std::span<const float> samples,
                          std::string_view) override {
        now.reply_audio.insert(now.reply_audio.end(), samples.begin(), samples.end());
        pieces.push_back(std::chrono::steady_clock::now());
        return {samples, voice::kSynthesisRate, 1.0F};
    }
    void function_call_delta(const std::string&, const std::string&, std::string_view) override {}
    void response_done(const std::string&, const ResponseDone& done) override {
        // An answer that was stopped because the caller went on is followed by another one.
        if (done.status == ResponseStatus::cancelled) return;
        if (done.error) now.problem = done.error->message;
        answered = true;
        wake();
    }
    void interrupted(const std::string&, const std::string&) override {
        now.reply.clear();
        now.reply_audio.clear();
        pieces.clear();
    }
    void turn_recorded(const agents::Turn& turn) override {
        if (turn.index >= now.turn.index) now.turn = turn;
        latest[turn.index] = turn;
    }
    std::map<int, agents::Turn> latest;  // as last recorded: scores come later
    void failed(const Error& error) override {
        now.problem = error.message;
        answered = true;
        wake();
    }
    std::vector<std::chrono::steady_clock::time_point> pieces;
};

class Driver {
  public:
    Driver(asio::any_io_executor executor, ConverseOptions options) : options_(options), timer_(executor) {}

    Collector collector;

    // Plays samples to the session, stopping early when `until` says so.
    Task<void> play(Session& session, std::span<const float> samples, std::function<bool()> until) {
        auto next = std::chrono::steady_clock::now();
        for (std::size_t at = 0; at < samples.size(); at += kPiece) {
            if (until && until()) co_return;
            session.push_audio(samples.subspan(at, std::min(kPiece, samples.size() - at)));
            next += kPieceTime;
            co_await pause_until(options_.real_time ? next : std::chrono::steady_clock::now());
        }
    }

    // Waits for `done`, at most `seconds`; true if it came.
    Task<bool> wait(std::function<bool()> done, double seconds) {
        const auto end =
            std::chrono::steady_clock::now() +
            std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::duration<double>(seconds));
        collector.wake = [this] { timer_.cancel(); };
        while (!done() && std::chrono::steady_clock::now() < end)
            co_await pause_until(
                std::min(end, std::chrono::steady_clock::now() + std::chrono::milliseconds(50)));
        collector.wake = [] {};
        co_return done();
    }

    // The caller's line is never dead: silence flows while the reply is made and played.
    Task<void> listen(Session& session, std::function<bool()> done, double seconds) {
        const std::vector<float> silence(kPiece, 0.0F);
        const auto end =
            std::chrono::steady_clock::now() +
            std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::duration<double>(seconds));
        while (!done() && std::chrono::steady_clock::now() < end) {
            session.push_audio(silence);
            co_await pause_until(std::chrono::steady_clock::now() + kPieceTime);
        }
    }

    Task<void> pause_until(std::chrono::steady_clock::time_point time) {
        timer_.expires_at(time);
        boost::system::error_code ignored;
        co_await timer_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    }

  private:
    const ConverseOptions options_;
    asio::steady_timer timer_;
};

Task<void> one_turn(Driver& driver, Session& session, const std::vector<float>& samples,
                    const ConverseOptions& options) {
    Collector& heard = driver.collector;
    heard.begin();
    heard.pieces.clear();
    // A pause inside the recording may end a turn early; speech that goes on starts another one, which is
    // answered instead. What counts is the answer after the recording's end.
    co_await driver.play(session, samples, {});
    const std::vector<float> silence(
        static_cast<std::size_t>(options.silence_seconds_max * voice::kRecognitionRate), 0.0F);
    co_await driver.play(session, silence, [&] { return heard.turn_over; });
    if (!heard.turn_over)
        co_await driver.wait([&] { return heard.turn_over; }, 1);  // the detector may be at work
    if (!heard.turn_over) {
        // Nothing was held to be a turn (too quiet, or no speech): ask for it, as a push-to-talk button does.
        if (session.commit().has_error()) {
            heard.now.problem = "no speech was heard";
            co_return;
        }
    }
    const auto over = [&] { return heard.settled() && !session.responding(); };
    if (options.real_time)
        co_await driver.listen(session, over, options.answer_seconds_max);
    else
        co_await driver.wait(over, options.answer_seconds_max);
    if (!over()) {
        heard.now.problem = "no answer came in time";
        (void)session.cancel_response();
        co_await driver.wait([&] { return !session.responding(); }, 10);
    } else if (heard.removed && !heard.answered && heard.now.problem.empty()) {
        heard.now.problem = "no speech was heard";
    }
    co_await driver.wait([&] { return !session.responding(); }, 10);
    if (options.real_time)
        co_await driver.listen(session, [&] { return session.unplayed_seconds() <= 0; }, 120);
}

}  // namespace

Task<Result<ConverseResult>> converse(SessionParts parts, std::unique_ptr<agents::TurnLoop> loop,
                                      std::vector<voice::AudioClip> recordings, ConverseOptions options,
                                      std::function<void(const ConverseTurn&)> on_turn) {
    for (std::size_t i = 0; i < recordings.size(); ++i)
        if (recordings[i].samples.empty())
            co_return base::invalid_argument("Recording " + std::to_string(i + 1) + " is empty.");
    auto executor = co_await asio::this_coro::executor;
    Driver driver(executor, options);
    driver.collector.wake = [] {};
    SessionConfig config = config_of(loop->agent());
    AIMPACT_CO_CHECK(parts.synthesizer.check(config.style));
    // Played as fast as possible, the recording's next words are there before a reply could be heard: they
    // are no interruption.
    config.interrupt_response = config.interrupt_response && options.real_time;
    config.create_response = true;
    Session session(executor, std::move(parts), std::move(loop), config, driver.collector);
    ConverseResult result;
    result.conversation_id = session.conversation_id();

    if (options.greet) {
        driver.collector.begin();
        session.greet();
        if (session.responding()) {
            co_await driver.wait([&] { return driver.collector.answered && !session.responding(); },
                                 options.answer_seconds_max);
            result.greeting = driver.collector.now.reply;
            result.greeting_audio = std::move(driver.collector.now.reply_audio);
            if (options.real_time)
                co_await driver.listen(session, [&] { return session.unplayed_seconds() <= 0; }, 120);
        }
    }
    for (voice::AudioClip& clip : recordings) {
        const std::vector<float> samples =
            voice::resample(clip.samples, clip.sample_rate, voice::kRecognitionRate);
        co_await one_turn(driver, session, samples, options);
        ConverseTurn& turn = driver.collector.now;
        // Times of pieces relative to the first one, whose own time the timeline has.
        for (const auto& piece : driver.collector.pieces)
            turn.clause_ms.push_back(
                turn.turn.timeline.first_audio_ms +
                std::chrono::duration<double, std::milli>(piece - driver.collector.pieces.front()).count());
        if (on_turn) on_turn(turn);
        result.turns.push_back(std::move(turn));
    }
    co_await session.scored();
    for (ConverseTurn& turn : result.turns)
        if (const auto found = driver.collector.latest.find(turn.turn.index);
            found != driver.collector.latest.end() && !turn.turn.assistant_item_id.empty())
            turn.turn = found->second;
    co_await session.close();
    co_return result;
}

}  // namespace aimpact::realtime
