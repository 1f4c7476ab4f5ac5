#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

#include "inference/sherpa_recognizer.hpp"

namespace aimpact::inference {
namespace {

using base::ErrorCode;
namespace fs = std::filesystem;

// A child process that only counts its runs stands in for the program.
class RecognizerCheck : public testing::Test {
  protected:
    void SetUp() override {
        root_ = fs::temp_directory_path() / ("aimpact_check_" + std::to_string(::getpid()));
        fs::create_directories(model());
        for (const char* name : {"encoder_model.ort", "decoder_model_merged.ort", "tokens.txt"})
            std::ofstream(model() / name) << name;
    }
    void TearDown() override { fs::remove_all(root_); }
    fs::path model() const { return root_ / "model"; }
    fs::path state() const { return root_ / "state"; }
    std::vector<std::string> counting(const std::string& then) const {
        return {"sh", "-c", "echo \"$0\" >> '" + (root_ / "runs").string() + "'; " + then};
    }
    int runs() const {
        std::ifstream in(root_ / "runs");
        std::string line;
        int count = 0;
        while (std::getline(in, line)) {
            EXPECT_EQ(line, model().string());
            ++count;
        }
        return count;
    }
    fs::path root_;
};

TEST_F(RecognizerCheck, RemembersASuccessForTheseFilesOnly) {
    ASSERT_TRUE(check_recognizer(model(), state(), counting("exit 0")));
    ASSERT_TRUE(check_recognizer(model(), state(), counting("exit 0")));
    EXPECT_EQ(runs(), 1);
    std::ofstream(model() / "tokens.txt") << "other tokens";
    ASSERT_TRUE(check_recognizer(model(), state(), counting("exit 0")));
    EXPECT_EQ(runs(), 2);
}

TEST_F(RecognizerCheck, AChildThatDiesIsAnErrorEachTime) {
    for (int i = 1; i <= 2; ++i) {
        const auto checked = check_recognizer(model(), state(), counting("kill -ABRT $$"));
        ASSERT_TRUE(checked.has_error());
        EXPECT_EQ(checked.error().code, ErrorCode::unavailable);
        EXPECT_NE(checked.error().message.find("scripts/fetch-models"), std::string::npos);
        EXPECT_NE(checked.error().detail.find("signal 6"), std::string::npos) << checked.error().detail;
        EXPECT_EQ(runs(), i);
    }
    EXPECT_NE(check_recognizer(model(), state(), counting("exit 3")).error().detail.find("exit code 3"),
              std::string::npos);
    EXPECT_TRUE(check_recognizer(model(), state(), {"/nonexistent/program"}).has_error());
    EXPECT_TRUE(check_recognizer(model(), state(), {}).has_error());
}

TEST_F(RecognizerCheck, AMissingFileIsNamed) {
    fs::remove(model() / "tokens.txt");
    const auto checked = check_recognizer(model(), state(), counting("exit 0"));
    ASSERT_TRUE(checked.has_error());
    EXPECT_NE(checked.error().message.find("tokens.txt"), std::string::npos);
    EXPECT_EQ(runs(), 0);
    const auto loaded = SherpaRecognizer::load(model());
    ASSERT_TRUE(loaded.has_error());
    EXPECT_NE(loaded.error().message.find("tokens.txt"), std::string::npos);
}

TEST(SherpaRecognizer, LoadsAndDecodesTheShippedModel) {
    const char* set = std::getenv("AIMPACT_MODELS_DIR");
    const fs::path folder = fs::path(set && *set ? set : "var/models") / "moonshine-tiny-en";
    if (!fs::exists(folder)) GTEST_SKIP() << "no models in " << folder << ": run scripts/fetch-models";
    ASSERT_TRUE(probe_recognizer(folder));
    const auto recognizer = SherpaRecognizer::load(folder).value();
    EXPECT_TRUE(recognizer->decode({}).text.empty());
    const Decoded decoded = recognizer->decode(std::vector<float>(1600, 0.0F));
    EXPECT_LE(decoded.tokens.size(), 20u);
}

}  // namespace
}  // namespace aimpact::inference
