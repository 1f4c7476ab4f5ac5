// No weights are here: what a folder holds, what is missing, and that a bad model ends a child, not us.
#include "inference/sherpa_voice.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

namespace aimpact::inference {
namespace {

using base::ErrorCode;
namespace fs = std::filesystem;

class SherpaVoiceFolder : public testing::Test {
  protected:
    void SetUp() override {
        root_ = fs::temp_directory_path() / ("aimpact_voice_" + std::to_string(::getpid()));
        fs::create_directories(root_ / "model");
    }
    void TearDown() override { fs::remove_all(root_); }
    fs::path model() const { return root_ / "model"; }
    void put(std::initializer_list<const char*> names) const {
        for (const char* name : names) std::ofstream(model() / name) << name;
    }
    void put_pocket() const {
        put({"lm_main.int8.onnx", "lm_flow.int8.onnx", "encoder.onnx", "decoder.int8.onnx",
             "text_conditioner.onnx", "vocab.json", "token_scores.json"});
    }
    fs::path root_;
};

TEST_F(SherpaVoiceFolder, KnowsPocketTtsByItsParts) {
    put_pocket();
    put({"decoder.onnx", "README.md"});
    const auto found = find_sherpa_voice(model());
    ASSERT_TRUE(found.has_value()) << found.error().message;
    EXPECT_EQ(found->kind, SherpaVoiceKind::pocket);
    EXPECT_EQ(found->decoder.filename(), "decoder.int8.onnx") << "the 8-bit one of two";
    EXPECT_EQ(found->all().size(), 7u);
}

TEST_F(SherpaVoiceFolder, KnowsZipVoiceByItsParts) {
    put({"encoder.int8.onnx", "decoder.int8.onnx", "vocos_24khz.onnx", "tokens.txt", "lexicon.txt"});
    const auto found = find_sherpa_voice(model());
    ASSERT_TRUE(found.has_value()) << found.error().message;
    EXPECT_EQ(found->kind, SherpaVoiceKind::zipvoice);
    EXPECT_EQ(found->all().size(), 5u);
}

TEST_F(SherpaVoiceFolder, NamesWhatIsMissing) {
    EXPECT_NE(find_sherpa_voice(root_ / "nowhere").error().message.find("speech.cloning_model"),
              std::string::npos);
    put({"encoder.onnx", "decoder.onnx", "tokens.txt"});
    const auto zip = find_sherpa_voice(model());
    ASSERT_TRUE(zip.has_error());
    EXPECT_EQ(zip.error().code, ErrorCode::unavailable);
    EXPECT_NE(zip.error().message.find("vocos*.onnx"), std::string::npos) << zip.error().message;
    EXPECT_NE(zip.error().message.find("lexicon.txt"), std::string::npos);
    put({"lm_main.onnx"});
    const auto pocket = find_sherpa_voice(model());
    EXPECT_NE(pocket.error().message.find("lm_flow*.onnx"), std::string::npos) << pocket.error().message;
    EXPECT_NE(pocket.error().message.find("token_scores.json"), std::string::npos);
    put_pocket();
    std::ofstream(model() / "vocab.json", std::ios::trunc).close();
    EXPECT_NE(find_sherpa_voice(model()).error().message.find("vocab.json"), std::string::npos)
        << "an empty file is none";
}

TEST_F(SherpaVoiceFolder, AModelThatEndsItsProcessIsAnErrorOfOurs) {
    put_pocket();
    const std::vector<std::string> dies{"sh", "-c", "kill -ABRT $$"};
    const auto checked = check_voice_model(model(), root_ / "state", dies);
    ASSERT_TRUE(checked.has_error());
    EXPECT_EQ(checked.error().code, ErrorCode::unavailable);
    EXPECT_NE(checked.error().detail.find("signal 6"), std::string::npos) << checked.error().detail;
    const std::vector<std::string> lives{"sh", "-c", "exit 0"};
    EXPECT_TRUE(check_voice_model(model(), root_ / "state", lives).has_value());
    EXPECT_TRUE(check_voice_model(model(), root_ / "state", dies).has_value())
        << "these files are known to load";
    std::ofstream(model() / "vocab.json") << "other";
    EXPECT_TRUE(check_voice_model(model(), root_ / "state", dies).has_error()) << "these aren't";
}

// The real library on files that are no models, in a child of this test: it must not load.
TEST_F(SherpaVoiceFolder, GarbageDoesNotLoad) {
    put_pocket();
    EXPECT_EXIT(
        {
            const auto loaded = SherpaVoice::load(model(), 1);
            std::_Exit(loaded.has_error() ? 3 : 0);
        },
        [](int status) { return status != 0; }, "");
}

}  // namespace
}  // namespace aimpact::inference
