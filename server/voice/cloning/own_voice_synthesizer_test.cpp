#include "voice/cloning/own_voice_synthesizer.hpp"

#include <gtest/gtest.h>

#include <map>

namespace aimpact::voice {
namespace {

using base::ErrorCode;

class Stock final : public Synthesizer {
  public:
    const std::vector<Voice>& voices() const override { return voices_; }
    const std::vector<std::string>& emotions() const override { return emotions_; }
    Result<> check(const SpeechStyle& style) const override {
        if (style.voice != "af_heart")
            return base::invalid_argument("There is no voice '" + style.voice + "'.", "voice");
        return {};
    }
    base::Task<Result<SpokenChunk>> clause(std::string text, SpeechStyle style, inference::Priority,
                                           std::stop_token) override {
        AIMPACT_CO_CHECK(check(style));
        said.push_back(style.voice + ": " + text);
        SpokenChunk chunk;
        chunk.samples.assign(240, 0.1F);
        chunk.text = std::move(text);
        co_return chunk;
    }
    base::Task<Result<>> speak(std::string text, SpeechStyle style, inference::Priority priority,
                               std::function<base::Task<Result<>>(SpokenChunk)> sink,
                               std::stop_token stop) override {
        AIMPACT_CO_TRY(SpokenChunk chunk, co_await clause(std::move(text), style, priority, stop));
        co_return co_await sink(std::move(chunk));
    }
    std::vector<std::string> said;

  private:
    std::vector<Voice> voices_{{"af_heart", "Heart", "en-US", "female", ""}};
    std::vector<std::string> emotions_{"neutral"};
};

class Theirs final : public CustomVoice {
  public:
    explicit Theirs(std::string name, std::string engine = "fake") : engine_(std::move(engine)) {
        id = std::move(name);
    }
    std::string_view engine() const override { return engine_; }
    std::uint64_t version() const override { return 1; }

