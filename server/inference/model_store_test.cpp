#include "inference/model_store.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

namespace aimpact::inference {
namespace {

using base::ErrorCode;
namespace fs = std::filesystem;

// sha256 of "hello\n" and of "world\n" (sha256sum).
constexpr auto kHello = "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03";
constexpr auto kWorld = "e258d248fda94c63753607f7c4494ee0fcbe92f1a76bfdac795c9d84101eb317";

class ModelStoreTest : public testing::Test {
  protected:
    void SetUp() override {
        folder_ = fs::temp_directory_path() / ("aimpact_models_" + std::to_string(::getpid()));
        fs::create_directories(folder_ / "one" / "sub");
        write(folder_ / "one" / "a.bin", "hello\n");
        write(folder_ / "one" / "sub" / "b.bin", "world\n");
        manifest(
            R"({"schema": 1, "models": [{"id": "one", "use": "vad", "version": "1", "licence": "MIT", "files": [
            {"path": "a.bin", "size": 6, "sha256": ")" +
            std::string(kHello) + R"("},
            {"path": "sub/b.bin", "size": 6, "sha256": ")" +
            kWorld + R"("}]}]})");
    }
    void TearDown() override { fs::remove_all(folder_); }
    static void write(const fs::path& path, std::string_view text) { std::ofstream(path) << text; }
    void manifest(const std::string& text) { write(folder_ / "manifest.json", text); }
    void expect_refused(const std::string& why) {
        const auto store = ModelStore::open(folder_);
        ASSERT_TRUE(store.has_error()) << why;
        EXPECT_EQ(store.error().code, ErrorCode::unavailable);
        EXPECT_NE(store.error().message.find("scripts/fetch-models"), std::string::npos);
    }
    fs::path folder_;
};

TEST_F(ModelStoreTest, ListsAndFindsModels) {
    const auto store = ModelStore::open(folder_).value();
    ASSERT_EQ(store.models().size(), 1u);
    EXPECT_EQ(store.models()[0].use, "vad");
    EXPECT_EQ(store.models()[0].bytes(), 12u);
    EXPECT_EQ(store.model_folder("one").value(), folder_ / "one");
    const auto other = store.model_folder("two");
    ASSERT_TRUE(other.has_error());
    EXPECT_NE(other.error().message.find("'two'"), std::string::npos);
}

TEST_F(ModelStoreTest, VerifiesContentsWithProgress) {
    const auto store = ModelStore::open(folder_).value();
    std::uint64_t last = 0, total = 0;
    auto checks = store.verify(2, [&](std::uint64_t done, std::uint64_t all) {
        EXPECT_GE(done, last);
        last = done, total = all;
    });
    ASSERT_TRUE(checks);
    ASSERT_EQ(checks->size(), 2u);
    for (const FileCheck& check : *checks) EXPECT_EQ(check.state, FileState::ok) << check.path;
    EXPECT_EQ(last, 12u);
    EXPECT_EQ(total, 12u);

    write(folder_ / "one" / "a.bin", "hallo\n");
    fs::remove(folder_ / "one" / "sub" / "b.bin");
    checks = store.verify(1);
    EXPECT_EQ((*checks)[0].state, FileState::wrong_content);
    EXPECT_EQ((*checks)[1].state, FileState::missing);
    EXPECT_TRUE(store.model_folder("one").has_error());
    write(folder_ / "one" / "sub" / "b.bin", "longer than that\n");
    EXPECT_EQ(store.verify(1).value()[1].state, FileState::wrong_size);
    const auto wrong = store.model_folder("one");
    ASSERT_TRUE(wrong.has_error());
    EXPECT_NE(wrong.error().message.find("b.bin"), std::string::npos);
}

TEST_F(ModelStoreTest, VerifyCanBeStopped) {
    const auto store = ModelStore::open(folder_).value();
    std::stop_source stop;
    stop.request_stop();
    EXPECT_EQ(store.verify(2, {}, stop.get_token()).error().code, ErrorCode::cancelled);
}

TEST_F(ModelStoreTest, RefusesDamagedManifests) {
    manifest("{");
    expect_refused("no JSON");
    manifest("[]");
    expect_refused("no object");
    manifest(R"({"schema": 2, "models": []})");
    expect_refused("another schema");
    manifest(R"({"schema": 1, "models": [{"id": "one"}]})");
    expect_refused("fields missing");
    manifest(
        R"({"schema": 1, "models": [{"id": "../x", "use": "", "version": "", "licence": "", "files": []}]})");
    expect_refused("id outside");
    manifest(R"({"schema": 1, "models": [{"id": "x", "use": "", "version": "", "licence": "",
        "files": [{"path": "/etc/passwd", "size": 1, "sha256": ""}]}]})");
    expect_refused("path outside");
    manifest(R"({"schema": 1, "models": [{"id": "x", "use": "", "version": "", "licence": "",
        "files": [{"path": "a", "size": -1, "sha256": ""}]}]})");
    expect_refused("negative size");
    manifest(std::string(5u << 20, ' '));
    expect_refused("too large");
    fs::remove(folder_ / "manifest.json");
    expect_refused("missing");
}

TEST(Sha256, MatchesTheTool) {
    const auto path = fs::temp_directory_path() / ("aimpact_sha_" + std::to_string(::getpid()));
    std::ofstream(path) << "hello\n";
    EXPECT_EQ(sha256_file(path).value(), kHello);
    fs::remove(path);
    EXPECT_TRUE(sha256_file(path).has_error());
}

}  // namespace
}  // namespace aimpact::inference
