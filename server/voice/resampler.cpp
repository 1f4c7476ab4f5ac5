#include <soxr.h>

#include <cmath>
#include <stdexcept>

#include "voice/audio.hpp"

namespace aimpact::voice {

namespace {
// Only bad arguments or a lack of memory make soxr fail: both are our fault, not the input's.
void check(soxr_error_t error) {
    if (error) throw std::runtime_error(std::string("soxr: ") + error);
}
}  // namespace

struct Resampler::Impl {
    Impl(int from, int to, Use use) : from_rate(from), to_rate(to) {
        if (from == to) return;
        soxr_error_t error = nullptr;
        soxr_quality_spec_t quality = soxr_quality_spec(use == Use::live ? SOXR_16_BITQ : SOXR_HQ, 0);
        // Measured: the filter's length, and so what it holds back, falls in steps. Telephone speech ends at
        // 3.4 kHz, which the wider slope from 3.2 kHz hardly touches.
        if (use == Use::live) quality.passband_end = from <= 8'000 ? 0.80 : 0.85;
        soxr_runtime_spec_t runtime = soxr_runtime_spec(1);
        // Small transforms: a live stream must not wait for a large block to fill.
        runtime.log2_min_dft_size = 8;
        runtime.log2_large_dft_size = 8;
        soxr = soxr_create(from, to, 1, &error, nullptr, &quality, &runtime);
        check(error);
    }
    ~Impl() { soxr_delete(soxr); }
    Impl(const Impl&) = delete;
    Impl& operator=(const Impl&) = delete;

    // `in` null: the end of the input.
    std::vector<float> run(const float* in, std::size_t count) {
        std::vector<float> out;
        const double ratio = static_cast<double>(to_rate) / from_rate;
        std::size_t consumed_all = 0;
        for (;;) {
            const std::size_t room =
                static_cast<std::size_t>(static_cast<double>(count - consumed_all) * ratio) + 2'048;
            const std::size_t at = out.size();
            out.resize(at + room);
            std::size_t consumed = 0, made = 0;
            check(soxr_process(soxr, in ? in + consumed_all : nullptr, count - consumed_all, &consumed,
                               out.data() + at, room, &made));
            out.resize(at + made);
            consumed_all += consumed;
            if (made < room && (!in || consumed_all == count)) return out;
        }
    }

    int from_rate, to_rate;
    soxr_t soxr = nullptr;
};

Resampler::Resampler(int from_rate, int to_rate, Use use)
    : impl_(std::make_unique<Impl>(from_rate, to_rate, use)) {}
Resampler::~Resampler() = default;
Resampler::Resampler(Resampler&&) noexcept = default;
Resampler& Resampler::operator=(Resampler&&) noexcept = default;

std::vector<float> Resampler::process(std::span<const float> samples) {
    if (!impl_->soxr) return {samples.begin(), samples.end()};
    if (samples.empty()) return {};
    return impl_->run(samples.data(), samples.size());
}

std::vector<float> Resampler::flush() {
    if (!impl_->soxr) return {};
    auto rest = impl_->run(nullptr, 0);
    check(soxr_clear(impl_->soxr));
    return rest;
}

std::vector<float> resample(std::span<const float> samples, int from_rate, int to_rate) {
    if (from_rate == to_rate || samples.empty()) return {samples.begin(), samples.end()};
    const auto expected =
        static_cast<std::size_t>(std::llround(static_cast<double>(samples.size()) * to_rate / from_rate));
    std::vector<float> out(expected + 1);
    const soxr_quality_spec_t quality = soxr_quality_spec(SOXR_HQ, 0);
    const soxr_runtime_spec_t runtime = soxr_runtime_spec(1);
    std::size_t made = 0;
    check(soxr_oneshot(from_rate, to_rate, 1, samples.data(), samples.size(), nullptr, out.data(), out.size(),
                       &made, nullptr, &quality, &runtime));
    out.resize(made);
    return out;
}

}  // namespace aimpact::voice
