#include <gtest/gtest.h>

#include "net/client.hpp"

namespace aimpact::net {
namespace {

using Events = std::vector<std::pair<std::string, std::string>>;

Events parse(std::string_view bytes, std::size_t piece) {
    Events events;
    SseParser parser([&](std::string_view name, std::string_view data) -> Result<> {
        events.emplace_back(name, data);
        return {};
    });
    for (std::size_t at = 0; at < bytes.size(); at += piece)
        EXPECT_TRUE(parser.feed(bytes.substr(at, piece)).has_value());
    return events;
}

TEST(SseParser, GivesTheSameForEverySplit) {
    const std::string_view stream =
        "\xEF\xBB\xBF: comment\n"
        "data: one\n\n"
        "event: delta\r\ndata:two\r\ndata:  lines\r\n\r\n"
        "data\r\r"
        "id: 7\nretry: 10\nunknown: x\ndata: three\n\n"
        "event: no data\n\n"
        "data: cut short";
    const Events expected = {
        {"message", "one"}, {"delta", "two\n lines"}, {"message", ""}, {"message", "three"}};
    for (std::size_t piece = 1; piece <= stream.size(); ++piece)
        EXPECT_EQ(parse(stream, piece), expected) << piece;
}

TEST(SseParser, ReadsWhatSseEventWrites) {
    const Events expected = {{"name", "a\n\nb\n"}};
    EXPECT_EQ(parse(sse_event("a\n\nb\n", "name"), 1000), expected);
}

TEST(SseParser, RemembersTheLastId) {
    SseParser parser([](std::string_view, std::string_view) -> Result<> { return {}; });
    EXPECT_TRUE(parser.feed("id: 42\n\n").has_value());
    EXPECT_EQ(parser.last_event_id(), "42");
}

TEST(SseParser, StopsAtTheHandlersError) {
    int calls = 0;
    SseParser parser([&](std::string_view, std::string_view) -> Result<> {
        ++calls;
        return base::invalid_argument("stop");
    });
    const Result<> result = parser.feed("data: 1\n\ndata: 2\n\n");
    ASSERT_TRUE(result.has_error());
    EXPECT_EQ(result.error().message, "stop");
    EXPECT_EQ(calls, 1);
}

TEST(SseParser, LimitsOneEvent) {
    SseParser parser([](std::string_view, std::string_view) -> Result<> { return {}; }, 100);
    EXPECT_TRUE(parser.feed("data: " + std::string(50, 'x') + "\n\n").has_value());
    Result<> result = parser.feed("data: " + std::string(50, 'x') + "\n");
    EXPECT_TRUE(result.has_value());
    result = parser.feed("data: " + std::string(60, 'x') + "\n");
    ASSERT_TRUE(result.has_error());
    EXPECT_EQ(result.error().code, base::ErrorCode::payload_too_large);
    SseParser endless([](std::string_view, std::string_view) -> Result<> { return {}; }, 100);
    EXPECT_TRUE(endless.feed(std::string(101, 'x')).has_error());
}

}  // namespace
}  // namespace aimpact::net
