// What our side plays, in step with what is heard: a queue of samples that the listener takes frame by frame,
// and how much is still to come. Not thread-safe.
#pragma once

#include <algorithm>
#include <cstddef>
#include <span>
#include <vector>

namespace aimpact::voice {

class OwnSound {
  public:
    // 24 kHz, for as long as the next samples that are heard. `remaining_ms`: what follows it without a
    // break.
    void add(std::span<const float> samples, double remaining_ms) {
        if (samples_.size() > kSamplesMax) samples_.clear();  // nobody listens
        samples_.insert(samples_.end(), samples.begin(), samples.end());
        remaining_ms_ = remaining_ms;
    }
    // At most `size` samples; they are gone from the queue with the next call.
    std::span<const float> take(std::size_t size) {
        samples_.erase(samples_.begin(), samples_.begin() + static_cast<std::ptrdiff_t>(taken_));
        taken_ = std::min(size, samples_.size());
        if (taken_ == 0) remaining_ms_ = 0;
        return std::span(samples_).first(taken_);
    }
    double remaining_ms() const { return remaining_ms_; }

  private:
    static constexpr std::size_t kSamplesMax = 24'000 * 2;
    std::vector<float> samples_;
    std::size_t taken_ = 0;
    double remaining_ms_ = 0;
};

}  // namespace aimpact::voice
