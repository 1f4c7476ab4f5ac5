#include "voice/tts/kokoro_stages.hpp"

#include <algorithm>

#include "inference/openvino_runtime.hpp"

namespace aimpact::voice {
namespace {

// Clauses have hundreds of lengths, and each is a shape of its own to all stages but the generator, whose
// windows have a few. What was prepared for other lengths saves nothing measurable when one comes again and
// takes 2 MB a length, so none of it is kept (bench_memory).
constexpr int kPreparedMax = 1;
constexpr std::size_t kProsodyFeatures = 640, kTextFeatures = 512;
constexpr std::size_t kSoundFeatures = 512, kHarmonics = 22, kExcitationSteps = 120;  // the last per frame

ov::Tensor tensor(ov::InferRequest& request, const char* name, const ov::Shape& shape,
                  ov::element::Type type = ov::element::f32) {
    ov::Tensor t = request.get_tensor(name);
    if (t.get_shape() != shape || t.get_element_type() != type) {
        t = ov::Tensor(type, shape);
        request.set_tensor(name, t);
    }
    return t;
}

void set_floats(ov::InferRequest& request, const char* name, const ov::Shape& shape,
                std::span<const float> values) {
    ov::Tensor t = tensor(request, name, shape);
    std::copy(values.begin(), values.end(), t.data<float>());
}

std::vector<float> floats(ov::InferRequest& request, const char* name) {
    const ov::Tensor t = request.get_tensor(name);
    const float* data = t.data<const float>();
    return {data, data + t.get_size()};
}

// Token of each frame.
std::vector<std::size_t> frame_tokens(std::span<const int> frames) {
    std::vector<std::size_t> out;
    for (std::size_t t = 0; t < frames.size(); ++t)
        out.insert(out.end(), static_cast<std::size_t>(std::max(1, frames[t])), t);
    return out;
}

base::Error failed(const std::exception& e) {
    return base::internal_error(std::string("speech synthesis: ") + e.what());
}

}  // namespace

struct KokoroStages::Impl {
    ov::CompiledModel a, b, s, d, g;
    ov::InferRequest encode, predict, source, decode, generate;
};

KokoroStages::KokoroStages(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
KokoroStages::~KokoroStages() = default;

base::Result<std::unique_ptr<KokoroStages>> KokoroStages::load(const std::filesystem::path& folder,
                                                               inference::OpenVinoRuntime& runtime,
                                                               int threads) {
    auto impl = std::make_unique<Impl>();
    struct Stage {
        const char* file;
        inference::Precision precision;
        ov::CompiledModel& model;
        ov::InferRequest& request;
        int prepared_max = kPreparedMax;
    };
    using inference::Precision;
    // The sine source loses its phase in bf16; nothing else suffers (bench/tts_quality.py).
    for (const Stage& stage : {Stage{"stage_a.xml", Precision::bf16, impl->a, impl->encode},
                               Stage{"stage_b.xml", Precision::bf16, impl->b, impl->predict},
                               Stage{"stage_s.xml", Precision::f32, impl->s, impl->source},
                               Stage{"stage_d.xml", Precision::bf16, impl->d, impl->decode},
                               Stage{"stage_g.xml", Precision::bf16, impl->g, impl->generate, 0}}) {
        AIMPACT_TRY(stage.model, runtime.load(folder / stage.file, {.precision = stage.precision,
                                                                    .threads = threads,
                                                                    .prepared_max = stage.prepared_max}));
        AIMPACT_TRY(stage.request, inference::make_request(stage.model));
    }
    return std::unique_ptr<KokoroStages>(new KokoroStages(std::move(impl)));
}

base::Result<Encoding> KokoroStages::encode(std::span<const std::int64_t> tokens,
                                            std::span<const float> style) {
    try {
        Encoding out;
        out.tokens = tokens.size() + 2;
        ov::InferRequest& r = impl_->encode;
        ov::Tensor in = tensor(r, "tokens", {1, out.tokens}, ov::element::i64);
        auto* data = in.data<std::int64_t>();
        data[0] = data[out.tokens - 1] = 0;
        std::copy(tokens.begin(), tokens.end(), data + 1);
        set_floats(r, "style_pr", {1, kStyleSize}, style);
        AIMPACT_CHECK(inference::infer(r));
        out.durations = floats(r, "dur");
        out.prosody = floats(r, "d");
        out.text = floats(r, "t_en");
        return out;
    } catch (const std::exception& e) {
        return failed(e);
    }
}

base::Result<Contours> KokoroStages::predict(const Encoding& encoding, std::span<const int> frames,
                                             std::span<const float> style) {
    try {
        const auto of = frame_tokens(frames);
        ov::InferRequest& r = impl_->predict;
        ov::Tensor en = tensor(r, "en", {1, kProsodyFeatures, of.size()});
        float* out = en.data<float>();
        for (std::size_t c = 0; c < kProsodyFeatures; ++c) {
            for (std::size_t f = 0; f < of.size(); ++f)
                *out++ = encoding.prosody[of[f] * kProsodyFeatures + c];
        }
        set_floats(r, "style_pr", {1, kStyleSize}, style);
        AIMPACT_CHECK(inference::infer(r));
        return Contours{floats(r, "f0"), floats(r, "n")};
    } catch (const std::exception& e) {
        return failed(e);
    }
}

base::Result<Sound> KokoroStages::decode(const Encoding& encoding, std::span<const int> frames,
                                         const Contours& contours, int count, std::span<const float> style) {
    try {
        const auto of = frame_tokens(frames);
        const auto n = static_cast<std::size_t>(count), last = of.size() - 1;
        std::vector<float> f0(2 * n), energy(2 * n);
        for (std::size_t i = 0; i < 2 * n; ++i) {
            const std::size_t at = std::min(i, contours.f0.size() - 1);
            f0[i] = contours.f0[at];
            energy[i] = contours.energy[at];
        }
        set_floats(impl_->source, "f0", {1, 2 * n}, f0);
        AIMPACT_CHECK(inference::infer(impl_->source));

        ov::InferRequest& r = impl_->decode;
        ov::Tensor asr = tensor(r, "asr", {1, kTextFeatures, n});
        float* out = asr.data<float>();
        for (std::size_t c = 0; c < kTextFeatures; ++c) {
            const float* row = encoding.text.data() + c * encoding.tokens;
            for (std::size_t f = 0; f < n; ++f) *out++ = row[of[std::min(f, last)]];
        }
        set_floats(r, "f0", {1, 2 * n}, f0);
        set_floats(r, "n", {1, 2 * n}, energy);
        set_floats(r, "style_ac", {1, kStyleSize}, style);
        AIMPACT_CHECK(inference::infer(r));
        Sound sound{count, floats(r, "x"), floats(impl_->source, "har")};
        if (sound.features.size() != kSoundFeatures * 2 * n ||
            sound.excitation.size() != kHarmonics * (kExcitationSteps * n + 1))
            return base::internal_error("speech synthesis: the decoder's shapes are not the model's");
        return sound;
    } catch (const std::exception& e) {
        return failed(e);
    }
}

base::Result<std::vector<float>> KokoroStages::generate(const Sound& sound, int begin, int count,
                                                        std::span<const float> style, const Norms& norms) {
    try {
        const auto n = static_cast<std::size_t>(count), first = static_cast<std::size_t>(begin),
                   all = static_cast<std::size_t>(sound.frames);
        if (begin < 0 || count < 1 || first + n > all || norms.size() != 2 * kNormChannels)
            return base::internal_error("speech synthesis: a window outside its utterance");
        ov::InferRequest& r = impl_->generate;
        const auto columns = [](ov::Tensor to, std::span<const float> from, std::size_t rows,
                                std::size_t width, std::size_t at, std::size_t columns) {
            float* out = to.data<float>();
            for (std::size_t i = 0; i < rows; ++i)
                out = std::copy_n(from.data() + i * width + at, columns, out);
        };
        columns(tensor(r, "x", {1, kSoundFeatures, 2 * n}), sound.features, kSoundFeatures, 2 * all,
                2 * first, 2 * n);
        const std::size_t steps = kExcitationSteps * n + 1;
        columns(tensor(r, "har", {1, kHarmonics, steps}), sound.excitation, kHarmonics,
                kExcitationSteps * all + 1, kExcitationSteps * first, steps);
        set_floats(r, "style_ac", {1, kStyleSize}, style);
        const std::span<const float> statistics(norms);
        set_floats(r, "norm_mean", {1, kNormChannels, 1}, statistics.first(kNormChannels));
        set_floats(r, "norm_variance", {1, kNormChannels, 1}, statistics.last(kNormChannels));
        AIMPACT_CHECK(inference::infer(r));
        return floats(r, "audio");
    } catch (const std::exception& e) {
        return failed(e);
    }
}

}  // namespace aimpact::voice
