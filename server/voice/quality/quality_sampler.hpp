// Scores a sample of what callers and agents say with DNSMOS, behind the talking: in steps of at most 40 ms,
// each a batch job of its own, so that whatever a live turn needs goes before the rest. The models are loaded
// when a clip comes and let go when none is left: that costs 0.1 s of one thread and saves their memory. With
// a share of 0 they are never loaded.
//
// Metrics: aimpact_dnsmos{direction,scale}, aimpact_quality_samples_total{outcome}.
#pragma once

#include <functional>
#include <memory>

#include "base/clock.hpp"
#include "base/metrics.hpp"
#include "inference/scheduler.hpp"
#include "voice/quality/dnsmos.hpp"

namespace aimpact::voice {

enum class SpeechDirection { caller, reply };
std::string_view to_string(SpeechDirection direction);

struct QualitySamplerOptions {
    double share = 0.1;            // of the turns
    std::size_t clips_max = 8;     // waiting or being scored; more are dropped, and counted
    double clip_seconds_max = 20;  // the rest of a clip is left out
    std::size_t segments_max = 2;  // of a clip: 9 s each, at its beginning and its end
};

// Thread-safe. Jobs in progress hold what they need, so the sampler may go first; the Scheduler and what
// `load` uses must outlive them.
class QualitySampler {
  public:
    using Load = std::function<Result<std::unique_ptr<Dnsmos>>()>;
    // On a worker of the scheduler; it must not block.
    using Done = std::function<void(Result<DnsmosScore>)>;

    QualitySampler(QualitySamplerOptions options, Load load, inference::Scheduler& scheduler,
                   base::Metrics& metrics);
    ~QualitySampler();

    // Whether to sample the turn that begins now: true for a share of them, drawn by chance. Never after the
    // models could not be loaded (which is logged once).
    bool choose(base::Random& random) const;
    std::size_t samples_max(int rate) const;

    // False if the clip was dropped: too many wait already, or it is empty. `done` is called exactly once
    // otherwise, unless the process ends first.
    bool submit(SpeechDirection direction, std::vector<float> samples, int rate, Done done);

  private:
    struct State;
    std::shared_ptr<State> state_;
};

}  // namespace aimpact::voice
