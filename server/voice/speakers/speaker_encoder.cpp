#include "voice/speakers/speaker_encoder.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "inference/idle_calls.hpp"
#include "inference/model_store.hpp"
#include "inference/openvino_runtime.hpp"
#include "voice/speakers/speaker_features.hpp"

namespace aimpact::voice {

namespace {

// Resemblyzer's embed_utterance: 1.3 windows a second; the last one counts if it is three quarters full.
constexpr std::size_t kStepFrames = 77;
constexpr double kCoverageMin = 0.75;
constexpr double kUtteranceSecondsMin = 0.5;
constexpr int kPreparedBatches = 64;  // forms kept for the batch sizes 1 .. kSpeakerBatch, a few each

struct Call {
    ov::InferRequest request;
    SpeakerFeatures features;
};

}  // namespace

float similarity(const SpeakerEmbedding& a, const SpeakerEmbedding& b) {
    return std::inner_product(a.begin(), a.end(), b.begin(), 0.0F);
}

SpeakerEmbedding mean_voice(std::span<const SpeakerEmbedding> many) {
    SpeakerEmbedding sum{};
    for (const SpeakerEmbedding& one : many)
        for (std::size_t i = 0; i < sum.size(); ++i) sum[i] += one[i];
    const float length = std::sqrt(similarity(sum, sum));
    if (length > 0)
        for (float& value : sum) value /= length;
    return sum;
}

struct SpeakerEncoder::Impl {
    ov::CompiledModel compiled;
    inference::IdleCalls<Call> calls;

