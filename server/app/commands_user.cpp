#include <fmt/format.h>

#include <boost/describe.hpp>
#include <boost/json.hpp>

#include "app/cli.hpp"
#include "app/foundation.hpp"
#include "base/id.hpp"
#include "base/wire.hpp"

namespace aimpact::app {

namespace json = boost::json;
using base::Result;

namespace {

Result<accounts::Role> parse_role(const std::string& name) {
    accounts::Role role{};
    if (boost::describe::enum_from_string(name.c_str(), role)) return role;
    return base::invalid_argument(
        fmt::format("'{}' is no role: use owner, admin, developer or viewer.", name), "role");
}

json::object user_json(const accounts::User& user) {
    return {{"id", user.id},
            {"email", user.email},
            {"name", user.name},
            {"disabled", user.disabled},
            {"created_at", base::format_time(user.created_at)}};
}

// Long enough for any policy; made of characters that survive being read aloud.
std::string initial_password(base::Random& random) {
    return base::random_token(15, random);
}

}  // namespace

int user_create(const base::Config& config, const UserOptions& options) {
    const auto role = parse_role(options.role);
    if (role.has_error()) return report(role.error());
    Process process;
    const auto foundation = Foundation::open(config, process);
    if (foundation.has_error()) return report(foundation.error());
    const std::string password = initial_password(process.random);
    const auto user = (*foundation)
                          ->accounts->users()
                          .create({.email = options.email,
                                   .name = options.name.empty() ? options.email : options.name,
                                   .password = password,
                                   .role = *role},
                                  options.organisation);
    if (user.has_error()) return report(user.error());
    if (options.json) {
        json::object out = user_json(*user);
        out["password"] = password;
        fmt::print("{}\n", base::to_text(out));
    } else {
        fmt::print("Created {} ({}).\nPassword: {}\n", user->email, options.role, password);
    }
    return 0;
}

int user_list(const base::Config& config, const UserOptions& options) {
    Process process;
    const auto foundation = Foundation::open(config, process);
    if (foundation.has_error()) return report(foundation.error());
    const auto users = (*foundation)->accounts->users().list();
    if (users.has_error()) return report(users.error());
    if (options.json) {
        json::array rows;
        for (const accounts::User& user : *users) rows.push_back(user_json(user));
        fmt::print("{}\n", base::to_text(rows));
        return 0;
    }
    for (const accounts::User& user : *users)
        fmt::print("{:<36} {:<28} {}{}\n", user.email, user.name, base::format_time(user.created_at),
                   user.disabled ? "  disabled" : "");
    if (users->empty())
        fmt::print(
            "Nobody yet: open the set-up link that `aimpact serve` prints, or use `aimpact user create`.\n");
    return 0;
}

int user_reset_password(const base::Config& config, const UserOptions& options) {
    Process process;
    const auto foundation = Foundation::open(config, process);
    if (foundation.has_error()) return report(foundation.error());
    const std::string password = initial_password(process.random);
    const Result<> done = (*foundation)->accounts->users().reset_password(options.email, password);
    if (done.has_error()) return report(done.error());
    if (options.json)
        fmt::print("{}\n", base::to_text(json::object{{"email", options.email}, {"password", password}}));
    else
        fmt::print("New password of {}: {}\nTheir sessions have ended.\n", options.email, password);
    return 0;
}

int migrate(const base::Config& config, bool as_json) {
    base::Metrics metrics;
    const auto database = open_database(config, metrics);
    if (database.has_error()) return report(database.error());
    const auto applied = storage::migrate(**database);
    if (applied.has_error()) return report(applied.error());
    if (as_json)
        fmt::print("{}\n", base::to_text(json::object{{"applied", *applied}}));
    else if (*applied == 0)
        fmt::print("The database is up to date.\n");
    else
        fmt::print("{} migration{} applied.\n", *applied, *applied == 1 ? "" : "s");
    return 0;
}

}  // namespace aimpact::app
