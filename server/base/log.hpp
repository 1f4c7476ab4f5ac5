// Structured logs: one JSON object a line on standard error, or a readable line when it is a terminal.
// An event is a short constant name; everything that varies goes into fields. Thread-safe, never throws.
//
//   base::log_info("agent.created", {{"agent_id", id}, {"org_id", org}});
//
// Never log secrets, tokens, passwords, audio, or what people said (unless the operator turns transcripts
// on).
#pragma once

#include <boost/json.hpp>
#include <initializer_list>
#include <string>
#include <string_view>
#include <type_traits>

namespace aimpact::base {

enum class LogLevel { debug, info, warn, error, off };
enum class LogFormat { json, text };

struct LogField {
    std::string_view name;
    boost::json::value value;

    // Anything a JSON value can be made of, and every kind of string.
    template <class T>
    LogField(std::string_view field, const T& v) : name(field), value(from(v)) {}

  private:
    template <class T>
    static boost::json::value from(const T& v) {
        if constexpr (std::is_convertible_v<const T&, std::string_view>)
            return boost::json::value(boost::json::string_view(std::string_view(v)));
        else
            return boost::json::value(v);
    }
};
using LogFields = std::initializer_list<LogField>;

// Call once, before threads start. Without it: info, json.
void configure_log(LogLevel level, LogFormat format);
bool log_enabled(LogLevel level);

void log_event(LogLevel level, std::string_view event, LogFields fields);

inline void log_debug(std::string_view event, LogFields fields = {}) {
    log_event(LogLevel::debug, event, fields);
}
inline void log_info(std::string_view event, LogFields fields = {}) {
    log_event(LogLevel::info, event, fields);
}
inline void log_warn(std::string_view event, LogFields fields = {}) {
    log_event(LogLevel::warn, event, fields);
}
inline void log_error(std::string_view event, LogFields fields = {}) {
    log_event(LogLevel::error, event, fields);
}

}  // namespace aimpact::base
