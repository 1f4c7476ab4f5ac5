#include "telephony/dtmf.hpp"

#include <utility>

namespace aimpact::telephony {

std::optional<std::string> DtmfCollector::press(char key, base::SteadyTime now) {
    keys_ += key;
    last_ = now;
    const bool ends = options_.terminator != '\0' && key == options_.terminator;
    if (!ends && keys_.size() < options_.keys_max) return std::nullopt;
    return std::exchange(keys_, {});
}

std::optional<std::string> DtmfCollector::expire(base::SteadyTime now) {
    const auto due = deadline();
    if (!due || now < *due) return std::nullopt;
    return std::exchange(keys_, {});
}

std::optional<base::SteadyTime> DtmfCollector::deadline() const {
    if (keys_.empty()) return std::nullopt;
    return last_ + options_.pause;
}

std::string DtmfCollector::text_of(const std::string& keys) {
    std::string text = "[pressed";
    for (const char key : keys) {
        text += ' ';
        text += key;
    }
    return text + "]";
}

}  // namespace aimpact::telephony
