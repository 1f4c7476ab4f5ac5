#include "voice/tts/kokoro.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/experimental/concurrent_channel.hpp>
#include <cmath>
#include <map>
#include <utility>

#include "base/log.hpp"
#include "base/process_memory.hpp"
#include "inference/openvino_runtime.hpp"
#include "voice/audible_synthesizer.hpp"
#include "voice/tts/clause_cache.hpp"
#include "voice/tts/clause_work.hpp"
#include "voice/tts/loudness.hpp"
#include "voice/tts/pronouncer.hpp"
#include "voice/tts/spoken_form.hpp"
#include "voice/tts/time_scale.hpp"
#include "voice/tts/voice_catalog.hpp"
#include "voice/tts/voice_levels.hpp"

namespace aimpact::voice {
namespace {

using base::ErrorCode;
using base::Task;
using inference::Priority;

constexpr double kSpeedMin = 0.25, kSpeedMax = 4;
// Phones last whole frames of 25 ms, so beyond this rate the rest is done on the samples.
constexpr double kModelRateMax = 1.6;

Error cancelled() {
    return Error{ErrorCode::cancelled, "The speech was stopped."};
}

class Kokoro final : public Synthesizer {
  public:
    Kokoro(KokoroOptions options, inference::Scheduler& scheduler, base::Metrics& metrics)
        : options_(std::move(options)),
          scheduler_(scheduler),
          cache_(options_.cache_bytes_max),
          text_seconds_(stage_histogram(metrics, "text")),
          prosody_seconds_(stage_histogram(metrics, "prosody")),
          decode_seconds_(stage_histogram(metrics, "decode")),
          from_model_(clause_counter(metrics, "model")),
          from_cache_(clause_counter(metrics, "cache")),
          audio_seconds_(
              metrics.counter("aimpact_tts_audio_seconds_total", "Seconds of speech synthesised.")) {
        for (const Voice& v : voices_) voice_ids_.push_back(v.id);
    }

    Result<> load(inference::OpenVinoRuntime& runtime) {
        std::error_code ec;
        folder_ = std::filesystem::canonical(options_.models_dir / "kokoro-82m", ec);
        if (ec) {
            return Error{ErrorCode::unavailable,
                         "The speech model is missing from " + (options_.models_dir / "kokoro-82m").string() +
                             ". Run scripts/fetch-models.",
                         ec.message()};
        }
        const auto& folder = folder_;
        AIMPACT_CHECK(check_vocabulary(folder / "vocab.json"));
        AIMPACT_TRY(stages_, KokoroStages::load(folder, runtime, std::max(1, options_.threads)));
        AIMPACT_TRY(american_, Pronouncer::load(folder / "dict", Accent::american));
        return {};
    }

    const std::vector<Voice>& voices() const override { return voices_; }
    const std::vector<std::string>& emotions() const override { return emotion_names(); }

    Result<> check(const SpeechStyle& style) const override {
        const auto known = [](const std::vector<std::string>& names, const std::string& name) {
            return std::find(names.begin(), names.end(), name) != names.end();
        };
        const auto shown = [](const std::string& name) { return name.substr(0, 40); };
        if (!known(voice_ids_, style.voice)) {
            return base::invalid_argument(
                fmt::format("There is no voice '{}'. Did you mean '{}'?", shown(style.voice),
                            nearest_name(style.voice, voice_ids_)),
                "voice");
        }
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
        return {};
    }

    Task<Result<SpokenChunk>> clause(std::string text, SpeechStyle style, Priority priority,
                                     std::stop_token stop) override {
        SpokenChunk whole;
        auto join = [&whole](SpokenChunk chunk) {
            whole.text += chunk.text;
            whole.samples.insert(whole.samples.end(), chunk.samples.begin(), chunk.samples.end());
        };
        AIMPACT_CO_CHECK(
            co_await stream(std::move(text), std::move(style), priority, join, std::move(stop), {}));
        co_return whole;
    }

