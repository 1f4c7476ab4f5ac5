// POST /v1/embeddings.
#include <bit>

#include "agents/openai_routes.hpp"
#include "base/id.hpp"
#include "base/wire.hpp"
#include "llm/openai_wire.hpp"

namespace aimpact::agents {

namespace json = boost::json;
using base::invalid_argument;
using net::Request;
using net::Response;

namespace {
constexpr std::size_t kTextsMax = 256;
constexpr std::size_t kTextBytesMax = 32'768;

struct WireEmbeddings {
    json::value input;
    std::string model;
    std::optional<std::string> encoding_format;
    std::optional<int> dimensions;
};
BOOST_DESCRIBE_STRUCT(WireEmbeddings, (), (input, model, encoding_format, dimensions))

Result<std::vector<std::string>> texts_of(const json::value& input) {
    std::vector<std::string> texts;
    if (input.is_string()) {
        texts.emplace_back(input.get_string());
    } else if (input.is_array()) {
        for (const json::value& one : input.get_array()) {
            if (!one.is_string())
                return invalid_argument(
                    "input must be text or an array of texts. Token numbers of another model mean nothing "
                    "here: send "
                    "the text itself.",
                    "input");
            texts.emplace_back(one.get_string());
        }
    } else {
        return invalid_argument("input must be text or an array of texts.", "input");
    }
    if (texts.empty() || texts.size() > kTextsMax)
        return invalid_argument("input holds 1 to " + std::to_string(kTextsMax) + " texts.", "input");
    for (const std::string& text : texts)
        if (text.empty() || text.size() > kTextBytesMax)
            return invalid_argument("Each text has 1 to " + std::to_string(kTextBytesMax) + " bytes.",
                                    "input");
    return texts;
}

// OpenAI's names are taken as "the embedding model", so that clients with a fixed name work.
bool names_the_embedder(std::string model, const std::string& own) {
    const auto lower = [](std::string s) {
        for (char& c : s) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
        return s;
    };
    model = lower(model);
    return model == lower(own) || model == "all-minilm-l6-v2" || model == "text-embedding-3-small" ||
           model == "text-embedding-3-large" || model == "text-embedding-ada-002";
}

json::value vector_json(const std::vector<float>& vector, bool base64) {
    if (!base64) return json::value(json::array(vector.begin(), vector.end()));
    static_assert(std::endian::native == std::endian::little, "the wire is little-endian");
    const std::string_view bytes(reinterpret_cast<const char*>(vector.data()), vector.size() * sizeof(float));
    return json::value(base::base64_encode(bytes));
}
}  // namespace

Task<Response> embeddings(llm::Embedder* embedder, Request& request) {
    auto wire = base::decode_text<WireEmbeddings>(request.body, {}, base::Unknown::ignore);
    if (wire.has_error()) co_return llm::openai_problem(wire.error(), request);
    if (!embedder) {
        const base::Error error{base::ErrorCode::unavailable,
                                "The embedding model is not installed on this server. Fetch the models "
                                "(scripts/fetch-models)."};
        co_return llm::openai_problem(error, request);
    }
    if (!names_the_embedder(wire->model, embedder->name())) {
        const base::Error error{base::ErrorCode::not_found,
                                "The embedding model here is \"" + embedder->name() + "\".",
                                {},
                                "model"};
        co_return llm::openai_problem(error, request);
    }
    const std::string format = wire->encoding_format.value_or("float");
    if (format != "float" && format != "base64") {
        const auto error = invalid_argument("encoding_format must be float or base64.", "encoding_format");
        co_return llm::openai_problem(error, request);
    }
    if (wire->dimensions && *wire->dimensions != embedder->dimensions()) {
        const auto error =
            invalid_argument("The vectors of this model have " + std::to_string(embedder->dimensions()) +
                                 " dimensions and cannot be shortened. Leave dimensions out.",
                             "dimensions");
        co_return llm::openai_problem(error, request);
    }
    auto texts = texts_of(wire->input);
    if (texts.has_error()) co_return llm::openai_problem(texts.error(), request);
    auto answer = co_await embedder->embed(*std::move(texts));
    if (answer.has_error()) co_return llm::openai_problem(answer.error(), request);
    json::array data;
    for (std::size_t i = 0; i < answer->vectors.size(); ++i)
        data.push_back(json::object{{"object", "embedding"},
                                    {"index", i},
                                    {"embedding", vector_json(answer->vectors[i], format == "base64")}});
    const json::object usage{{"prompt_tokens", answer->tokens}, {"total_tokens", answer->tokens}};
    co_return Response::json(base::to_text(json::object{
        {"object", "list"}, {"data", std::move(data)}, {"model", embedder->name()}, {"usage", usage}}));
}

}  // namespace aimpact::agents
