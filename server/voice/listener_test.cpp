#include "voice/listener.hpp"

#include <algorithm>
#include <boost/asio/redirect_error.hpp>

#include "voice/hearing_fixture.hpp"
#include "voice/listener_turn.hpp"

namespace aimpact::voice {
namespace {

namespace asio = base::asio;
using inference::Priority;
using Mode = ListenerOptions::Mode;
using std::chrono::milliseconds;

// Answers with the number of the call, and can be told to wait or to fail.
class FakeRecognizer final : public Recognizer {
  public:
    struct Call {
        double seconds;
        double probability;
        Priority priority;
        std::stop_token stop;
    };
    base::Task<Result<Transcript>> transcribe(std::vector<float>, RecognitionOptions, Priority,
                                              std::stop_token,
                                              std::function<void(double, const Segment*)>) override {
        co_return Transcript{};
    }
    base::Task<Result<Transcript>> utterance(std::vector<float> samples, double probability,
                                             RecognitionOptions, Priority priority,
                                             std::stop_token stop) override {
        const std::size_t number = calls.size();
        calls.push_back(
            {static_cast<double>(samples.size()) / kRecognitionRate, probability, priority, stop});
        if (holding) {
            asio::steady_timer timer(co_await asio::this_coro::executor,
                                     asio::steady_timer::time_point::max());
            held.push_back(&timer);
            boost::system::error_code ignored;
            auto token = asio::redirect_error(asio::use_awaitable, ignored);
            co_await timer.async_wait(token);
        }
        if (failing > 0) {
            --failing;
            co_return base::internal_error("the fake was told to fail");
        }
        Transcript transcript;
        if (!silent) transcript.text = "call " + std::to_string(number) + " said four words" + ending;
        co_return transcript;
    }
    std::vector<Call> calls;
    bool holding = false;  // new calls wait until their timer is cancelled
    std::vector<asio::steady_timer*> held;
    int failing = 0;
    bool silent = false;  // hears no words
    std::string ending = ".";
};

class ListenerOnAudio : public HearingFixture {
  protected:
    void SetUp() override {
        HearingFixture::SetUp();
        if (IsSkipped()) return;
        scheduler_ =
            std::make_unique<inference::Scheduler>(inference::Scheduler::Options{.threads = 2}, metrics_);
        real_ = make_recognizer(hearing().recognizer, hearing().vad, *scheduler_);
    }
    void listen(Recognizer& recognizer, ListenerOptions options = {}, TextEnd read = {}) {
        Hearing heard_by = hearing();
        heard_by.text_end = std::move(read);
        Listener::Events on;
        on.speech_started = [this](SpeechStarted e) { log("started"), started_.push_back(e.audio_start_ms); };
        on.speech_stopped = [this](SpeechStopped e) {
            log("stopped");
            stopped_.push_back(e.audio_end_ms);
            stopped_at_.push_back(pushed_ms_);
        };
        on.partial = [this](PartialTranscript e) { log("partial"), partials_.push_back(e.text); };
        if (wanting_likely_ends_)
            on.likely_end = [this](LikelyEnd e) {
                log("likely");
                likely_.push_back(std::move(e));
                likely_at_.push_back(pushed_ms_);
                if (destroy_on_likely_) listener_.reset();
            };
        on.likely_end_dropped = [this](LikelyEndDropped e) {
            log("dropped");
            dropped_.push_back(e.id);
            if (destroy_on_dropped_) listener_.reset();
        };
        on.turn_ended = [this](TurnEnded e) {
            log("turn");
            EXPECT_FALSE(inside_call_) << "a turn may not end inside push or commit";
            turns_.push_back(std::move(e));
            if (destroy_on_turn_) listener_.reset();
        };
        on.failed = [this](Error e) { log("failed"), errors_.push_back(std::move(e)); };
        listener_ = make_listener(io_.get_executor(), heard_by, recognizer, *scheduler_, std::move(on));
        listener_->configure(options);
    }
    // Until nothing is left to do: as if inference took no time.
    void settle() {
        io_.restart();
        io_.run();
    }
    void push(std::span<const float> audio, bool settling = true) {
        while (!audio.empty() && listener_) {
            const auto part = audio.first(std::min<std::size_t>(audio.size(), 320));  // 20 ms
            audio = audio.subspan(part.size());
            pushed_ms_ += static_cast<double>(part.size()) * 1000 / kRecognitionRate;
            inside_call_ = true;
            listener_->push(part);
            inside_call_ = false;
            if (settling) settle();
        }
    }
    void log(const char* what) {
        if (events_.empty() || events_.back() != what || std::string_view(what) != "partial")
            events_.push_back(what);
    }
    // Seven seconds without a pause; the turn model is sure that it is complete.
    static std::vector<float> sentence() { return speech("1998/1998-15444-0009"); }
    // The same, broken off where the turn model is sure that more comes.
    static std::vector<float> broken_sentence() {
        auto audio = sentence();
        audio.resize(audio.size() * 6 / 10);
        return audio;
    }

