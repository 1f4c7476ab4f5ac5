// Decoded windows of one utterance -> samples to be heard, as they come: the silence at both ends cut, the
// ends faded, windows crossfaded over 10 ms. Pure; not thread-safe.
#pragma once

#include <span>
#include <vector>

namespace aimpact::voice {

class SpeechJoiner {
  public:
    explicit SpeechJoiner(int sample_rate);

    // Of `decoded`, [from, to) follows what came before; what lies before `from` repeats its end. Returns
    // what can be heard now: up to the last sound, less what the next window is crossfaded with. After the
    // `last` window, all the rest.
    std::vector<float> push(std::span<const float> decoded, std::size_t from, std::size_t to, bool last);

    bool started() const { return started_; }  // something was audible
    // Samples of silence that were dropped in front; final once started.
    std::size_t dropped() const { return dropped_; }

  private:
    std::vector<float> give(std::size_t count);

    std::size_t keep_before_, keep_after_, fade_in_, fade_out_, cross_;
    bool started_ = false;
    std::size_t dropped_ = 0;
    bool faded_in_ = false;
    std::vector<float> held_;  // not given out yet
};

// Scales, and keeps peaks below -1 dBFS without a corner: no change up to -3 dBFS.
void amplify(std::span<float> samples, double gain);

}  // namespace aimpact::voice
