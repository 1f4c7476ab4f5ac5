#include "voice/matching/voice_matcher.hpp"

#include <algorithm>
#include <cmath>
#include <mutex>

#include "voice/matching/equalizer_search.hpp"
#include "voice/matching/hearing_probe.hpp"
#include "voice/matching/voice_sample.hpp"
#include "voice/matching/voice_search.hpp"
#include "voice/tts/emotion.hpp"
#include "voice/tts/equalizer.hpp"
#include "voice/tts/voice_catalog.hpp"

namespace aimpact::voice {
namespace {

using inference::Priority;

double possible_log_f0(double log_f0) {
    static const double low = std::log(static_cast<double>(kLowestHz)),
                        high = std::log(static_cast<double>(kHighestHz)) - 0.1;
    return std::clamp(log_f0, low, high);
}

// Of the difference between long-term spectra, how much is made good before the encoder has its say.
constexpr double kEqualizerStrength = 0.9;
constexpr double kSpokenLufs = -23;  // KokoroOptions::loudness_lufs
constexpr int kEvaluationsMin = 10, kEvaluationsMax = 400;
constexpr std::size_t kSearchSentences = 4;  // of fitting_sentences(); the others tell the finalists apart

// A voice as it was heard saying one sentence, by itself and through the equaliser that fits that sentence.
struct Listened {
    Heard plain;
    SpeakerEmbedding equalized{};
    LongTermSpectrum spectrum{};
    std::vector<float> samples_16k = {};
};

LongTermSpectrum mean_spectrum(const std::vector<LongTermSpectrum>& many) {
    LongTermSpectrum out{};
    for (const auto& one : many)
        for (std::size_t b = 0; b < out.size(); ++b) out[b] += one[b] / static_cast<double>(many.size());
    return out;
}

Result<Listened> listen_to(const SpeakerEncoder& encoder, Utterance said, const VoiceSample& sample,
                           bool equalize) {
    Listened out;
    AIMPACT_TRY(out.plain, hear(encoder, said.samples_16k));
    out.equalized = out.plain.embedding;
    out.samples_16k = said.samples_16k;
    if (!equalize) return out;
    out.spectrum = long_term_spectrum(said.samples_16k);
    const EqualizerGains gains = matching_gains(out.spectrum, sample.spectrum, kEqualizerStrength);
    FirFilter(std::make_shared<const std::vector<float>>(equalizer_taps(gains, kRecognitionRate)))
        .process(said.samples_16k);
    AIMPACT_TRY(out.equalized, encoder.utterance(said.samples_16k));
    return out;
}

}  // namespace

double relative_similarity(double cosine) {
    return std::clamp((cosine - kDifferentSpeakers) / (kSameSpeaker - kDifferentSpeakers), 0.0, 1.0);
}

struct VoiceMatcher::Impl {
    Synthesizer& synthesizer;
    const std::shared_ptr<const LazySpeakerEncoder> lazy;
    inference::Scheduler& scheduler;
    const std::filesystem::path models_dir;
    const Diariser diariser;

    std::mutex mutex;  // guards the next one
    std::shared_ptr<const StyleSpace> space;

    Result<std::shared_ptr<const StyleSpace>> style_space() {
        std::lock_guard lock(mutex);
        if (!space) {
            AIMPACT_TRY(auto loaded, StyleSpace::load(models_dir / "kokoro-82m"));
            space = std::make_shared<const StyleSpace>(std::move(loaded));
        }
        return space;
    }
};

namespace {

// One matching from its sample on. What jobs use is held by them too: the coroutine may be gone before they
// end.
class Matching {
  public:
    Matching(Synthesizer& synthesizer, inference::Scheduler& scheduler, MatchOptions options,
             Priority priority, VoiceMatcher::Progress progress, std::stop_token stop)
        : synthesizer_(synthesizer),
          scheduler_(scheduler),
          options_(std::move(options)),
          priority_(priority),
          progress_(std::move(progress)),
          stop_(std::move(stop)) {}

