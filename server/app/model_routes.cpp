#include "app/model_routes.hpp"

#include <array>
#include <boost/json.hpp>
#include <optional>
#include <string_view>

#include "base/wire.hpp"
#include "inference/model_store.hpp"

namespace aimpact::app {

namespace json = boost::json;
using net::Request;
using net::Response;

namespace {

// The manifest's `use` as the API's `kind`, and what people call the model. Models of other uses (quality)
// serve tests and benches only.
struct Kind {
    std::string_view use, kind;
};
constexpr std::array<Kind, 7> kKinds{{{"stt", "stt"},
                                      {"vad", "vad"},
                                      {"turn", "turn"},
                                      {"tts", "tts"},
                                      {"llm", "llm"},
                                      {"embed", "embedding"},
                                      {"speaker", "speaker"}}};
constexpr std::array<std::pair<std::string_view, std::string_view>, 7> kNames{
    {{"moonshine-tiny-en", "Moonshine tiny, English"},
     {"silero-vad", "Silero VAD"},
     {"smart-turn-v3", "Smart Turn"},
     {"kokoro-82m", "Kokoro 82M"},
     {"smollm2-135m", "SmolLM2 135M Instruct"},
     {"minilm-l6-v2", "all-MiniLM-L6-v2"},
     {"ge2e", "GE2E speaker encoder"}}};

std::string_view kind_of(std::string_view use) {
    for (const Kind& row : kKinds)
        if (row.use == use) return row.kind;
    return {};
}

std::string name_of(const inference::Model& model) {
    for (const auto& [id, name] : kNames)
        if (id == model.id) return std::string(name) + " " + model.version;
    return model.id + " " + model.version;
}

bool running(Engines& engines, std::string_view kind) {
    if (kind == "stt") return engines.recognizer().get() != nullptr;
    if (kind == "tts") return engines.synthesizer().get() != nullptr;
    if (kind == "llm") return engines.language_model().get() != nullptr;
    if (kind == "embedding") return engines.embedder().get() != nullptr;
    return engines.hearing().get() != nullptr;  // vad, turn
}

base::Result<std::string> list_models(const std::string& folder, Engines& engines) {
    AIMPACT_TRY(const auto store, inference::ModelStore::open(folder));
    json::array data;
    for (const inference::Model& model : store.models()) {
        const std::string_view kind = kind_of(model.use);
        if (kind.empty()) continue;
        data.push_back(json::object{{"id", model.id},
                                    {"kind", kind},
                                    {"name", name_of(model)},
                                    {"licence", model.licence},
                                    {"ready", running(engines, kind)}});
    }
    return base::to_text(json::object{{"data", std::move(data)}});
}

}  // namespace

void register_model_routes(net::Router& router, accounts::Authenticator& authenticator, Services& services) {
    router.add({.method = net::Method::get,
                .pattern = "/api/v1/models",
                .handler = accounts::guarded(
                    authenticator, accounts::Permission::agents_read,
                    [&services](Request& request, const accounts::Principal&) -> base::Task<Response> {
                        auto work = [&engines = services.engines,
                                     folder = services.foundation.config.text("models.dir")] {
                            return list_models(folder, engines);
                        };
                        auto listed = co_await services.files.run(std::move(work));
                        if (listed.has_error()) co_return net::problem(listed.error(), request);
                        co_return Response::json(*std::move(listed));
                    }),
                .permission = "agents_read"});
}

}  // namespace aimpact::app
