#include "inference/moonshine.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <fstream>
#include <limits>
#include <sstream>
#include <unordered_map>

#include "inference/idle_calls.hpp"
#include "inference/openvino_runtime.hpp"

namespace aimpact::inference {

using base::Error;
using base::ErrorCode;
using base::Result;

namespace {

constexpr std::size_t kLayers = 12, kHeads = 8, kWidth = 36;  // keys and values of six layers
// Lengths are rounded up, so that few shapes occur: the runtime prepares each of them anew.
constexpr std::size_t kLengthStep = 8'000;
constexpr int kPreparedMax = 256;
constexpr std::string_view kWordStart = "\xe2\x96\x81";

Result<std::string> from_base64(std::string_view text) {
    std::string out(text.size() / 4 * 3, '\0');
    const int size =
        EVP_DecodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                        reinterpret_cast<const unsigned char*>(text.data()), static_cast<int>(text.size()));
    if (size < 0) return base::internal_error("a token is no base64");
    const auto padding = static_cast<std::size_t>(std::count(text.begin(), text.end(), '='));
    out.resize(static_cast<std::size_t>(size) - std::min<std::size_t>(padding, 2));
    return out;
}

Result<std::vector<std::string>> read_tokens(const std::filesystem::path& path) {
    std::ifstream file(path);
    if (!file)
        return Error{ErrorCode::unavailable,
                     "The model file " + path.string() + " is missing. Run scripts/fetch-models."};
    std::vector<std::string> tokens;
    for (std::string line; std::getline(file, line);) {
        std::istringstream fields(line);
        std::string symbol;
        std::size_t id = 0;
        if (!(fields >> symbol >> id) || id > 1'000'000)
            return Error{ErrorCode::unavailable, "The model file " + path.string() +
                                                     " is no list of tokens. Run scripts/fetch-models."};
        if (tokens.size() <= id) tokens.resize(id + 1);
        AIMPACT_TRY(tokens[id], from_base64(symbol));
    }
    return tokens;
}

}  // namespace

struct Moonshine::Session::Networks {
    ov::CompiledModel encoder_model, decoder_model;
    ov::InferRequest encoder, decoder;

    // The utterance at hand.
    std::size_t groups = 0, frames = 0, rows = 0, length = 0;
    std::vector<float> audio;
    ov::Tensor cross;
    // Keys and values of all hypotheses so far; one is read while the other is written.
    std::vector<float> history[2];
    int current = 0;
    std::vector<std::int64_t> tokens, parents;

    static std::size_t history_size(std::size_t all_rows, std::size_t length) {
        return kLayers * all_rows * kHeads * length * kWidth;
    }
    // Runs the decoder over `count` tokens of each row in `tokens`.
    Result<> decode(std::size_t count) {
        const std::size_t all = groups * rows;
        auto& past = history[current];
        auto& present = history[1 - current];
        past.resize(std::max(past.size(), std::max<std::size_t>(1, history_size(all, length))));
        present.resize(std::max(present.size(), history_size(all, length + count)));
        try {
            decoder.set_tensor("tokens", ov::Tensor(ov::element::i64, {all, count}, tokens.data()));
            decoder.set_tensor("cross", cross);
            decoder.set_tensor(
                "past", ov::Tensor(ov::element::f32, {kLayers, all, kHeads, length, kWidth}, past.data()));
            decoder.set_tensor("parents", ov::Tensor(ov::element::i64, {all}, parents.data()));
            decoder.set_tensor(
                "present",
                ov::Tensor(ov::element::f32, {kLayers, all, kHeads, length + count, kWidth}, present.data()));
        } catch (const std::exception& e) {
            return base::internal_error(std::string("the recogniser's decoder takes no such input: ") +
                                        e.what());
        }
        AIMPACT_CHECK(infer(decoder));
        current = 1 - current;
        length += count;
        return {};
    }
};

struct Moonshine::Impl {
    std::filesystem::path folder;
    OpenVinoRuntime* runtime = nullptr;
    std::unordered_map<std::string_view, std::int64_t> ids;
    std::size_t token_bytes_max = 0;
    IdleCalls<Session::Networks> calls;

