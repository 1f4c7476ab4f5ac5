#include "agents/routes_testing.hpp"

namespace aimpact::agents {
namespace {

using net::Method;

class WordRoutesTest : public test::RoutesTest {};
INSTANTIATE_TEST_SUITE_P(OnSqlite, WordRoutesTest, ::testing::Values(storage::Dialect::sqlite),
                         storage::dialect_name);

TEST_P(WordRoutesTest, WordsFromCreationToDeletion) {
    const auto made = send(Method::post, "/api/v1/words", R"({"word":"Nguyen","pronunciation":"win"})");
    ASSERT_EQ(made.status, 201) << made.body;
    EXPECT_EQ(made.headers.get("ETag"), "\"1\"");
    const std::string path(made.headers.get("Location"));
    EXPECT_EQ(path, "/api/v1/words/" + std::string(parsed(made).at("id").as_string()));
    EXPECT_EQ(parsed(send(Method::get, path)).at("pronunciation").as_string(), "win");
    EXPECT_EQ(send(Method::patch, path, R"({"recognise":false})").status, 400)
        << "a change names its version";
    const auto changed = send(Method::patch, path, R"({"recognise":false})", "a", "W/\"1\"");
    ASSERT_EQ(changed.status, 200) << changed.body;
    EXPECT_EQ(changed.headers.get("ETag"), "\"2\"");
    EXPECT_EQ(send(Method::patch, path, R"({"version":1,"recognise":true})").status, 409);
    EXPECT_EQ(send(Method::patch, path, R"({"version":1})", "a", "\"2\"").status, 400);
    EXPECT_EQ(send(Method::patch, path, "{}", "a", "two").status, 400);
    EXPECT_EQ(parsed(send(Method::post, "/api/v1/words", R"({"wrod":"x"})")).at("param").as_string(), "wrod");
    EXPECT_EQ(send(Method::post, "/api/v1/words", R"({"word":"NGUYEN"})").status, 409);
    EXPECT_EQ(send(Method::get, path, {}, "viewer").status, 200);
    EXPECT_EQ(send(Method::get, "/api/v1/words/export", {}, "viewer").status, 200);
    EXPECT_EQ(send(Method::post, "/api/v1/words", R"({"word":"x"})", "viewer").status, 403);
    EXPECT_EQ(send(Method::post, "/api/v1/words/import", R"({"words":[]})", "viewer").status, 403);
    EXPECT_EQ(send(Method::del, path, {}, "viewer").status, 403);
    EXPECT_EQ(send(Method::get, "/api/v1/words", {}, "nobody").status, 401);
    EXPECT_EQ(send(Method::get, path, {}, "b").status, 404);
    EXPECT_EQ(send(Method::del, path, {}, "b").status, 404);
    EXPECT_EQ(send(Method::get, "/api/v1/words?cursor=nonsense").status, 400);
    EXPECT_EQ(send(Method::get, "/api/v1/words?limit=101").status, 400);
    EXPECT_EQ(send(Method::del, path).status, 204);
    EXPECT_EQ(send(Method::get, path).status, 404);
}

TEST_P(WordRoutesTest, ListsGoInAndOut) {
    const auto import = [&](const std::string& body, const std::string& type, const std::string& query = {}) {
        net::ClientRequest request;
        request.method = Method::post;
        request.url = "http://127.0.0.1:" + std::to_string(server_->port()) + "/api/v1/words/import" + query;
        request.headers.set("Authorization", "Bearer a");
        if (!type.empty()) request.headers.set("Content-Type", type);
        request.body = body;
        return base::run_sync(client_->send(std::move(request))).value();
    };
    const auto done =
        import("word,pronunciation\r\nNguyen,win\r\nSiobhan,shiv awn\r\n", "text/csv; charset=utf-8");
    ASSERT_EQ(done.status, 200) << done.body;
    EXPECT_EQ(done.body, R"({"created":2,"updated":0,"unchanged":0,"deleted":0})");
    const auto csv = send(Method::get, "/api/v1/words/export?format=csv");
    EXPECT_TRUE(csv.headers.get("Content-Type").starts_with("text/csv"));
    EXPECT_NE(csv.headers.get("Content-Disposition").find("words.csv"), std::string_view::npos);
    EXPECT_EQ(csv.body,
              "word,pronunciation,sounds_like,recognise\r\nNguyen,win,,true\r\nSiobhan,shiv awn,,true\r\n");
    EXPECT_EQ(import(R"({"words":[{"word":"Nguyen"}]})", "application/json", "?mode=replace").body,
              R"({"created":0,"updated":0,"unchanged":1,"deleted":1})");
    EXPECT_EQ(import("word\nx\n", "").status, 415);
    EXPECT_EQ(import("word\nx\n", "text/plain").status, 415);
    EXPECT_EQ(import("word\nx\n", "text/csv", "?mode=purge").status, 400);
    EXPECT_EQ(import("word\n\"x\n", "text/csv").status, 400);
    EXPECT_EQ(import("[]", "application/json").status, 400);
    EXPECT_EQ(import(R"({"words":[],"more":1})", "application/json").status, 400);
    EXPECT_EQ(send(Method::get, "/api/v1/words/export?format=xlsx").status, 400);
}

}  // namespace
}  // namespace aimpact::agents
