// Brighter or darker at the same loudness: two shelves, as the balance of a voice's spectrum moves with the
// effort that it speaks with. Keeps its state from one stretch of samples to the next; not thread-safe.
#pragma once

#include <span>

namespace aimpact::voice {

class SpectralTilt {
  public:
    // Gains in dB, -24 .. 24, of what lies below 500 Hz and above 2 kHz. The whole is scaled so that speech
    // with the long-term average spectrum of people (Byrne et al. 1994) keeps its loudness.
    SpectralTilt(double low_db, double high_db, int sample_rate);
    void filter(std::span<float> samples);

  private:
    struct Biquad {
        double b0, b1, b2, a1, a2;
        double z1 = 0, z2 = 0;
        static Biquad shelf(bool high, double hz, double db, double rate);
        double gain(double hz, double rate) const;  // of power
        double operator()(double x) {
            const double y = b0 * x + z1;
            z1 = b1 * x - a1 * y + z2;
            z2 = b2 * x - a2 * y;
            return y;
        }
    };
    Biquad low_, high_;
    double scale_ = 1;
};

}  // namespace aimpact::voice
