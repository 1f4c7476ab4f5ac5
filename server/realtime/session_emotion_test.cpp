// How the caller feels: scripted estimates in, events, records and the tone of answers out.
#include <mutex>
#include <thread>

#include "agents/conversation_wire.hpp"
#include "realtime/session_fixture.hpp"

namespace aimpact::realtime {
namespace {

using namespace std::chrono_literals;
using testing::FakeLoop;
using voice::EmotionEstimate;
using voice::TonePolicy;

enum : std::size_t { neutral, calm, happy, sad, angry };

class SessionEmotion : public testing::SessionTest {
  protected:
    base::Metrics scheduler_metrics;
    inference::Scheduler scheduler{{.threads = 1}, scheduler_metrics};
    voice::EmotionHearing hearing{scheduler};
    std::mutex mutex;
    std::vector<std::size_t> next;  // what the next turns sound like
    std::atomic<int> judged = 0;

    void listen(TonePolicy policy, std::vector<std::size_t> sounds, float probability = 0.9F) {
        agent.tone_policy = policy;
        next = std::move(sounds);
        hearing.set([this, probability](std::span<const float>) -> Result<std::optional<EmotionEstimate>> {
            const std::lock_guard lock(mutex);
            std::array<float, voice::kEmotions> p{};
            p.fill((1 - probability) / (voice::kEmotions - 1));
            p[next.front()] = probability;
            next.erase(next.begin());
            ++judged;
            return voice::make_estimate(p, 2);
        });
        emotions = &hearing;
        early_answers = EarlyAnswers::off;
        open();
    }
    void caller(const std::string& text) {
        if (loop->scripts.empty()) loop->scripts.push_back(FakeLoop::says({"Very well."}));
        const int before = judged;
        ears->events.speech_started({0});
        ears->events.speech_stopped({1000});
        voice::TurnEnded ended;
        ended.transcript.text = text;
        ended.audio_end_ms = 1000;
        ended.speech_end_at = ended.decided_at = ended.transcript_at = clock.steady();
        ended.audio_16k.assign(16'000, 0.1F);
        ears->events.turn_ended(std::move(ended));
        for (int i = 0; i < 1000 && judged == before && hearing.available(); ++i) {
            settle();
            std::this_thread::sleep_for(1ms);
        }
        std::this_thread::sleep_for(5ms);
        settle();
    }
    std::string tone_of_last() const { return synthesizer.styles.back().emotion; }
};

TEST_F(SessionEmotion, IsToldAndWrittenDown) {
    listen(TonePolicy::off, {angry});
    caller("Where is my parcel?");
    EXPECT_TRUE(log.has("emotion of " + log.user_item + ": angry, call angry"));
    ASSERT_FALSE(loop->turns.empty());
    const auto& emotion = loop->turns.back().quality.emotion;
    ASSERT_TRUE(emotion);
    EXPECT_EQ(emotion->turn.label, "angry");
    EXPECT_NEAR(emotion->turn.probabilities.at("angry"), 0.9, 1e-3);
    EXPECT_GT(emotion->turn.arousal, 0.5);
    EXPECT_LT(emotion->call.valence, 0);
    EXPECT_EQ(tone_of_last(), "neutral");
    const auto wire = agents::turn_json(loop->turns.back());
    EXPECT_EQ(wire.at("quality").at("emotion").at("call").at("label"), "angry");
}

TEST_F(SessionEmotion, ThePolicySetsTheToneOfLaterAnswers) {
    listen(TonePolicy::soothe, {angry, angry});
    caller("Where is my parcel?");
    caller("I want it now.");
    EXPECT_EQ(tone_of_last(), "calm");
    EXPECT_NEAR(synthesizer.styles.back().intensity, 1, 1e-3);
}

TEST_F(SessionEmotion, AnAnswerThatHasNoWordsYetTakesTheToneOfItsOwnTurn) {
    listen(TonePolicy::soothe, {angry});
    auto heard = std::make_shared<std::atomic<bool>>(false);
    loop->scripts.push_back([heard](FakeLoop&, agents::ResponseOptions, llm::OnDelta on_delta,
                                    std::stop_token) -> Task<Result<agents::ResponseResult>> {
        while (!*heard) co_await base::sleep_for(1ms);
        const llm::ChatDelta delta{"I see.", {}};
        (void)on_delta(delta);
        agents::ResponseResult result;
        agents::Item item;
        item.id = "item_answer";
        item.role = llm::ChatRole::assistant;
        item.text = "I see.";
        result.items.push_back(item);
        co_return result;
    });
    caller("Where is my parcel?");
    EXPECT_TRUE(synthesizer.styles.empty());
    *heard = true;
    for (int i = 0; i < 1000 && synthesizer.styles.empty(); ++i) {
        std::this_thread::sleep_for(1ms);
        settle();
    }
    ASSERT_FALSE(synthesizer.styles.empty());
    EXPECT_EQ(tone_of_last(), "calm");
}

TEST_F(SessionEmotion, OffIsTheDefaultAndChangesNothing) {
    EXPECT_EQ(agents::Agent{}.tone_policy, TonePolicy::off);
    listen(TonePolicy::off, {happy, happy});
    caller("Wonderful!");
    caller("Great!");
    for (const auto& style : synthesizer.styles) EXPECT_EQ(style.emotion, "neutral");
}

TEST_F(SessionEmotion, AnAgentsOwnToneStays) {
    agent.style.emotion = "happy";
    listen(TonePolicy::soothe, {angry, angry});
    caller("One.");
    caller("Two.");
    EXPECT_EQ(tone_of_last(), "happy");
}

TEST_F(SessionEmotion, NeutralStaysNeutral) {
    agent.style.emotion = "happy";
    listen(TonePolicy::neutral, {happy, happy});
    caller("One.");
    caller("Two.");
    EXPECT_EQ(tone_of_last(), "neutral");
}

TEST_F(SessionEmotion, MirrorGoesByTheCallNotByOneTurn) {
    listen(TonePolicy::mirror, {happy, happy, happy, calm, happy});
    for (const char* text : {"One.", "Two.", "Three.", "Four."}) caller(text);
    EXPECT_TRUE(log.has("emotion of " + log.user_item + ": calm, call happy"));
    caller("Five.");
    EXPECT_EQ(tone_of_last(), "happy");
}

TEST_F(SessionEmotion, WithoutTheModelNothingIsHeard) {
    emotions = &hearing;
    open();
    caller("Hello?");
    EXPECT_TRUE(std::none_of(log.lines.begin(), log.lines.end(),
                             [](const std::string& l) { return l.starts_with("emotion of "); }));
    EXPECT_FALSE(loop->turns.back().quality.emotion);
}

}  // namespace
}  // namespace aimpact::realtime
