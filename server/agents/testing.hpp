// For this layer's tests: a world of services over a real database, and a model that answers by script and
// keeps what it was asked.
#pragma once

#include <gtest/gtest.h>

#include <deque>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "agents/agents.hpp"
#include "base/log.hpp"
#include "storage/testing.hpp"
#include "storage/types.hpp"

namespace aimpact::agents::test {

class ScriptedModel final : public llm::ChatModel {
  public:
    // Streams `text` word by word, then ends with `error`, if there is one.
    struct Answer {
        std::string text;
        std::vector<llm::ToolCall> calls;
        llm::FinishReason finish = llm::FinishReason::stop;
        std::optional<Error> error;
    };

    Task<Result<llm::ChatResult>> chat(llm::ChatRequest request, llm::OnDelta on_delta,
                                       std::stop_token stop) override {
        requests.push_back(request);
        Answer answer{"I see.", {}, llm::FinishReason::stop, {}};
        if (!answers.empty()) {
            answer = std::move(answers.front());
            answers.pop_front();
        }
        llm::ChatResult result;
        result.finish = answer.finish;
        result.usage = {static_cast<int>(request.messages.size()) * 10, 5, 2};
        std::size_t at = 0;
        while (at < answer.text.size()) {
            if (stop.stop_requested()) co_return Error{base::ErrorCode::cancelled, "stopped"};
            const std::size_t end = std::min(answer.text.find(' ', at + 1), answer.text.size());
            llm::ChatDelta delta{answer.text.substr(at, end - at), {}};
            at = end;
            if (on_delta) AIMPACT_CO_CHECK(on_delta(delta));
            co_await base::asio::post(co_await base::asio::this_coro::executor, base::asio::use_awaitable);
        }
        if (stop.stop_requested()) co_return Error{base::ErrorCode::cancelled, "stopped"};
        if (answer.error) co_return *answer.error;
        for (std::size_t i = 0; i < answer.calls.size(); ++i) {
            llm::ChatDelta delta;
            delta.tool_call = llm::ChatDelta::ToolCallPiece{static_cast<int>(i), answer.calls[i].id,
                                                            answer.calls[i].name, answer.calls[i].arguments};
            if (on_delta) AIMPACT_CO_CHECK(on_delta(delta));
        }
        result.message = {llm::ChatRole::assistant, answer.text, answer.calls, {}};
        co_return result;
    }
    int context_tokens() const override { return context; }

    std::deque<Answer> answers;
    std::vector<llm::ChatRequest> requests;
    int context = 0;
};

// Every route leads to one model; keeps the routes that were asked for.
class OneModel final : public llm::ChatModels {
  public:
    Result<std::shared_ptr<llm::ChatModel>> get(const llm::ModelRoute& route) override {
        routes.push_back(route);
        return model;
    }
    std::vector<llm::ModelInfo> built_in() const override {
        return {{"local", "aimpact"}, {"tiny", "aimpact"}};
    }

    std::shared_ptr<llm::ChatModel> model;
    std::vector<llm::ModelRoute> routes;
};

// A folder that goes with the test.
struct TemporaryFolder {
    std::filesystem::path path;
    TemporaryFolder() {
        std::string name = (std::filesystem::temp_directory_path() / "aimpact-agents-XXXXXX").string();
        if (!mkdtemp(name.data())) throw std::runtime_error("cannot make a temporary folder");
        path = name;
    }
    ~TemporaryFolder() {
        std::error_code ec;
        std::filesystem::remove_all(path, ec);
    }
};

class AgentsTest : public storage::DatabaseTest {
  protected:
    void SetUp() override {
        base::configure_log(base::LogLevel::off, base::LogFormat::json);
        DatabaseTest::SetUp();
        if (IsSkipped()) return;
        scripted = std::make_shared<ScriptedModel>();
        models.model = scripted;
        build();
        for (const char* org : {"org_a", "org_b"}) {
            const std::string id = org;
            const auto done = database().write_now([&](soci::session& sql) {
                const base::WallTime now = clock.now();
                sql << "INSERT INTO organisations (id, name, created_at, updated_at) VALUES (:id, 'x', :a, "
                       ":b)",
                    soci::use(id), soci::use(now), soci::use(now);
            });
            ASSERT_TRUE(done.has_value()) << done.error().detail;
        }
    }
    void TearDown() override { module.reset(); }

    void build() {
        module.reset();
        module = std::make_unique<AgentsModule>(AgentsModule::Parts{
            database(), clock, random, models, nullptr, secrets, folder.path, check_style(), {}});
    }
    // Closes and opens everything, as a restart of the server does.
    void restart() {
        io.restart();
        io.run();  // what is still being written
        module.reset();
        held().reopen();
        build();
    }
    static CheckStyle check_style() {
        return [](const voice::SpeechStyle& style) -> Result<> {
            if (style.voice != "af_heart" && style.voice != "am_adam")
                return base::invalid_argument("There is no voice \"" + style.voice + "\".", "voice");
            return {};
        };
    }

    // Runs on this test's own loop, which lives as long as what was opened on it.
    template <class T>
    T run(Task<T> task) {
        std::optional<T> out;
        std::exception_ptr failure;
        base::asio::co_spawn(io, std::move(task), [&](std::exception_ptr e, T value) {
            failure = e;
            if (!e) out.emplace(std::move(value));
        });
        io.restart();
        io.run();
        if (failure) std::rethrow_exception(failure);
        return std::move(*out);
    }
    void run(Task<void> task) {
        base::asio::co_spawn(io, std::move(task), base::asio::detached);
        io.restart();
        io.run();
    }

    accounts::Principal who(const std::string& org = "org_a") {
        accounts::Principal p;
        p.org_id = org;
        p.user_id = "usr_1";
        p.role = accounts::Role::developer;
        return p;
    }
    Agent make_agent(const std::string& name = "Front desk", const std::string& instructions = "Be kind.") {
        AgentInput input;
        input.name = name;
        input.instructions = instructions;
        auto agent = run(module->agents().create(who(), input));
        EXPECT_TRUE(agent.has_value()) << agent.error().message << agent.error().detail;
        return *agent;
    }
    std::unique_ptr<TurnLoop> open(const Agent& agent, const std::string& conversation = {},
                                   const std::map<std::string, std::string>& variables = {}) {
        auto loop = run(
            module->conversations().open("org_a", "usr_1", agent.id, "realtime", variables, conversation));
        EXPECT_TRUE(loop.has_value()) << loop.error().message << loop.error().detail;
        return loop.has_value() ? *std::move(loop) : nullptr;
    }
    static Item says(std::string text, llm::ChatRole role = llm::ChatRole::user) {
        Item item;
        item.role = role;
        item.text = std::move(text);
        return item;
    }
    Result<ResponseResult> respond(TurnLoop& loop, ResponseOptions options = {}) {
        return run(loop.respond(std::move(options), {}, {}));
    }

    base::asio::io_context io;
    base::ManualClock clock;
    base::SeededRandom random{7};
    accounts::SecretBox secrets{accounts::MasterKey{}, random};
    TemporaryFolder folder;
    OneModel models;
    std::shared_ptr<ScriptedModel> scripted;
    std::unique_ptr<AgentsModule> module;
};

}  // namespace aimpact::agents::test
