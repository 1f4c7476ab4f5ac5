#include "voice/tts/kokoro.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <utility>

#include "base/log.hpp"
#include "base/process_memory.hpp"
#include "inference/openvino_runtime.hpp"
#include "voice/audible_synthesizer.hpp"
#include "voice/custom_voice.hpp"
#include "voice/tts/clause_cache.hpp"
#include "voice/tts/clause_maker.hpp"
#include "voice/tts/clause_reader.hpp"
#include "voice/tts/voice_catalog.hpp"

namespace aimpact::voice {
namespace {

using base::ErrorCode;
using base::Task;
using inference::Priority;

constexpr double kSpeedMin = 0.25, kSpeedMax = 4;
constexpr double kSemitonesMax = 12, kVolumeMinDb = -40, kVolumeMaxDb = 12;

Error cancelled() {
    return Error{ErrorCode::cancelled, "The speech was stopped."};
}

bool speaks_as_man(const SpeechStyle& style) {
    constexpr double kBetweenHz = 160;  // men speak lower, women higher
    if (const auto* matched = dynamic_cast<const MatchedVoice*>(style.custom_voice.get()))
        return matched->log_f0 < std::log(kBetweenHz);
    return is_man(style.voice);
}

class Kokoro final : public Synthesizer {
  public:
    Kokoro(KokoroOptions options, inference::Scheduler& scheduler, base::Metrics& metrics)
        : options_(std::move(options)),
          scheduler_(scheduler),
          cache_(options_.cache_bytes_max),
          from_model_(clause_counter(metrics, "model")),
          from_cache_(clause_counter(metrics, "cache")),
          audio_seconds_(
              metrics.counter("aimpact_tts_audio_seconds_total", "Seconds of speech synthesised.")) {}

    Result<> load(inference::OpenVinoRuntime& runtime, base::Metrics& metrics) {
        std::error_code ec;
        folder_ = std::filesystem::canonical(options_.models_dir / "kokoro-82m", ec);
        if (ec) {
            return Error{ErrorCode::unavailable,
                         "The speech model is missing from " + (options_.models_dir / "kokoro-82m").string() +
                             ". Run scripts/fetch-models.",
                         ec.message()};
        }
        AIMPACT_TRY(maker_, ClauseMaker::load(folder_, runtime, std::max(1, options_.threads),
                                              options_.loudness_lufs, metrics));
        for (Voice& v : voices_) {
            v.unavailable = maker_->unavailable(v.id);
            voice_ids_.push_back(v.id);
            if (maker_->installed(v.id)) installed_.push_back(v.id);
        }
        return {};
    }

    const std::vector<Voice>& voices() const override { return voices_; }
    const std::vector<std::string>& emotions() const override { return emotion_names(); }

    Result<> check(const SpeechStyle& style) const override {
        AIMPACT_CHECK(style.custom_voice ? check_custom(*style.custom_voice) : check_stock(style.voice));
        if (!known(emotion_names(), style.emotion)) {
            return base::invalid_argument(
                fmt::format("There is no emotion '{}'. Did you mean '{}'?", shown(style.emotion),
                            nearest_name(style.emotion, emotion_names())),
                "emotion");
        }
        if (!(style.intensity >= 0 && style.intensity <= 1))
            return base::invalid_argument("The intensity of an emotion is a number from 0 to 1.",
                                          "intensity");
        if (!(style.speed >= kSpeedMin && style.speed <= kSpeedMax))
            return base::invalid_argument(
                fmt::format("The speed is a number from {} to {}.", kSpeedMin, kSpeedMax), "speed");
        if (!(std::abs(style.pitch_semitones) <= kSemitonesMax))
            return base::invalid_argument(fmt::format("The pitch is a number of semitones from -{} to {}.",
                                                      kSemitonesMax, kSemitonesMax),
                                          "pitch");
        if (!(style.volume_db >= kVolumeMinDb && style.volume_db <= kVolumeMaxDb))
            return base::invalid_argument(
                fmt::format("The volume is a number of decibels from {} to {}.", kVolumeMinDb, kVolumeMaxDb),
                "volume");
        return {};
    }

