// The input of DNSMOS' P.808 model: librosa's melspectrogram (n_fft 321, hop 160, 120 Slaney mels, Hann
// window, zeros at both ends) in dB below its loudest value, at most 80, as (dB + 40) / 40.
#pragma once

#include <memory>
#include <span>

namespace aimpact::voice {

inline constexpr std::size_t kDnsmosMels = 120, kDnsmosFrames = 900;
inline constexpr std::size_t kDnsmosMelSamples = 144'000;  // 9 s at 16 kHz

// Tables and scratch space, 0.4 MB. Not thread-safe; about 20 ms a call.
class DnsmosFeatures {
  public:
    DnsmosFeatures();
    ~DnsmosFeatures();
    // `out` is [frame][mel].
    void compute(std::span<const float, kDnsmosMelSamples> samples_16k,
                 std::span<float, kDnsmosMels * kDnsmosFrames> out);

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace aimpact::voice