    base::Task<Result<>> begin(const Diariser& diariser, std::shared_ptr<const LazySpeakerEncoder> lazy,
                               std::function<Result<std::shared_ptr<const StyleSpace>>()> space,
                               std::shared_ptr<const std::vector<float>> samples) {
        AIMPACT_CO_TRY(auto sample, co_await study_sample(diariser, *lazy, scheduler_, std::move(samples),
                                                          priority_, stop_));
        sample_ = std::make_shared<const VoiceSample>(sample);
        report(0.05);
        log_f0_ = sample_->log_f0;
        auto job = [this_ = state_, sample = sample_, space = std::move(space), lazy,
                    seed = options_.seed]() -> Result<> {
            AIMPACT_TRY(this_->encoder, lazy->get());
            AIMPACT_TRY(this_->space, space());
            this_->search = std::make_unique<VoiceSearch>(
                *this_->space, SearchTarget{sample->embedding, sample->log_f0}, seed);
            return {};
        };
        co_return co_await scheduler_.run(priority_, std::move(job), stop_);
    }

    base::Task<Result<VoiceMatch>> instant() {
        AIMPACT_CO_TRY(
            const auto starts,
            co_await scheduler_.run(priority_, [s = state_] { return s->search->starts(2); }, stop_));
        Finalist best;
        for (std::size_t i = 0; i < starts.size(); ++i) {
            Finalist tried{starts[i]};
            AIMPACT_CO_CHECK(co_await try_on(tried, {0}));
            if (best.heard.empty() || tried.value() > best.value()) best = tried;
            report(0.3 + 0.3 * static_cast<double>(i));
        }
        AIMPACT_CO_TRY(auto voice, co_await finished(best, false));
        AIMPACT_CO_TRY(auto match, co_await judged(voice, 1));
        report(1);
        co_return match;
    }

    base::Task<Result<VoiceMatch>> refined(VoiceMatch start) {
        log_f0_ = start.voice->log_f0;
        Finalist begun{state_->space->point_of(start.voice->shares)};
        AIMPACT_CO_CHECK(co_await search_from(begun));
        AIMPACT_CO_TRY(Finalist best, co_await chosen(begun));
        AIMPACT_CO_TRY(const auto voice, co_await finished(best, true));
        const std::size_t sentences = judging_sentences().size();
        AIMPACT_CO_TRY(auto match, co_await judged(voice, sentences));
        AIMPACT_CO_TRY(auto before, co_await judged(start.voice, sentences));
        if (before.similarity > match.similarity) match = std::move(before);
        match.refined = true;
        match.evaluations = start.evaluations + evaluations_;
        report(1);
        co_return match;
    }

  private:
    struct Finalist {
        StylePoint point{};
        std::vector<Listened> heard = {};
        double sum = 0;
        double value() const { return heard.empty() ? -1 : sum / static_cast<double>(heard.size()); }
    };
    // What jobs work on; one at a time.
    struct State {
        std::shared_ptr<const SpeakerEncoder> encoder;
        std::shared_ptr<const StyleSpace> space;
        std::unique_ptr<VoiceSearch> search;
    };

    void report(double share) const {
        if (progress_) progress_(share);
    }

    MatchedVoice voice_at(const StylePoint& point) const {
        MatchedVoice voice;
        voice.shares = state_->space->shares_of(point);
        voice.log_f0 = possible_log_f0(log_f0_);
        if (!options_.pronounced_as.empty()) voice.pronounced_as = options_.pronounced_as;
        return voice;
    }

    base::Task<Result<Listened>> listen(MatchedVoice voice, std::string_view sentence) {
        ++evaluations_;
        AIMPACT_CO_TRY(auto said, co_await say_by(synthesizer_, scheduler_, std::string(sentence),
                                                  std::make_shared<const MatchedVoice>(std::move(voice)),
                                                  priority_, stop_));
        auto job = [state = state_, sample = sample_, equalize = options_.equalize,
                    said = std::make_shared<Utterance>(std::move(said))] {
            return listen_to(*state->encoder, std::move(*said), *sample, equalize);
        };
        co_return co_await scheduler_.run(priority_, std::move(job), stop_);
    }

    double value_of(const Listened& heard) const {
        return (closeness(heard.plain.embedding, sample_->embedding) +
                closeness(heard.equalized, sample_->embedding)) /
               2;
    }