    // And how it goes on, from the first sample.
    static std::vector<float> rest() {
        const auto audio = sentence();
        return {audio.begin() + static_cast<std::ptrdiff_t>(audio.size() * 6 / 10), audio.end()};
    }

    base::Metrics metrics_;
    std::unique_ptr<inference::Scheduler> scheduler_;
    std::unique_ptr<Recognizer> real_;
    FakeRecognizer fake_;
    asio::io_context io_;
    std::unique_ptr<Listener> listener_;
    double pushed_ms_ = 0;
    bool inside_call_ = false, destroy_on_turn_ = false;
    bool wanting_likely_ends_ = true, destroy_on_likely_ = false, destroy_on_dropped_ = false;
    std::vector<LikelyEnd> likely_;
    std::vector<double> likely_at_;
    std::vector<std::uint64_t> dropped_;
    std::vector<std::string> events_, partials_;
    std::vector<double> started_, stopped_, stopped_at_;
    std::vector<TurnEnded> turns_;
    std::vector<Error> errors_;
};

TEST_F(ListenerOnAudio, HearsATurnEndsItByMeaningAndTranscribesIt) {
    listen(*real_);
    push(join({silence(0.7), sentence(), silence(1.5)}));
    ASSERT_EQ(turns_.size(), 1u);
    const TurnEnded& turn = turns_[0];
    const auto whole = base::run_sync(real_->transcribe(sentence(), {}, Priority::batch)).value();
    EXPECT_GT(turn.transcript.text.size(), whole.text.size() * 7 / 10) << turn.transcript.text;
    EXPECT_LT(turn.transcript.text.size(), whole.text.size() * 13 / 10) << turn.transcript.text;
    EXPECT_GT(turn.audio_start_ms, 300);
    EXPECT_LT(turn.audio_start_ms, 1500);
    EXPECT_NEAR(static_cast<double>(turn.audio_16k.size()) / 16.0, stopped_at_.at(0) - turn.audio_start_ms,
                70);
    EXPECT_LT(stopped_at_[0] - turn.audio_end_ms, 600) << "a finished sentence needs no long silence";
    EXPECT_EQ(turn.audio_end_ms, stopped_[0]);
    EXPECT_EQ(turn.audio_start_ms, started_[0]);
    EXPECT_LE(turn.speech_end_at, turn.decided_at);
    EXPECT_LE(turn.decided_at, turn.transcript_at);
    EXPECT_EQ(events_.front(), "started");
    EXPECT_EQ(events_.back(), "turn");
    EXPECT_FALSE(partials_.empty());
    EXPECT_FALSE(listener_->speaking());
}

TEST_F(ListenerOnAudio, WaitsForMoreAfterABrokenSentenceAsLongAsEagernessSays) {
    for (const auto& [eagerness, least, most] :
         {std::tuple{Eagerness::high, 550.0, 700.0}, std::tuple{Eagerness::automatic, 1130.0, 1280.0},
          std::tuple{Eagerness::low, 1850.0, 3150.0}}) {
        stopped_.clear(), stopped_at_.clear();
        listen(fake_, {.eagerness = eagerness});
        pushed_ms_ = 0;
        push(join({broken_sentence(), silence(5)}));
        ASSERT_EQ(stopped_.size(), 1u);
        EXPECT_GT(stopped_at_[0] - stopped_[0], least);
        EXPECT_LT(stopped_at_[0] - stopped_[0], most);
    }
}

// What the words say outweighs how they sound: the turn model is sure about both.
TEST_F(ListenerOnAudio, WordsThatReadAsBrokenAreWaitedForAndWholeOnesAreNot) {
    const auto silence_after = [&](TextEnd read) {
        stopped_.clear(), stopped_at_.clear();
        listen(fake_, {}, std::move(read));
        pushed_ms_ = 0;
        push(join({sentence(), silence(3)}));
        EXPECT_EQ(stopped_.size(), 1u);
        return stopped_.empty() ? 0 : stopped_at_[0] - stopped_[0];
    };
    std::vector<std::string> asked;
    const double broken = silence_after([&](std::string_view text) -> Result<float> {
        asked.emplace_back(text);
        return 0.0005F;
    });
    EXPECT_GT(broken, 1300);
    ASSERT_FALSE(asked.empty());
    EXPECT_NE(asked.back().find("said four words"), std::string::npos);
    EXPECT_LT(silence_after([](std::string_view) -> Result<float> { return 0.6F; }), 450);
    const double without = silence_after({});
    EXPECT_EQ(silence_after([](std::string_view) -> Result<float> { return base::internal_error("no"); }),
              without)
        << "a reader that fails changes nothing";
}

TEST_F(ListenerOnAudio, AReaderIsAskedOnlyWhereTheMeaningCounts) {
    int asked = 0;
    const TextEnd read = [&](std::string_view) -> Result<float> {
        ++asked;
        return 0.0005F;
    };
    for (const auto mode : {Mode::server_vad, Mode::manual}) {
        listen(fake_, {.mode = mode}, read);
        push(join({sentence(), silence(1.5)}));
        EXPECT_EQ(asked, 0);
    }
}

TEST_F(ListenerOnAudio, ServerVadEndsAfterTheSilenceAskedFor) {
    for (const int wanted : {200, 500, 900}) {
        stopped_.clear(), stopped_at_.clear(), turns_.clear();
        listen(fake_, {.mode = Mode::server_vad, .silence_duration = milliseconds(wanted)});
        pushed_ms_ = 0;
        push(join({broken_sentence(), silence(2)}));
        ASSERT_FALSE(stopped_.empty());
        EXPECT_GE(stopped_at_.back() - stopped_.back(), wanted);
        EXPECT_LT(stopped_at_.back() - stopped_.back(), wanted + 70);
        EXPECT_EQ(turns_.size(), stopped_.size());
    }
}

TEST_F(ListenerOnAudio, TheFinalStartsEarlyAndIsDroppedWhenSpeechGoesOn) {
    listen(fake_, {.mode = Mode::server_vad, .silence_duration = milliseconds(2000), .partials = false});
    push(join({broken_sentence(), silence(0.4)}));
    ASSERT_FALSE(fake_.calls.empty()) << "decoded in the silence, before the end is decided";
    EXPECT_TRUE(turns_.empty());
    EXPECT_FALSE(fake_.calls.back().stop.stop_requested());
    const std::size_t before = fake_.calls.size();
    push(join({sentence(), silence(0.9)}));
    EXPECT_TRUE(fake_.calls[before - 1].stop.stop_requested());
    const std::size_t early = fake_.calls.size();
    EXPECT_GT(early, before);
    push(silence(1.5));
    ASSERT_EQ(turns_.size(), 1u);
    EXPECT_EQ(fake_.calls.size(), early) << "the early decoding is the final one";
    EXPECT_EQ(turns_[0].transcript.text, "call " + std::to_string(early - 1) + " said four words.");
    EXPECT_GT(fake_.calls.back().seconds, fake_.calls[before - 1].seconds) << "the whole turn, not its tail";
}

TEST_F(ListenerOnAudio, ALikelyEndComesBeforeTheEndWithTheSameWords) {
    listen(*real_);
    push(join({silence(0.7), sentence(), silence(1.5)}));
    ASSERT_EQ(turns_.size(), 1u);
    ASSERT_EQ(likely_.size(), 1u);
    EXPECT_TRUE(dropped_.empty());
    EXPECT_EQ(turns_[0].likely_id, likely_[0].id);
    EXPECT_NE(likely_[0].id, 0u);
    EXPECT_EQ(turns_[0].transcript.text, likely_[0].text);
    EXPECT_EQ(turns_[0].audio_end_ms, likely_[0].audio_end_ms);
    EXPECT_EQ(turns_[0].audio_start_ms, likely_[0].audio_start_ms);
    EXPECT_EQ(turns_[0].speech_end_at, likely_[0].speech_end_at);
    EXPECT_LE(likely_at_[0], stopped_at_[0] - 200) << "early enough to be of use";
}

TEST_F(ListenerOnAudio, ALikelyEndIsDroppedWhenTheCallerGoesOn) {
    listen(fake_, {.mode = Mode::server_vad, .silence_duration = milliseconds(1500), .partials = false});
    push(join({broken_sentence(), silence(1.15)}));
    ASSERT_EQ(likely_.size(), 1u);
    EXPECT_TRUE(dropped_.empty());
    push(join({rest(), silence(1.8)}));
    ASSERT_EQ(turns_.size(), 1u);
    ASSERT_GE(likely_.size(), 2u);
    EXPECT_EQ(dropped_.size(), likely_.size() - 1) << "all but the last";
    for (std::size_t i = 0; i < dropped_.size(); ++i) EXPECT_EQ(dropped_[i], likely_[i].id);
    EXPECT_EQ(turns_[0].likely_id, likely_.back().id);
    EXPECT_EQ(turns_[0].transcript.text, likely_.back().text);
}

TEST_F(ListenerOnAudio, ClearDropsALikelyEnd) {
    listen(fake_, {.mode = Mode::server_vad, .silence_duration = milliseconds(800), .partials = false});
    push(join({broken_sentence(), silence(0.6)}));
    ASSERT_EQ(likely_.size(), 1u);
    listener_->clear();
    EXPECT_EQ(dropped_, std::vector<std::uint64_t>{likely_[0].id});
    push(silence(2));
    EXPECT_TRUE(turns_.empty());
}

TEST_F(ListenerOnAudio, NoLikelyEndByHandNorWithoutWords) {
    listen(fake_, {.mode = Mode::manual, .partials = false});
    push(join({sentence(), silence(2)}));
    EXPECT_TRUE(likely_.empty());
    EXPECT_TRUE(listener_->commit());
    settle();
    ASSERT_EQ(turns_.size(), 1u);
    EXPECT_EQ(turns_[0].likely_id, 0u);

    fake_.silent = true;
    listen(fake_);
    push(join({sentence(), silence(2)}));
    EXPECT_TRUE(likely_.empty());
    ASSERT_EQ(turns_.size(), 2u);
    EXPECT_EQ(turns_[1].likely_id, 0u);

    fake_.silent = false;
    wanting_likely_ends_ = false;
    listen(fake_);
    push(join({sentence(), silence(2)}));
    ASSERT_EQ(turns_.size(), 3u);
    EXPECT_EQ(turns_[2].likely_id, 0u);
}

TEST_F(ListenerOnAudio, WordsThatNeedMoreAreWaitedFor) {
    fake_.ending = " and the";
    listen(fake_);
    push(join({sentence(), silence(2)}));
    ASSERT_EQ(stopped_.size(), 1u);
    EXPECT_GT(stopped_at_[0] - stopped_[0], 1100) << "although it sounds finished";
    EXPECT_LT(stopped_at_[0] - stopped_[0], 1500);
}

TEST_F(ListenerOnAudio, NoiseStartsNothing) {
    listen(*real_);
    push(hiss(10));
    push(music(5));
    push(read("noise/white.flac"));
    EXPECT_TRUE(started_.empty());
    EXPECT_TRUE(turns_.empty());
    EXPECT_LT(listener_->buffered_ms(), 5000) << "silence isn't kept";
}

TEST_F(ListenerOnAudio, ACoughHasNoText) {
    listen(fake_);
    // Five frames out of the middle of a word.
    const auto audio = sentence();
    push(join(
        {silence(0.5), std::vector(audio.begin() + 24'000, audio.begin() + 24'000 + 5 * 512), silence(2)}));
    EXPECT_TRUE(fake_.calls.empty());
    for (const TurnEnded& turn : turns_) {
        EXPECT_TRUE(turn.transcript.text.empty());
        EXPECT_FALSE(turn.transcript.rejected.empty());
    }
    EXPECT_EQ(turns_.size(), started_.size());
}

TEST_F(ListenerOnAudio, ManualModeWaitsForCommit) {
    listen(*real_, {.mode = Mode::manual});
    EXPECT_FALSE(listener_->commit()) << "nothing to commit";
    push(join({silence(1), sentence(), silence(3)}));
    EXPECT_TRUE(turns_.empty());
    EXPECT_TRUE(started_.empty());
    EXPECT_NEAR(listener_->buffered_ms(), pushed_ms_, 33);
    inside_call_ = true;
    EXPECT_TRUE(listener_->commit());
    inside_call_ = false;
    EXPECT_TRUE(turns_.empty());
    settle();
    ASSERT_EQ(turns_.size(), 1u);
    EXPECT_FALSE(turns_[0].transcript.text.empty());
    EXPECT_EQ(turns_[0].audio_start_ms, 0);
    EXPECT_NEAR(turns_[0].transcript.audio_seconds, pushed_ms_ / 1000, 0.04);
    EXPECT_TRUE(stopped_.empty());
    EXPECT_LT(listener_->buffered_ms(), 33);
    EXPECT_FALSE(listener_->commit());

    push(silence(1));
    EXPECT_TRUE(listener_->commit());
    settle();
    ASSERT_EQ(turns_.size(), 2u);
    EXPECT_EQ(turns_[1].transcript.text, "");
    EXPECT_EQ(turns_[1].transcript.rejected, "no speech");
}

TEST_F(ListenerOnAudio, CommitEndsATurnThatTheVadIsIn) {
    listen(fake_);
    push(broken_sentence());
    ASSERT_EQ(started_.size(), 1u);
    EXPECT_TRUE(listener_->speaking());
    EXPECT_TRUE(listener_->commit());
    EXPECT_EQ(stopped_.size(), 1u);
    settle();
    EXPECT_EQ(turns_.size(), 1u);
}

TEST_F(ListenerOnAudio, ClearForgetsTheTurn) {
    listen(fake_);
    push(broken_sentence());
    listener_->clear();
    EXPECT_FALSE(listener_->speaking());
    EXPECT_LT(listener_->buffered_ms(), 33);
    push(silence(4));
    EXPECT_TRUE(turns_.empty());
    const double from = pushed_ms_;
    push(join({sentence(), silence(3)}));
    ASSERT_FALSE(turns_.empty());
    EXPECT_GT(turns_[0].audio_start_ms, from - 300) << "positions go on counting";
}

TEST_F(ListenerOnAudio, TurnsComeInOrderAndAFailureIsToldOncePerTurn) {
    listen(fake_, {.mode = Mode::server_vad, .silence_duration = milliseconds(800), .partials = false});
    fake_.holding = true;
    std::size_t of_first = 0;
    for (int i = 0; i < 2; ++i) {
        of_first = fake_.held.size();
        push(join({broken_sentence(), silence(1.2)}), false);
        io_.poll();
    }
    ASSERT_EQ(stopped_.size(), 2u);
    ASSERT_GT(of_first, 0u);
    ASSERT_GT(fake_.held.size(), of_first);
    fake_.holding = false;
    for (std::size_t i = of_first; i < fake_.held.size(); ++i) fake_.held[i]->cancel();
    io_.poll();
    EXPECT_TRUE(turns_.empty()) << "the second waits for the first";
    for (std::size_t i = 0; i < of_first; ++i) fake_.held[i]->cancel();
    settle();
    ASSERT_EQ(turns_.size(), stopped_.size());
    EXPECT_LT(turns_[0].audio_end_ms, turns_[1].audio_start_ms);

    turns_.clear();
    fake_.failing = 100;
    push(join({broken_sentence(), silence(1.2)}));
    EXPECT_EQ(errors_.size(), 1u);
    EXPECT_TRUE(turns_.empty());
    fake_.failing = 0;
    push(join({broken_sentence(), silence(1.2)}));
    EXPECT_EQ(turns_.size(), 1u);
    EXPECT_EQ(errors_.size(), 1u);
}

TEST_F(ListenerOnAudio, AnEarlyFinalThatFailedIsTriedAgain) {
    listen(fake_, {.mode = Mode::server_vad, .silence_duration = milliseconds(800), .partials = false});
    fake_.failing = 1;
    push(join({broken_sentence(), silence(1.2)}));
    EXPECT_TRUE(errors_.empty());
    EXPECT_EQ(turns_.size(), 1u);
}

TEST_F(ListenerOnAudio, MayBeDestroyedWhileInferenceRunsAndByItsOwnEvent) {
    listen(*real_);
    push(join({sentence(), silence(0.3)}), false);  // decodings and the turn model are queued or running
    listener_.reset();
    settle();
    EXPECT_TRUE(turns_.empty());
    EXPECT_TRUE(partials_.empty());

    destroy_on_turn_ = true;
    listen(*real_);
    push(join({sentence(), silence(4)}));
    EXPECT_EQ(turns_.size(), 1u);
    EXPECT_EQ(listener_, nullptr);

    destroy_on_turn_ = false;
    destroy_on_likely_ = true;
    listen(*real_);
    push(join({sentence(), silence(4)}));
    EXPECT_EQ(turns_.size(), 1u);
    EXPECT_EQ(listener_, nullptr);

    destroy_on_likely_ = false;
    destroy_on_dropped_ = true;
    listen(fake_, {.mode = Mode::server_vad, .silence_duration = milliseconds(1500)});
    push(join({broken_sentence(), silence(1.15), rest()}));
    EXPECT_EQ(listener_, nullptr);
}

TEST_F(ListenerOnAudio, ALongTurnIsDecodedInPiecesAndEndsAtTheLimit) {
    // Nobody speaks for two minutes on end without a long pause; the test's caller does.
    listen(fake_, {.mode = Mode::server_vad, .silence_duration = milliseconds(4000), .partials = false});
    const auto part = speech("1688/1688-142285-0001");
    while (pushed_ms_ < (kTurnSecondsMax + 10) * 1000) push(part);
    ASSERT_EQ(stopped_.size(), 1u);
    ASSERT_EQ(turns_.size(), 1u);
    EXPECT_NEAR(turns_[0].transcript.audio_seconds, kTurnSecondsMax, 1.0);
    double pieces = 0;
    for (const auto& call : fake_.calls) {
        EXPECT_LT(call.seconds, 20.7);
        if (call.priority == Priority::live) pieces += call.seconds;
    }
    EXPECT_GT(pieces, 80) << "most of it was final before the end";
    EXPECT_LT(pieces, 135);
    EXPECT_GT(turns_[0].transcript.text.size(), 6 * std::string_view("call 1 said four words").size());
}

TEST_F(ListenerOnAudio, ManualSilenceIsBounded) {
    listen(fake_, {.mode = Mode::manual});
    const auto minute = silence(60);
    for (int i = 0; i < 4; ++i) {
        listener_->push(minute);
        EXPECT_LE(listener_->buffered_ms(), kTurnSecondsMax * 1000 + 33);
    }
    EXPECT_TRUE(listener_->commit());
}

TEST(HoldBack, KeepsTheLastWordsForLater) {
    EXPECT_EQ(hold_back(""), "");
    EXPECT_EQ(hold_back("One."), "");
    EXPECT_EQ(hold_back("One two."), "One");
    EXPECT_EQ(hold_back("I would like, to book"), "I would like");
}

}  // namespace
}  // namespace aimpact::voice