    Result<std::unique_ptr<Session::Networks>> load() const {
        const CompileOptions options{.precision = Precision::f32, .threads = 1, .prepared_max = kPreparedMax};
        auto networks = std::make_unique<Session::Networks>();
        AIMPACT_TRY(networks->encoder_model, runtime->load(folder / "encoder.xml", options));
        AIMPACT_TRY(networks->decoder_model, runtime->load(folder / "decoder.xml", options));
        AIMPACT_TRY(networks->encoder, make_request(networks->encoder_model));
        AIMPACT_TRY(networks->decoder, make_request(networks->decoder_model));
        return networks;
    }
};

Moonshine::Moonshine() : impl_(std::make_unique<Impl>()) {}
Moonshine::~Moonshine() = default;

Result<std::shared_ptr<const Moonshine>> Moonshine::open(const std::filesystem::path& folder,
                                                         OpenVinoRuntime& runtime) {
    auto model = std::shared_ptr<Moonshine>(new Moonshine);
    AIMPACT_TRY(model->tokens_, read_tokens(folder / "tokens.txt"));
    for (const char* name : {"encoder.xml", "encoder.bin", "decoder.xml", "decoder.bin"}) {
        std::error_code ec;
        if (!std::filesystem::is_regular_file(folder / name, ec))
            return Error{ErrorCode::unavailable, "The model file " + (folder / name).string() +
                                                     " is missing. Run scripts/fetch-models."};
    }
    model->impl_->folder = folder;
    model->impl_->runtime = &runtime;
    for (std::size_t id = 3; id < model->tokens_.size(); ++id) {
        const std::string& token = model->tokens_[id];
        if (token.empty()) continue;
        model->impl_->ids.emplace(token, static_cast<std::int64_t>(id));
        model->impl_->token_bytes_max = std::max(model->impl_->token_bytes_max, token.size());
    }
    return std::shared_ptr<const Moonshine>(std::move(model));
}

Result<Moonshine::Session> Moonshine::session() const {
    AIMPACT_TRY(auto networks, impl_->calls.take([this] { return impl_->load(); }));
    return Session(*this, std::move(networks));
}

std::vector<std::int64_t> Moonshine::ids(std::span<const std::string> tokens) const {
    std::vector<std::int64_t> ids;
    for (const std::string& token : tokens) {
        // sherpa-onnx shows a word's start as a space.
        const std::string own = token.starts_with(' ') ? std::string(kWordStart) + token.substr(1) : token;
        if (const auto found = impl_->ids.find(own); found != impl_->ids.end()) ids.push_back(found->second);
    }
    return ids;
}

std::string Moonshine::text(std::span<const std::int64_t> tokens) const {
    std::string out;
    for (const std::int64_t id : tokens) {
        if (id < 0 || static_cast<std::size_t>(id) >= tokens_.size()) continue;
        std::string_view token = tokens_[static_cast<std::size_t>(id)];
        for (std::size_t at = 0; at < token.size();) {
            if (token.substr(at).starts_with(kWordStart)) {
                if (!out.empty()) out += ' ';
                at += kWordStart.size();
            } else {
                out += token[at++];
            }
        }
    }
    return out;
}

std::vector<std::int64_t> Moonshine::tokenise(std::string_view text) const {
    std::string all;
    bool start = true;
    for (const char c : text) {
        if (c == ' ') {
            start = true;
            continue;
        }
        if (start) all += kWordStart;
        start = false;
        all += c;
    }
    // Fewest tokens from each place to the end; an unknown byte costs more than any token.
    constexpr int kUnknown = 1'000;
    const std::size_t n = all.size();
    std::vector<int> cost(n + 1, 0);
    std::vector<std::pair<std::size_t, std::int64_t>> next(n);
    for (std::size_t at = n; at-- > 0;) {
        cost[at] = cost[at + 1] + kUnknown;
        next[at] = {at + 1, -1};
        for (std::size_t length = std::min(impl_->token_bytes_max, n - at); length >= 1; --length) {
            const auto found = impl_->ids.find(std::string_view(all).substr(at, length));
            if (found == impl_->ids.end() || cost[at + length] + 1 >= cost[at]) continue;
            cost[at] = cost[at + length] + 1;
            next[at] = {at + length, found->second};
        }
    }
    std::vector<std::int64_t> ids;
    for (std::size_t at = 0; at < n; at = next[at].first)
        if (next[at].second >= 0) ids.push_back(next[at].second);
    return ids;
}

