#include "base/config.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace aimpact::base {
namespace {

class ConfigTest : public testing::Test {
  protected:
    ConfigTest() { std::filesystem::create_directories(dir_); }
    ~ConfigTest() override { std::filesystem::remove_all(dir_); }
    std::string file(const std::string& text, const std::string& name = "aimpact.toml") {
        const std::string path = dir_ + "/" + name;
        std::ofstream(path) << text;
        return path;
    }
    Result<Config> load(const std::string& toml, std::map<std::string, std::string> environment = {},
                        std::map<std::string, std::string> overrides = {}) {
        environment_ = std::move(environment);
        return Config::load(
            {.file = file(toml), .overrides = std::move(overrides), .environment = &environment_});
    }
    std::string dir_ = testing::TempDir() + "config_test_" + std::to_string(getpid());
    std::map<std::string, std::string> environment_;
};

TEST_F(ConfigTest, LaterSourcesWin) {
    const std::string toml =
        "[server]\nport = 1000\nhost = \"a\"\ncors_origins = [\"https://x\", \"https://y\"]\n";
    const auto config =
        load(toml, {{"AIMPACT_SERVER_PORT", "2000"}, {"AIMPACT_DATA_DIR", "/d"}}, {{"server.port", "3000"}});
    ASSERT_TRUE(config.has_value()) << config.error().message;
    EXPECT_EQ(config->integer("server.port"), 3000);
    EXPECT_EQ(config->source("server.port"), "command line");
    EXPECT_EQ(config->text("server.host"), "a");
    EXPECT_EQ(config->text("data.dir"), "/d");
    EXPECT_EQ(config->list("server.cors_origins"), (std::vector<std::string>{"https://x", "https://y"}));
    EXPECT_EQ(config->integer("server.io_threads"), 2);
    EXPECT_EQ(config->source("server.io_threads"), "default");
}

TEST_F(ConfigTest, MistakesAreNamedWithTheirPlace) {
    const auto message = [&](const std::string& toml, std::map<std::string, std::string> env = {}) {
        const auto config = load(toml, std::move(env));
        return config.has_error() ? config.error().message : std::string("loaded");
    };
    EXPECT_NE(message("[server]\nprot = 1\n")
                  .find("line 2: there is no setting 'server.prot'; did you mean 'server.port'?"),
              std::string::npos);
    EXPECT_NE(message("[server]\nport = 70000\n").find("must be from 0 to 65535, not 70000"),
              std::string::npos);
    EXPECT_NE(message("[server]\nport = \"x\"\n").find("must be an integer, not 'x'"), std::string::npos);
    EXPECT_NE(message("[server\n").find("line 1"), std::string::npos);
    EXPECT_NE(message("port = 1\n").find("outside a section"), std::string::npos);
    EXPECT_NE(message("[log]\nlevel = \"loud\"\n").find("one of: debug, info"), std::string::npos);
    EXPECT_NE(message("", {{"AIMPACT_SERVER_PORT", "-1"}}).find("AIMPACT_SERVER_PORT"), std::string::npos);
    EXPECT_NE(message("[server]\ncors_origins = [1]\n").find("a list holds strings without commas"),
              std::string::npos);
    EXPECT_NE(message("[server]\ncors_origins = [\"a,b\"]\n").find("without commas"), std::string::npos);
    EXPECT_NE(message("[server]\nport = 1.5\n").find("must be a string, an integer"), std::string::npos);
    EXPECT_NE(load("", {}, {{"server.prot", "1"}}).error().message.find("did you mean 'server.port'"),
              std::string::npos);
    EXPECT_NE(message("[server]\ntls_key = \"k.pem\"\n").find("belong together"), std::string::npos);
}

TEST_F(ConfigTest, SecretsMayComeFromFiles) {
    const std::string secret = file("c2VjcmV0\n", "key");
    auto config = load("[auth]\nmaster_key_file = \"" + secret + "\"\n");
    ASSERT_TRUE(config.has_value()) << config.error().message;
    EXPECT_EQ(config->text("auth.master_key"), "c2VjcmV0");
    config = load("", {{"AIMPACT_AUTH_MASTER_KEY_FILE", secret}});
    ASSERT_TRUE(config.has_value());
    EXPECT_EQ(config->text("auth.master_key"), "c2VjcmV0");
    EXPECT_TRUE(load("[server]\nhost_file = \"x\"\n").has_error()) << "only secrets may come from files";
}

TEST_F(ConfigTest, AFileOfASecretThatHoldsNoneIsAnErrorNotTheDefault) {
    const auto message = [&](const std::string& path) {
        const auto config = load("", {{"AIMPACT_DATABASE_URL_FILE", path}});
        return config.has_error() ? config.error().message : "loaded: " + config->text("database.url");
    };
    EXPECT_EQ(message("/nowhere"), "AIMPACT_DATABASE_URL_FILE: the file '/nowhere' is missing.");
    EXPECT_EQ(message(dir_), "AIMPACT_DATABASE_URL_FILE: '" + dir_ + "' is a folder; name a file in it.");
    const std::string empty = file("\n", "empty");
    EXPECT_EQ(message(empty), "AIMPACT_DATABASE_URL_FILE: the file '" + empty + "' is empty.");
    EXPECT_NE(load("[auth]\nmaster_key_file = \"/nowhere\"\n").error().message.find("line 2"),
              std::string::npos);
}

TEST_F(ConfigTest, ANamedFileMustBeThere) {
    environment_ = {};
    const auto config =
        Config::load({.file = dir_ + "/missing.toml", .overrides = {}, .environment = &environment_});
    ASSERT_TRUE(config.has_error());
    EXPECT_NE(config.error().message.find("is missing"), std::string::npos);
}

TEST_F(ConfigTest, TheDocsPageIsUpToDate) {
    std::ifstream in("docs/CONFIGURATION.md");
    const std::string page((std::istreambuf_iterator<char>(in)), {});
    EXPECT_EQ(page, settings_markdown()) << "run: build/release/aimpact config docs > docs/CONFIGURATION.md";
}

}  // namespace
}  // namespace aimpact::base