    Task<Result<SpokenChunk>> clause(std::string text, SpeechStyle style, Priority priority,
                                     std::stop_token stop) override {
        SpokenChunk whole;
        auto join = [&whole](SpokenChunk chunk) { whole.append(std::move(chunk)); };
        AIMPACT_CO_CHECK(
            co_await stream(std::move(text), std::move(style), priority, join, std::move(stop), {}));
        co_return whole;
    }

    Task<Result<>> stream(std::string text, SpeechStyle style, Priority priority,
                          std::function<void(SpokenChunk)> sink, std::stop_token stop,
                          std::optional<Lane::Time> needed_at) override {
        AIMPACT_CO_CHECK(check(style));
        AIMPACT_CO_CHECK(check_length(text));
        if (style.intensity == 0) style.emotion = "neutral";
        if (style.emotion == "neutral") style.intensity = 1;  // any is the same; kept once
        const std::string key = clause_key(text, style);
        if (const auto hit = cache_.find(key)) {
            from_cache_.Increment();
            sink({.samples = hit->samples, .text = std::move(text), .words = hit->words});
            co_return Result<>{};
        }
        auto work = std::make_shared<ClauseWork>();
        work->text = std::move(text);
        work->edit = options_.edit ? options_.edit(style)
                                   : emotion_edit(style.emotion, style.intensity, speaks_as_man(style));
        work->edit.transpose = style.pitch_semitones;
        work->style = std::move(style);
        work->stop = stop;
        Pace pace(priority, needed_at);
        auto prepare_job = [this, work] { return maker_->prepare(*work); };
        AIMPACT_CO_CHECK(co_await scheduler_.run(pace.priority(), std::move(prepare_job), stop));
        for (std::size_t i = 0; i < work->pieces.size(); ++i) {
            if (stop.stop_requested()) co_return cancelled();
            work->permit = co_await prosody_lane_.enter(priority, pace.due());
            auto prosody_job = [this, work, i] {
                auto done = maker_->shape_prosody(*work, i);
                work->permit.release();
                return done;
            };
            const auto shaped = co_await scheduler_.run(pace.priority(), std::move(prosody_job), stop);
            work->permit.release();  // also when the job was not run
            if (shaped.has_error()) co_return shaped.error();

            for (std::size_t w = 0; w < work->windows.size(); ++w) {
                if (stop.stop_requested()) co_return cancelled();
                work->permit = co_await decoder_lane_.enter(priority, pace.due());
                auto decode_job = [this, work, i, w] {
                    auto done = maker_->decode(*work, i, w);
                    work->permit.release();
                    return done;
                };
                const auto decoded = co_await scheduler_.run(pace.priority(), std::move(decode_job), stop);
                work->permit.release();
                if (decoded.has_error()) co_return decoded.error();
                const bool last = i + 1 == work->pieces.size() && w + 1 == work->windows.size();
                if (work->ready.empty() || last || stop.stop_requested()) continue;
                pace.gave(work->ready.size());
                sink(ClauseMaker::take_chunk(*work, i, w));
            }
        }
        if (stop.stop_requested()) co_return cancelled();
        if (!work->pieces.empty() && work->samples.empty()) co_return no_sound();
        from_model_.Increment();
        audio_seconds_.Increment(static_cast<double>(work->samples.size()) / kSynthesisRate);
        SpokenChunk chunk = ClauseMaker::take_last(*work);
        cache_.insert(key, std::make_shared<const ClauseCache::Clause>(
                               ClauseCache::Clause{std::move(work->samples), std::move(work->words)}));
        sink(std::move(chunk));
        co_return Result<>{};
    }

    Task<Result<>> speak(std::string text, SpeechStyle style, Priority priority,
                         std::function<Task<Result<>>(SpokenChunk)> sink, std::stop_token stop) override {
        AIMPACT_CO_CHECK(check(style));
        co_return co_await read_clauses(*this, std::move(text), std::move(style), priority, std::move(sink),
                                        std::move(stop));
    }

