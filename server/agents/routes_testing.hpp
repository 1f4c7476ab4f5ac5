// For tests of the routes: the layer through HTTP, with a real server and client, a database, and a model by
// script.
#pragma once

#include <thread>

#include "agents/testing.hpp"
#include "base/id.hpp"
#include "base/wire.hpp"
#include "net/client.hpp"
#include "net/server.hpp"

namespace aimpact::agents::test {

namespace json = boost::json;
using net::Method;

// Tokens "a" and "b" are developers of two organisations, "viewer" and "bound" (to one agent) belong to the
// first.
class Tokens final : public accounts::Authenticator {
  public:
    Task<Result<accounts::Principal>> authenticate(const net::Request& request) override {
        std::string_view header = request.headers.get("Authorization");
        if (header.starts_with("Bearer ")) header.remove_prefix(7);
        co_return co_await authenticate_credential(std::string(header));
    }
    Task<Result<accounts::Principal>> authenticate_credential(std::string token) override {
        accounts::Principal p;
        p.user_id = "usr_1";
        p.org_id = token == "b" ? "org_b" : "org_a";
        p.role = token == "viewer" ? accounts::Role::viewer : accounts::Role::developer;
        if (token == "bound") p.agent_id = bound_to;
        if (token != "a" && token != "b" && token != "viewer" && token != "bound")
            co_return Error{base::ErrorCode::unauthenticated, "Sign in first."};
        co_return p;
    }
    std::string bound_to;
};

class TinyEmbedder final : public llm::Embedder {
  public:
    Task<Result<Answer>> embed(std::vector<std::string> texts, std::stop_token) override {
        Answer out;
        for (const std::string& text : texts) {
            out.vectors.push_back({1.0f, static_cast<float>(text.size())});
            out.tokens += 2;
        }
        co_return out;
    }
    int dimensions() const override { return 2; }
    const std::string& name() const override { return name_; }

  private:
    std::string name_ = "tiny-embedder";
};

class RoutesTest : public AgentsTest {
  protected:
    void SetUp() override {
        AgentsTest::SetUp();
        if (IsSkipped()) return;
        module = std::make_unique<AgentsModule>(AgentsModule::Parts{database(),
                                                                    clock,
                                                                    random,
                                                                    models,
                                                                    &embedder_,
                                                                    secrets,
                                                                    folder.path,
                                                                    check_style(),
                                                                    {{"kokoro", "aimpact"}}});
        module->register_routes(router_, tokens_);
        net::ServerOptions options;
        options.port = 0;
        server_ =
            std::make_unique<net::Server>(server_io_, router_, options, metrics_, clock_, system_random_);
        ASSERT_TRUE(server_->start().has_value());
        thread_ = std::thread([this] { server_io_.run(); });
        client_ = net::make_http_client();
    }
    void TearDown() override {
        if (server_) {
            auto drain = server_->drain(std::chrono::milliseconds{200});
            base::asio::co_spawn(server_io_, std::move(drain),
                                 [this](std::exception_ptr, bool) { server_io_.stop(); });
            thread_.join();
        }
        AgentsTest::TearDown();
    }

    net::ClientResponse send(Method method, const std::string& path, const std::string& body = {},
                             const std::string& token = "a", const std::string& if_match = {}) {
        net::ClientRequest request;
        request.method = method;
        request.url = "http://127.0.0.1:" + std::to_string(server_->port()) + path;
        request.headers.set("Authorization", "Bearer " + token);
        if (!body.empty()) request.headers.set("Content-Type", "application/json");
        if (!if_match.empty()) request.headers.set("If-Match", if_match);
        request.body = body;
        auto response = base::run_sync(client_->send(std::move(request)));
        EXPECT_TRUE(response.has_value()) << response.error().message;
        return response.has_value() ? *response : net::ClientResponse{};
    }
    static json::value parsed(const net::ClientResponse& response) {
        auto value = base::parse_json(response.body);
        EXPECT_TRUE(value.has_value()) << response.status << " " << response.body;
        return value.has_value() ? *value : json::value(json::object{});
    }
    std::string create(const std::string& name = "Front desk") {
        const auto made =
            send(Method::post, "/api/v1/agents", R"({"name":")" + name + R"(","instructions":"Be kind."})");
        EXPECT_EQ(made.status, 201) << made.body;
        return std::string(parsed(made).at("id").as_string());
    }
    // The data of each event.
    static std::vector<std::string> events(const std::string& body) {
        std::vector<std::string> out;
        net::SseParser parser([&](std::string_view, std::string_view data) {
            out.emplace_back(data);
            return Result<>{};
        });
        EXPECT_TRUE(parser.feed(body).has_value());
        return out;
    }
    std::string chat(const std::string& model, const std::string& more = {}) {
        return R"({"model":")" + model + R"(","messages":[{"role":"user","content":"When do you open?"}])" +
               (more.empty() ? "" : "," + more) + "}";
    }

    TinyEmbedder embedder_;
    Tokens tokens_;
    net::Router router_;
    base::asio::io_context server_io_;
    base::Metrics metrics_;
    base::SystemClock clock_;
    base::SystemRandom system_random_;
    std::unique_ptr<net::Server> server_;
    std::unique_ptr<net::HttpClient> client_;
    std::thread thread_;
};

}  // namespace aimpact::agents::test
