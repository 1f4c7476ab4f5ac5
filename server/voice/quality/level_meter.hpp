// Level, clipping and DC offset of a stream, measured as it comes. What is measured of pieces can be added
// up, so that a turn is judged by the pieces it lies in. Pure; one meter per stream, not thread-safe; about 5
// ns a sample.
//
// The active speech level follows ITU-T P.56, method B: the level while somebody speaks, whatever the pauses
// (envelope of 30 ms, hangover of 200 ms, margin of 15.9 dB). Levels leave the DC offset out (high-pass at
// 10 Hz).
#pragma once

#include <array>
#include <cstdint>
#include <span>

namespace aimpact::voice {

// What a stretch of audio adds up to.
struct LevelSums {
    std::uint64_t samples = 0;
    double sum = 0, squares = 0;   // of the samples as they came; of what passes the high-pass
    float peak = 0;                // the largest magnitude
    std::uint64_t full_scale = 0;  // samples at full scale
    std::uint32_t runs = 0;        // clipped peaks: three samples or more at full scale in a row
    std::uint32_t longest_run = 0;
    // Samples by the highest of P.56's 15 thresholds (2^-15 .. 2^-1) that they are active at; 0: none.
    std::array<std::uint32_t, 16> activity{};

    LevelSums& operator+=(const LevelSums& other);
};

struct LevelReport {
    double level_dbfs = -120;         // RMS; -120 is silence
    double active_level_dbfs = -120;  // P.56; -120: nothing is active
    double peak_dbfs = -120;
    double clipped_share = 0;  // of the samples, 0 .. 1
    int clipped_runs = 0;
    int longest_run = 0;   // samples
    double dc_offset = 0;  // mean, -1 .. 1 of full scale
};
LevelReport report_of(const LevelSums& sums);

class LevelMeter {
  public:
    // `full_scale` is the largest magnitude that the samples can have (G.711 ends below 1); a sample within
    // half a thousandth of it is clipped.
    explicit LevelMeter(int sample_rate, float full_scale = 1.0F);

    void push(std::span<const float> samples);
    // What came since the last take(). The envelope, and a clipped peak that goes on, are carried over.
    LevelSums take();

  private:
    const float clipped_from_;
    const float pass_, envelope_;  // coefficients of the high-pass and of P.56's two averages
    const std::int64_t hangover_;

    LevelSums sums_;
    float last_in_ = 0, last_out_ = 0, first_ = 0, second_ = 0;
    std::int64_t at_ = 0;                     // samples so far
    std::array<std::int64_t, 16> last_at_{};  // when the envelope was last between threshold k and the next
    std::size_t top_ = 0;                     // the highest threshold that is active
    std::uint32_t run_ = 0;
    bool run_positive_ = false;
};

}  // namespace aimpact::voice