    Task<Result<>> stream(std::string text, SpeechStyle style, Priority priority,
                          std::function<void(SpokenChunk)> sink, std::stop_token stop,
                          std::optional<Lane::Time> needed_at) override {
        AIMPACT_CO_CHECK(check(style));
        AIMPACT_CO_CHECK(check_length(text));
        const std::string key = clause_key(text, style);
        if (const auto hit = cache_.find(key)) {
            from_cache_.Increment();
            sink({.samples = *hit, .text = std::move(text)});
            co_return Result<>{};
        }
        auto work = std::make_shared<ClauseWork>();
        work->text = std::move(text);
        work->edit = emotion_edit(style.emotion, style.intensity);
        work->style = std::move(style);
        work->stop = stop;
        Pace pace(priority, needed_at);
        auto prepare_job = [this, work] { return prepare(*work); };
        AIMPACT_CO_CHECK(co_await scheduler_.run(pace.priority(), std::move(prepare_job), stop));
        for (std::size_t i = 0; i < work->pieces.size(); ++i) {
            if (stop.stop_requested()) co_return cancelled();
            work->permit = co_await prosody_lane_.enter(priority, pace.due());
            auto prosody_job = [this, work, i] {
                auto done = shape_prosody(*work, i);
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
                    auto done = decode(*work, i, w);
                    work->permit.release();
                    return done;
                };
                const auto decoded = co_await scheduler_.run(pace.priority(), std::move(decode_job), stop);
                work->permit.release();
                if (decoded.has_error()) co_return decoded.error();
                const bool last = i + 1 == work->pieces.size() && w + 1 == work->windows.size();
                if (work->ready.empty() || last || stop.stop_requested()) continue;
                pace.gave(work->ready.size());
                sink(take_chunk(*work, i, w));
            }
        }
        if (stop.stop_requested()) co_return cancelled();
        if (!work->pieces.empty() && work->samples.empty()) co_return no_sound();
        from_model_.Increment();
        audio_seconds_.Increment(static_cast<double>(work->samples.size()) / kSynthesisRate);
        SpokenChunk chunk{std::move(work->ready), work->text.substr(work->text_given), true};
        cache_.insert(key, std::make_shared<const std::vector<float>>(std::move(work->samples)));
        sink(std::move(chunk));
        co_return Result<>{};
    }

    Task<Result<>> speak(std::string text, SpeechStyle style, Priority priority,
                         std::function<Task<Result<>>(SpokenChunk)> sink, std::stop_token stop) override {
        AIMPACT_CO_CHECK(check(style));
        AIMPACT_CO_CHECK(check_length(text));
        ClauseSplitter splitter;
        std::vector<std::string> clauses = splitter.push(text);
        for (auto& rest : splitter.finish()) clauses.push_back(std::move(rest));
        // A clause is made while the one before it is being taken. Null: the end of a clause.
        using Made = base::asio::experimental::concurrent_channel<void(boost::system::error_code,
                                                                       std::shared_ptr<Result<SpokenChunk>>)>;
        constexpr std::size_t kChunksMax = 1024;  // far more than two clauses have
        auto executor = co_await base::asio::this_coro::executor;
        std::stop_source mine;
        auto pass_on = [&mine] { mine.request_stop(); };
        std::stop_callback outer(stop, pass_on);
        auto made = std::make_shared<Made>(executor, kChunksMax);
        const auto begin = [&](std::size_t i) {
            const Priority p = i == 0 ? priority : std::max(priority, Priority::live);
            auto give = [made](SpokenChunk chunk) {
                made->try_send(boost::system::error_code{},
                               std::make_shared<Result<SpokenChunk>>(std::move(chunk)));
            };
            base::asio::co_spawn(executor, stream(clauses[i], style, p, give, mine.get_token(), {}),
                                 [made](std::exception_ptr failure, Result<> done) {
                                     if (failure) done = base::internal_error("a clause threw");
                                     made->try_send(boost::system::error_code{},
                                                    done.has_error() ? std::make_shared<Result<SpokenChunk>>(
                                                                           std::move(done).error())
                                                                     : nullptr);
                                 });
        };
        Result<> outcome;
        bool running = !clauses.empty();
        if (running) begin(0);
        for (std::size_t i = 0; running;) {
            const auto result = co_await made->async_receive(base::asio::use_awaitable);
            if (!result || result->has_error()) {
                if (result && outcome.has_value()) outcome = result->error();
                running = result == nullptr && outcome.has_value() && ++i < clauses.size();
                if (running) begin(i);
                continue;
            }
            if (outcome.has_error()) continue;  // what is on its way after a stop
            const Result<> taken = co_await sink(std::move(**result));
            if (taken.has_error()) {
                outcome = taken;
                mine.request_stop();
            }
        }
        co_return outcome;
    }

