// What a caller has heard of the replies that were sent: an estimate from what was sent and the time since,
// and the words that belong to it. Pure; times are steady-clock points given by the caller.
#pragma once

#include <deque>
#include <string>
#include <vector>

#include "base/clock.hpp"

namespace aimpact::realtime {

// A piece of a reply, as sent: its words and how long they last.
struct SpokenPiece {
    std::string text;  // with the white space that joins it to the piece before
    double ms = 0;
};

// The words heard when `heard_ms` of the pieces were played: whole pieces, and of the piece that was cut as
// many whole words as its played share of characters holds.
std::string heard_text(const std::vector<SpokenPiece>& pieces, double heard_ms);

class Playback {
  public:
    struct Item {
        std::string response_id, item_id;
        std::vector<SpokenPiece> pieces;
        double sent_ms = 0;
        base::SteadyTime plays_until{};  // when its last sample is played
        bool cut = false;                // interrupted: nothing more is played
        double cut_ms = 0;               // how much was heard then
    };

    // Audio was handed to the wire now. A player starts on it as soon as it has played what came before.
    void sent(const std::string& response_id, const std::string& item_id, SpokenPiece piece,
              base::SteadyTime now);

    double unplayed_ms(base::SteadyTime now) const;
    double heard_ms(const Item& item, base::SteadyTime now) const;
    // When all that was sent will have been played.
    base::SteadyTime plays_until() const { return plays_until_; }
    // By item id, how long each was played between these times. What was cut counts no more.
    std::vector<std::pair<std::string, double>> playing_ms(base::SteadyTime from, base::SteadyTime to) const;

    // The player is emptied: marks what is unplayed as cut, and returns the items concerned, oldest first.
    std::vector<const Item*> cut(base::SteadyTime now);

    // The player says that it has come to this place of an item now: what was sent behind it is still to be
    // played. No effect on an item that was cut, or is not known any more.
    void played(const std::string& item_id, double ms, base::SteadyTime now);
    // An item that was cut is played on from `from_ms` of its audio, behind what else is sent. Returns when.
    base::SteadyTime resume(const std::string& item_id, double from_ms, base::SteadyTime now);

    // The client knows better what was heard.
    void set_cut(const std::string& item_id, double heard_ms);

    const Item* find(const std::string& item_id) const;

  private:
    static constexpr std::size_t kItemsKept = 32;  // a client may truncate this far back
    std::deque<Item> items_;
    base::SteadyTime plays_until_{};
};

}  // namespace aimpact::realtime
