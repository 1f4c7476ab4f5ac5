#include "base/config.hpp"

#include <fmt/format.h>
#include <toml++/toml.h>

#include <charconv>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>

#include "base/wire.hpp"

extern char** environ;

namespace aimpact::base {

namespace {

std::vector<std::string> split_list(std::string_view text) {
    std::vector<std::string> out;
    while (!text.empty()) {
        const std::size_t comma = text.find(',');
        std::string_view item = text.substr(0, comma);
        while (!item.empty() && item.front() == ' ') item.remove_prefix(1);
        while (!item.empty() && item.back() == ' ') item.remove_suffix(1);
        if (!item.empty()) out.emplace_back(item);
        text = comma == std::string_view::npos ? std::string_view{} : text.substr(comma + 1);
    }
    return out;
}

bool parse_integer(std::string_view text, std::int64_t& out) {
    const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), out);
    return ec == std::errc{} && end == text.data() + text.size();
}

bool parse_boolean(std::string_view text, bool& out) {
    if (text == "true" || text == "1" || text == "yes" || text == "on") return out = true, true;
    if (text == "false" || text == "0" || text == "no" || text == "off") return out = false, true;
    return false;
}

std::vector<std::string_view> keys() {
    std::vector<std::string_view> out;
    for (const Setting& setting : all_settings()) out.push_back(setting.key);
    return out;
}

Error unknown_key(std::string_view key, const std::string& where) {
    const std::string_view near = nearest_name(key, keys());
    return invalid_argument(fmt::format("{}: there is no setting '{}'{}", where, key,
                                        near.empty() ? std::string("; `aimpact config show` lists them.")
                                                     : fmt::format("; did you mean '{}'?", near)),
                            std::string(key));
}

// An empty secret would mean "not set", and the default would be taken instead: nobody who names a file wants
// that.
Result<std::string> read_secret_file(const std::string& path, const std::string& where) {
    std::error_code ec;
    if (!std::filesystem::exists(path, ec))
        return invalid_argument(fmt::format("{}: the file '{}' is missing.", where, path));
    if (std::filesystem::is_directory(path, ec))
        return invalid_argument(fmt::format("{}: '{}' is a folder; name a file in it.", where, path));
    std::ifstream in(path, std::ios::binary);
    std::string text((std::istreambuf_iterator<char>(in)), {});
    if (!in.is_open() || in.bad())
        return invalid_argument(fmt::format("{}: cannot read the file '{}'.", where, path));
    while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.pop_back();
    if (text.empty()) return invalid_argument(fmt::format("{}: the file '{}' is empty.", where, path));
    return text;
}

Result<std::string> toml_text(const toml::node& node, const std::string& where) {
    if (const auto* text = node.as_string()) return text->get();
    if (const auto* number = node.as_integer()) return std::to_string(number->get());
    if (const auto* flag = node.as_boolean()) return std::string(flag->get() ? "true" : "false");
    if (const auto* array = node.as_array()) {
        std::string joined;
        for (const toml::node& item : *array) {
            const auto* text = item.as_string();
            if (!text || text->get().find(',') != std::string::npos)
                return invalid_argument(where + ": a list holds strings without commas.");
            joined += (joined.empty() ? "" : ",") + text->get();
        }
        return joined;
    }
    return invalid_argument(where +
                            ": the value must be a string, an integer, true, false or a list of strings.");
}

}  // namespace

const Setting* find_setting(std::string_view key) {
    for (const Setting& setting : all_settings())
        if (setting.key == key) return &setting;
    return nullptr;
}

std::string environment_name(std::string_view key) {
    std::string name = "AIMPACT_";
    for (const char c : key)
        name += c == '.' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    return name;
}

Result<> Config::set(const Setting& setting, std::string text, std::string_view source,
                     const std::string& where) {
    if (setting.type == SettingType::integer) {
        std::int64_t number = 0;
        if (!parse_integer(text, number))
            return invalid_argument(
                fmt::format("{}: {} must be an integer, not '{}'.", where, setting.key, text),
                std::string(setting.key));
        if (setting.max != 0 && (number < setting.min || number > setting.max))
            return invalid_argument(fmt::format("{}: {} must be from {} to {}, not {}.", where, setting.key,
                                                setting.min, setting.max, number),
                                    std::string(setting.key));
    }
    bool flag = false;
    if (setting.type == SettingType::boolean && !parse_boolean(text, flag))
        return invalid_argument(
            fmt::format("{}: {} must be true or false, not '{}'.", where, setting.key, text),
            std::string(setting.key));
    if (!setting.choices.empty()) {
        const auto choices = split_list(setting.choices);
        if (std::find(choices.begin(), choices.end(), text) == choices.end())
            return invalid_argument(fmt::format("{}: {} is '{}'; it must be one of: {}.", where, setting.key,
                                                text, fmt::join(choices, ", ")),
                                    std::string(setting.key));
    }
    values_[std::string(setting.key)] = Value{std::move(text), source};
    return {};
}

