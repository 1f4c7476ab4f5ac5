// Which sound of ours a mark stands behind. The provider plays what we send in order, and echoes a mark when
// it has come to it: so each echo says exactly how much the caller has heard. Pure.
#pragma once

#include <deque>
#include <optional>
#include <string>
#include <string_view>

namespace aimpact::telephony {

class PlaybackMarks {
  public:
    // Marks that a provider never echoes are forgotten, oldest first, past this many.
    static constexpr std::size_t kWaitingMax = 1'024;

    struct Place {
        bool operator==(const Place&) const = default;
        std::string item_id;
        double ms = 0;  // from the item's first sample
    };

    // The name of a mark that is sent behind the item's first `ms`.
    std::string add(std::string item_id, double ms);
    // What was played up to, if the mark is one that waits; those before it are done with too. Nothing for a
    // name that we never gave, for one that was echoed before, and for those that cleared() made void.
    std::optional<Place> echoed(std::string_view name);
    // The provider's buffer was emptied: it echoes what waited at once, though nobody heard that.
    void cleared() { waiting_.clear(); }
    std::size_t waiting() const { return waiting_.size(); }

  private:
    struct Entry {
        std::string name;
        Place place;
    };
    std::deque<Entry> waiting_;
    unsigned long count_ = 0;
};

}  // namespace aimpact::telephony
