#include "realtime/playback.hpp"

#include <algorithm>
#include <cmath>

namespace aimpact::realtime {
namespace {

double ms_between(base::SteadyTime from, base::SteadyTime to) {
    return std::chrono::duration<double, std::milli>(to - from).count();
}

base::SteadyTime later_by(base::SteadyTime time, double ms) {
    return time + std::chrono::duration_cast<base::SteadyTime::duration>(
                      std::chrono::duration<double, std::milli>(ms));
}

// Cuts after the last whole word that ends within the first `share` of the text.
std::string words_within(const std::string& text, double share) {
    const auto limit = static_cast<std::size_t>(std::floor(share * static_cast<double>(text.size())));
    if (limit >= text.size()) return text;
    // A word counts once it was played to its end: the cut stands at a space, or right before one.
    std::size_t end = limit;
    while (end > 0 && text[end] != ' ') --end;
    while (end > 0 && text[end - 1] == ' ') --end;
    return text.substr(0, end);
}

}  // namespace

std::string heard_text(const std::vector<SpokenPiece>& pieces, double heard_ms) {
    std::string heard;
    for (const SpokenPiece& piece : pieces) {
        // A piece without sound (a lone dash) is heard together with what comes before it.
        if (heard_ms + 0.5 >= piece.ms) {
            heard += piece.text;
            heard_ms -= piece.ms;
            if (heard_ms <= 0.5) heard_ms = 0;
            continue;
        }
        if (heard_ms > 0) heard += words_within(piece.text, heard_ms / piece.ms);
        while (!heard.empty() && heard.back() == ' ') heard.pop_back();
        break;
    }
    return heard;
}

void Playback::sent(const std::string& response_id, const std::string& item_id, SpokenPiece piece,
                    base::SteadyTime now) {
    if (items_.empty() || items_.back().item_id != item_id) {
        items_.push_back(Item{response_id, item_id, {}, 0, now, false, 0});
        if (items_.size() > kItemsKept) items_.pop_front();
    }
    Item& item = items_.back();
    plays_until_ = later_by(std::max(plays_until_, now), piece.ms);
    item.plays_until = plays_until_;
    item.sent_ms += piece.ms;
    item.pieces.push_back(std::move(piece));
}

double Playback::unplayed_ms(base::SteadyTime now) const {
    return std::max(0.0, ms_between(now, plays_until_));
}

double Playback::heard_ms(const Item& item, base::SteadyTime now) const {
    if (item.cut) return item.cut_ms;
    return std::clamp(item.sent_ms - ms_between(now, item.plays_until), 0.0, item.sent_ms);
}

std::vector<std::pair<std::string, double>> Playback::playing_ms(base::SteadyTime from,
                                                                 base::SteadyTime to) const {
    std::vector<std::pair<std::string, double>> out;
    for (const Item& item : items_) {
        if (item.cut) continue;
        const base::SteadyTime began = later_by(item.plays_until, -item.sent_ms);
        const double ms = ms_between(std::max(from, began), std::min(to, item.plays_until));
        if (ms > 0) out.emplace_back(item.item_id, ms);
    }
    return out;
}

std::vector<const Playback::Item*> Playback::cut(base::SteadyTime now) {
    std::vector<const Item*> out;
    for (Item& item : items_) {
        if (item.cut || item.plays_until <= now) continue;
        item.cut_ms = heard_ms(item, now);
        item.cut = true;
        out.push_back(&item);
    }
    plays_until_ = std::min(plays_until_, now);
    return out;
}

void Playback::played(const std::string& item_id, double ms, base::SteadyTime now) {
    const auto it =
        std::find_if(items_.begin(), items_.end(), [&](const Item& item) { return item.item_id == item_id; });
    if (it == items_.end() || it->cut) return;
    base::SteadyTime until = later_by(now, it->sent_ms - std::clamp(ms, 0.0, it->sent_ms));
    it->plays_until = until;
    for (auto later = std::next(it); later != items_.end(); ++later) {
        if (later->cut) continue;
        until = later_by(until, later->sent_ms);
        later->plays_until = until;
    }
    plays_until_ = until;
}

base::SteadyTime Playback::resume(const std::string& item_id, double from_ms, base::SteadyTime now) {
    const base::SteadyTime begins = std::max(plays_until_, now);
    for (Item& item : items_) {
        if (item.item_id != item_id) continue;
        item.cut = false;
        item.cut_ms = 0;
        item.plays_until = plays_until_ = later_by(begins, std::max(0.0, item.sent_ms - from_ms));
    }
    return begins;
}

void Playback::set_cut(const std::string& item_id, double heard_ms) {
    for (Item& item : items_) {
        if (item.item_id != item_id) continue;
        item.cut = true;
        item.cut_ms = heard_ms;
    }
}

const Playback::Item* Playback::find(const std::string& item_id) const {
    const auto it =
        std::find_if(items_.rbegin(), items_.rend(), [&](const Item& i) { return i.item_id == item_id; });
    return it == items_.rend() ? nullptr : &*it;
}

}  // namespace aimpact::realtime
