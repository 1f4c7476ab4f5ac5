#include "voice/emotion/emotion_hearing.hpp"

namespace aimpact::voice {

void EmotionHearing::set(Judge judge) {
    const std::lock_guard lock(mutex_);
    judge_ = std::move(judge);
}

EmotionHearing::Judge EmotionHearing::judge() const {
    const std::lock_guard lock(mutex_);
    return judge_;
}

base::Task<base::Result<std::optional<EmotionEstimate>>> EmotionHearing::estimate(
    std::vector<float> samples, inference::Priority priority) {
    Judge judge = this->judge();
    if (!judge)
        co_return base::Error{base::ErrorCode::unavailable,
                              "Emotions can't be heard: the model is not there. Run scripts/train-emotion."};
    auto job = [judge = std::move(judge), samples = std::move(samples)] { return judge(samples); };
    auto run = scheduler_.run(priority, std::move(job));
    co_return co_await std::move(run);
}

}  // namespace aimpact::voice
