#include "voice/hearing.hpp"

#include <atomic>
#include <latch>

#include "inference/openvino_runtime.hpp"

namespace aimpact::voice {

Result<Hearing> load_hearing(const inference::ModelStore& store, inference::OpenVinoRuntime& runtime,
                             const HearingOptions& options) {
    std::filesystem::path stt = store.folder() / options.recognizer;
    if (store.find(options.recognizer)) {
        AIMPACT_TRY(stt, store.model_folder(options.recognizer));
    }
    AIMPACT_TRY(const auto vad, store.model_folder("silero-vad"));
    AIMPACT_TRY(const auto turn, store.model_folder("smart-turn-v3"));
    Hearing hearing;
    AIMPACT_TRY(hearing.vad, VadModel::load(runtime, vad / "silero_vad_op18_ifless.onnx"));
    AIMPACT_TRY(hearing.turn, TurnDetector::load(runtime, turn / "smart-turn-v3.2-cpu.onnx"));
    if (!options.probe_command.empty())
        AIMPACT_CHECK(inference::check_recognizer(stt, options.state_folder, options.probe_command));
    AIMPACT_TRY(hearing.recognizer, inference::SherpaRecognizer::load(stt));
    return hearing;
}

Result<> warm_up(const Hearing& hearing, inference::Scheduler& scheduler) {
    // All workers at once: each has memory of its own to touch.
    const int workers = scheduler.threads();
    std::latch started(workers), done(workers);
    std::atomic<bool> failed = false;
    for (int i = 0; i < workers; ++i) {
        const auto job = [&] {
            started.arrive_and_wait();
            const std::vector<float> second(kRecognitionRate, 0.0F);
            if (!hearing.turn->complete_probability(second)) failed = true;
            hearing.recognizer->warm_up();
            done.count_down();
        };
        if (!scheduler.try_post(inference::Priority::caller_waiting, job)) {
            // Nobody else uses the scheduler before it is warm; a full queue is a mistake in the wiring.
            for (int left = i; left < workers; ++left) started.count_down(), done.count_down();
            done.wait();
            return base::internal_error("the inference queue was full before warm-up");
        }
    }
    done.wait();
    if (failed) return base::internal_error("the turn detector failed in warm-up");
    return {};
}

}  // namespace aimpact::voice