    // Compiles what calls of usual length need, so that none of it happens while a caller waits.
    Task<Result<>> warm_up(Priority priority) override {
        for (int count : window_sizes()) {
            auto work = std::make_shared<ClauseWork>();
            work->permit = co_await decoder_lane_.enter(priority, std::chrono::steady_clock::now());
            auto job = [this, work, count] {
                auto done = maker_->warm_decoder(*work, count);
                work->permit.release();
                return done;
            };
            const auto done = co_await scheduler_.run(priority, std::move(job));
            work->permit.release();
            if (done.has_error()) co_return done.error();
        }
        for (const char* sentence : {"Yes.", "Sure, let me see.", "I can help you with that.",
                                     "Let me check the status of your order.",
                                     "Thank you for calling, my name is Anna, how can I help?"}) {
            AIMPACT_CO_CHECK(co_await clause(sentence, SpeechStyle{}, priority, {}));
        }
        // The runtime has its own copy of the weights now.
        std::size_t released = base::release_mapped_pages(folder_.string());
        std::error_code ec;
        if (const auto cache = std::filesystem::canonical(options_.cache_dir, ec); !ec)
            released += base::release_mapped_pages(cache.string());
        base::log_debug("tts.warm", {{"released_mb", released >> 20}});
        co_return Result<>{};
    }

  private:
    static bool known(const std::vector<std::string>& names, const std::string& name) {
        return std::find(names.begin(), names.end(), name) != names.end();
    }
    static std::string shown(const std::string& name) { return name.substr(0, 40); }

    Result<> check_stock(const std::string& name) const {
        if (!known(voice_ids_, name)) {
            return base::invalid_argument(fmt::format("There is no voice '{}'. Did you mean '{}'?",
                                                      shown(name), nearest_name(name, voice_ids_)),
                                          "voice");
        }
        const auto voice =
            std::find_if(voices_.begin(), voices_.end(), [&](const Voice& v) { return v.id == name; });
        if (!voice->unavailable.empty())
            return Error{ErrorCode::unavailable, voice->unavailable, {}, "voice"};
        return {};
    }

    Result<> check_custom(const CustomVoice& custom) const {
        const auto* matched = dynamic_cast<const MatchedVoice*>(&custom);
        if (!matched) {
            return Error{
                ErrorCode::unavailable,
                fmt::format("This voice is spoken by the engine '{}', which isn't at hand here. Set it "
                            "up, or choose another voice.",
                            custom.engine()),
                {},
                "voice"};
        }
        AIMPACT_CHECK(check_stock(matched->pronounced_as));
        for (const VoiceShare& share : matched->shares) {
            if (known(installed_, share.voice)) continue;
            return Error{ErrorCode::unavailable,
                         fmt::format("This voice is made of '{}', which isn't installed. Run "
                                     "scripts/fetch-models, or match it again.",
                                     shown(share.voice)),
                         {},
                         "voice"};
        }
        return {};
    }

    static prometheus::Counter& clause_counter(base::Metrics& metrics, const std::string& source) {
        return metrics.counter("aimpact_tts_clauses_total", "Clauses spoken, by where they came from.",
                               {{"source", source}});
    }

    Result<> check_length(const std::string& text) const {
        if (text.size() <= options_.text_chars_max) return {};
        return Error{ErrorCode::payload_too_large,
                     fmt::format("The text has {} characters; at most {} are spoken at once. Split it and "
                                 "send the parts one by one.",
                                 text.size(), options_.text_chars_max),
                     {},
                     "input"};
    }

    const KokoroOptions options_;
    inference::Scheduler& scheduler_;
    std::filesystem::path folder_;
    std::unique_ptr<ClauseMaker> maker_;
    std::vector<Voice> voices_ = kokoro_voices();     // as they are from load() on
    std::vector<std::string> voice_ids_, installed_;  // the second: of these, whose files are there
    Lane prosody_lane_, decoder_lane_;
    ClauseCache cache_;

    prometheus::Counter &from_model_, &from_cache_, &audio_seconds_;
};

}  // namespace

Result<std::unique_ptr<Synthesizer>> make_kokoro(KokoroOptions options, inference::OpenVinoRuntime& runtime,
                                                 inference::Scheduler& scheduler, base::Metrics& metrics) {
    auto kokoro = std::make_unique<Kokoro>(std::move(options), scheduler, metrics);
    AIMPACT_CHECK(kokoro->load(runtime, metrics));
    return std::unique_ptr<Synthesizer>(std::move(kokoro));
}

}  // namespace aimpact::voice
