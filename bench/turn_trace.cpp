#include "turn_trace.hpp"

#include <algorithm>
#include <cmath>

#include "base/async.hpp"
#include "voice/turn_policy.hpp"

namespace aimpact::bench {

namespace json = boost::json;

namespace {
constexpr int kRate = voice::kRecognitionRate;

double rounded(double value, double steps) {
    return std::round(value * steps) / steps;
}

double level_db(std::span<const float> frame) {
    double sum = 0;
    for (const float s : frame) sum += static_cast<double>(s) * s * 32768 * 32768;
    return 10 * std::log10(sum / static_cast<double>(frame.size()) + 1);
}
}  // namespace

json::object trace_pauses(const voice::Hearing& hearing, voice::Recognizer& recognizer,
                          std::span<const float> all, double end_ms) {
    auto vad = hearing.vad->stream();
    voice::SpeechTracker tracker;
    json::array probabilities, levels, pauses;
    json::object pause;
    std::int64_t turn_begin = -1, frame = 0;
    const auto samples_to = [&](std::int64_t frames) {
        const std::int64_t from = std::max<std::int64_t>(0, turn_begin * 512 - kRate * 3 / 10);
        return all.subspan(static_cast<std::size_t>(from), static_cast<std::size_t>(frames * 512 - from));
    };
    const auto close = [&](bool resumed) {
        if (pause.empty()) return;
        pause["resumed"] = resumed;
        pauses.push_back(std::move(pause));
        pause = {};
    };
    for (std::size_t at = 0; at + voice::kVadFrame <= all.size(); at += voice::kVadFrame) {
        const auto now = all.subspan(at).first<voice::kVadFrame>();
        const float p = (*vad)->probability(now);
        probabilities.push_back(rounded(p, 1000));
        levels.push_back(rounded(level_db(now), 10));
        if (tracker.push(p)) turn_begin = tracker.first_frame();
        ++frame;
        if (turn_begin < 0) continue;
        const std::int64_t silent = tracker.silent_frames();
        if (silent == 0) {
            close(true);
            continue;
        }
        if (silent == 4) {
            const auto audio = samples_to(frame);
            const auto last = audio.last(std::min<std::size_t>(audio.size(), 20 * kRate));
            const auto text = base::run_sync(recognizer.utterance(
                {last.begin(), last.end()}, tracker.mean_probability(), {}, inference::Priority::batch));
            pause = {{"end_frame", tracker.end_frame()},
                     {"first_frame", turn_begin},
                     {"speech_frames", tracker.speech_frames()},
                     {"text", text ? text->text : ""},
                     {"checks", json::object{}}};
            if (hearing.text_end && text)
                if (const auto end = hearing.text_end(text->text)) pause["text_end"] = rounded(*end, 10000);
        }
        if (std::find(voice::kTurnChecks.begin(), voice::kTurnChecks.end(), silent) !=
            voice::kTurnChecks.end()) {
            const auto audio = samples_to(frame);
            const auto answer = hearing.turn->complete_probability(
                audio.last(std::min<std::size_t>(audio.size(), 8 * kRate)));
            pause["checks"].as_object()[std::to_string(silent)] = answer ? rounded(*answer, 10000) : -1.0;
        }
    }
    close(false);
    return {{"end_ms", end_ms}, {"vad", probabilities}, {"db", levels}, {"pauses", pauses}};
}

}  // namespace aimpact::bench