    // Hears a place by sentences, tells the search, and keeps what was heard.
    base::Task<Result<>> try_on(Finalist& finalist, std::vector<std::size_t> sentences) {
        for (const std::size_t sentence : sentences) {
            AIMPACT_CO_TRY(auto heard,
                           co_await listen(voice_at(finalist.point), fitting_sentences()[sentence]));
            // The tracker and the synthesiser don't mean the same by pitch; what counts is how both are
            // heard.
            log_f0_ += 0.5 * std::clamp(sample_->log_f0 - heard.plain.log_f0, -0.2, 0.2);
            const double gain = closeness(heard.equalized, sample_->embedding) -
                                closeness(heard.plain.embedding, sample_->embedding);
            state_->search->heard(finalist.point, heard.plain.log_f0, sentence, heard.plain.embedding, gain);
            finalist.sum += value_of(heard);
            finalist.heard.push_back(heard);
        }
        co_return Result<>{};
    }

    base::Task<Result<>> search_from(Finalist& begun) {
        const int all = std::clamp(options_.evaluations, kEvaluationsMin, kEvaluationsMax);
        AIMPACT_CO_CHECK(co_await try_on(begun, {1}));
        AIMPACT_CO_TRY(
            const auto starts,
            co_await scheduler_.run(priority_, [s = state_] { return s->search->starts(3); }, stop_));
        for (const StylePoint& point : starts) {
            Finalist tried{point};
            AIMPACT_CO_CHECK(co_await try_on(tried, {2}));
        }
        constexpr int kLast = 14;  // of the finale
        for (int i = 4; i + kLast < all; ++i) {
            AIMPACT_CO_TRY(
                const StylePoint point,
                co_await scheduler_.run(priority_, [s = state_] { return s->search->propose(); }, stop_));
            Finalist tried{point};
            AIMPACT_CO_CHECK(co_await try_on(tried, {static_cast<std::size_t>(i) % kSearchSentences}));
            report(0.05 + 0.85 * i / all);
        }
        co_return Result<>{};
    }

    // The best of those that the search likes best and the beginning, by sentences that it didn't hear.
    base::Task<Result<Finalist>> chosen(const Finalist& begun) {
        AIMPACT_CO_TRY(auto points, co_await scheduler_.run(
                                        priority_, [s = state_] { return s->search->best(3); }, stop_));
        points.push_back(begun.point);
        Finalist best;
        for (const StylePoint& point : points) {
            Finalist tried{point};
            AIMPACT_CO_CHECK(co_await try_on(tried, {kSearchSentences, kSearchSentences + 1}));
            if (best.heard.empty() || tried.value() > best.value()) best = tried;
        }
        co_return best;
    }

    base::Task<Result<EqualizerGains>> equalizer(const Finalist& best, const LongTermSpectrum& spectrum) {
        auto said = std::make_shared<std::vector<std::vector<float>>>();
        for (const Listened& heard : best.heard) said->push_back(heard.samples_16k);
        auto job = [state = state_, sample = sample_, said, spectrum, seed = options_.seed] {
            const EqualizerGains spectral = matching_gains(spectrum, sample->spectrum, kEqualizerStrength);
            return tuned_gains(*state->encoder, *said, sample->embedding, spectral, {.seed = seed});
        };
        co_return co_await scheduler_.run(priority_, std::move(job), stop_);
    }

    // With equaliser, and with the mixture's own pitch if it is to be `thorough`.
    base::Task<Result<std::shared_ptr<const MatchedVoice>>> finished(const Finalist& best, bool thorough) {
        MatchedVoice voice = voice_at(best.point);
        if (options_.equalize) {
            std::vector<LongTermSpectrum> spectra;
            for (const Listened& heard : best.heard) spectra.push_back(heard.spectrum);
            AIMPACT_CO_TRY(voice.equalizer, co_await equalizer(best, mean_spectrum(spectra)));
        }
        if (thorough) {
            MatchedVoice natural = voice;
            natural.neutral_log_f0 = natural.log_f0;
            double heard_log_f0 = 0;
            constexpr std::size_t kSentences = 2;
            for (std::size_t s = 0; s < kSentences; ++s) {
                AIMPACT_CO_TRY(const auto heard, co_await listen(natural, fitting_sentences()[s]));
                heard_log_f0 += heard.plain.log_f0 / kSentences;
            }
            voice.neutral_log_f0 = possible_log_f0(voice.log_f0 - (sample_->log_f0 - heard_log_f0));
        }
        co_return std::make_shared<const MatchedVoice>(std::move(voice));
    }

