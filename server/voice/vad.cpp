#include "voice/vad.hpp"

#include <algorithm>
#include <atomic>
#include <cstring>

#include "base/log.hpp"
#include "inference/openvino_runtime.hpp"

namespace aimpact::voice {

namespace {
constexpr std::size_t kContext = 64;  // samples of the frame before, at the head of the input
constexpr std::size_t kState = 2 * 1 * 128;

// A frame of which the model is sure counts for one and a half. An interruption is heard 16 ms earlier in the
// median than by counting frames alone, and the recordings of shared/audio/noise start nothing either way.
constexpr float kSure = 0.9F, kSureEvidence = 1.5F, kStartEvidence = 3.0F;
}  // namespace

struct VadModel::Impl {
    ov::CompiledModel compiled;
};

struct Vad::Impl {
    std::shared_ptr<VadModel::Impl> model;
    ov::InferRequest request;
    float* input = nullptr;
    float* state = nullptr;
    bool failed = false;
};

VadModel::VadModel() : impl_(std::make_shared<Impl>()) {}
VadModel::~VadModel() = default;

Result<std::shared_ptr<VadModel>> VadModel::load(inference::OpenVinoRuntime& runtime,
                                                 const std::filesystem::path& file) {
    AIMPACT_TRY(auto model, runtime.read_model(file));
    // The model serves two sample rates behind a condition; a constant rate lets the compiler drop the other.
    AIMPACT_CHECK(inference::fix_input(*model, "sr", kRecognitionRate));
    AIMPACT_TRY(
        auto compiled,
        runtime.compile(model, {.shapes = {{"input", {1, static_cast<std::int64_t>(kContext + kVadFrame)}},
                                           {"state", {2, 1, 128}}}}));
    std::shared_ptr<VadModel> made(new VadModel);
    made->impl_->compiled = std::move(compiled);
    AIMPACT_TRY(const auto stream, made->stream());
    return made;
}

Result<std::unique_ptr<Vad>> VadModel::stream() const {
    auto impl = std::make_unique<Vad::Impl>();
    impl->model = impl_;
    AIMPACT_TRY(impl->request, inference::make_request(impl_->compiled));
    try {
        ov::Tensor input = impl->request.get_tensor("input"), state = impl->request.get_tensor("state");
        if (input.get_size() != kContext + kVadFrame || state.get_size() != kState)
            return base::internal_error("the VAD model has other shapes than Silero v6");
        impl->input = input.data<float>();
        impl->state = state.data<float>();
    } catch (const std::exception& e) {
        return base::internal_error(std::string("VAD model: ") + e.what());
    }
    std::unique_ptr<Vad> vad(new Vad(std::move(impl)));
    vad->reset();
    return vad;
}

Vad::Vad(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Vad::~Vad() = default;

void Vad::reset() {
    std::fill_n(impl_->input, kContext + kVadFrame, 0.0F);
    std::fill_n(impl_->state, kState, 0.0F);
}

float Vad::probability(std::span<const float, kVadFrame> frame) {
    Impl& i = *impl_;
    std::memmove(i.input, i.input + kVadFrame, kContext * sizeof(float));
    std::memcpy(i.input + kContext, frame.data(), kVadFrame * sizeof(float));
    if (const auto ran = inference::infer(i.request); ran.has_error()) {
        if (!std::exchange(i.failed, true))
            base::log_error("voice.vad_failed", {{"error", ran.error().detail.c_str()}});
        return 0.0F;
    }
    std::memcpy(i.state, i.request.get_tensor("stateN").data<float>(), kState * sizeof(float));
    return i.request.get_tensor("output").data<float>()[0];
}

float SpeechTracker::Options::release() const {
    return std::max(threshold - 0.15F, 0.05F);
}

bool SpeechTracker::push(float probability) {
    const std::int64_t now = frame_++;
    const bool loud = probability >= (speaking_ ? options_.release() : options_.threshold);
    if (speaking_) {
        if (loud) {
            end_ = now + 1;
            ++speech_frames_;
            sum_ += probability;
        }
        return false;
    }
    if (loud) {
        if (speech_frames_ == 0) first_ = now;
        ++speech_frames_;
        sum_ += probability;
        end_ = now + 1;
        misses_ = 0;
        evidence_ += probability >= kSure ? kSureEvidence : 1.0F;
        if (evidence_ >= kStartEvidence) return speaking_ = true;
    } else if (speech_frames_ > 0 && ++misses_ > 1) {
        end();
    }
    return false;
}

void SpeechTracker::end() {
    speaking_ = false;
    speech_frames_ = misses_ = 0;
    evidence_ = 0;
    sum_ = 0;
}

std::int64_t best_cut(std::span<const float> probabilities, float threshold) {
    const auto size = static_cast<std::int64_t>(probabilities.size());
    const float release = SpeechTracker::Options{threshold}.release();
    // A cut near an end gains nothing: a pause counts in full only five seconds in.
    const double full = 5.0 / kVadFrameSeconds;
    const auto weight = [&](std::int64_t at) {
        return std::min(1.0, static_cast<double>(std::min(at, size - at)) /
                                 std::min(full, static_cast<double>(size) / 2));
    };
    std::int64_t best = size / 2;
    double best_score = 0;
    for (std::int64_t begin = 0; begin < size;) {
        if (probabilities[static_cast<std::size_t>(begin)] >= release) {
            ++begin;
            continue;
        }
        std::int64_t end = begin;
        while (end < size && probabilities[static_cast<std::size_t>(end)] < release) ++end;
        const std::int64_t middle = (begin + end) / 2;
        const double score = static_cast<double>(end - begin) * weight(middle);
        if (middle > 0 && score > best_score) best = middle, best_score = score;
        begin = end;
    }
    if (best_score > 0) return best;
    float lowest = 2.0F;
    for (std::int64_t i = size / 4; i < size - size / 4; ++i)
        if (probabilities[static_cast<std::size_t>(i)] < lowest)
            best = i, lowest = probabilities[static_cast<std::size_t>(i)];
    return std::clamp<std::int64_t>(best, 1, std::max<std::int64_t>(1, size - 1));
}

namespace {
// The tight span of the speech in [begin, end).
SpeechSpan measure(std::span<const float> probabilities, std::int64_t begin, std::int64_t end,
                   float release) {
    SpeechSpan span{end, begin, 0, 0};
    double sum = 0;
    for (std::int64_t i = begin; i < end; ++i) {
        const float p = probabilities[static_cast<std::size_t>(i)];
        if (p < release) continue;
        span.begin = std::min(span.begin, i);
        span.end = i + 1;
        ++span.speech_frames;
        sum += p;
    }
    if (span.speech_frames) span.mean_probability = sum / span.speech_frames;
    return span;
}
}  // namespace

std::vector<SpeechSpan> speech_spans(std::span<const float> probabilities, const SpanOptions& options) {
    const SpeechTracker::Options tracking{options.threshold};
    const auto gap = static_cast<std::int64_t>(options.gap_seconds / kVadFrameSeconds);
    std::vector<std::pair<std::int64_t, std::int64_t>> found;
    SpeechTracker tracker(tracking);
    for (const float p : probabilities) {
        tracker.push(p);
        if (tracker.speaking() && tracker.silent_frames() >= gap) {
            found.emplace_back(tracker.first_frame(), tracker.end_frame());
            tracker.end();
        }
    }
    if (tracker.speaking()) found.emplace_back(tracker.first_frame(), tracker.end_frame());

    std::vector<SpeechSpan> spans;
    std::reverse(found.begin(), found.end());
    while (!found.empty()) {  // a stack, earliest on top
        const auto [begin, end] = found.back();
        found.pop_back();
        const SpeechSpan span = measure(probabilities, begin, end, tracking.release());
        if (span.speech_frames * kVadFrameSeconds < options.speech_seconds_min) continue;
        if (span.seconds() <= options.seconds_max) {
            spans.push_back(span);
            continue;
        }
        const std::int64_t cut =
            span.begin + best_cut(probabilities.subspan(static_cast<std::size_t>(span.begin),
                                                        static_cast<std::size_t>(span.end - span.begin)),
                                  options.threshold);
        found.emplace_back(cut, span.end);
        found.emplace_back(span.begin, cut);
    }
    return spans;
}

}  // namespace aimpact::voice
