#include "storage/engine.hpp"

namespace aimpact::storage {

std::string without_values(const soci::soci_error& error) {
    // what() is the message, then: while executing "STATEMENT" with :name="value", ...
    const std::string message = error.get_error_message(), all = error.what();
    std::string out = message.substr(0, message.find('\n'));  // PostgreSQL's DETAIL is a line of its own
    if (!all.starts_with(message)) return out;
    std::string_view context = std::string_view(all).substr(message.size());
    context = context.substr(0, context.find("\" with :"));
    if (context.find('"') == std::string_view::npos) return out;
    out += context;
    if (!out.ends_with('"') && !out.ends_with("\".")) out += '"';
    return out;
}

}  // namespace aimpact::storage
