// How clauses and their chunks become one reply: a synthesiser that the test drives by hand, step by step.
#include "realtime/clause_speaker.hpp"

#include <gtest/gtest.h>

#include <boost/asio/redirect_error.hpp>

namespace aimpact::realtime {
namespace {

namespace asio = base::asio;
using std::chrono::milliseconds;
using voice::SpokenChunk;

// A clause that is being synthesised, until the test ends it or its token is stopped.
struct Call {
    Call(const asio::any_io_executor& executor, std::string text_in)
        : text(std::move(text_in)), wake(executor) {}

    void end(Result<> with = {}) {
        result.emplace(std::move(with));
        wake.cancel();
    }

    std::string text;
    voice::SpeechStyle style;
    inference::Priority priority{};
    std::optional<std::chrono::steady_clock::time_point> needed_at;
    std::stop_token stop;
    std::function<void(SpokenChunk)> sink;
    std::optional<Result<>> result;
    asio::steady_timer wake;
};

class ByHand final : public voice::Synthesizer {
  public:
    std::vector<std::shared_ptr<Call>> calls;

    const std::vector<voice::Voice>& voices() const override { return voices_; }
    const std::vector<std::string>& emotions() const override { return emotions_; }
    Result<> check(const voice::SpeechStyle&) const override { return {}; }
    Task<Result<SpokenChunk>> clause(std::string, voice::SpeechStyle, inference::Priority,
                                     std::stop_token) override {
        co_return base::internal_error("a reply is streamed");
    }
    Task<Result<>> stream(std::string text, voice::SpeechStyle style, inference::Priority priority,
                          std::function<void(SpokenChunk)> sink, std::stop_token stop,
                          std::optional<std::chrono::steady_clock::time_point> needed_at) override {
        const auto call = std::make_shared<Call>(co_await asio::this_coro::executor, std::move(text));
        call->style = std::move(style);
        call->priority = priority;
        call->needed_at = needed_at;
        call->stop = stop;
        call->sink = std::move(sink);
        calls.push_back(call);
        const std::stop_callback stopped(stop, [&] {
            if (!call->result) call->end(Error{base::ErrorCode::cancelled, "Stopped."});
        });
        call->wake.expires_at(asio::steady_timer::time_point::max());
        boost::system::error_code ignored;
        while (!call->result)
            co_await call->wake.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
        co_return *call->result;
    }
    Task<Result<>> speak(std::string, voice::SpeechStyle, inference::Priority,
                         std::function<Task<Result<>>(SpokenChunk)>, std::stop_token) override {
        co_return base::internal_error("a reply is streamed");
    }

  private:
    std::vector<voice::Voice> voices_;
    std::vector<std::string> emotions_;
};

class ClauseSpeakerTest : public ::testing::Test {
  protected:
    void begin(ClauseSpeaker::Options options = {}) {
        speaker = std::make_shared<ClauseSpeaker>(
            io.get_executor(), synthesizer, std::move(options),
            ClauseSpeaker::Callbacks{[this] { ++first_clauses; },
                                     [this](const SpokenChunk& chunk, std::string text) {
                                         levels.push_back(chunk.samples.empty() ? 0.0F : chunk.samples[0]);
                                         texts.push_back(std::move(text));
                                     },
                                     [this] { return hold; }, [this] { return unplayed; }});
        constexpr auto run = [](std::shared_ptr<ClauseSpeaker> self,
                                std::optional<Result<>>& out) -> Task<void> {
            out.emplace(co_await self->run());
        };
        asio::co_spawn(io, run(speaker, ended), asio::detached);
        step();
    }
    void TearDown() override {
        if (speaker && !ended) {
            speaker->stop();
            step();
        }
    }
    // Everything that can happen without more from outside.
    void step() {
        io.restart();
        io.poll();
    }
    void say(std::string_view text) {
        ASSERT_TRUE(speaker->push(text).has_value());
        step();
    }
    void finish() {
        speaker->finish();
        step();
    }
    // `level` is what the chunk's samples are, to tell it from others.
    void give(std::size_t call, float level, std::string text, bool last = false) {
        ASSERT_LT(call, synthesizer.calls.size());
        synthesizer.calls[call]->sink({std::vector<float>(240, level), std::move(text), last});
        step();
    }
    void end(std::size_t call, Result<> with = {}) {
        ASSERT_LT(call, synthesizer.calls.size());
        synthesizer.calls[call]->end(std::move(with));
        step();
    }
    std::string said() const {
        std::string all;
        for (const std::string& text : texts) all += text;
        return all;
    }
    const std::string& clause(std::size_t call) const { return synthesizer.calls.at(call)->text; }

