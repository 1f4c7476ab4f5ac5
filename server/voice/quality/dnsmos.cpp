#include "voice/quality/dnsmos.hpp"

#include <algorithm>
#include <cmath>

#include "inference/openvino_runtime.hpp"
#include "voice/quality/dnsmos_features.hpp"
#include "voice/quality/dnsmos_p835.hpp"

namespace aimpact::voice {

namespace {

constexpr double kSegmentSeconds = 9.01;

// speechmos' p_ovr, p_sig and p_bak.
double corrected(double raw, double a, double b, double c) {
    return (a * raw + b) * raw + c;
}

}  // namespace

DnsmosClip::DnsmosClip(std::vector<float> samples, std::size_t segments_max) : samples_(std::move(samples)) {
    if (samples_.empty()) return;
    while (samples_.size() < kSegmentSamples) {
        const std::size_t size = samples_.size();
        samples_.resize(2 * size);
        std::copy_n(samples_.begin(), size, samples_.begin() + static_cast<std::ptrdiff_t>(size));
    }
    // As in speechmos, also where its rounding leaves a segment out: the ends of the 7th to the 23rd second's
    // come out one sample short.
    const std::size_t seconds = samples_.size() / kRecognitionRate;
    const int hops = static_cast<int>(static_cast<double>(seconds) - kSegmentSeconds) + 1;
    std::vector<std::size_t> all;
    for (int hop = 0; hop < hops; ++hop) {
        const auto start = static_cast<std::size_t>(hop) * kRecognitionRate;
        const auto end = static_cast<std::size_t>((hop + kSegmentSeconds) * kRecognitionRate);
        if (std::min(end, samples_.size()) - start >= kSegmentSamples) all.push_back(start);
    }
    const std::size_t count = std::min(all.size(), std::max<std::size_t>(1, segments_max));
    for (std::size_t i = 0; i < count; ++i)
        starts_.push_back(all[count > 1 ? i * (all.size() - 1) / (count - 1) : all.size() / 2]);
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
    DnsmosP835 p835;
    ov::CompiledModel p808;
    ov::InferRequest p808_request;
    DnsmosFeatures features;
    std::span<const float> segment;  // in progress
    std::size_t step = 0;
    float p808_score = 0;

    Result<> rate_p808() {
        ov::Tensor mels = p808_request.get_input_tensor();
        features.compute(
            segment.first<kDnsmosMelSamples>(),
            std::span<float, kDnsmosMels * kDnsmosFrames>(mels.data<float>(), kDnsmosMels * kDnsmosFrames));
        AIMPACT_CHECK(inference::infer(p808_request));
        p808_score = p808_request.get_output_tensor().data<float>()[0];
        return {};
    }
};

Dnsmos::Dnsmos() : impl_(std::make_unique<Impl>()) {}
Dnsmos::~Dnsmos() = default;

Result<std::unique_ptr<Dnsmos>> Dnsmos::load(inference::OpenVinoRuntime& runtime,
                                             const std::filesystem::path& folder) {
    std::unique_ptr<Dnsmos> made(new Dnsmos);
    Impl& impl = *made->impl_;
    AIMPACT_CHECK(impl.p835.load(runtime, folder / "sig_bak_ovr.onnx"));
    constexpr auto kFrames = static_cast<std::int64_t>(kDnsmosFrames);
    constexpr auto kMels = static_cast<std::int64_t>(kDnsmosMels);
    AIMPACT_TRY(const auto p808, runtime.read_model(folder / "model_v8.onnx"));
    AIMPACT_TRY(impl.p808, runtime.compile(p808, {.shapes = {{"input_1", {1, kFrames, kMels}}}}));
    AIMPACT_TRY(impl.p808_request, inference::make_request(impl.p808));
    return made;
}

void Dnsmos::start(std::span<const float, DnsmosClip::kSegmentSamples> segment) {
    impl_->segment = segment;
    impl_->step = 0;
}

Result<std::optional<DnsmosScore>> Dnsmos::advance() {
    Impl& impl = *impl_;
    const std::size_t step = impl.step++;
    if (step == 0) {
        AIMPACT_CHECK(impl.rate_p808());
        return std::optional<DnsmosScore>();
    }
    if (step == 1) {
        AIMPACT_CHECK(impl.p835.begin(impl.segment.first<DnsmosClip::kSegmentSamples>()));
        return std::optional<DnsmosScore>();
    }
    AIMPACT_CHECK(impl.p835.tile(step - 2));
    if (step - 2 + 1 < DnsmosP835::kTiles) return std::optional<DnsmosScore>();
    AIMPACT_TRY(const auto raw, impl.p835.finish());
    DnsmosScore out;
    out.signal = corrected(raw[0], -0.08397278, 1.22083953, 0.0052439);
    out.background = corrected(raw[1], -0.13166888, 1.60915514, -0.39604546);
    out.overall = corrected(raw[2], -0.06766283, 1.11546468, 0.04602535);
    out.p808 = impl.p808_score;
    return std::optional<DnsmosScore>(out);
}

Result<DnsmosScore> Dnsmos::score(const DnsmosClip& clip) {
    if (clip.segments() == 0) return base::invalid_argument("There is no audio to score.");
    std::vector<DnsmosScore> scores;
    for (std::size_t i = 0; i < clip.segments(); ++i) {
        start(clip.segment(i));
        while (scores.size() <= i) {
            AIMPACT_TRY(const auto done, advance());
            if (done) scores.push_back(*done);
        }
    }
    return mean_of(scores);
}

}  // namespace aimpact::voice