  private:
    const std::string engine_;
};

class FakeEngine final : public VoiceEngine {
  public:
    std::string_view name() const override { return "fake"; }
    Result<> available() const override { return {}; }
    bool keeps_sample() const override { return false; }
    base::Task<Result<>> make(VoiceSource, OnMade, Progress, std::stop_token) override {
        co_return Result<>{};
    }
    Result<std::shared_ptr<const CustomVoice>> open(const std::string& id,
                                                    const std::string&) const override {
        return std::shared_ptr<const CustomVoice>(std::make_shared<Theirs>(id));
    }
    base::Task<Result<>> forget(std::string) override { co_return Result<>{}; }
    Result<> check(const CustomVoice&, const SpeechStyle& style) const override {
        if (style.speed > 2) return base::invalid_argument("too fast", "speed");
        return {};
    }
    base::Task<Result<>> stream(std::shared_ptr<const CustomVoice> voice, std::string text, SpeechStyle style,
                                inference::Priority, std::function<void(SpokenChunk)> sink, std::stop_token,
                                std::optional<std::chrono::steady_clock::time_point>) override {
        EXPECT_FALSE(style.own_voices) << "an engine needs no look-up";
        said.push_back(voice->id + ": " + text);
        SpokenChunk chunk;
        chunk.samples.assign(240, 0.2F);
        chunk.text = std::move(text);
        sink(std::move(chunk));
        co_return Result<>{};
    }
    std::vector<std::string> said;
};

class Organisation final : public OwnVoices {
  public:
    Result<std::shared_ptr<const CustomVoice>> find(const std::string& id) const override {
        if (withdrawn.contains(id))
            return Error{ErrorCode::permission_denied, "The consent to this voice was withdrawn."};
        const auto at = voices.find(id);
        return at == voices.end() ? std::shared_ptr<const CustomVoice>() : at->second;
    }
    base::Task<Result<std::shared_ptr<const CustomVoice>>> current(std::string id) override {
        ++asked;
        co_return find(id);
    }
    std::shared_ptr<VoiceUse> begin_use(std::string where, std::string) override {
        struct Use final : VoiceUse {
            explicit Use(Organisation& of, std::string what) : organisation(of), where(std::move(what)) {}
            ~Use() override {
                for (const auto& [id, count] : counts)
                    organisation.accounted.push_back(where + " " + id + " " + std::to_string(count));
            }
            void said(const CustomVoice& voice, std::size_t characters) override {
                counts[voice.id] += characters;
            }
            Organisation& organisation;
            const std::string where;
            std::map<std::string, std::size_t> counts;
        };
        return std::make_shared<Use>(*this, std::move(where));
    }
    std::map<std::string, std::shared_ptr<const CustomVoice>> voices;
    std::map<std::string, bool> withdrawn;
    std::vector<std::string> accounted;
    int asked = 0;
};

class OwnVoiceSynthesizerTest : public testing::Test {
  protected:
    OwnVoiceSynthesizerTest() { organisation->voices["voice_1"] = std::make_shared<Theirs>("voice_1"); }
    SpeechStyle style(std::string voice) const {
        SpeechStyle out;
        out.voice = std::move(voice);
        out.own_voices = organisation;
        return out;
    }
    Result<SpokenChunk> say(std::string text, SpeechStyle in) {
        return base::run_sync(synthesizer.clause(std::move(text), std::move(in), inference::Priority::live));
    }
    Stock stock;
    std::shared_ptr<FakeEngine> engine = std::make_shared<FakeEngine>();
    VoiceEngines engines{engine};
    std::shared_ptr<Organisation> organisation = std::make_shared<Organisation>();
    OwnVoiceSynthesizer synthesizer{stock, engines};
};

TEST_F(OwnVoiceSynthesizerTest, SpeaksOwnVoicesByTheirEngineAndOthersAsEver) {
    EXPECT_TRUE(say("Hello.", style("voice_1")).has_value());
    EXPECT_TRUE(say("Hello.", style("af_heart")).has_value());
    EXPECT_EQ(engine->said, std::vector<std::string>{"voice_1: Hello."});
    EXPECT_EQ(stock.said, std::vector<std::string>{"af_heart: Hello."});
    EXPECT_EQ(organisation->asked, 1);
}

TEST_F(OwnVoiceSynthesizerTest, AForeignVoiceIsOneThatThereIsnt) {
    const Error unknown = synthesizer.check(style("voice_2")).error();
    SpeechStyle without = style("voice_2");
    without.own_voices = nullptr;
    EXPECT_EQ(unknown, synthesizer.check(without).error());
    EXPECT_EQ(unknown, stock.check(without).error()) << "the same error as any unknown voice";
    EXPECT_EQ(say("Hello.", style("voice_2")).error(), unknown);
    // Somebody else's style knows nothing of this organisation's voice.
    without.voice = "voice_1";
    EXPECT_TRUE(synthesizer.check(without).has_error());
}

TEST_F(OwnVoiceSynthesizerTest, AWithdrawnVoiceFallsSilentAtTheNextClause) {
    const SpeechStyle mine = style("voice_1");
    EXPECT_TRUE(say("One.", mine).has_value());
    organisation->withdrawn["voice_1"] = true;
    const auto refused = say("Two.", mine);
    ASSERT_TRUE(refused.has_error());
    EXPECT_EQ(refused.error().code, ErrorCode::permission_denied);
    EXPECT_EQ(refused.error().param, "voice");
    EXPECT_EQ(synthesizer.check(mine).error().code, ErrorCode::permission_denied);
    EXPECT_EQ(engine->said.size(), 1u) << "nothing was said";
}

TEST_F(OwnVoiceSynthesizerTest, IsAccountedForOncePerUse) {
    SpeechStyle mine = style("voice_1");
    mine.voice_use = organisation->begin_use("response", "conv_1");
    EXPECT_TRUE(say("Grüß", mine).has_value());
    EXPECT_TRUE(say("dich.", mine).has_value());
    EXPECT_TRUE(organisation->accounted.empty()) << "not while it goes on";
    mine.voice_use = nullptr;
    EXPECT_EQ(organisation->accounted, std::vector<std::string>{"response voice_1 9"})
        << "characters, not bytes";
    EXPECT_TRUE(say("Also.", mine).has_value());
    EXPECT_EQ(organisation->accounted.size(), 2u)
        << "whoever says nothing of a use is accounted for all the same";
}

TEST_F(OwnVoiceSynthesizerTest, AWholeTextIsOneUse) {
    std::function<base::Task<Result<>>(SpokenChunk)> sink = [](SpokenChunk) -> base::Task<Result<>> {
        co_return Result<>{};
    };
    const std::string text =
        "This is the first sentence of it. This is the second sentence of it. And a third.";
    ASSERT_TRUE(base::run_sync(synthesizer.speak(text, style("voice_1"), inference::Priority::batch, sink))
                    .has_value());
    EXPECT_GT(engine->said.size(), 1u);
    EXPECT_EQ(organisation->accounted.size(), 1u);
}

TEST_F(OwnVoiceSynthesizerTest, AVoiceWhoseEngineIsGoneIsUnavailable) {
    organisation->voices["voice_3"] = std::make_shared<Theirs>("voice_3", "provider");
    EXPECT_EQ(synthesizer.check(style("voice_3")).error().code, ErrorCode::unavailable);
    EXPECT_EQ(say("Hello.", style("voice_3")).error().code, ErrorCode::unavailable);
    SpeechStyle fast = style("voice_1");
    fast.speed = 3;
    EXPECT_EQ(synthesizer.check(fast).error().param, "speed") << "the engine has its own limits";
}

}  // namespace
}  // namespace aimpact::voice
