// A synthesiser for tests of what is asked of one: it keeps the calls and gives a tenth of a second a word.
#pragma once

#include <algorithm>
#include <vector>

#include "base/async.hpp"
#include "voice/synthesizer.hpp"
#include "voice/tts/emotion.hpp"

namespace aimpact::voice {

class TestSynthesizer final : public Synthesizer {
  public:
    struct Call {
        std::string text;
        SpeechStyle style;
    };
    std::vector<Call> calls;

    const std::vector<Voice>& voices() const override { return voices_; }
    const std::vector<std::string>& emotions() const override { return emotion_names(); }
    Result<> check(const SpeechStyle& style) const override {
        const auto known = [&](const Voice& v) { return v.id == style.voice; };
        if (std::none_of(voices_.begin(), voices_.end(), known))
            return base::invalid_argument("There is no voice '" + style.voice + "'.", "voice");
        if (std::find(emotions().begin(), emotions().end(), style.emotion) == emotions().end())
            return base::invalid_argument("There is no emotion '" + style.emotion + "'.", "emotion");
        return {};
    }
    base::Task<Result<SpokenChunk>> clause(std::string text, SpeechStyle style, inference::Priority,
                                           std::stop_token) override {
        const auto words = static_cast<std::size_t>(std::count(text.begin(), text.end(), ' ')) + 1;
        SpokenChunk chunk{std::vector<float>(words * kSynthesisRate / 10, 0.1f), text};
        chunk.words.push_back({"first", 0.05, 0.1});
        calls.push_back({std::move(text), std::move(style)});
        co_return chunk;
    }
    base::Task<Result<>> speak(std::string, SpeechStyle, inference::Priority,
                               std::function<base::Task<Result<>>(SpokenChunk)>, std::stop_token) override {
        co_return base::internal_error("not part of this test");
    }

  private:
    const std::vector<Voice> voices_ = {{"af_heart", "Heart", "en-US", "female", ""},
                                        {"am_michael", "Michael", "en-US", "male", ""},
                                        {"bf_emma", "Emma", "en-GB", "female", ""}};
};

}  // namespace aimpact::voice
