#include <fmt/format.h>

#include <boost/json.hpp>

#include "app/cli.hpp"
#include "base/wire.hpp"

namespace aimpact::app {

namespace json = boost::json;

namespace {
// Secrets are never printed, and neither is a password inside a database address.
std::string shown(const base::Config& config, const base::Setting& setting) {
    const std::string& text = config.text(setting.key);
    return setting.secret && !text.empty() ? "(set)" : text;
}
}  // namespace

int config_show(const base::Config& config, bool as_json) {
    if (as_json) {
        json::object rows;
        for (const base::Setting& setting : base::all_settings())
            rows[setting.key] =
                json::object{{"value", shown(config, setting)}, {"source", config.source(setting.key)}};
        fmt::print("{}\n", base::to_text(rows));
        return 0;
    }
    for (const base::Setting& setting : base::all_settings())
        fmt::print("{:<30} {:<28} {:<12} {}\n", setting.key, shown(config, setting),
                   config.source(setting.key), setting.help);
    return 0;
}

}  // namespace aimpact::app
