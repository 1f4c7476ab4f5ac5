// libFuzzer: request targets and the routes they lead to never crash, and what is accepted is safe.
#include "base/fuzzing.hpp"
#include "net/router.hpp"
#include "net/target.hpp"

using namespace aimpact::net;

using aimpact::base::require;

namespace {
Task<Response> nothing(Request&) {
    co_return Response::empty();
}

Router make_router() {
    Router router;
    for (const char* pattern : {"/", "/a", "/a/{id}", "/a/{id}/b", "/a/x/{y}", "/v1/{rest...}", "/{path...}"})
        router.add({.method = Method::get, .pattern = pattern, .handler = nothing});
    return router;
}
}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const Router router = make_router();
    const std::string_view target(reinterpret_cast<const char*>(data), size);
    Request request;
    if (parse_target(target, request).has_error()) return 0;
    require(request.path.starts_with('/'));
    require(request.path.find('\0') == std::string::npos);
    require((request.path + "/").find("/../") == std::string::npos);
    for (const auto& [name, value] : request.query) require(value.find('\0') == std::string::npos);
    const Router::Match match = router.match(request);
    if (match.route) require(match.path_known);
    std::string back;
    require(percent_decode(percent_encode(request.path), back) && back == request.path);
    return 0;
}
