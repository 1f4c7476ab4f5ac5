#include "telephony/playback_marks.hpp"

#include <algorithm>

namespace aimpact::telephony {

std::string PlaybackMarks::add(std::string item_id, double ms) {
    std::string name = "m" + std::to_string(++count_);
    waiting_.push_back({name, {std::move(item_id), ms}});
    if (waiting_.size() > kWaitingMax) waiting_.pop_front();
    return name;
}

std::optional<PlaybackMarks::Place> PlaybackMarks::echoed(std::string_view name) {
    const auto it = std::find_if(waiting_.begin(), waiting_.end(),
                                 [&](const Entry& entry) { return entry.name == name; });
    if (it == waiting_.end()) return std::nullopt;
    Place place = std::move(it->place);
    waiting_.erase(waiting_.begin(), it + 1);
    return place;
}

}  // namespace aimpact::telephony
