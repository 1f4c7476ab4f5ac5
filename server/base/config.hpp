// Configuration: one declared table of settings drives the file (aimpact.toml), environment variables,
// `aimpact config show|check` and docs/CONFIGURATION.md. Later sources win: default < file < environment <
// command line. An unknown key is an error that names the nearest known one.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"

namespace aimpact::base {

enum class SettingType { text, integer, boolean, list, path };

struct Setting {
    std::string_view key;  // "server.port"; in the file: port under [server]
    SettingType type;
    std::string_view default_value;  // lists: comma-separated
    std::string_view help;
    bool secret = false;            // never shown; may also be given as "<key>_file": a file that holds it
    std::int64_t min = 0, max = 0;  // integers; max 0: no range
    std::string_view choices = {};  // comma-separated; empty: anything
};

std::span<const Setting> all_settings();
const Setting* find_setting(std::string_view key);
// "server.port" -> "AIMPACT_SERVER_PORT"
std::string environment_name(std::string_view key);

class Config {
  public:
    struct Sources {
        std::string file;  // empty: $AIMPACT_CONFIG, or ./aimpact.toml if it is there
        std::map<std::string, std::string> overrides;  // from the command line, by key
        // The environment, injectable for tests; null: the process's own.
        const std::map<std::string, std::string>* environment = nullptr;
    };

    // The first problem found, named by source ("aimpact.toml, line 3: ...").
    static Result<Config> load(const Sources& sources);

    // Reading an undeclared key, or one of another type, is a programmer error (std::logic_error).
    const std::string& text(std::string_view key) const;
    std::int64_t integer(std::string_view key) const;
    bool boolean(std::string_view key) const;
    std::vector<std::string> list(std::string_view key) const;

    // Where the value came from: "default", "file", "environment", "command line".
    std::string_view source(std::string_view key) const;
    const std::string& file() const { return file_; }  // the file that was read; empty if none

  private:
    struct Value {
        std::string text;
        std::string_view source = "default";
    };
    const Value& value(std::string_view key, std::optional<SettingType> type) const;
    Result<> set(const Setting& setting, std::string text, std::string_view source, const std::string& where);

    std::map<std::string, Value, std::less<>> values_;
    std::string file_;
};

// The reference page, generated from the table.
std::string settings_markdown();

}  // namespace aimpact::base
