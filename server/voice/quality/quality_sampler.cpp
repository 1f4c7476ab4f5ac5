#include "voice/quality/quality_sampler.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <cstring>
#include <deque>
#include <mutex>

#include "base/log.hpp"

namespace aimpact::voice {

namespace {

constexpr int kDirections = 2, kScales = 4;
constexpr std::array<const char*, kScales> kScaleNames{"overall", "signal", "background", "p808"};

const std::vector<double>& score_buckets() {
    static const std::vector<double> buckets{1.25, 1.5, 1.75, 2.0, 2.25, 2.5, 2.75, 3.0,
                                             3.25, 3.5, 3.75, 4.0, 4.25, 4.5, 5.0};
    return buckets;
}

}  // namespace

std::string_view to_string(SpeechDirection direction) {
    return direction == SpeechDirection::caller ? "caller" : "reply";
}

struct QualitySampler::State : std::enable_shared_from_this<State> {
    struct Clip {
        SpeechDirection direction;
        std::vector<float> samples;
        int rate;
        Done done;
        std::unique_ptr<DnsmosClip> cut;  // made by its first job
        std::vector<DnsmosScore> scores;
    };

    State(QualitySamplerOptions options_in, Load load_in, inference::Scheduler& scheduler_in,
          base::Metrics& metrics)
        : options(options_in), load(std::move(load_in)), scheduler(scheduler_in) {
        const auto outcome = [&](const char* name) -> prometheus::Counter& {
            return metrics.counter("aimpact_quality_samples_total",
                                   "Clips of speech taken to be scored by DNSMOS, by what became of them.",
                                   {{"outcome", name}});
        };
        scored = &outcome("scored");
        dropped = &outcome("dropped");
        failed_clips = &outcome("failed");
        for (int d = 0; d < kDirections; ++d)
            for (int s = 0; s < kScales; ++s)
                histograms[static_cast<std::size_t>(d * kScales + s)] = &metrics.histogram(
                    "aimpact_dnsmos",
                    "DNSMOS (1 bad .. 5 excellent) of sampled turns: ITU-T P.835 overall, signal and "
                    "background, and P.808.",
                    {{"direction", std::string(to_string(static_cast<SpeechDirection>(d)))},
                     {"scale", kScaleNames[static_cast<std::size_t>(s)]}},
                    score_buckets());
    }

    // Posts a job that scores the first clip's next segment, unless one is queued. With the mutex held.
    // Returns the clips that are given up: the batch queue is full, or the process ends.
    std::deque<std::shared_ptr<Clip>> post_next() {
        if (working || clips.empty()) return {};
        working =
            scheduler.try_post(inference::Priority::batch, [self = shared_from_this()] { self->work(); });
        if (working) return {};
        dropped->Increment(static_cast<double>(clips.size()));
        return std::exchange(clips, {});
    }

    void work() {
        std::shared_ptr<Clip> clip;
        {
            std::lock_guard lock(mutex);
            clip = clips.front();
        }
        std::optional<Result<DnsmosScore>> result = step(*clip);
        if (result && result->has_value()) observe(clip->direction, **result);
        if (result) (result->has_value() ? scored : failed_clips)->Increment();
        std::deque<std::shared_ptr<Clip>> given_up;
        std::unique_ptr<Dnsmos> let_go;
        {
            std::lock_guard lock(mutex);
            working = false;
            if (result) clips.pop_front();
            given_up = post_next();
            if (clips.empty()) let_go = std::move(model);
        }
        let_go.reset();
        if (result) clip->done(*std::move(result));
        for (const auto& one : given_up)
            one->done(Error{base::ErrorCode::overloaded, "The sample was dropped: too much else is to do."});
    }

    // One step; a result when it was the last. Only one job runs at a time: `model` is its own.
    std::optional<Result<DnsmosScore>> step(Clip& clip) {
        if (!model) {
            auto loaded = load();
            if (loaded.has_error()) {
                if (!unusable.exchange(true))
                    base::log_error("quality.models_failed",
                                    {{"message", loaded.error().message}, {"detail", loaded.error().detail}});
                return Result<DnsmosScore>(loaded.error());
            }
            model = *std::move(loaded);
        }
        if (!clip.cut) {
            if (clip.rate != kRecognitionRate)
                clip.samples = resample(clip.samples, clip.rate, kRecognitionRate);
            clip.cut = std::make_unique<DnsmosClip>(std::move(clip.samples), options.segments_max);
            model->start(clip.cut->segment(0));
            return {};
        }
        auto score = model->advance();
        if (score.has_error()) return Result<DnsmosScore>(score.error());
        if (!*score) return {};
        clip.scores.push_back(**score);
        if (clip.scores.size() == clip.cut->segments()) return Result<DnsmosScore>(mean_of(clip.scores));
        model->start(clip.cut->segment(clip.scores.size()));
        return {};
    }

    void observe(SpeechDirection direction, const DnsmosScore& score) {
        const auto first = static_cast<std::size_t>(direction) * kScales;
        histograms[first]->Observe(score.overall);
        histograms[first + 1]->Observe(score.signal);
        histograms[first + 2]->Observe(score.background);
        histograms[first + 3]->Observe(score.p808);
    }

    const QualitySamplerOptions options;
    const Load load;
    inference::Scheduler& scheduler;
    prometheus::Counter *scored = nullptr, *dropped = nullptr, *failed_clips = nullptr;
    std::array<prometheus::Histogram*, kDirections * kScales> histograms{};
    std::atomic<bool> unusable = false;
    std::mutex mutex;
    std::deque<std::shared_ptr<Clip>> clips;  // the first is being scored
    bool working = false;                     // a job is queued or runs
    std::unique_ptr<Dnsmos> model;            // of the running job
};

QualitySampler::QualitySampler(QualitySamplerOptions options, Load load, inference::Scheduler& scheduler,
                               base::Metrics& metrics)
    : state_(std::make_shared<State>(options, std::move(load), scheduler, metrics)) {}

QualitySampler::~QualitySampler() = default;

bool QualitySampler::choose(base::Random& random) const {
    const double share = state_->options.share;
    if (share <= 0 || state_->unusable) return false;
    std::array<std::uint8_t, 4> bytes{};
    random.fill(bytes);
    std::uint32_t drawn = 0;
    std::memcpy(&drawn, bytes.data(), sizeof drawn);
    return drawn < share * 4294967296.0;
}

std::size_t QualitySampler::samples_max(int rate) const {
    return static_cast<std::size_t>(state_->options.clip_seconds_max * rate);
}

bool QualitySampler::submit(SpeechDirection direction, std::vector<float> samples, int rate, Done done) {
    if (samples.empty()) return false;
    samples.resize(std::min(samples.size(), samples_max(rate)));
    auto clip = std::make_shared<State::Clip>();
    clip->direction = direction;
    clip->samples = std::move(samples);
    clip->rate = rate;
    clip->done = std::move(done);
    std::lock_guard lock(state_->mutex);
    if (state_->clips.size() >= state_->options.clips_max) {
        state_->dropped->Increment();
        return false;
    }
    state_->clips.push_back(std::move(clip));
    return state_->post_next().empty();
}

}  // namespace aimpact::voice
