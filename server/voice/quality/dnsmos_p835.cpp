#include "voice/quality/dnsmos_p835.hpp"

#include <algorithm>
#include <limits>
#include <string_view>

namespace aimpact::voice {

using base::Result;

namespace {

constexpr std::size_t kFrames = 900, kBins = 161, kChannels = 64;
// Three poolings by two: a row of the result stands for eight frames, 8 r to 8 r + 7, and has seen the frames
// 8 r - 18 to 8 r + 25. The last tile ends with the last frame, of which the poolings drop four.
constexpr std::size_t kTileFrames = 188, kStride = 8;
constexpr std::size_t kTileRows = kTileFrames / kStride;
constexpr std::size_t kRows = kFrames / kStride;
constexpr std::size_t kFirstRow = 3;  // the first that saw no left edge
constexpr std::size_t kEndRow =
    (kTileFrames - 1 - 25) / kStride + 1;  // behind the last that saw no right edge
constexpr std::size_t kLastStart = kFrames - kTileFrames;

constexpr std::size_t start_of(std::size_t tile) {
    return std::min(tile * (kEndRow - kFirstRow) * kStride, kLastStart);
}
static_assert(kLastStart % kStride == 0);
static_assert(start_of(DnsmosP835::kTiles - 1) == kLastStart &&
              start_of(DnsmosP835::kTiles - 2) < kLastStart);
static_assert(start_of(DnsmosP835::kTiles - 2) / kStride + kEndRow >= kLastStart / kStride + kFirstRow);
static_assert(kLastStart / kStride + kTileRows == kRows);

// The first operation of this kind whose input has four dimensions.
std::shared_ptr<ov::Node> find(const ov::Model& model, std::string_view type) {
    for (const auto& node : model.get_ordered_ops())
        if (node->get_type_name() == type && node->get_input_partial_shape(0).rank() == 4) return node;
    return nullptr;
}

// The part of `model` from its first 2-D convolution (or its input) to the maximum over time (or its output).
struct Cut {
    std::shared_ptr<ov::Node> convolution, maximum;
};
Result<Cut> cuts(const ov::Model& model) {
    Cut cut{find(model, "Convolution"), find(model, "ReduceMax")};
    if (!cut.convolution || !cut.maximum)
        return base::Error{base::ErrorCode::unavailable,
                           "The DNSMOS model is not the one that was expected. Run scripts/fetch-models to "
                           "repair the models."};
    return cut;
}

}  // namespace

Result<> DnsmosP835::load(inference::OpenVinoRuntime& runtime, const std::filesystem::path& file) {
    AIMPACT_TRY(const auto whole, runtime.read_model(file));
    try {
        whole->reshape({{"input_1", ov::PartialShape{1, static_cast<std::int64_t>(kSamples)}}});
        const auto front = whole->clone(), stack = whole->clone(), head = whole->clone();

        AIMPACT_TRY(const Cut before, cuts(*front));
        const ov::ParameterVector samples(front->get_parameters());
        const auto spectrum = std::make_shared<ov::Model>(
            ov::OutputVector{before.convolution->input_value(0)}, samples, "dnsmos_spectrum");

        AIMPACT_TRY(const Cut middle, cuts(*stack));
        const auto frames =
            std::make_shared<ov::op::v0::Parameter>(ov::element::f32, ov::Shape{1, 1, kTileFrames, kBins});
        middle.convolution->input(0).replace_source_output(frames);
        const auto tiles = std::make_shared<ov::Model>(ov::OutputVector{middle.maximum->input_value(0)},
                                                       ov::ParameterVector{frames}, "dnsmos_tile");

        AIMPACT_TRY(const Cut after, cuts(*head));
        const auto maxima =
            std::make_shared<ov::op::v0::Parameter>(ov::element::f32, after.maximum->get_output_shape(0));
        after.maximum->output(0).replace(maxima->output(0));
        const auto scores =
            std::make_shared<ov::Model>(head->get_results(), ov::ParameterVector{maxima}, "dnsmos_scores");

        AIMPACT_TRY(front_, runtime.compile(spectrum, {}));
        AIMPACT_TRY(stack_, runtime.compile(tiles, {}));
        AIMPACT_TRY(head_, runtime.compile(scores, {}));
    } catch (const std::exception& e) {
        return base::Error{
            base::ErrorCode::unavailable,
            "The DNSMOS model cannot be prepared. Run scripts/fetch-models to repair the models.", e.what()};
    }
    AIMPACT_TRY(front_request_, inference::make_request(front_));
    AIMPACT_TRY(stack_request_, inference::make_request(stack_));
    AIMPACT_TRY(head_request_, inference::make_request(head_));
    return {};
}

Result<> DnsmosP835::begin(std::span<const float, kSamples> samples) {
    std::copy(samples.begin(), samples.end(), front_request_.get_input_tensor().data<float>());
    maxima_.assign(kChannels, std::numeric_limits<float>::lowest());
    return inference::infer(front_request_);
}

Result<> DnsmosP835::tile(std::size_t index) {
    const std::size_t start = start_of(index);
    const float* spectrum = front_request_.get_output_tensor().data<float>() + start * kBins;
    std::copy_n(spectrum, kTileFrames * kBins, stack_request_.get_input_tensor().data<float>());
    AIMPACT_CHECK(inference::infer(stack_request_));
    const ov::Tensor out = stack_request_.get_output_tensor();  // [1, rows, bins / 8, channels]
    const std::size_t first = start == 0 ? 0 : kFirstRow, end = start == kLastStart ? kTileRows : kEndRow;
    const std::size_t row = out.get_size() / kTileRows;
    const float* values = out.data<float>();
    for (std::size_t i = first * row; i < end * row; i += kChannels)
        for (std::size_t c = 0; c < kChannels; ++c) maxima_[c] = std::max(maxima_[c], values[i + c]);
    return {};
}

Result<std::array<float, 3>> DnsmosP835::finish() {
    std::copy(maxima_.begin(), maxima_.end(), head_request_.get_input_tensor().data<float>());
    AIMPACT_CHECK(inference::infer(head_request_));
    const float* raw = head_request_.get_output_tensor().data<float>();
    return std::array<float, 3>{raw[0], raw[1], raw[2]};
}

}  // namespace aimpact::voice
