// aimpact serve: builds everything, answers at once, loads models beside, drains on SIGTERM.
#include <fmt/format.h>

#include <boost/asio/signal_set.hpp>
#include <cstdio>
#include <thread>
#include <vector>

#include "app/cli.hpp"
#include "app/model_routes.hpp"
#include "app/services.hpp"
#include "app/system_routes.hpp"
#include "base/log.hpp"
#include "base/wire.hpp"
#include "llm/openai_wire.hpp"
#include "net/server.hpp"
#include "net/static_files.hpp"
#include "realtime/audio_routes.hpp"

namespace aimpact::app {

namespace {

namespace asio = base::asio;
using base::Result;
using base::Task;

// Clients of OpenAI's API expect its shape also for errors that no handler has seen.
net::Response render_error(const base::Error& error, const net::Request& request, int status) {
    return request.path.starts_with("/v1/") ? llm::openai_problem(error, request, status)
                                            : net::problem(error, request, status);
}

net::ServerOptions server_options(const base::Config& config) {
    net::ServerOptions options;
    options.host = config.text("server.host");
    options.port = static_cast<std::uint16_t>(config.integer("server.port"));
    options.tls_certificate_file = config.text("server.tls_certificate");
    options.tls_key_file = config.text("server.tls_key");
    options.connections_max = static_cast<std::size_t>(config.integer("server.connections_max"));
    // Pinged so often that a lost answer or two cut nobody off.
    options.ws_idle_timeout = std::chrono::seconds(config.integer("server.websocket_silence_seconds_max"));
    options.ws_ping_interval = options.ws_idle_timeout / 3;
    options.trusted_proxies = config.list("server.trusted_proxies");
    options.cors_origins = config.list("server.cors_origins");
    options.render_error = render_error;
    return options;
}

// How people reach us: the setting, or the address we listen on (a wildcard becomes the loopback).
std::string public_url(const base::Config& config, std::uint16_t port) {
    if (const std::string& set = config.text("server.public_url"); !set.empty()) return set;
    std::string host = config.text("server.host");
    if (host == "0.0.0.0" || host == "::") host = "127.0.0.1";
    if (host.find(':') != std::string::npos) host = "[" + host + "]";
    const bool tls = !config.text("server.tls_certificate").empty();
    return fmt::format("{}://{}:{}", tls ? "https" : "http", host, port);
}

void mount_dashboard(net::Router& router, const base::Config& config) {
    const std::string& dir = config.text("dashboard.dir");
    if (dir.empty()) return;
    auto files = net::StaticFiles::load(dir);
    if (files.has_error()) {
        // The API is whole without the pages; say how to get them.
        base::log_warn("dashboard.missing",
                       {{"dir", dir},
                        {"message", files.error().message},
                        {"remedy", "run scripts/build-dashboard, or set dashboard.dir"}});
        return;
    }
    router.add({.method = net::Method::get,
                .pattern = "/{path...}",
                .handler = [pages = *files](net::Request& request) -> Task<net::Response> {
                    net::Response response = pages->serve(request);
                    if (response.status == 404 && request.path.starts_with("/v1/"))
                        response =
                            render_error(base::not_found("There is nothing at this address. Check the path."),
                                         request, 404);
                    co_return response;
                },
                .permission = "public"});
}

Readiness readiness_of(Services& services) {
    Readiness readiness;
    readiness.add("database", [&services]() -> Task<std::string> {
        auto ping = [&services] { return services.foundation.database->ping(); };
        const Result<> alive = co_await services.files.run(std::move(ping));
        co_return alive.has_error() ? alive.error().message : std::string();
    });
    const auto add = [&readiness](auto& late) {
        readiness.add(late.name(), [&late]() -> Task<std::string> { co_return late.waiting_for(); });
    };
    add(services.engines.recognizer());
    add(services.engines.synthesizer());
    add(services.engines.language_model());
    add(services.engines.embedder());
    return readiness;
}

void mount_routes(net::Router& router, Services& services, const Readiness& readiness) {
    Foundation& foundation = services.foundation;
    accounts::Authenticator& authenticator = foundation.accounts->authenticator();
    register_system_routes(router, authenticator, readiness, foundation.process.metrics);
    foundation.accounts->register_routes(router);
    services.agents.register_routes(router, authenticator);
    services.realtime.register_routes(router);
    services.telephony.register_routes(router);
    register_model_routes(router, authenticator, services);
    realtime::register_audio_routes(
        router, {.authenticator = authenticator,
                 .recognizer = services.recognizer,
                 .synthesizer = services.synthesizer,
                 .files = services.files,
                 .words = services.agents.word_lists(),
                 .diariser = [&late = services.engines.diariser()]() -> Result<const voice::Diariser*> {
                     if (const voice::Diariser* diariser = late.get()) return diariser;
                     return late.unavailable();
                 },
                 .recognizer_model = recognizer_model(foundation.config),
                 .limits = {.upload_bytes_max = static_cast<std::size_t>(
                                foundation.config.integer("speech.upload_bytes_max"))},
                 .own_voices = services.agents.voices(),
                 .emotions = &services.engines.emotions()});
}

// What a person who started the server in a terminal reads; logs go to standard error.
void say(const std::string& line) {
    std::fputs((line + "\n").c_str(), stdout);
    std::fflush(stdout);
}

// `clean` tells whether every handler ended.
Task<void> wait_for_stop(asio::io_context& io, net::Server& server, std::chrono::milliseconds drain,
                         bool& clean) {
    asio::signal_set signals(co_await asio::this_coro::executor, SIGTERM, SIGINT);
    const int signal = co_await signals.async_wait(asio::use_awaitable);
    base::log_info("server.draining", {{"signal", signal}, {"deadline_ms", drain.count()}});
    // A second signal means now.
    signals.async_wait([&io](boost::system::error_code ec, int) {
        if (!ec) io.stop();
    });
    clean = co_await server.drain(drain);
    io.stop();
}

}  // namespace

int serve(const base::Config& config) {
    Process process;
    asio::io_context io;
    net::Router router;
    net::Server server(io, router, server_options(config), process.metrics, process.clock, process.random);
    // The address first: a port in use is found before anything is touched.
    if (const Result<> bound = server.bind(); bound.has_error()) return report(bound.error());
    const std::string url = public_url(config, server.port());

    auto foundation = Foundation::open(config, process, url);
    if (foundation.has_error()) return report(foundation.error());
    Services services(**foundation);
    const Readiness readiness = readiness_of(services);
    mount_routes(router, services, readiness);
    mount_dashboard(router, config);
    if (const auto ended = services.agents.conversations().end_abandoned(); ended.has_error())
        base::log_warn("conversations.abandoned_not_ended", {{"message", ended.error().message}});
    else if (*ended > 0)
        base::log_info("conversations.abandoned_ended", {{"count", *ended}});
    if (const Result<> started = server.start(); started.has_error()) return report(started.error());
    say(fmt::format("AImpact is listening at {}", url));
    const auto link = (*foundation)->accounts->setup_link();
    if (link.has_error()) return report(link.error());
    if (*link) say(fmt::format("Create the first account: {}", **link));
    base::log_info("server.listening", {{"url", url}, {"version", AIMPACT_VERSION}});

    std::thread loader([&] {
        services.engines.load(EngineChoice::all());
        if (const auto resumed = services.agents.voices()->resume(); resumed.has_error())
            base::log_warn("voices.not_resumed", {{"message", resumed.error().message}});
        const Result<> usable = services.engines.ready_for_sessions();
        say(usable.has_value() ? std::string("AImpact is ready.")
                               : "AImpact serves without live conversations: " + usable.error().message +
                                     " (it is ready otherwise)");
    });
    bool clean = false;
    const std::chrono::seconds drain(config.integer("server.drain_seconds"));
    asio::co_spawn(io, wait_for_stop(io, server, drain, clean), asio::detached);
    std::vector<std::thread> threads;
    for (std::int64_t i = 1; i < config.integer("server.io_threads"); ++i)
        threads.emplace_back([&io] { io.run(); });
    io.run();
    for (std::thread& thread : threads) thread.join();
    loader.join();
    if (const Result<> told = (*foundation)->accounts->audit().flush(); told.has_error())
        base::log_error("audit.not_written", {{"message", told.error().message}});
    (*foundation)->database->checkpoint();
    base::log_info("server.stopped", {{"clean", clean}});
    // A handler that is stuck may still use what would be destroyed now; everything that counts is on disk.
    if (!clean) std::_Exit(0);
    return 0;
}

int routes_list(const base::Config& config, bool json) {
    Process process;
    auto foundation = Foundation::open(config, process);
    if (foundation.has_error()) return report(foundation.error());
    Services services(**foundation);
    const Readiness readiness = readiness_of(services);
    net::Router router;
    mount_routes(router, services, readiness);
    boost::json::array rows;
    for (const net::Route& route : router.routes()) {
        const std::string_view method = net::to_string(route.method);
        if (json)
            rows.push_back(boost::json::object{
                {"method", method}, {"pattern", route.pattern}, {"permission", route.permission}});
        else
            fmt::print("{:<7} {:<50} {}\n", method, route.pattern, route.permission);
    }
    if (json) fmt::print("{}\n", base::to_text(rows));
    return 0;
}

}  // namespace aimpact::app
