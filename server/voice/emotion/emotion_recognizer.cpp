#include "voice/emotion/emotion_recognizer.hpp"

#include <cmath>

#include "inference/idle_calls.hpp"
#include "inference/openvino_runtime.hpp"
#include "voice/emotion/emotion_features.hpp"

namespace aimpact::voice {

using base::Result;

namespace {

constexpr int kPreparedWindows = 16;  // forms kept for 1 .. 9 windows

struct Call {
    ov::InferRequest request;
    EmotionFeatures features;
};

// The windows' mean in log-probability, as the network averages its parts.
std::array<float, kEmotions> pooled(std::span<const float> rows) {
    std::array<double, kEmotions> sum{};
    for (std::size_t i = 0; i < rows.size(); ++i)
        sum[i % kEmotions] += std::log(static_cast<double>(rows[i]) + 1e-6);
    const double windows = static_cast<double>(rows.size()) / kEmotions;
    double all = 0;
    for (double& value : sum) all += value = std::exp(value / windows);
    std::array<float, kEmotions> out{};
    for (std::size_t i = 0; i < kEmotions; ++i) out[i] = static_cast<float>(sum[i] / all);
    return out;
}

}  // namespace

struct EmotionRecognizer::Impl {
    ov::CompiledModel compiled;
    inference::IdleCalls<Call> calls;

    Result<std::unique_ptr<Call>> take() {
        return calls.take([this]() -> Result<std::unique_ptr<Call>> {
            auto call = std::make_unique<Call>();
            AIMPACT_TRY(call->request, inference::make_request(compiled));
            return call;
        });
    }

    static Result<std::array<float, kEmotions>> infer(Call& call, const std::vector<float>& features) {
        const std::size_t windows = features.size() / kEmotionFeatures;
        try {
            ov::Tensor input(ov::element::f32, {windows, kEmotionFeatures});
            std::ranges::copy(features, input.data<float>());
            call.request.set_tensor("features", input);
        } catch (const std::exception& e) {
            return base::internal_error(std::string("emotion recogniser: ") + e.what());
        }
        AIMPACT_CHECK(inference::infer(call.request));
        const ov::Tensor found = call.request.get_output_tensor(0);
        if (found.get_size() != windows * kEmotions)
            return base::internal_error(
                "the emotion recogniser's model has other classes; run scripts/train-emotion");
        return pooled({found.data<float>(), found.get_size()});
    }
};

EmotionRecognizer::EmotionRecognizer() : impl_(std::make_unique<Impl>()) {}
EmotionRecognizer::~EmotionRecognizer() = default;

Result<std::shared_ptr<const EmotionRecognizer>> EmotionRecognizer::load(
    inference::OpenVinoRuntime& runtime, const std::filesystem::path& folder) {
    AIMPACT_TRY(auto model, runtime.read_model(folder / "emotion.xml"));
    std::shared_ptr<EmotionRecognizer> made(new EmotionRecognizer);
    AIMPACT_TRY(
        made->impl_->compiled,
        runtime.compile(
            model, {.shapes = {{"features",
                                {ov::Dimension::dynamic(), static_cast<std::int64_t>(kEmotionFeatures)}}},
                    .prepared_max = kPreparedWindows}));
    // A model of other features is found here rather than in a call.
    AIMPACT_TRY(auto call, made->impl_->take());
    AIMPACT_CHECK(Impl::infer(*call, std::vector<float>(kEmotionFeatures)));
    made->impl_->calls.give_back(std::move(call));
    return std::shared_ptr<const EmotionRecognizer>(std::move(made));
}

Result<std::optional<EmotionEstimate>> EmotionRecognizer::estimate(std::span<const float> samples) const {
    AIMPACT_TRY(auto call, impl_->take());
    std::size_t frames = 0;
    const std::vector<float> features = call->features.compute(samples, &frames);
    std::optional<EmotionEstimate> out;
    if (!features.empty()) {
        AIMPACT_TRY(const auto probabilities, Impl::infer(*call, features));
        out = make_estimate(probabilities, static_cast<float>(frames) / 100);
    }
    impl_->calls.give_back(std::move(call));
    return out;
}

}  // namespace aimpact::voice
