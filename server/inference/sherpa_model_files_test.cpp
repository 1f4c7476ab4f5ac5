#include "inference/sherpa_model_files.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

#include "inference/sherpa_recognizer.hpp"

namespace aimpact::inference {
namespace {

namespace fs = std::filesystem;

// An ONNX file that has nothing but a producer's name, an (empty) graph and metadata.
std::string onnx(const std::vector<std::pair<std::string, std::string>>& metadata) {
    const auto field = [](int number, const std::string& bytes) {
        std::string out(1, static_cast<char>(number << 3 | 2));
        std::size_t size = bytes.size();
        for (; size >= 0x80; size >>= 7) out += static_cast<char>((size & 0x7f) | 0x80);
        out += static_cast<char>(size);
        return out + bytes;
    };
    std::string out = "\x08\x08" + field(2, "test") + field(7, std::string(70'000, '\0'));
    for (const auto& [key, value] : metadata) out += field(14, field(1, key) + field(2, value));
    return out;
}

class SherpaModelFiles_ : public testing::Test {
  protected:
    void SetUp() override {
        root_ = fs::temp_directory_path() / ("aimpact_models_" + std::to_string(::getpid()));
        fs::create_directories(root_);
    }
    void TearDown() override { fs::remove_all(root_); }
    fs::path folder(const std::string& name, const std::vector<std::string>& files,
                    const std::string& content = "x") {
        const fs::path at = root_ / name;
        fs::create_directories(at);
        for (const std::string& file : files) std::ofstream(at / file, std::ios::binary) << content;
        return at;
    }
    std::string kind(const fs::path& at) {
        const auto found = find_sherpa_model(at);
        if (found.has_value()) return std::string(to_string(found->kind));
        EXPECT_EQ(found.error().code, base::ErrorCode::unavailable);
        return found.error().message;
    }
    fs::path root_;
};

TEST_F(SherpaModelFiles_, PartsTellTheKind) {
    // As sherpa-onnx's own archives have them.
    const std::tuple<const char*, std::vector<std::string>, const char*> cases[] = {
        {"any", {"encoder_model.ort", "decoder_model_merged.ort", "tokens.txt"}, "moonshine-v2"},
        {"a",
         {"preprocess.onnx", "encode.int8.onnx", "uncached_decode.int8.onnx", "cached_decode.int8.onnx",
          "tokens.txt"},
         "moonshine-v1"},
        {"b",
         {"encoder-epoch-99-avg-1.int8.onnx", "decoder-epoch-99-avg-1.onnx",
          "joiner-epoch-99-avg-1.int8.onnx", "tokens.txt"},
         "transducer"},
        {"parakeet-tdt",
         {"encoder.int8.onnx", "decoder.int8.onnx", "joiner.int8.onnx", "tokens.txt"},
         "transducer"},
        {"sherpa-onnx-whisper-tiny.en",
         {"tiny.en-encoder.onnx", "tiny.en-decoder.onnx", "tiny.en-tokens.txt"},
         "whisper"},
        {"sherpa-onnx-nemo-canary-180m-flash",
         {"encoder.int8.onnx", "decoder.int8.onnx", "tokens.txt"},
         "canary"},
        {"sherpa-onnx-fire-red-asr-large",
         {"encoder.int8.onnx", "decoder.int8.onnx", "tokens.txt"},
         "fire-red-asr"},
        {"sherpa-onnx-cohere-transcribe",
         {"encoder.onnx", "decoder.onnx", "tokens.txt"},
         "cohere-transcribe"},
        {"sherpa-onnx-paraformer-en", {"model.onnx", "tokens.txt"}, "paraformer"},
        {"sherpa-onnx-nemo-ctc-en-conformer-small", {"model.int8.onnx", "tokens.txt"}, "nemo-ctc"},
        {"sherpa-onnx-zipformer-ctc-zh", {"model.onnx", "tokens.txt"}, "zipformer-ctc"},
        {"sherpa-onnx-wenetspeech-wenet-ctc", {"model.onnx", "tokens.txt"}, "wenet-ctc"},
        {"sherpa-onnx-sense-voice-zh-en", {"model.onnx", "tokens.txt"}, "sense-voice"},
        {"sherpa-onnx-dolphin-base-ctc", {"model.onnx", "tokens.txt"}, "dolphin"},
        {"sherpa-onnx-omnilingual-asr", {"model.onnx", "tokens.txt"}, "omnilingual"},
        {"sherpa-onnx-medasr-ctc-en", {"model.onnx", "tokens.txt"}, "medasr-ctc"},
        {"sherpa-onnx-fire-red-asr2-ctc", {"model.onnx", "tokens.txt"}, "fire-red-asr-ctc"},
        {"sherpa-onnx-telespeech-ctc", {"model.onnx", "tokens.txt"}, "telespeech-ctc"},
        {"sherpa-onnx-tdnn-yesno", {"model-epoch-14-avg-2.onnx", "tokens.txt"}, "tdnn"},
    };
    for (const auto& [name, files, expected] : cases) EXPECT_EQ(kind(folder(name, files)), expected) << name;
}

TEST_F(SherpaModelFiles_, MetadataIsBetterThanANameAndKindTxtBetterThanBoth) {
    const std::pair<const char*, const char*> types[] = {
        {"EncDecCTCModelBPE", "nemo-ctc"},
        {"EncDecHybridRNNTCTCBPEModel", "nemo-ctc"},
        {"zipformer2_ctc", "zipformer-ctc"},
        {"wenet_ctc", "wenet-ctc"},
        {"sense_voice_ctc", "sense-voice"},
        {"medasr_ctc", "medasr-ctc"},
        {"fire-red-asr-2-ctc", "fire-red-asr-ctc"},
        {"telespeech_ctc", "telespeech-ctc"},
        {"paraformer", "paraformer"},
        {"tdnn", "tdnn"},
    };
    for (const auto& [type, expected] : types) {
        const auto at =
            folder("my-paraformer", {"model.onnx"}, onnx({{"version", "1"}, {"model_type", type}}));
        std::ofstream(at / "tokens.txt") << "x";
        EXPECT_EQ(kind(at), expected);
    }
    const auto pair =
        folder("mine", {"encoder.onnx", "decoder.onnx"}, onnx({{"model_type", "whisper-small.en"}}));
    std::ofstream(pair / "tokens.txt") << "x";
    EXPECT_EQ(kind(pair), "whisper");
    std::ofstream(pair / "kind.txt") << "canary\n";
    EXPECT_EQ(kind(pair), "canary");
    std::ofstream(pair / "kind.txt") << "whispr\n";
    EXPECT_NE(kind(pair).find("fire-red-asr-ctc"), std::string::npos) << "names those that there are";
}

TEST_F(SherpaModelFiles_, WhatIsMissingIsNamed) {
    EXPECT_NE(kind(root_ / "nowhere").find("There is no folder"), std::string::npos);
    EXPECT_NE(kind(folder("empty", {})).find("*.onnx"), std::string::npos);
    EXPECT_NE(kind(folder("c", {"encoder_model.ort", "decoder_model_merged.ort"})).find("tokens.txt"),
              std::string::npos);
    const std::string lacks = kind(folder("d", {"joiner.onnx", "tokens.txt"}));
    EXPECT_NE(lacks.find("encoder.onnx"), std::string::npos) << lacks;
    EXPECT_NE(lacks.find("decoder.onnx"), std::string::npos);
    EXPECT_NE(lacks.find("transducer"), std::string::npos);
    EXPECT_NE(kind(folder("e", {"preprocess.onnx", "encode.onnx", "uncached_decode.onnx", "tokens.txt"}))
                  .find("cached_decode.onnx"),
              std::string::npos);
    const std::string unclear = kind(folder("mystery", {"model.onnx", "tokens.txt"}));
    EXPECT_NE(unclear.find("kind.txt"), std::string::npos);
    EXPECT_NE(unclear.find("sense-voice"), std::string::npos);
    EXPECT_EQ(unclear.find("whisper"), std::string::npos) << "it has no such parts";
    const auto hollow = folder("sherpa-paraformer", {"model.onnx", "tokens.txt"}, "");
    EXPECT_NE(kind(hollow).find("model.onnx"), std::string::npos) << "empty files";
}

TEST_F(SherpaModelFiles_, TheEightBitFileIsTaken) {
    const auto at = folder("paraformer", {"model.onnx", "model.int8.onnx", "tokens.txt"});
    EXPECT_EQ(find_sherpa_model(at)->model.filename(), "model.int8.onnx");
    EXPECT_EQ(find_sherpa_model(at)->all().size(), 2u);
}

TEST_F(SherpaModelFiles_, DamagedMetadataIsNone) {
    const std::string good = onnx({{"model_type", "paraformer"}});
    const fs::path file = root_ / "m.onnx";
    const auto write = [&](const std::string& bytes) { std::ofstream(file, std::ios::binary) << bytes; };
    write(good);
    EXPECT_EQ(onnx_metadata(file, "model_type"), "paraformer");
    EXPECT_EQ(onnx_metadata(file, "other"), "");
    EXPECT_EQ(onnx_metadata(root_ / "none", "model_type"), "");
    for (std::size_t cut = 0; cut < good.size(); cut += cut < 100 || cut > 70'000 ? 1 : 997) {
        write(good.substr(0, cut));
        EXPECT_EQ(onnx_metadata(file, "model_type"), "") << cut;
    }
    write(std::string(1'000, '\xff'));
    EXPECT_EQ(onnx_metadata(file, "model_type"), "");
}

TEST(SherpaModels, TheShippedModelUnderAnotherNameHearsTheSame) {
    const char* set = std::getenv("AIMPACT_MODELS_DIR");
    const fs::path shipped = fs::absolute(fs::path(set && *set ? set : "var/models") / "moonshine-tiny-en");
    if (!fs::exists(shipped)) GTEST_SKIP() << "no models in " << shipped << ": run scripts/fetch-models";
    const fs::path other = fs::temp_directory_path() / ("aimpact_dropped_in_" + std::to_string(::getpid()));
    fs::create_directories(other);
    for (const char* name : {"encoder_model.ort", "decoder_model_merged.ort", "tokens.txt"})
        fs::create_symlink(shipped / name, other / name);
    EXPECT_EQ(find_sherpa_model(other)->kind, SherpaKind::moonshine_v2);
    const auto a = SherpaRecognizer::load(shipped), b = SherpaRecognizer::load(other);
    ASSERT_TRUE(a.has_value() && b.has_value());
    std::vector<float> noise(16'000);
    std::uint32_t state = 1;
    for (float& sample : noise) {
        state = state * 1'664'525U + 1'013'904'223U;
        sample = (static_cast<float>(state >> 8) / 8'388'608.0F - 1.0F) * 0.01F;
    }
    const Decoded one = (*a)->decode(noise), two = (*b)->decode(noise);
    EXPECT_EQ(one.text, two.text);
    EXPECT_EQ(one.tokens, two.tokens);
    EXPECT_EQ(one.decoder_steps, one.tokens.size());
    EXPECT_TRUE(one.token_seconds.empty() || one.token_seconds.size() == one.tokens.size());
    fs::remove_all(other);
}

}  // namespace
}  // namespace aimpact::inference
