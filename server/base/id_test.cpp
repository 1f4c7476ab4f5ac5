#include "base/id.hpp"

#include <gtest/gtest.h>

namespace aimpact::base {
namespace {

TEST(Id, SortsByTimeAndHasItsForm) {
    ManualClock clock;
    SeededRandom random(1);
    const std::string first = make_id("agent", clock, random);
    clock.advance(std::chrono::milliseconds{1});
    const std::string second = make_id("agent", clock, random);
    EXPECT_LT(first, second);
    EXPECT_TRUE(is_id(first, "agent"));
    EXPECT_FALSE(is_id(first, "conv"));
    EXPECT_FALSE(is_id(first.substr(1), "agent"));
    EXPECT_FALSE(is_id(first + "0", "agent"));
    EXPECT_FALSE(is_id("agent_../../../etc/passwd00000", "agent"));
}

TEST(Id, Base64RoundTripsEveryLength) {
    SystemRandom random;
    for (std::size_t n = 0; n < 40; ++n) {
        std::string bytes(n, '\0');
        random.fill({reinterpret_cast<std::uint8_t*>(bytes.data()), n});
        std::string out;
        ASSERT_TRUE(base64url_decode(base64url_encode(bytes), out));
        EXPECT_EQ(out, bytes);
        ASSERT_TRUE(base64_decode(base64_encode(bytes), out));
        EXPECT_EQ(out, bytes);
    }
    EXPECT_EQ(base64_encode("foob"), "Zm9vYg==");
    EXPECT_EQ(base64url_encode("\xff\xfe\xfd"), "__79");
}

TEST(Id, Base64RefusesForeignCharacters) {
    std::string out = "kept";
    EXPECT_FALSE(base64_decode("ab!d", out));
    EXPECT_FALSE(base64_decode("abcde", out));
    EXPECT_FALSE(base64url_decode("+/+/", out));
    EXPECT_EQ(out, "kept");
}

}  // namespace
}  // namespace aimpact::base
