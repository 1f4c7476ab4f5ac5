#include "net/static_files.hpp"

#include <gtest/gtest.h>

#include <fstream>

#include "base/id.hpp"
#include "net/content_policy.hpp"
#include "net/test_support.hpp"

namespace aimpact::net {
namespace {

class StaticFilesTest : public testing::Test {
  protected:
    void write(const std::string& path, std::string_view text) {
        const std::filesystem::path whole = directory_.path / path;
        std::filesystem::create_directories(whole.parent_path());
        std::ofstream(whole, std::ios::binary) << text;
    }
    void load(StaticFilesOptions options = {}) {
        auto loaded = StaticFiles::load(directory_.path, std::move(options));
        ASSERT_TRUE(loaded.has_value()) << loaded.error().message;
        files_ = *loaded;
    }
    Response get(std::string path, std::vector<std::pair<std::string, std::string>> headers = {}) {
        Request request;
        request.path = std::move(path);
        for (auto& [name, value] : headers) request.headers.add(name, value);
        return files_->serve(request);
    }
    std::string body(const std::string& path) {
        const Response response = get(path);
        return response.status == 200 && response.blob ? *response.blob : std::to_string(response.status);
    }

    test::TempDirectory directory_;
    std::shared_ptr<const StaticFiles> files_;
};

TEST_F(StaticFilesTest, FindsPages) {
    write("index.html", "home");
    write("agents.html", "agents");
    write("docs/index.html", "docs");
    write("agents/[id].html", "one agent");
    write("agents/[id].txt", "data of one agent");
    write("deep/[...all].html", "deep");
    write("view.html", "view");
    load({.fallbacks = {{"/calls/{id}/turns", "/view.html"}}});
    EXPECT_EQ(body("/"), "home");
    EXPECT_EQ(body("/agents"), "agents");
    EXPECT_EQ(body("/agents/"), "agents");
    EXPECT_EQ(body("/agents.html"), "agents");
    EXPECT_EQ(body("/docs"), "docs");
    EXPECT_EQ(body("/agents/agt_1"), "one agent");
    EXPECT_EQ(body("/agents/agt_1.txt"), "data of one agent");
    EXPECT_EQ(body("/deep/a/b/c"), "deep");
    EXPECT_EQ(body("/calls/7/turns"), "view");
    EXPECT_EQ(body("/calls/7"), "404");
    EXPECT_EQ(body("/nothing"), "404");
}

TEST_F(StaticFilesTest, StaysInsideItsDirectory) {
    write("site/index.html", "home");
    write("secret.txt", "secret");
    std::filesystem::create_symlink(directory_.path / "secret.txt", directory_.path / "site/link.txt");
    auto loaded = StaticFiles::load(directory_.path / "site");
    ASSERT_TRUE(loaded.has_value());
    files_ = *loaded;
    for (const char* path : {"/../secret.txt", "/..%2fsecret.txt", "//secret.txt", "/link.txt",
                             "/./../secret.txt", "", "/site/../../secret.txt"})
        EXPECT_NE(body(path), "secret") << path;
    EXPECT_EQ(files_->file_count(), 1U);
}

TEST_F(StaticFilesTest, ChoosesTheEncoding) {
    write("app.js", "plain");
    write("app.js.gz", "gzipped");
    write("app.js.br", "brotli");
    write("lonely.gz", "an archive of its own");
    load();
    const auto chosen = [&](std::string accept) {
        const Response response = get("/app.js", {{"Accept-Encoding", std::move(accept)}});
        EXPECT_EQ(response.headers.get("vary"), "Accept-Encoding");
        EXPECT_EQ(response.headers.get("content-type"), "text/javascript; charset=utf-8");
        return std::string(response.headers.get("content-encoding")) + ":" + *response.blob;
    };
    EXPECT_EQ(chosen("gzip, deflate, br"), "br:brotli");
    EXPECT_EQ(chosen("gzip"), "gzip:gzipped");
    EXPECT_EQ(chosen("br;q=0.1, gzip;q=0.9"), "gzip:gzipped");
    EXPECT_EQ(chosen("br;q=0, gzip;q=0"), ":plain");
    EXPECT_EQ(chosen("*"), "br:brotli");
    EXPECT_EQ(chosen(""), ":plain");
    EXPECT_EQ(chosen("identity"), ":plain");
    EXPECT_EQ(body("/app.js.gz"), "404");
    EXPECT_EQ(body("/lonely.gz"), "an archive of its own");
}

TEST_F(StaticFilesTest, AnswersNotModified) {
    write("a.txt", "one");
    write("_next/static/chunk.js", "chunk");
    load();
    const Response first = get("/a.txt");
    const std::string etag(first.headers.get("etag"));
    ASSERT_FALSE(etag.empty());
    EXPECT_EQ(first.headers.get("cache-control"), "no-cache");
    const Response second = get("/a.txt", {{"If-None-Match", "\"other\", W/" + etag}});
    EXPECT_EQ(second.status, 304);
    EXPECT_EQ(second.blob, nullptr);
    EXPECT_EQ(second.headers.get("etag"), etag);
    EXPECT_EQ(get("/a.txt", {{"If-None-Match", "\"other\""}}).status, 200);
    EXPECT_EQ(get("/a.txt", {{"If-None-Match", "*"}}).status, 304);
    EXPECT_EQ(get("/_next/static/chunk.js").headers.get("cache-control"),
              "public, max-age=31536000, immutable");
}

TEST_F(StaticFilesTest, MissingPagesDependOnWhoAsks) {
    write("404.html", "not here");
    load();
    const Response browser = get("/x", {{"Accept", "text/html,application/xhtml+xml;q=0.9"}});
    EXPECT_EQ(browser.status, 404);
    EXPECT_EQ(*browser.blob, "not here");
    EXPECT_EQ(get("/x").headers.get("content-type"), "application/problem+json");
    EXPECT_EQ(get("/api/v1/x", {{"Accept", "text/html"}}).headers.get("content-type"),
              "application/problem+json");
}

TEST_F(StaticFilesTest, PagesCarryAPolicyWithTheirScripts) {
    write("index.html",
          "<html><script>alert(1)</script><SCRIPT type='m' src=/a.js></SCRIPT>"
          "<script async>two > 1</script ><scripture>no</scripture></html>");
    write("other.html", "<p>no script");
    load();
    const std::string policy(get("/").headers.get("content-security-policy"));
    EXPECT_NE(policy.find("'sha256-" + base::base64_encode(sha256("alert(1)")) + "'"), std::string::npos);
    EXPECT_NE(policy.find("'sha256-" + base::base64_encode(sha256("two > 1")) + "'"), std::string::npos);
    EXPECT_NE(policy.find("script-src 'self' 'sha256-"), std::string::npos);
    EXPECT_EQ(policy.find("http"), std::string::npos);
    EXPECT_EQ(policy.find("unsafe-eval"), std::string::npos);
    EXPECT_NE(policy.find("frame-ancestors 'none'"), std::string::npos);
    const std::string other(get("/other").headers.get("content-security-policy"));
    EXPECT_NE(other.find("script-src 'self';"), std::string::npos);
}

TEST(ContentPolicy, FindsInlineScripts) {
    using Scripts = std::vector<std::string_view>;
    EXPECT_EQ(inline_scripts("<script>a</script><script src=x>b</script><script\n id=\"a>b\" >c</script>"),
              (Scripts{"a", "c"}));
    EXPECT_EQ(inline_scripts("<script data-src='x'>a</script><script/src=x>b</script>"), (Scripts{"a"}));
    EXPECT_EQ(inline_scripts("<script>never closed"), (Scripts{"never closed"}));
    EXPECT_EQ(inline_scripts("<script"), Scripts{});
    EXPECT_EQ(inline_scripts("<script ="), Scripts{});
    EXPECT_EQ(inline_scripts("<script></script>"), Scripts{});
    // The known value of the empty hash keeps sha256 honest.
    EXPECT_EQ(base::base64_encode(sha256("")), "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
}

TEST_F(StaticFilesTest, HasLimits) {
    write("a", "1234567890");
    write("b", "1234567890");
    EXPECT_TRUE(StaticFiles::load(directory_.path, {.files_max = 2, .bytes_max = 20}).has_value());
    EXPECT_TRUE(StaticFiles::load(directory_.path, {.files_max = 1}).has_error());
    EXPECT_TRUE(StaticFiles::load(directory_.path, {.bytes_max = 19}).has_error());
    EXPECT_EQ(StaticFiles::load(directory_.path / "none").error().code, base::ErrorCode::not_found);
    EXPECT_TRUE(StaticFiles::load(directory_.path, {.fallbacks = {{"/x", "/none.html"}}}).has_error());
}

TEST_F(StaticFilesTest, WorksThroughTheServer) {
    write("index.html", "home");
    write("big.txt", std::string(300'000, 'b'));
    load();
    test::TestServer server;
    server.get("/{path...}", StaticFiles::handler(files_));
    server.get("/api/x", test::answer("api"));
    server.start();
    test::RawClient client(server.port());
    EXPECT_EQ(client.get("/").body, "home");
    EXPECT_EQ(client.get("/big.txt").body.size(), 300'000U);
    EXPECT_EQ(client.get("/api/x").body, "api");
    EXPECT_EQ(test::RawClient(server.port()).get("/%2e%2e/etc/passwd").status, 400);
    EXPECT_EQ(client.ask("POST /nothing HTTP/1.1\r\nHost: t\r\nContent-Length: 0\r\n\r\n").status, 404);
    client.send("HEAD /big.txt HTTP/1.1\r\nHost: t\r\n\r\n");
    const test::RawResponse head = client.receive(true);
    EXPECT_EQ(head.header("content-length"), "300000");
    EXPECT_EQ(client.get("/").body, "home");  // HEAD sent no body
}

}  // namespace
}  // namespace aimpact::net