    // Compiles what calls of usual length need, so that none of it happens while a caller waits.
    Task<Result<>> warm_up(Priority priority) override {
        for (int count : window_sizes()) {
            auto work = std::make_shared<ClauseWork>();
            work->permit = co_await decoder_lane_.enter(priority, std::chrono::steady_clock::now());
            auto job = [this, work, count] {
                auto done = warm_decoder(*work, count);
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
    static prometheus::Histogram& stage_histogram(base::Metrics& metrics, const std::string& stage) {
        return metrics.histogram("aimpact_tts_stage_seconds",
                                 "Time of a stage of speech synthesis, waiting not counted.",
                                 {{"stage", stage}});
    }
    static prometheus::Counter& clause_counter(base::Metrics& metrics, const std::string& source) {
        return metrics.counter("aimpact_tts_clauses_total", "Clauses spoken, by where they came from.",
                               {{"source", source}});
    }

    class StageTimer {
      public:
        explicit StageTimer(prometheus::Histogram& h) : histogram_(h) {}
        ~StageTimer() {
            histogram_.Observe(
                std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count());
        }

      private:
        prometheus::Histogram& histogram_;
        const std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
    };

    Result<> check_length(const std::string& text) const {
        if (text.size() <= options_.text_chars_max) return {};
        return Error{ErrorCode::payload_too_large,
                     fmt::format("The text has {} characters; at most {} are spoken at once. Split it and "
                                 "send the parts one by one.",
                                 text.size(), options_.text_chars_max),
                     {},
                     "input"};
    }

    Result<std::shared_ptr<const Pronouncer>> pronouncer(bool british) {
        if (!british) return american_;
        std::lock_guard lock(lazy_mutex_);
        if (!british_) {
            AIMPACT_TRY(british_, Pronouncer::load(folder_ / "dict", Accent::british));
        }
        return british_;
    }

    Result<std::shared_ptr<const VoiceData>> voice_data(const std::string& voice) {
        std::lock_guard lock(lazy_mutex_);
        auto& entry = voice_data_[voice];
        if (!entry) {
            AIMPACT_TRY(auto data, read_voice(folder_, voice));
            entry = std::make_shared<const VoiceData>(std::move(data));
        }
        return entry;
    }

    // On a worker: text -> tokens.
    Result<> prepare(ClauseWork& work) {
        StageTimer timer(text_seconds_);
        const bool british = is_british(work.style.voice);
        AIMPACT_TRY(const auto speller, pronouncer(british));
        AIMPACT_TRY(work.voice, voice_data(work.style.voice));
        work.pieces = cut_into_pieces(spoken_form(*speller, work.text, work.style, british));
        return {};
    }

    // On a worker, in the prosody lane: tokens -> durations, pitch, energy.
    Result<> shape_prosody(ClauseWork& work, std::size_t piece) {
        if (work.stop.stop_requested()) return cancelled();
        StageTimer timer(prosody_seconds_);
        const auto& tokens = work.pieces[piece];
        AIMPACT_TRY(work.encoding, stages_->encode(tokens, work.prosodic(tokens.size())));
        if (work.stop.stop_requested()) return cancelled();
        const double rate = std::min(kModelRateMax, work.style.speed * work.edit.rate);
        work.frames.clear();
        for (float d : work.encoding.durations)
            work.frames.push_back(std::max(1, static_cast<int>(std::lround(d / rate))));
        AIMPACT_TRY(work.contours,
                    stages_->predict(work.encoding, work.frames, work.prosodic(tokens.size())));
        edit_pitch(work.contours.f0, work.edit);
        work.span = speech_span(work.contours.energy);
        work.windows = speech_windows(work.span.count);
        work.sound.reset();
        work.joiner = SpeechJoiner(kSynthesisRate);
        return {};
    }

    // On a worker, in the decoder's lane: one window's samples; after the last, the piece is finished.
    Result<> decode(ClauseWork& work, std::size_t piece, std::size_t index) {
        if (work.stop.stop_requested()) return cancelled();
        StageTimer timer(decode_seconds_);
        const auto style = work.acoustic();
        if (!work.sound) {
            AIMPACT_TRY(work.sound, stages_->decode(work.encoding, work.frames, work.contours,
                                                    work.span.begin, work.span.count, style));
            if (work.stop.stop_requested()) return cancelled();
        }
        const SpeechWindow& window = work.windows[index];
        AIMPACT_TRY(auto samples,
                    stages_->generate(*work.sound, window.begin, window.count, style, work.voice->norms));
        for (float& s : samples) s = std::isfinite(s) ? s : 0.0f;
        const bool last = index + 1 == work.windows.size();
        const auto at = [](int frame) { return static_cast<std::size_t>(frame) * kSamplesPerFrame; };
        std::vector<float> heard = work.joiner.push(samples, at(window.keep_from), at(window.keep_to), last);
        const double rate = work.style.speed * work.edit.rate;
        if (rate > kModelRateMax) {  // made whole
            work.unscaled.insert(work.unscaled.end(), heard.begin(), heard.end());
            heard.clear();
            if (last)
                heard = scale_time(std::exchange(work.unscaled, {}), kSynthesisRate, rate / kModelRateMax);
        }
        if (!heard.empty()) {
            work.unamplified.insert(work.unamplified.end(), heard.begin(), heard.end());
            if (!work.gain)
                work.gain = levels_.gain(work.style.voice, work.planned_energy(), options_.loudness_lufs);
            amplify(heard, *work.gain * std::pow(10.0, work.edit.gain_db / 20));
        }
        if (last && work.joiner.started()) {
            levels_.heard(work.style.voice, work.planned_energy(),
                          loudness_lufs(work.unamplified, kSynthesisRate));
            work.unamplified.clear();
            const bool last_piece = piece + 1 == work.pieces.size();
            const double pause =
                (last_piece ? pause_after(work.text) : 0.05) * work.edit.pauses / std::sqrt(work.style.speed);
            heard.resize(heard.size() + static_cast<std::size_t>(pause * kSynthesisRate), 0.0f);
        }
        work.samples.insert(work.samples.end(), heard.begin(), heard.end());
        work.ready.insert(work.ready.end(), heard.begin(), heard.end());
        return {};
    }

    // What is ready after window `index` of a piece, with the words that belong to it.
    static SpokenChunk take_chunk(ClauseWork& work, std::size_t piece, std::size_t index) {
        double before = 0, all = 0;
        for (std::size_t i = 0; i < work.pieces.size(); ++i) {
            const auto tokens = static_cast<double>(work.pieces[i].size());
            all += tokens;
            if (i < piece) before += tokens;
        }
        const SpeechWindow& window = work.windows[index];
        const double share = static_cast<double>(window.begin + window.keep_to) / work.span.count;
        const std::size_t end =
            std::max(work.text_given,
                     spoken_length(work.text,
                                   (before + share * static_cast<double>(work.pieces[piece].size())) / all));
        SpokenChunk chunk{std::exchange(work.ready, {}),
                          work.text.substr(work.text_given, end - work.text_given), false};
        work.text_given = end;
        return chunk;
    }

    Result<> warm_decoder(ClauseWork& work, int count) {
        work.encoding.tokens = 1;
        work.encoding.text.assign(512, 0.0f);
        work.frames = {count};
        work.contours.f0.assign(static_cast<std::size_t>(2 * count), 120.0f);
        work.contours.energy.assign(static_cast<std::size_t>(2 * count), 5.0f);
        AIMPACT_TRY(work.voice, voice_data(SpeechStyle{}.voice));
        const auto style = work.acoustic();
        AIMPACT_TRY(const auto sound,
                    stages_->decode(work.encoding, work.frames, work.contours, 0, count, style));
        const auto samples = stages_->generate(sound, 0, count, style, work.voice->norms);
        if (samples.has_error()) return samples.error();
        return {};
    }

    const KokoroOptions options_;
    inference::Scheduler& scheduler_;
    std::filesystem::path folder_;
    std::unique_ptr<KokoroStages> stages_;
    std::shared_ptr<const Pronouncer> american_;
    const std::vector<Voice> voices_ = kokoro_voices();
    std::vector<std::string> voice_ids_;
    Lane prosody_lane_, decoder_lane_;
    ClauseCache cache_;
    VoiceLevels levels_;

    std::mutex lazy_mutex_;  // guards the next two
    std::shared_ptr<const Pronouncer> british_;
    std::map<std::string, std::shared_ptr<const VoiceData>> voice_data_;

    prometheus::Histogram &text_seconds_, &prosody_seconds_, &decode_seconds_;
    prometheus::Counter &from_model_, &from_cache_, &audio_seconds_;
};

}  // namespace

Result<std::unique_ptr<Synthesizer>> make_kokoro(KokoroOptions options, inference::OpenVinoRuntime& runtime,
                                                 inference::Scheduler& scheduler, base::Metrics& metrics) {
    auto kokoro = std::make_unique<Kokoro>(std::move(options), scheduler, metrics);
    AIMPACT_CHECK(kokoro->load(runtime));
    return std::unique_ptr<Synthesizer>(std::move(kokoro));
}

}  // namespace aimpact::voice
