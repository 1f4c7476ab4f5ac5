#include "voice/quality/dnsmos.hpp"

#include <algorithm>
#include <cmath>

#include "inference/openvino_runtime.hpp"
#include "voice/quality/dnsmos_features.hpp"

namespace aimpact::voice {

namespace {

constexpr double kSegmentSeconds = 9.01;

// speechmos' p_ovr, p_sig and p_bak.
double corrected(double raw, double a, double b, double c) {
    return (a * raw + b) * raw + c;
}

}  // namespace

DnsmosClip::DnsmosClip(std::vector<float> samples) : samples_(std::move(samples)) {
    if (samples_.empty()) return;
    while (samples_.size() < kSegmentSamples) {
        const std::size_t size = samples_.size();
        samples_.resize(2 * size);
        std::copy_n(samples_.begin(), size, samples_.begin() + static_cast<std::ptrdiff_t>(size));
    }
    // As in speechmos, also where its rounding leaves a segment out: the ends of the 7th to the 23rd second's
    // come out one sample short.
    const auto seconds = static_cast<double>(samples_.size() / kRecognitionRate);
    const int hops = static_cast<int>(seconds - kSegmentSeconds) + 1;
    std::vector<std::size_t> all;
    for (int hop = 0; hop < hops; ++hop) {
        const auto start = static_cast<std::size_t>(hop) * kRecognitionRate;
        const auto end = static_cast<std::size_t>((hop + kSegmentSeconds) * kRecognitionRate);
        if (std::min(end, samples_.size()) - start >= kSegmentSamples) all.push_back(start);
    }
    if (all.size() <= kSegmentsMax) {
        starts_ = std::move(all);
        return;
    }
    for (std::size_t i = 0; i < kSegmentsMax; ++i)
        starts_.push_back(all[i * (all.size() - 1) / (kSegmentsMax - 1)]);
}

DnsmosScore mean_of(std::span<const DnsmosScore> segments) {
    DnsmosScore sum;
    for (const DnsmosScore& one : segments) {
        sum.overall += one.overall;
        sum.signal += one.signal;
        sum.background += one.background;
        sum.p808 += one.p808;
    }
    const double count = std::max<double>(1, static_cast<double>(segments.size()));
    return {sum.overall / count, sum.signal / count, sum.background / count, sum.p808 / count};
}

struct Dnsmos::Impl {
    ov::CompiledModel p835, p808;
    ov::InferRequest p835_request, p808_request;
    DnsmosFeatures features;
};

Dnsmos::Dnsmos() : impl_(std::make_unique<Impl>()) {}
Dnsmos::~Dnsmos() = default;

Result<std::unique_ptr<Dnsmos>> Dnsmos::load(inference::OpenVinoRuntime& runtime,
                                             const std::filesystem::path& folder) {
    std::unique_ptr<Dnsmos> made(new Dnsmos);
    Impl& impl = *made->impl_;
    constexpr auto kSegment = static_cast<std::int64_t>(DnsmosClip::kSegmentSamples);
    constexpr auto kFrames = static_cast<std::int64_t>(kDnsmosFrames);
    constexpr auto kMels = static_cast<std::int64_t>(kDnsmosMels);
    AIMPACT_TRY(auto p835, runtime.read_model(folder / "sig_bak_ovr.onnx"));
    AIMPACT_TRY(impl.p835, runtime.compile(p835, {.shapes = {{"input_1", {1, kSegment}}}}));
    AIMPACT_TRY(impl.p835_request, inference::make_request(impl.p835));
    AIMPACT_TRY(auto p808, runtime.read_model(folder / "model_v8.onnx"));
    AIMPACT_TRY(impl.p808, runtime.compile(p808, {.shapes = {{"input_1", {1, kFrames, kMels}}}}));
    AIMPACT_TRY(impl.p808_request, inference::make_request(impl.p808));
    return made;
}

Result<DnsmosScore> Dnsmos::score(std::span<const float, DnsmosClip::kSegmentSamples> segment) {
    ov::Tensor samples = impl_->p835_request.get_input_tensor();
    std::copy(segment.begin(), segment.end(), samples.data<float>());
    AIMPACT_CHECK(inference::infer(impl_->p835_request));
    const float* raw = impl_->p835_request.get_output_tensor().data<float>();  // signal, background, overall
    DnsmosScore out;
    out.signal = corrected(raw[0], -0.08397278, 1.22083953, 0.0052439);
    out.background = corrected(raw[1], -0.13166888, 1.60915514, -0.39604546);
    out.overall = corrected(raw[2], -0.06766283, 1.11546468, 0.04602535);

    ov::Tensor mels = impl_->p808_request.get_input_tensor();
    impl_->features.compute(
        segment.first<kDnsmosMelSamples>(),
        std::span<float, kDnsmosMels * kDnsmosFrames>(mels.data<float>(), kDnsmosMels * kDnsmosFrames));
    AIMPACT_CHECK(inference::infer(impl_->p808_request));
    out.p808 = impl_->p808_request.get_output_tensor().data<float>()[0];
    return out;
}

Result<DnsmosScore> Dnsmos::score(const DnsmosClip& clip) {
    if (clip.segments() == 0) return base::invalid_argument("There is no audio to score.");
    std::vector<DnsmosScore> scores;
    for (std::size_t i = 0; i < clip.segments(); ++i) {
        AIMPACT_TRY(scores.emplace_back(), score(clip.segment(i)));
    }
    return mean_of(scores);
}

}  // namespace aimpact::voice
