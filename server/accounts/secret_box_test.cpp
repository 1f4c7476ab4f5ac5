#include "accounts/secret_box.hpp"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "storage/testing.hpp"

namespace aimpact::accounts {

namespace {

using base::ErrorCode;
using testing::HasSubstr;

MasterKey key_of(std::uint8_t fill) {
    MasterKey key;
    key.fill(fill);
    return key;
}

TEST(SecretBoxTest, OpensWhatItSealedAndNothingElse) {
    base::SeededRandom random(1);
    const SecretBox box(key_of(1), random);
    const std::string sealed = box.seal("org_a", "agent.model_key", "sk-secret");
    EXPECT_THAT(sealed, testing::Not(HasSubstr("secret")));
    EXPECT_EQ(box.open("org_a", "agent.model_key", sealed).value(), "sk-secret");
    EXPECT_NE(box.seal("org_a", "agent.model_key", "sk-secret"), sealed);
    EXPECT_TRUE(box.open("org_b", "agent.model_key", sealed).has_error());
    EXPECT_TRUE(box.open("org_a", "signing_key", sealed).has_error());
    EXPECT_TRUE(box.open("org_aagent.", "model_key", sealed).has_error());
    for (std::size_t i = 0; i < sealed.size(); ++i) {
        std::string tampered = sealed;
        tampered[i] = tampered[i] == 'A' ? 'B' : 'A';
        if (i + 1 == sealed.size()) continue;  // the last character has bits that base64 ignores
        EXPECT_TRUE(box.open("org_a", "agent.model_key", tampered).has_error()) << i;
    }
    for (const char* text : {"", "v1", "v1..", "v2.x.y", "sk-secret"})
        EXPECT_TRUE(box.open("org_a", "agent.model_key", text).has_error());
    EXPECT_EQ(box.open("", "empty", box.seal("", "empty", "")).value(), "");
}

TEST(SecretBoxTest, AnotherMasterKeyIsNamedAsTheReason) {
    base::SeededRandom random(1);
    const SecretBox first(key_of(1), random), second(key_of(2), random);
    const auto opened = second.open("org_a", "p", first.seal("org_a", "p", "x"));
    EXPECT_EQ(opened.error().code, ErrorCode::failed_precondition);
    EXPECT_THAT(opened.error().message, HasSubstr("another master key"));
}

TEST(MasterKeyTest, IsMadeOnceAndPrivate) {
    const auto held = storage::TestDatabase::create(storage::Dialect::sqlite, false);
    const std::string file = held->folder() + "/master.key";
    base::SeededRandom random(1);
    EXPECT_FALSE(find_master_key({}, file).value());
    EXPECT_FALSE(std::filesystem::exists(file)) << "looking for a key makes none";
    const auto made = make_master_key(file, random);
    ASSERT_TRUE(made.has_value()) << made.error().message;
    EXPECT_EQ(find_master_key({}, file).value(), *made);
    EXPECT_EQ(make_master_key(file, random).value(), *made) << "another process was faster";
    struct stat status{};
    ASSERT_EQ(stat(file.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777, 0600u);
    for (const auto& entry : std::filesystem::directory_iterator(held->folder()))
        EXPECT_TRUE(entry.path().filename() == "master.key" ||
                    entry.path().filename().string().starts_with("test.db"))
            << entry.path();
}

TEST(MasterKeyTest, RefusesWhatIsNotSafe) {
    const auto held = storage::TestDatabase::create(storage::Dialect::sqlite, false);
    base::SeededRandom random(1);
    const std::string file = held->folder() + "/master.key";
    ASSERT_TRUE(make_master_key(file, random).has_value());
    chmod(file.c_str(), 0644);
    EXPECT_THAT(find_master_key({}, file).error().message, HasSubstr("chmod 600"));
    chmod(file.c_str(), 0600);
    std::ofstream(file) << "short";
    EXPECT_THAT(find_master_key({}, file).error().message, HasSubstr("openssl rand"));
    EXPECT_THAT(make_master_key("/nowhere/master.key", random).error().message, HasSubstr("folder exists"));
    EXPECT_TRUE(find_master_key("tooshort", file).has_error());
    EXPECT_EQ(find_master_key("AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=", "/nowhere").value(), key_of(1));
}

}  // namespace

}  // namespace aimpact::accounts