    // By sentences that had no part in finding it; also sets its level by them.
    base::Task<Result<VoiceMatch>> judged(std::shared_ptr<const MatchedVoice> voice, std::size_t sentences) {
        VoiceMatch match;
        double lufs = 0;
        for (std::size_t s = 0; s < sentences; ++s) {
            ++evaluations_;
            AIMPACT_CO_TRY(auto said,
                           co_await say_by(synthesizer_, scheduler_, std::string(judging_sentences()[s]),
                                           voice, priority_, stop_));
            lufs += said.lufs / static_cast<double>(sentences);
            auto job = [state = state_,
                        samples = std::make_shared<std::vector<float>>(std::move(said.samples_16k))] {
                return state->encoder->utterance(*samples);
            };
            AIMPACT_CO_TRY(const SpeakerEmbedding heard,
                           co_await scheduler_.run(priority_, std::move(job), stop_));
            match.similarity +=
                static_cast<double>(similarity(heard, sample_->embedding)) / static_cast<double>(sentences);
        }
        auto levelled = std::make_shared<MatchedVoice>(*voice);
        levelled->level_lufs = std::clamp(voice->level_lufs + lufs - kSpokenLufs, -69.0, -11.0);
        match.voice = std::move(levelled);
        match.relative = relative_similarity(match.similarity);
        match.quality = sample_->quality;
        match.evaluations = evaluations_;
        const VoicePool& pool = voice_pool();
        for (std::size_t v = 0; v < pool.stock.size(); ++v) {
            // One who speaks another language would have another accent.
            if (espeak_language(mixed_voices()[v]) != espeak_language(voice->pronounced_as)) continue;
            const auto near = static_cast<double>(similarity(pool.stock[v].embedding, sample_->embedding));
            if (near <= match.nearest_stock_similarity) continue;
            match.nearest_stock_similarity = near;
            match.nearest_stock_voice = mixed_voices()[v];
        }
        co_return match;
    }

    Synthesizer& synthesizer_;
    inference::Scheduler& scheduler_;
    const MatchOptions options_;
    const Priority priority_;
    const VoiceMatcher::Progress progress_;
    const std::stop_token stop_;
    const std::shared_ptr<State> state_ = std::make_shared<State>();
    std::shared_ptr<const VoiceSample> sample_;
    double log_f0_ = 5;  // to ask for, so that the sample's is heard
    int evaluations_ = 0;
};

}  // namespace

VoiceMatcher::VoiceMatcher(Synthesizer& synthesizer, std::shared_ptr<const VadModel> vad,
                           std::shared_ptr<const LazySpeakerEncoder> encoder, inference::Scheduler& scheduler,
                           std::filesystem::path models_dir)
    : impl_(new Impl{.synthesizer = synthesizer,
                     .lazy = encoder,
                     .scheduler = scheduler,
                     .models_dir = std::move(models_dir),
                     .diariser = Diariser(std::move(vad), encoder, scheduler),
                     .mutex = {},
                     .space = {}}) {}
VoiceMatcher::~VoiceMatcher() = default;

base::Task<Result<VoiceMatch>> VoiceMatcher::match(std::shared_ptr<const std::vector<float>> samples,
                                                   MatchOptions options, Priority priority, Progress progress,
                                                   std::stop_token stop) const {
    Matching matching(impl_->synthesizer, impl_->scheduler, std::move(options), priority, std::move(progress),
                      stop);
    std::function<Result<std::shared_ptr<const StyleSpace>>()> space = [impl = impl_.get()] {
        return impl->style_space();
    };
    AIMPACT_CO_CHECK(
        co_await matching.begin(impl_->diariser, impl_->lazy, std::move(space), std::move(samples)));
    co_return co_await matching.instant();
}

base::Task<Result<VoiceMatch>> VoiceMatcher::refine(std::shared_ptr<const std::vector<float>> samples,
                                                    VoiceMatch start, MatchOptions options, Priority priority,
                                                    Progress progress, std::stop_token stop) const {
    if (!start.voice) co_return base::invalid_argument("There is no match to refine. Match the voice first.");
    Matching matching(impl_->synthesizer, impl_->scheduler, std::move(options), priority, std::move(progress),
                      stop);
    std::function<Result<std::shared_ptr<const StyleSpace>>()> space = [impl = impl_.get()] {
        return impl->style_space();
    };
    AIMPACT_CO_CHECK(
        co_await matching.begin(impl_->diariser, impl_->lazy, std::move(space), std::move(samples)));
    co_return co_await matching.refined(std::move(start));
}

}  // namespace aimpact::voice
