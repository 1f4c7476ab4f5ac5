// Counters, gauges and histograms in Prometheus' text format. One Metrics object is built by app and handed
// down; a component asks for its instruments once, in its constructor, and keeps the references (they live as
// long as the Metrics object). Instruments are lock-free or nearly so, and thread-safe.
#pragma once

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace aimpact::base {

using Labels = std::map<std::string, std::string>;

class Metrics {
  public:
    Metrics() : registry_(std::make_shared<prometheus::Registry>()) {}

    // Names follow Prometheus' conventions: aimpact_<what>_<unit>, counters end in _total.
    // Asking twice for the same name and labels gives the same instrument. Label values must come from a
    // small fixed set (a route pattern, a stage), never from input.
    prometheus::Counter& counter(const std::string& name, const std::string& help, const Labels& labels = {});
    prometheus::Gauge& gauge(const std::string& name, const std::string& help, const Labels& labels = {});
    prometheus::Histogram& histogram(const std::string& name, const std::string& help,
                                     const Labels& labels = {},
                                     const std::vector<double>& buckets = latency_buckets());

    // 1 ms .. 10 s, for durations in seconds.
    static const std::vector<double>& latency_buckets();

    // The whole registry in the text exposition format.
    std::string render() const;

  private:
    std::shared_ptr<prometheus::Registry> registry_;
};

}  // namespace aimpact::base
