#include "agents/word_routes.hpp"

#include "agents/etag.hpp"
#include "agents/page_response.hpp"
#include "agents/service_routes.hpp"
#include "base/wire.hpp"
#include "net/text.hpp"

namespace aimpact::agents {

namespace json = boost::json;
using accounts::Permission;
using accounts::Principal;
using net::Method;
using net::Request;
using net::Response;

namespace {

Response word_response(const WordEntry& entry, int status) {
    Response response = Response::json(base::to_text(word_json(entry)), status);
    response.headers.set("ETag", etag(entry.version));
    return response;
}

Task<Response> create(WordService& service, Request& request, const Principal& who) {
    auto input = base::decode_text<WordInput>(request.body);
    if (input.has_error()) co_return net::problem(input.error(), request);
    auto entry = co_await service.create(who, *std::move(input));
    if (entry.has_error()) co_return net::problem(entry.error(), request);
    Response response = word_response(*entry, 201);
    response.headers.set("Location", "/api/v1/words/" + entry->id);
    co_return response;
}

Task<Response> update(WordService& service, Request& request, const Principal& who) {
    auto input = base::decode_text<WordInput>(request.body);
    if (input.has_error()) co_return net::problem(input.error(), request);
    auto version = based_on(request, input->version, "word");
    if (version.has_error()) co_return net::problem(version.error(), request);
    input->version = *version;
    auto entry = co_await service.update(who, std::string(request.param("word_id")), *std::move(input));
    if (entry.has_error()) co_return net::problem(entry.error(), request);
    co_return word_response(*entry, 200);
}

Task<Response> get(WordService& service, Request& request, const Principal& who) {
    auto entry = co_await service.get(who.org_id, std::string(request.param("word_id")));
    if (entry.has_error()) co_return net::problem(entry.error(), request);
    co_return word_response(*entry, 200);
}

Task<Response> remove(WordService& service, Request& request, const Principal& who) {
    auto done = co_await service.remove(who, std::string(request.param("word_id")));
    if (done.has_error()) co_return net::problem(done.error(), request);
    co_return Response::empty();
}

Task<Response> list(WordService& service, Request& request, const Principal& who) {
    auto page = page_request(request, 1);
    if (page.has_error()) co_return net::problem(page.error(), request);
    auto found = co_await service.list(who.org_id, request.query_value("search").value_or(""), *page);
    if (found.has_error()) co_return net::problem(found.error(), request);
    co_return page_response(*found, word_json);
}

Task<Response> import(WordService& service, Request& request, const Principal& who) {
    std::string_view rest = request.headers.get("Content-Type");
    const std::string_view type = net::trim(net::take_until(rest, ';'));
    const bool csv = net::iequals(type, "text/csv");
    if (!csv && !net::iequals(type, "application/json")) {
        const Error error{base::ErrorCode::unsupported_media,
                          "Send the list as text/csv or application/json, and say so in Content-Type."};
        co_return net::problem(error, request);
    }
    const std::string mode = request.query_value("mode").value_or("merge");
    if (mode != "merge" && mode != "replace") {
        const Error error = base::invalid_argument("mode must be merge or replace.", "mode");
        co_return net::problem(error, request);
    }
    auto done = co_await service.import(who, std::move(request.body),
                                        csv ? WordFormat::csv : WordFormat::json, mode == "replace");
    if (done.has_error()) co_return net::problem(done.error(), request);
    const json::object out{{"created", done->created},
                           {"updated", done->updated},
                           {"unchanged", done->unchanged},
                           {"deleted", done->deleted}};
    co_return Response::json(base::to_text(out));
}

Task<Response> export_all(WordService& service, Request& request, const Principal& who) {
    const std::string format = request.query_value("format").value_or("json");
    if (format != "json" && format != "csv") {
        const Error error = base::invalid_argument("format must be json or csv.", "format");
        co_return net::problem(error, request);
    }
    auto text = co_await service.export_all(who.org_id, format == "csv" ? WordFormat::csv : WordFormat::json);
    if (text.has_error()) co_return net::problem(text.error(), request);
    Response response = Response::json(*std::move(text));
    if (format == "csv") response.headers.set("Content-Type", "text/csv; charset=utf-8; header=present");
    response.headers.set("Content-Disposition", "attachment; filename=\"words." + format + "\"");
    co_return response;
}

}  // namespace

void register_word_routes(net::Router& router, accounts::Authenticator& authenticator, WordService& service) {
    ServiceRoutes routes(router, authenticator, service);
    routes.add(Method::get, "/api/v1/words", Permission::words_read, list);
    routes.add(Method::post, "/api/v1/words", Permission::words_write, create);
    routes.add(Method::post, "/api/v1/words/import", Permission::words_write, import,
               {.body_bytes_max = limits::kWordImportBytes});
    routes.add(Method::get, "/api/v1/words/export", Permission::words_read, export_all);
    routes.add(Method::get, "/api/v1/words/{word_id}", Permission::words_read, get);
    routes.add(Method::patch, "/api/v1/words/{word_id}", Permission::words_write, update);
    routes.add(Method::del, "/api/v1/words/{word_id}", Permission::words_write, remove);
}

}  // namespace aimpact::agents
