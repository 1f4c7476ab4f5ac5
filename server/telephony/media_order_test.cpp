// The caller's audio in order: late, doubled and missing messages.
#include "telephony/media_order.hpp"

#include <gtest/gtest.h>

namespace aimpact::telephony {
namespace {

constexpr std::size_t kFrame = 160;  // 20 ms

Media frame(std::optional<std::int64_t> chunk, std::optional<std::int64_t> time_ms, char content) {
    Media media;
    media.chunk = chunk;
    media.time_ms = time_ms;
    media.audio.assign(kFrame, content);
    return media;
}
std::string letters(const std::string& audio) {  // one for each frame
    std::string out;
    for (std::size_t at = 0; at < audio.size(); at += kFrame) out += audio[at] == '\xff' ? '_' : audio[at];
    return out;
}

TEST(MediaOrder, GivesWhatComesInOrderAtOnce) {
    MediaOrder order(Codec::ulaw);
    for (int i = 0; i < 5; ++i)
        EXPECT_EQ(letters(order.push(frame(i + 1, 20 * i, static_cast<char>('a' + i)))),
                  std::string(1, static_cast<char>('a' + i)));
    EXPECT_EQ(order.counts().gaps, 0);
}

TEST(MediaOrder, SortsWhatComesOutOfOrderAndDropsDoubles) {
    MediaOrder order(Codec::ulaw);
    EXPECT_EQ(letters(order.push(frame(1, 0, 'a'))), "a");
    EXPECT_EQ(letters(order.push(frame(3, 40, 'c'))), "");
    EXPECT_EQ(letters(order.push(frame(3, 40, 'c'))), "");
    EXPECT_EQ(letters(order.push(frame(2, 20, 'b'))), "bc");
    EXPECT_EQ(letters(order.push(frame(2, 20, 'b'))), "");
    EXPECT_EQ(letters(order.push(frame(4, 60, 'd'))), "d");
    EXPECT_EQ(order.counts().dropped, 2);
    EXPECT_EQ(order.counts().early, 2);  // 3, and 3 again
    EXPECT_EQ(order.counts().gaps, 0);
}

TEST(MediaOrder, FillsWhatIsLostWithSilenceAndWaitsForNoMoreThanThree) {
    MediaOrder order(Codec::ulaw);
    EXPECT_EQ(letters(order.push(frame(1, 0, 'a'))), "a");
    EXPECT_EQ(letters(order.push(frame(4, 60, 'd'))), "");
    EXPECT_EQ(letters(order.push(frame(5, 80, 'e'))), "");
    EXPECT_EQ(letters(order.push(frame(6, 100, 'f'))), "");
    EXPECT_EQ(letters(order.push(frame(7, 120, 'g'))), "__defg");
    EXPECT_EQ(order.counts().silence_ms, 40);
    EXPECT_EQ(letters(order.push(frame(8, 140, 'h'))), "h");  // and is not late for ever
    EXPECT_EQ(letters(order.push(frame(2, 20, 'b'))), "");
    EXPECT_EQ(order.counts().dropped, 1);
}

TEST(MediaOrder, FillsGapsInTimeWhereNoMessageIsMissing) {
    MediaOrder order(Codec::ulaw);
    EXPECT_EQ(letters(order.push(frame(1, 0, 'a'))), "a");
    EXPECT_EQ(letters(order.push(frame(2, 120, 'b'))), "_____b");
    EXPECT_EQ(letters(order.push(frame(3, 140, 'c'))), "c");
}

TEST(MediaOrder, TakesAClockThatJumpsABitForNoGap) {
    MediaOrder order(Codec::ulaw);
    std::int64_t chunk = 1;
    for (const std::int64_t time : {0, 33, 35, 71, 78, 102, 119, 140})
        EXPECT_EQ(order.push(frame(chunk++, time, 'a')).size(), kFrame);
    EXPECT_EQ(order.counts().gaps, 0);
}

TEST(MediaOrder, MakesUpNoMoreThanTwoSecondsOfSilence) {
    MediaOrder order(Codec::alaw);
    order.push(frame(1, 0, 'a'));
    const std::string out = order.push(frame(2, 3'600'000, 'b'));
    EXPECT_EQ(out.size(), MediaOrder::gap_bytes_max() + kFrame);
    EXPECT_EQ(out[0], '\xd5');
    EXPECT_EQ(order.push(frame(3, 3'600'020, 'c')).size(), kFrame);
    MediaOrder timeless(Codec::ulaw);
    timeless.push(frame(1, {}, 'a'));
    for (int i = 0; i < 3; ++i) EXPECT_EQ(timeless.push(frame(1'000'000 + i, {}, 'b')).size(), 0u);
    EXPECT_EQ(timeless.push(frame(1'000'003, {}, 'b')).size(), MediaOrder::gap_bytes_max() + 4 * kFrame);
}

TEST(MediaOrder, FollowsACounterThatBeginsAnew) {
    MediaOrder order(Codec::ulaw);
    order.push(frame(1'000, 20'000, 'a'));
    std::string out;
    for (int i = 0; i < MediaOrder::kLateMax; ++i) out = order.push(frame(i, 20 * i, 'b'));
    EXPECT_EQ(letters(out), "b");
    EXPECT_EQ(letters(order.push(frame(MediaOrder::kLateMax, 20 * MediaOrder::kLateMax, 'c'))), "c");
}

TEST(MediaOrder, TakesAudioWithoutNumbersAsItComes) {
    MediaOrder order(Codec::ulaw);
    EXPECT_EQ(letters(order.push(frame({}, {}, 'a'))), "a");
    EXPECT_EQ(letters(order.push(frame({}, {}, 'b'))), "b");
    EXPECT_EQ(order.flush(), "");
}

TEST(MediaOrder, GivesWhatIsHeldAtTheEnd) {
    MediaOrder order(Codec::ulaw);
    order.push(frame(1, 0, 'a'));
    order.push(frame(3, 40, 'c'));
    EXPECT_EQ(letters(order.flush()), "c");  // 20 ms less is no gap
}

}  // namespace
}  // namespace aimpact::telephony