Moonshine::Session::Session(const Moonshine& owner, std::unique_ptr<Networks> networks)
    : owner_(&owner), networks_(std::move(networks)) {}
Moonshine::Session::Session(Session&&) noexcept = default;
Moonshine::Session::~Session() {
    if (networks_) owner_->impl_->calls.give_back(std::move(networks_));
}

Result<std::size_t> Moonshine::Session::encode(std::span<const std::vector<float>> renditions) {
    Networks& n = *networks_;
    std::size_t length = 0;
    for (const auto& rendition : renditions) length = std::max(length, rendition.size());
    length = (length + kLengthStep - 1) / kLengthStep * kLengthStep;
    if (renditions.empty() || renditions.size() > 3 || length == 0)
        return base::internal_error("the recogniser was given nothing to encode");
    n.audio.assign(renditions.size() * length, 0.0F);
    for (std::size_t i = 0; i < renditions.size(); ++i)
        std::copy(renditions[i].begin(), renditions[i].end(),
                  n.audio.begin() + static_cast<std::ptrdiff_t>(i * length));
    try {
        n.encoder.set_tensor("audio",
                             ov::Tensor(ov::element::f32, {renditions.size(), length}, n.audio.data()));
        AIMPACT_CHECK(infer(n.encoder));
        n.cross = n.encoder.get_tensor("cross");
    } catch (const std::exception& e) {
        return base::internal_error(std::string("the recogniser's encoder takes no such input: ") + e.what());
    }
    n.groups = renditions.size();
    n.frames = n.cross.get_shape().at(3);
    n.rows = n.length = 0;
    return n.frames;
}

void Moonshine::Session::begin(std::size_t rows) {
    networks_->rows = rows;
    networks_->length = 0;
}

Result<std::span<const float>> Moonshine::Session::step(std::span<const std::int64_t> tokens,
                                                        std::span<const std::int64_t> parents) {
    Networks& n = *networks_;
    n.tokens.clear();
    n.parents.clear();
    for (std::size_t group = 0; group < n.groups; ++group) {
        n.tokens.insert(n.tokens.end(), tokens.begin(), tokens.end());
        for (const std::int64_t parent : parents)
            n.parents.push_back(parent + static_cast<std::int64_t>(group * n.rows));
    }
    AIMPACT_CHECK(n.decode(1));
    const ov::Tensor out = n.decoder.get_tensor("log_probabilities");
    return std::span<const float>(out.data<float>(), out.get_size());
}

Result<Moonshine::Session::Scores> Moonshine::Session::score(std::span<const std::int64_t> tokens) {
    Networks& n = *networks_;
    begin(1);
    n.tokens.clear();
    n.parents.clear();
    for (std::size_t group = 0; group < n.groups; ++group) {
        n.tokens.push_back(kBegin);
        n.tokens.insert(n.tokens.end(), tokens.begin(), tokens.end());
        n.parents.push_back(static_cast<std::int64_t>(group));
    }
    AIMPACT_CHECK(n.decode(tokens.size() + 1));
    const ov::Tensor out = n.decoder.get_tensor("log_probabilities");
    const std::size_t vocabulary = out.get_shape().at(2);
    Scores scores;
    for (std::size_t i = 0; i <= tokens.size(); ++i) {
        const auto id = static_cast<std::size_t>(i < tokens.size() ? tokens[i] : kEnd);
        scores.log_probabilities.push_back(id < vocabulary ? out.data<float>()[i * vocabulary + id]
                                                           : -std::numeric_limits<float>::infinity());
    }
    const ov::Tensor attention = n.decoder.get_tensor("attention");
    scores.attention.assign(attention.data<float>(),
                            attention.data<float>() + (tokens.size() + 1) * n.frames);
    return scores;
}

}  // namespace aimpact::inference