    asio::io_context io;
    ByHand synthesizer;
    std::shared_ptr<ClauseSpeaker> speaker;
    std::optional<Result<>> ended;
    std::vector<float> levels;
    std::vector<std::string> texts;
    milliseconds hold{0}, unplayed{0};
    int first_clauses = 0;
};

// Two sentences, each a clause of its own.
constexpr std::string_view kReply =
    "The office opens at nine in the morning.\n\nIt closes again at five o'clock.";

TEST_F(ClauseSpeakerTest, ChunksAreGivenOutAsTheyAreMade) {
    begin();
    say(kReply);
    finish();
    ASSERT_EQ(synthesizer.calls.size(), 2u);
    give(0, 0.1F, "The office ");
    EXPECT_EQ(levels, std::vector{0.1F}) << "before its clause is whole";
    give(0, 0.2F, "opens at nine ");
    give(0, 0.3F, "in the morning.", true);
    EXPECT_EQ(levels, (std::vector{0.1F, 0.2F, 0.3F}));
    EXPECT_FALSE(ended);
    end(0);
    give(1, 0.4F, clause(1), true);
    end(1);
    ASSERT_TRUE(ended);
    EXPECT_TRUE(ended->has_value());
    EXPECT_EQ(said(), kReply);
}

TEST_F(ClauseSpeakerTest, TagsAreObeyedAndNeverSaid) {
    begin();
    for (char c : std::string_view("[slow] One moment. [/slow] [pause 300ms] It is [spell]AB1[/spell]."))
        say(std::string_view(&c, 1));
    finish();
    ASSERT_EQ(synthesizer.calls.size(), 2u);
    EXPECT_EQ(clause(0), "One moment. ");
    EXPECT_EQ(synthesizer.calls[0]->style.speed, 0.8);
    EXPECT_EQ(clause(1), "It is AB1.");
    EXPECT_EQ(synthesizer.calls[1]->style.speed, 1);
    ASSERT_EQ(synthesizer.calls[1]->style.said_as.size(), 1u);
    EXPECT_EQ(synthesizer.calls[1]->style.said_as[0], (voice::SaidAs{6, 9, voice::SaidAs::How::letters, ""}));
    give(0, 0.1F, clause(0), true);
    end(0);
    give(1, 0.2F, clause(1), true);
    end(1);
    EXPECT_EQ(levels, (std::vector{0.1F, 0.0F, 0.2F})) << "the silence stands between the two";
    EXPECT_EQ(texts, (std::vector<std::string>{"One moment. ", "", "It is AB1."}));
    EXPECT_TRUE(ended.has_value());
}

TEST_F(ClauseSpeakerTest, ADocumentIsReadAsItIsWritten) {
    begin();
    say("<speak>Hello there. <prosody rate=\"slow\">Take");
    ASSERT_EQ(synthesizer.calls.size(), 1u) << "before the document is whole";
    EXPECT_EQ(clause(0), "Hello there. ");
    say(" care.</prosody></speak>");
    finish();
    ASSERT_EQ(synthesizer.calls.size(), 2u);
    EXPECT_EQ(clause(1), "Take care.");
    EXPECT_EQ(synthesizer.calls[1]->style.speed, 0.75);
}

TEST_F(ClauseSpeakerTest, ALaterClauseWaitsForTheOneBeforeIt) {
    begin();
    say(kReply);
    finish();
    give(1, 0.5F, "It closes again ");
    give(1, 0.6F, "at five o'clock.", true);
    end(1);
    EXPECT_TRUE(levels.empty());
    give(0, 0.1F, "The office ");
    EXPECT_EQ(levels, std::vector{0.1F}) << "the later clause is not heard in the middle of the earlier";
    give(0, 0.2F, "opens at nine in the morning.", true);
    EXPECT_EQ(levels, (std::vector{0.1F, 0.2F})) << "its end has not been told yet";
    end(0);
    EXPECT_EQ(levels, (std::vector{0.1F, 0.2F, 0.5F, 0.6F}));
    EXPECT_EQ(said(), kReply);
    ASSERT_TRUE(ended);
    EXPECT_TRUE(ended->has_value());
}

TEST_F(ClauseSpeakerTest, TheWordsOfTheChunksAreThoseOfTheReplyAtEveryJoint) {
    begin();
    say(kReply);
    finish();
    // As a synthesiser that counts its words otherwise than the text does: too few, then too many.
    give(0, 0.1F, "The");
    give(0, 0.2F, "");
    give(0, 0.3F, "x", true);
    end(0);
    give(1, 0.4F, std::string(1000, 'y'));
    give(1, 0.5F, "more", true);
    end(1);
    EXPECT_EQ(texts[0], "The");
    EXPECT_EQ(texts[1], "");
    EXPECT_EQ(texts[2], " office opens at nine in the morning.\n\n") << "the last one has whatever is left";
    EXPECT_EQ(texts[3], "It closes again at five o'clock.");
    EXPECT_EQ(texts[4], "") << "nothing is said twice";
    EXPECT_EQ(said(), kReply);
}

TEST_F(ClauseSpeakerTest, AnErrorInTheMiddleOfAClauseEndsTheReplyAfterWhatWasMade) {
    begin();
    say(kReply);
    finish();
    give(1, 0.5F, clause(1), true);
    give(0, 0.1F, "The office ");
    end(0, Error{base::ErrorCode::unavailable, "The voice is gone."});
    ASSERT_TRUE(ended);
    EXPECT_EQ(ended->error().code, base::ErrorCode::unavailable);
    EXPECT_EQ(levels, std::vector{0.1F}) << "what follows a gap is not said";
    EXPECT_EQ(said(), "The office ");
    EXPECT_TRUE(synthesizer.calls[1]->stop.stop_requested()) << "nobody will hear it";
    ASSERT_TRUE(synthesizer.calls[1]->result);
}

TEST_F(ClauseSpeakerTest, AnErrorOfALaterClauseLetsTheEarlierOneBeSaid) {
    begin();
    say(kReply);
    finish();
    end(1, Error{base::ErrorCode::internal, "No sound."});
    EXPECT_FALSE(ended);
    EXPECT_FALSE(synthesizer.calls[0]->stop.stop_requested());
    give(0, 0.1F, clause(0), true);
    end(0);
    ASSERT_TRUE(ended);
    EXPECT_EQ(ended->error().code, base::ErrorCode::internal);
    EXPECT_EQ(levels, std::vector{0.1F});
}

TEST_F(ClauseSpeakerTest, StopEndsItBetweenTwoChunks) {
    begin();
    say(kReply);
    give(0, 0.1F, "The office ");
    speaker->stop();
    synthesizer.calls[0]->sink({std::vector<float>(240, 0.2F), "opens ", false});  // was on its way
    step();
    ASSERT_TRUE(ended);
    EXPECT_EQ(ended->error().code, base::ErrorCode::cancelled);
    EXPECT_EQ(levels, std::vector{0.1F});
    for (const auto& call : synthesizer.calls) EXPECT_TRUE(call->stop.stop_requested());
    const std::size_t started = synthesizer.calls.size();
    EXPECT_TRUE(speaker->push(" And more. And more.").has_value());
    speaker->finish();
    step();
    EXPECT_EQ(synthesizer.calls.size(), started) << "nothing more is synthesised";
}

TEST_F(ClauseSpeakerTest, AClauseWithoutSoundKeepsItsWords) {
    begin();
    say(kReply);
    finish();
    synthesizer.calls[0]->sink({{}, clause(0), true});
    end(0);
    give(1, 0.2F, clause(1), true);
    end(1);
    EXPECT_EQ(levels, (std::vector{0.0F, 0.2F}));
    EXPECT_EQ(said(), kReply);
    ASSERT_TRUE(ended);
    EXPECT_TRUE(ended->has_value());
}

TEST_F(ClauseSpeakerTest, TheFirstClauseIsUrgentAndLaterOnesSayWhenTheyAreNeeded) {
    unplayed = milliseconds{5000};
    const auto before = std::chrono::steady_clock::now();
    begin();
    say(kReply);
    finish();
    EXPECT_EQ(synthesizer.calls[0]->priority, inference::Priority::caller_waiting);
    EXPECT_FALSE(synthesizer.calls[0]->needed_at);
    EXPECT_EQ(synthesizer.calls[1]->priority, inference::Priority::live);
    ASSERT_TRUE(synthesizer.calls[1]->needed_at);
    EXPECT_GE(*synthesizer.calls[1]->needed_at, before + unplayed);
    EXPECT_EQ(first_clauses, 1);
    EXPECT_EQ(speaker->clauses(), 2u);
    EXPECT_EQ(speaker->started(), 2u);
}

TEST_F(ClauseSpeakerTest, NoMoreClausesAreSynthesisedAtOnceThanAllowed) {
    begin({.style = {}, .clauses_in_flight = 1});
    say(kReply);
    finish();
    EXPECT_EQ(synthesizer.calls.size(), 1u);
    give(0, 0.1F, clause(0), true);
    end(0);
    EXPECT_EQ(synthesizer.calls.size(), 2u);
}

TEST_F(ClauseSpeakerTest, EnoughUnplayedSpeechHoldsBackTheNextClause) {
    begin({.style = {}, .clauses_in_flight = 1});
    say(kReply);
    finish();
    hold = milliseconds{1};
    give(0, 0.1F, clause(0), true);
    end(0);
    EXPECT_EQ(synthesizer.calls.size(), 1u);
    EXPECT_FALSE(ended);
    hold = milliseconds{0};
    io.restart();
    while (synthesizer.calls.size() < 2) io.run_one();  // it looks again by itself
    give(1, 0.2F, clause(1), true);
    end(1);
    ASSERT_TRUE(ended);
    EXPECT_EQ(said(), kReply);
}

TEST_F(ClauseSpeakerTest, PastTheLimitOfTextWhatCameBeforeIsSaid) {
    begin({.style = {}, .text_bytes_max = 50});
    say("The office opens at nine in the morning. ");
    const Result<> refused = speaker->push("It closes again at five o'clock.");
    ASSERT_TRUE(refused.has_error());
    EXPECT_EQ(refused.error().code, base::ErrorCode::payload_too_large);
    finish();
    give(0, 0.1F, clause(0), true);
    end(0);
    ASSERT_TRUE(ended);
    EXPECT_TRUE(ended->has_value());
    EXPECT_EQ(said(), "The office opens at nine in the morning. ");
}

TEST_F(ClauseSpeakerTest, AReplyOfNothingEnds) {
    begin();
    finish();
    ASSERT_TRUE(ended);
    EXPECT_TRUE(ended->has_value());
    EXPECT_TRUE(synthesizer.calls.empty());
    EXPECT_EQ(first_clauses, 0);
}

}  // namespace
}  // namespace aimpact::realtime