    Result<std::unique_ptr<Call>> take() {
        return calls.take([this]() -> Result<std::unique_ptr<Call>> {
            auto call = std::make_unique<Call>();
            AIMPACT_TRY(call->request, inference::make_request(compiled));
            return call;
        });
    }
};

SpeakerEncoder::SpeakerEncoder() : impl_(std::make_unique<Impl>()) {}
SpeakerEncoder::~SpeakerEncoder() = default;

Result<std::shared_ptr<SpeakerEncoder>> SpeakerEncoder::load(inference::OpenVinoRuntime& runtime,
                                                             const std::filesystem::path& file) {
    AIMPACT_TRY(auto model, runtime.read_model(file));
    std::shared_ptr<SpeakerEncoder> made(new SpeakerEncoder);
    AIMPACT_TRY(
        made->impl_->compiled,
        runtime.compile(
            model, {.shapes = {{"mels",
                                {ov::Dimension::dynamic(), static_cast<std::int64_t>(kSpeakerWindowFrames),
                                 static_cast<std::int64_t>(kSpeakerMels)}}},
                    .prepared_max = kPreparedBatches}));
    // Another model under this name is found here rather than in a call.
    const std::vector<float> silence(kSpeakerWindowFloats, 0.0F);
    AIMPACT_TRY(const auto tried, made->windows(silence));
    return made;
}

Result<std::vector<SpeakerEmbedding>> SpeakerEncoder::windows(std::span<const float> mels) const {
    const std::size_t count = mels.size() / kSpeakerWindowFloats;
    std::vector<SpeakerEmbedding> out;
    out.reserve(count);
    AIMPACT_TRY(auto call, impl_->take());
    for (std::size_t from = 0; from < count; from += kSpeakerBatch) {
        const std::size_t batch = std::min(kSpeakerBatch, count - from);
        const std::span<const float> part =
            mels.subspan(from * kSpeakerWindowFloats, batch * kSpeakerWindowFloats);
        try {
            ov::Tensor input(ov::element::f32, {batch, kSpeakerWindowFrames, kSpeakerMels});
            std::ranges::copy(part, input.data<float>());
            call->request.set_tensor("mels", input);
        } catch (const std::exception& e) {
            return base::internal_error(std::string("speaker encoder: ") + e.what());
        }
        AIMPACT_CHECK(inference::infer(call->request));
        const ov::Tensor found = call->request.get_output_tensor(0);
        if (found.get_size() != batch * kSpeakerDimensions)
            return base::internal_error("the speaker encoder's model has other shapes than GE2E");
        const float* values = found.data<float>();
        for (std::size_t w = 0; w < batch; ++w, values += kSpeakerDimensions) {
            const std::span<const float> window =
                part.subspan(w * kSpeakerWindowFloats, kSpeakerWindowFloats);
            SpeakerEmbedding& embedding = out.emplace_back();
            if (std::ranges::any_of(window, [](float v) { return v > 0; }))
                std::copy_n(values, kSpeakerDimensions, embedding.begin());
        }
    }
    impl_->calls.give_back(std::move(call));
    return out;
}

Result<SpeakerEmbedding> SpeakerEncoder::utterance(std::span<const float> samples) const {
    if (static_cast<double>(samples.size()) < kUtteranceSecondsMin * kRecognitionRate)
        return base::invalid_argument("A voice needs at least half a second of speech.");
    // The windows as Resemblyzer lays them; the last may look past the end, at zeros.
    const std::size_t frames = samples.size() / kSpeakerHop + 1;
    const std::size_t reach = frames + kStepFrames + 1;
    const std::size_t end = reach > kSpeakerWindowFrames ? reach - kSpeakerWindowFrames : 1;
    std::vector<std::size_t> starts;
    for (std::size_t f = 0; f < end; f += kStepFrames) starts.push_back(f);
    const double covered =
        (static_cast<double>(samples.size()) - static_cast<double>(starts.back() * kSpeakerHop)) /
        static_cast<double>(kSpeakerWindowFrames * kSpeakerHop);
    if (covered < kCoverageMin && starts.size() > 1) starts.pop_back();

    AIMPACT_TRY(auto call, impl_->take());
    std::vector<float> table((starts.back() + kSpeakerWindowFrames) * kSpeakerMels);
    call->features.compute(samples, speaker_gain(samples), 0, table);
    impl_->calls.give_back(std::move(call));
    std::vector<float> mels;
    mels.reserve(starts.size() * kSpeakerWindowFloats);
    for (const std::size_t f : starts) {
        const auto from = table.begin() + static_cast<std::ptrdiff_t>(f * kSpeakerMels);
        mels.insert(mels.end(), from, from + kSpeakerWindowFloats);
    }
    AIMPACT_TRY(const auto embeddings, windows(mels));
    const SpeakerEmbedding voice = mean_voice(embeddings);
    if (similarity(voice, voice) < 0.5F) return base::invalid_argument("There is no sound in it.");
    return voice;
}

LazySpeakerEncoder::LazySpeakerEncoder(std::filesystem::path models_dir,
                                       std::function<inference::OpenVinoRuntime&()> runtime)
    : load_([models_dir = std::move(models_dir),
             runtime = std::move(runtime)]() -> Result<std::shared_ptr<SpeakerEncoder>> {
          AIMPACT_TRY(const auto store, inference::ModelStore::open(models_dir));
          AIMPACT_TRY(const auto folder, store.model_folder("ge2e"));
          return SpeakerEncoder::load(runtime(), folder / "encoder.xml");
      }) {}

Result<std::shared_ptr<const SpeakerEncoder>> LazySpeakerEncoder::get() const {
    std::lock_guard lock(mutex_);
    if (!encoder_) {
        auto loaded = load_();
        if (loaded.has_error()) {
            Error error = loaded.error();
            error.code = base::ErrorCode::unavailable;
            error.message = "Speakers can't be told apart: the model is not available. " + error.message;
            return error;
        }
        encoder_ = *std::move(loaded);
    }
    return encoder_;
}

bool LazySpeakerEncoder::loaded() const {
    std::lock_guard lock(mutex_);
    return encoder_ != nullptr;
}

}  // namespace aimpact::voice
