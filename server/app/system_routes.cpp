#include "app/system_routes.hpp"
#include "base/wire.hpp"

#include <boost/json.hpp>

namespace aimpact::app {

namespace json = boost::json;
using net::Request;
using net::Response;

base::Task<Readiness::State> Readiness::state() const {
    State state;
    json::array rows;
    for (const Check& check : checks_) {
        const std::string waiting = co_await check.waiting_for();
        json::object row{{"name", check.name}, {"ready", waiting.empty()}};
        if (!waiting.empty()) row["detail"] = waiting;
        state.ready = state.ready && waiting.empty();
        rows.push_back(std::move(row));
    }
    state.json = base::to_text(json::object{{"ready", state.ready}, {"checks", std::move(rows)}});
    co_return state;
}

void register_system_routes(net::Router& router, accounts::Authenticator& authenticator,
                            const Readiness& readiness, const base::Metrics& metrics) {
    const std::string health = base::to_text(json::object{{"status", "ok"}, {"version", AIMPACT_VERSION}});
    router.add({.method = net::Method::get,
                .pattern = "/healthz",
                .handler = [health](Request&) -> net::Task<Response> { co_return Response::json(health); },
                .permission = "public"});
    router.add({.method = net::Method::get,
                .pattern = "/readyz",
                .handler = [&readiness](Request&) -> net::Task<Response> {
                    Readiness::State state = co_await readiness.state();
                    co_return Response::json(std::move(state.json), state.ready ? 200 : 503);
                },
                .permission = "public"});
    router.add({.method = net::Method::get,
                .pattern = "/metrics",
                .handler = accounts::guarded(
                    authenticator, accounts::Permission::monitoring_read,
                    [&metrics](Request&, const accounts::Principal&) -> net::Task<Response> {
                        Response response = Response::text(metrics.render());
                        response.headers.set("Content-Type", "text/plain; version=0.0.4; charset=utf-8");
                        co_return response;
                    }),
                .permission = "monitoring_read"});
    const auto document = std::make_shared<const std::string>(openapi_document());
    router.add({.method = net::Method::get,
                .pattern = "/openapi.yaml",
                .handler = [document](Request&) -> net::Task<Response> {
                    Response response;
                    response.headers.set("Content-Type", "application/yaml");
                    response.blob = document;
                    co_return response;
                },
                .permission = "public"});
}

}  // namespace aimpact::app
