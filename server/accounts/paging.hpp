// Pages of lists that are ordered by id: the cursor is the last id of the page before.
#pragma once

#include <functional>
#include <string_view>
#include <type_traits>

#include "accounts/account.hpp"
#include "base/id.hpp"

namespace aimpact::accounts {

inline constexpr int kPageLimitMax = 100;

inline Result<> check_page(const PageRequest& page, std::string_view id_prefix) {
    if (page.limit < 1 || page.limit > kPageLimitMax)
        return base::invalid_argument("The limit is a number from 1 to 100.", "limit");
    if (!page.cursor.empty() && !base::is_id(page.cursor, id_prefix))
        return base::invalid_argument(
            "This cursor is not one of this list. Use next_cursor of the page before.", "cursor");
    return {};
}

// `found` holds one more than the page, if there is more.
template <class T>
Page<T> make_page(std::vector<T> found, const PageRequest& page,
                  const std::type_identity_t<std::function<std::string(const T&)>>& id) {
    Page<T> out;
    if (found.size() > static_cast<std::size_t>(page.limit)) {
        found.resize(static_cast<std::size_t>(page.limit));
        out.next_cursor = id(found.back());
    }
    out.data = std::move(found);
    return out;
}

}  // namespace aimpact::accounts
