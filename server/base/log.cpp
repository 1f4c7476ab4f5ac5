#include "base/log.hpp"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <atomic>
#include <memory>

#include "base/clock.hpp"
#include "base/wire.hpp"

namespace aimpact::base {

namespace {
std::atomic<LogLevel> g_level{LogLevel::info};
std::atomic<LogFormat> g_format{LogFormat::json};

// spdlog does the locking and flushing of lines; the formatting is ours, since the lines are JSON.
spdlog::logger& sink() {
    static const std::shared_ptr<spdlog::logger> logger = [] {
        auto made =
            std::make_shared<spdlog::logger>("aimpact", std::make_shared<spdlog::sinks::stderr_sink_mt>());
        made->set_pattern("%v");
        made->flush_on(spdlog::level::trace);
        return made;
    }();
    return *logger;
}

constexpr std::string_view level_name(LogLevel level) {
    constexpr std::string_view names[] = {"debug", "info", "warn", "error", "off"};
    return names[static_cast<int>(level)];
}
}  // namespace

void configure_log(LogLevel level, LogFormat format) {
    g_level = level;
    g_format = format;
}

bool log_enabled(LogLevel level) {
    return level >= g_level.load(std::memory_order_relaxed);
}

void log_event(LogLevel level, std::string_view event, LogFields fields) {
    if (!log_enabled(level)) return;
    const std::string time = format_time(std::chrono::system_clock::now());
    std::string line;
    if (g_format == LogFormat::json) {
        boost::json::object object;
        object["time"] = time;
        object["level"] = level_name(level);
        object["event"] = event;
        for (const auto& [key, value] : fields) object[key] = value;
        line = to_text(object);
    } else {
        line = time + " " + std::string(level_name(level)) + " " + std::string(event);
        for (const auto& [key, value] : fields) line += " " + std::string(key) + "=" + to_text(value);
    }
    sink().info("{}", line);
}

}  // namespace aimpact::base
