#include "inference/sherpa_recognizer.hpp"

#include <cstring>

#include "inference/sherpa_model_files.hpp"
#include "sherpa-onnx/c-api/c-api.h"

namespace aimpact::inference {

using base::Error;
using base::ErrorCode;
using base::Result;
namespace fs = std::filesystem;

namespace {
constexpr int kRate = 16'000;

struct StreamDeleter {
    void operator()(const SherpaOnnxOfflineStream* stream) const { SherpaOnnxDestroyOfflineStream(stream); }
};
struct ResultDeleter {
    void operator()(const SherpaOnnxOfflineRecognizerResult* result) const {
        SherpaOnnxDestroyOfflineRecognizerResult(result);
    }
};
}  // namespace

struct SherpaRecognizer::Impl {
    const SherpaOnnxOfflineRecognizer* recognizer = nullptr;
    bool moonshine = false;
    ~Impl() {
        if (recognizer) SherpaOnnxDestroyOfflineRecognizer(recognizer);
    }
};

SherpaRecognizer::SherpaRecognizer() : impl_(std::make_unique<Impl>()) {}
SherpaRecognizer::~SherpaRecognizer() = default;

namespace {

// Puts the files where their kind has them. The pointers are into `files`.
void set_model(SherpaOnnxOfflineModelConfig& config, const SherpaModelFiles& files) {
    const char *encoder = files.encoder.c_str(), *decoder = files.decoder.c_str(),
               *model = files.model.c_str();
    switch (files.kind) {
        case SherpaKind::moonshine_v2:
            config.moonshine.encoder = encoder;
            config.moonshine.merged_decoder = decoder;
            break;
        case SherpaKind::moonshine_v1:
            config.moonshine.preprocessor = files.preprocessor.c_str();
            config.moonshine.encoder = encoder;
            config.moonshine.uncached_decoder = files.uncached_decoder.c_str();
            config.moonshine.cached_decoder = files.cached_decoder.c_str();
            break;
        case SherpaKind::transducer:
            config.transducer = {encoder, decoder, files.joiner.c_str()};
            break;
        case SherpaKind::whisper:
            config.whisper.encoder = encoder;
            config.whisper.decoder = decoder;
            config.whisper.task = "transcribe";  // in the language that is spoken: none is named
            config.whisper.tail_paddings = -1;   // as many as the model was made for
            config.whisper.enable_token_timestamps = 1;
            break;
        case SherpaKind::canary:
            config.canary.encoder = encoder;
            config.canary.decoder = decoder;
            config.canary.src_lang = config.canary.tgt_lang = "en";
            config.canary.use_pnc = 1;
            break;
        case SherpaKind::fire_red_asr:
            config.fire_red_asr = {encoder, decoder};
            break;
        case SherpaKind::cohere:
            config.cohere_transcribe.encoder = encoder;
            config.cohere_transcribe.decoder = decoder;
            config.cohere_transcribe.language = "en";
            config.cohere_transcribe.use_punct = 1;
            break;
        case SherpaKind::paraformer:
            config.paraformer.model = model;
            break;
        case SherpaKind::nemo_ctc:
            config.nemo_ctc.model = model;
            break;
        case SherpaKind::zipformer_ctc:
            config.zipformer_ctc.model = model;
            break;
        case SherpaKind::wenet_ctc:
            config.wenet_ctc.model = model;
            break;
        case SherpaKind::sense_voice:
            config.sense_voice.model = model;
            config.sense_voice.language = "auto";
            config.sense_voice.use_itn = 1;
            break;
        case SherpaKind::dolphin:
            config.dolphin.model = model;
            break;
        case SherpaKind::omnilingual:
            config.omnilingual.model = model;
            break;
        case SherpaKind::medasr:
            config.medasr.model = model;
            break;
        case SherpaKind::fire_red_asr_ctc:
            config.fire_red_asr_ctc.model = model;
            break;
        case SherpaKind::telespeech_ctc:
            config.telespeech_ctc = model;
            break;
        case SherpaKind::tdnn:
            config.tdnn.model = model;
            break;
    }
}

}  // namespace

Result<std::shared_ptr<SherpaRecognizer>> SherpaRecognizer::load(const fs::path& folder) {
    AIMPACT_TRY(const SherpaModelFiles files, find_sherpa_model(folder));
    SherpaOnnxOfflineRecognizerConfig config;
    std::memset(&config, 0, sizeof config);
    set_model(config.model_config, files);
    config.model_config.tokens = files.tokens.c_str();
    config.model_config.num_threads = 1;  // parallel by callers, each on its own thread
    config.model_config.provider = "cpu";
    config.decoding_method = "greedy_search";
    config.feat_config.sample_rate = kRate;
    config.feat_config.feature_dim = 80;
    std::shared_ptr<SherpaRecognizer> made(new SherpaRecognizer);
    made->impl_->moonshine = files.kind == SherpaKind::moonshine_v1 || files.kind == SherpaKind::moonshine_v2;
    made->impl_->recognizer = SherpaOnnxCreateOfflineRecognizer(&config);
    if (!made->impl_->recognizer)
        return Error{ErrorCode::unavailable, "The speech recognition model in " + folder.string() +
                                                 " cannot be loaded as a model of the kind " +
                                                 std::string(to_string(files.kind)) +
                                                 ". Run scripts/fetch-models to repair it."};
    return made;
}

Decoded SherpaRecognizer::decode(std::span<const float> samples_16k) const {
    Decoded out;
    if (samples_16k.empty()) return out;
    const std::unique_ptr<const SherpaOnnxOfflineStream, StreamDeleter> stream(
        SherpaOnnxCreateOfflineStream(impl_->recognizer));
    SherpaOnnxAcceptWaveformOffline(stream.get(), kRate, samples_16k.data(),
                                    static_cast<int32_t>(samples_16k.size()));
    SherpaOnnxDecodeOfflineStream(impl_->recognizer, stream.get());
    const std::unique_ptr<const SherpaOnnxOfflineRecognizerResult, ResultDeleter> result(
        SherpaOnnxGetOfflineStreamResult(stream.get()));
    if (!result) return out;
    if (result->text) out.text = result->text;
    for (int32_t i = 0; result->tokens_arr && i < result->count; ++i)
        out.tokens.emplace_back(result->tokens_arr[i] ? result->tokens_arr[i] : "");
    const std::size_t count = out.tokens.size();
    if (result->timestamps) out.token_seconds.assign(result->timestamps, result->timestamps + count);
    if (result->ys_log_probs)
        out.token_log_probabilities.assign(result->ys_log_probs, result->ys_log_probs + count);
    if (impl_->moonshine) out.decoder_steps = count;
    return out;
}

void SherpaRecognizer::warm_up() const {
    // Quiet noise, not zeros: the decoder should take a step or two.
    std::vector<float> noise(kRate);
    std::uint32_t state = 1;
    for (float& sample : noise) {
        state = state * 1'664'525U + 1'013'904'223U;
        sample = (static_cast<float>(state >> 8) / 8'388'608.0F - 1.0F) * 0.01F;
    }
    decode(noise);
}

Result<> probe_recognizer(const fs::path& folder) {
    AIMPACT_TRY(const auto recognizer, SherpaRecognizer::load(folder));
    recognizer->warm_up();
    return {};
}

}  // namespace aimpact::inference
