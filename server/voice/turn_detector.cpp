#include "voice/turn_detector.hpp"

#include <vector>

#include "inference/idle_calls.hpp"
#include "inference/openvino_runtime.hpp"
#include "voice/turn_features.hpp"

namespace aimpact::voice {

namespace {
struct Call {
    ov::InferRequest request;
    TurnFeatures features;
};
}  // namespace

struct TurnDetector::Impl {
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

TurnDetector::TurnDetector() : impl_(std::make_unique<Impl>()) {}
TurnDetector::~TurnDetector() = default;

Result<std::shared_ptr<TurnDetector>> TurnDetector::load(inference::OpenVinoRuntime& runtime,
                                                         const std::filesystem::path& file) {
    AIMPACT_TRY(auto model, runtime.read_model(file));
    std::shared_ptr<TurnDetector> made(new TurnDetector);
    AIMPACT_TRY(made->impl_->compiled,
                runtime.compile(model, {.shapes = {{"input_features",
                                                    {1, static_cast<std::int64_t>(kTurnMels),
                                                     static_cast<std::int64_t>(kTurnFrames)}}}}));
    return made;
}

Result<float> TurnDetector::complete_probability(std::span<const float> samples_16k) const {
    AIMPACT_TRY(auto call, impl_->take());
    ov::Tensor input = call->request.get_tensor("input_features");
    call->features.compute(
        samples_16k, std::span<float, kTurnMels * kTurnFrames>(input.data<float>(), kTurnMels * kTurnFrames));
    AIMPACT_CHECK(inference::infer(call->request));
    const float probability = call->request.get_output_tensor(0).data<float>()[0];
    impl_->calls.give_back(std::move(call));
    return probability;
}

}  // namespace aimpact::voice
