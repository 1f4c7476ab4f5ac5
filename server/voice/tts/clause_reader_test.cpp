#include "voice/tts/clause_reader.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace aimpact::voice {
namespace {

using base::Task;
using inference::Priority;

// Says every clause in two chunks, a sample for each byte, and notes how far it is ahead.
class CountingSynthesizer final : public Synthesizer {
  public:
    const std::vector<Voice>& voices() const override { return voices_; }
    const std::vector<std::string>& emotions() const override { return emotions_; }
    Result<> check(const SpeechStyle&) const override { return {}; }
    Task<Result<SpokenChunk>> clause(std::string text, SpeechStyle, Priority, std::stop_token) override {
        co_return SpokenChunk{std::vector<float>(text.size(), 0.5f), std::move(text)};
    }
    Task<Result<>> stream(std::string text, SpeechStyle style, Priority priority,
                          std::function<void(SpokenChunk)> sink, std::stop_token stop,
                          std::optional<std::chrono::steady_clock::time_point>) override {
        ++begun;
        ahead_max = std::max(ahead_max, begun - taken);
        priorities.push_back(priority);
        styles.push_back(style);
        if (stop.stop_requested()) co_return Error{base::ErrorCode::cancelled, "stopped"};
        if (text.find("BREAK") != std::string::npos) co_return base::internal_error("broke");
        const std::size_t half = text.size() / 2;
        sink({std::vector<float>(half, 0.5f), text.substr(0, half), false});
        co_await base::sleep_for(std::chrono::microseconds(1));
        sink({std::vector<float>(text.size() - half, 0.5f), text.substr(half), true});
        co_return Result<>{};
    }
    Task<Result<>> speak(std::string text, SpeechStyle style, Priority priority,
                         std::function<Task<Result<>>(SpokenChunk)> sink, std::stop_token stop) override {
        co_return co_await read_clauses(*this, std::move(text), std::move(style), priority, std::move(sink),
                                        std::move(stop));
    }
    int begun = 0, taken = 0, ahead_max = 0;
    std::vector<Priority> priorities;
    std::vector<SpeechStyle> styles;

  private:
    std::vector<Voice> voices_;
    std::vector<std::string> emotions_;
};

// However long the text and slow the listener, one clause is made ahead, and nothing of the text is lost.
TEST(ClauseReader, StreamsALongTextOneClauseAhead) {
    std::string text;
    for (int i = 0; text.size() < 1'000'000; ++i)
        text += "This is sentence number " + std::to_string(i) + ", and it says little. ";
    CountingSynthesizer synthesizer;
    std::string joined;
    std::size_t samples = 0, largest = 0;
    auto sink = [&](SpokenChunk chunk) -> Task<Result<>> {
        joined += chunk.text;
        samples += chunk.samples.size();
        largest = std::max(largest, chunk.samples.size());
        if (joined.size() % 7 == 0) co_await base::sleep_for(std::chrono::microseconds(20));
        if (chunk.last_of_clause) ++synthesizer.taken;
        co_return Result<>{};
    };
    const auto done = base::run_sync(synthesizer.speak(text, {}, Priority::batch, sink, {}));
    ASSERT_TRUE(done) << done.error().message;
    EXPECT_EQ(joined, text);
    EXPECT_EQ(samples, text.size());
    EXPECT_GT(synthesizer.begun, 5000);
    EXPECT_LE(synthesizer.ahead_max, 2) << "the one being taken and the one being made";
    EXPECT_LE(largest, 400u);
}

TEST(ClauseReader, EndsWithTheFirstFailure) {
    CountingSynthesizer synthesizer;
    std::string joined;
    auto sink = [&](SpokenChunk chunk) -> Task<Result<>> {
        joined += chunk.text;
        co_return Result<>{};
    };
    const auto broken = base::run_sync(synthesizer.speak(
        "One is fine. BREAK here please. Three is never said.", {}, Priority::batch, sink, {}));
    ASSERT_TRUE(broken.has_error());
    EXPECT_EQ(joined, "One is fine. ");
    EXPECT_EQ(synthesizer.begun, 2);

    auto failing = [](SpokenChunk) -> Task<Result<>> {
        co_return Error{base::ErrorCode::unavailable, "full"};
    };
    const auto failed =
        base::run_sync(synthesizer.speak("One. Two. Three.", {}, Priority::batch, failing, {}));
    ASSERT_TRUE(failed.has_error());
    EXPECT_EQ(failed.error().message, "full");

    std::stop_source stopped;
    stopped.request_stop();
    const auto never =
        base::run_sync(synthesizer.speak("One.", {}, Priority::batch, sink, stopped.get_token()));
    ASSERT_TRUE(never.has_error());
    EXPECT_EQ(never.error().code, base::ErrorCode::cancelled);
    EXPECT_TRUE(base::run_sync(synthesizer.speak(" \n ", {}, Priority::batch, sink, {})));
}

// Parts said otherwise go with the clause that they are in.
TEST(ClauseReader, GivesEachClauseItsParts) {
    CountingSynthesizer synthesizer;
    const std::string text = "Ask for SQL now. Then say GIF twice, GIF once.";
    SpeechStyle style;
    for (const char* name : {"SQL", "GIF"}) {
        for (auto at = text.find(name); at != std::string::npos; at = text.find(name, at + 1))
            style.said_as.push_back({at, at + 3, SaidAs::How::words, name});
    }
    std::vector<std::pair<std::size_t, std::string>> clauses;  // parts in it, its text
    std::string current;
    auto sink = [&](SpokenChunk chunk) -> Task<Result<>> {
        current += chunk.text;
        if (chunk.last_of_clause) clauses.emplace_back(0, std::exchange(current, {}));
        co_return Result<>{};
    };
    ASSERT_TRUE(base::run_sync(synthesizer.speak(text, style, Priority::caller_waiting, sink, {})));
    ASSERT_EQ(clauses.size(), synthesizer.styles.size());
    std::size_t parts = 0;
    for (std::size_t i = 0; i < clauses.size(); ++i) {
        for (const SaidAs& part : synthesizer.styles[i].said_as) {
            EXPECT_EQ(clauses[i].second.substr(part.begin, part.end - part.begin), part.said);
            ++parts;
        }
        EXPECT_EQ(synthesizer.priorities[i], i == 0 ? Priority::caller_waiting : Priority::live);
    }
    EXPECT_EQ(parts, 3u);
}

}  // namespace
}  // namespace aimpact::voice
