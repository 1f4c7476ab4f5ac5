// A map that holds at most `capacity` entries and drops the one that was used least recently. Not
// thread-safe.
#pragma once

#include <cstddef>
#include <list>
#include <unordered_map>
#include <utility>

namespace aimpact::accounts {

template <class Key, class Value, class Hash = std::hash<Key>>
class LruMap {
  public:
    explicit LruMap(std::size_t capacity) : capacity_(capacity) {}

    // Null if there is none; counts as a use. Valid until the next change.
    Value* find(const Key& key) {
        const auto found = index_.find(key);
        if (found == index_.end()) return nullptr;
        order_.splice(order_.begin(), order_, found->second);
        return &found->second->second;
    }

    // Inserts or replaces.
    Value& put(Key key, Value value) {
        if (Value* held = find(key)) return *held = std::move(value);
        if (order_.size() >= capacity_) {
            index_.erase(order_.back().first);
            order_.pop_back();
        }
        order_.emplace_front(key, std::move(value));
        index_.emplace(std::move(key), order_.begin());
        return order_.front().second;
    }

    void erase(const Key& key) {
        const auto found = index_.find(key);
        if (found == index_.end()) return;
        order_.erase(found->second);
        index_.erase(found);
    }

    template <class Predicate>
    void erase_if(Predicate gone) {
        for (auto it = order_.begin(); it != order_.end();) {
            if (gone(it->second)) {
                index_.erase(it->first);
                it = order_.erase(it);
            } else {
                ++it;
            }
        }
    }

    std::size_t size() const { return order_.size(); }

  private:
    using Order = std::list<std::pair<Key, Value>>;

    std::size_t capacity_;
    Order order_;  // the last used in front
    std::unordered_map<Key, typename Order::iterator, Hash> index_;
};

}  // namespace aimpact::accounts
