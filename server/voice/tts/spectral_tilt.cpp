#include "voice/tts/spectral_tilt.hpp"

#include <array>
#include <cmath>
#include <complex>
#include <numbers>

namespace aimpact::voice {
namespace {

constexpr double kLowHz = 500, kHighHz = 2000;

// Long-term average speech spectrum, men and women, in dB by thirds of an octave (Byrne et al. 1994, "An
// international comparison of long-term average speech spectra", table II), with the K-weighting of BS.1770
// added: what loudness counts.
struct Band {
    double hz, db;
};
constexpr std::array kSpeech = std::to_array<Band>({
    {100, 54.2},  {125, 57.7},  {160, 56.8},  {200, 60.2},  {250, 60.3},  {315, 59.0},  {400, 62.1},
    {500, 62.1},  {630, 60.5},  {800, 56.8},  {1000, 53.7}, {1250, 53.0}, {1600, 52.0}, {2000, 48.7},
    {2500, 48.1}, {3150, 46.8}, {4000, 45.6}, {5000, 44.5}, {6300, 44.3}, {8000, 43.7},
});
double heard_db(double hz) {  // of K-weighting, to half a decibel
    return 4 / (1 + std::pow(1500 / hz, 3));
}

}  // namespace

// R. Bristow-Johnson, "Cookbook formulae for audio EQ biquad filter coefficients", shelves with S = 0.7.
SpectralTilt::Biquad SpectralTilt::Biquad::shelf(bool high, double hz, double db, double rate) {
    const double a = std::pow(10.0, db / 40), w = 2 * std::numbers::pi * hz / rate;
    const double alpha = std::sin(w) / 2 * std::sqrt((a + 1 / a) * (1 / 0.7 - 1) + 2);
    const double root = 2 * std::sqrt(a) * alpha, sign = high ? 1 : -1, c = sign * std::cos(w);
    const double a0 = (a + 1) - (a - 1) * c + root;
    return {a * ((a + 1) + (a - 1) * c + root) / a0, -sign * 2 * a * ((a - 1) + (a + 1) * c) / a0,
            a * ((a + 1) + (a - 1) * c - root) / a0, sign * 2 * ((a - 1) - (a + 1) * c) / a0,
            ((a + 1) - (a - 1) * c - root) / a0};
}

double SpectralTilt::Biquad::gain(double hz, double rate) const {
    const auto z = std::polar(1.0, -2 * std::numbers::pi * hz / rate);
    return std::norm((b0 + z * (b1 + z * b2)) / (1.0 + z * (a1 + z * a2)));
}

SpectralTilt::SpectralTilt(double low_db, double high_db, int sample_rate)
    : low_(Biquad::shelf(false, kLowHz, low_db, sample_rate)),
      high_(Biquad::shelf(true, kHighHz, high_db, sample_rate)) {
    double before = 0, after = 0;
    for (const Band& band : kSpeech) {
        const double power = std::pow(10.0, (band.db + heard_db(band.hz)) / 10);
        before += power;
        after += power * low_.gain(band.hz, sample_rate) * high_.gain(band.hz, sample_rate);
    }
    scale_ = std::sqrt(before / after);
}

void SpectralTilt::filter(std::span<float> samples) {
    for (float& s : samples) s = static_cast<float>(scale_ * high_(low_(static_cast<double>(s))));
}

}  // namespace aimpact::voice