Result<Config> Config::load(const Sources& sources) {
    Config config;
    for (const Setting& setting : all_settings())
        config.values_[std::string(setting.key)] = Value{std::string(setting.default_value), "default"};

    std::map<std::string, std::string> environment;
    if (sources.environment) {
        environment = *sources.environment;
    } else {
        for (char** entry = environ; *entry; ++entry) {
            const std::string_view text(*entry);
            if (!text.starts_with("AIMPACT_")) continue;
            const std::size_t equals = text.find('=');
            if (equals != std::string_view::npos)
                environment.emplace(text.substr(0, equals), text.substr(equals + 1));
        }
    }

    std::string file = sources.file;
    if (file.empty())
        if (const auto named = environment.find("AIMPACT_CONFIG"); named != environment.end())
            file = named->second;
    const bool asked = !file.empty();
    if (!asked) file = "aimpact.toml";
    if (asked && !std::filesystem::exists(file))
        return invalid_argument(fmt::format("The configuration file '{}' is missing.", file));
    if (std::filesystem::exists(file)) {
        config.file_ = file;
        toml::table table;
        try {
            table = toml::parse_file(file);
        } catch (const toml::parse_error& e) {
            return invalid_argument(
                fmt::format("{}, line {}: {}.", file, e.source().begin.line, e.description()));
        }
        for (const auto& [section, node] : table) {
            const std::string section_where = fmt::format("{}, line {}", file, node.source().begin.line);
            const auto* inner = node.as_table();
            if (!inner)
                return invalid_argument(fmt::format("{}: '{}' stands outside a section such as [server].",
                                                    section_where, std::string_view(section.str())));
            for (const auto& [name, item] : *inner) {
                const std::string where = fmt::format("{}, line {}", file, item.source().begin.line);
                std::string key = std::string(section.str()) + "." + std::string(name.str());
                AIMPACT_TRY(std::string text, toml_text(item, where));
                const Setting* setting = find_setting(key);
                if (!setting && key.ends_with("_file")) {
                    const Setting* secret = find_setting(std::string_view(key).substr(0, key.size() - 5));
                    if (secret && secret->secret) {
                        AIMPACT_TRY(text, read_secret_file(text, where));
                        setting = secret;
                    }
                }
                if (!setting) return unknown_key(key, where);
                AIMPACT_CHECK(config.set(*setting, std::move(text), "file", where));
            }
        }
    }

    for (const Setting& setting : all_settings()) {
        const std::string name = environment_name(setting.key);
        if (const auto it = environment.find(name); it != environment.end())
            AIMPACT_CHECK(config.set(setting, it->second, "environment", name));
        if (!setting.secret) continue;
        if (const auto it = environment.find(name + "_FILE"); it != environment.end()) {
            AIMPACT_TRY(std::string text, read_secret_file(it->second, name + "_FILE"));
            AIMPACT_CHECK(config.set(setting, std::move(text), "environment", name + "_FILE"));
        }
    }
    for (const auto& [key, text] : sources.overrides) {
        const Setting* setting = find_setting(key);
        if (!setting) return unknown_key(key, "command line");
        AIMPACT_CHECK(config.set(*setting, text, "command line", "command line"));
    }
    if (config.text("server.tls_certificate").empty() != config.text("server.tls_key").empty())
        return invalid_argument(
            "server.tls_certificate and server.tls_key belong together: set both or none.", "server.tls_key");
    return config;
}

const Config::Value& Config::value(std::string_view key, std::optional<SettingType> type) const {
    const Setting* setting = find_setting(key);
    if (!setting || (type && setting->type != *type))
        throw std::logic_error("setting '" + std::string(key) + "' is undeclared or of another type");
    return values_.find(key)->second;
}

const std::string& Config::text(std::string_view key) const {
    return value(key, {}).text;
}

std::int64_t Config::integer(std::string_view key) const {
    std::int64_t number = 0;
    parse_integer(value(key, SettingType::integer).text, number);
    return number;
}

bool Config::boolean(std::string_view key) const {
    bool flag = false;
    parse_boolean(value(key, SettingType::boolean).text, flag);
    return flag;
}

std::vector<std::string> Config::list(std::string_view key) const {
    return split_list(value(key, SettingType::list).text);
}

std::string_view Config::source(std::string_view key) const {
    return value(key, {}).source;
}

std::string settings_markdown() {
    std::string out =
        "# Configuration\n\n"
        "Generated from the table in `server/base/settings.cpp` by `aimpact config docs`.\n\n"
        "Later sources win: default, `aimpact.toml`, environment, command line (`--set key=value`). In the "
        "file a key\n"
        "such as `server.port` is `port` under `[server]`. A secret may be given as a file: `<key>_file` in\n"
        "`aimpact.toml`, or `<NAME>_FILE` in the environment.\n\n"
        "| key | default | environment | what it is |\n|---|---|---|---|\n";
    for (const Setting& setting : all_settings()) {
        std::string help(setting.help);
        if (setting.max != 0) help += fmt::format(" {}..{}.", setting.min, setting.max);
        if (!setting.choices.empty()) help += fmt::format(" One of: {}.", setting.choices);
        if (setting.secret) help += " Secret.";
        out += fmt::format("| `{}` | {} | `{}` | {} |\n", setting.key,
                           setting.default_value.empty() ? "" : fmt::format("`{}`", setting.default_value),
                           environment_name(setting.key), help);
    }
    return out;
}

}  // namespace aimpact::base
