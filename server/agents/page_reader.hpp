// Reads one page of a list out of a statement.
#pragma once

#include <soci/soci.h>

#include <utility>

#include "agents/cursor.hpp"

namespace aimpact::agents {

// `rows` has been executed, for one row more than `limit`: that one only says that there is a next page.
// `read()` makes a Result<T> of the row that was fetched last; `keys(item)` are the sort keys of an item, for
// the cursor.
template <class T, class Read, class Keys>
base::Result<Page<T>> read_page(soci::statement& rows, int limit, const Read& read, const Keys& keys) {
    Page<T> out;
    out.items.reserve(static_cast<std::size_t>(limit));
    while (rows.fetch()) {
        if (static_cast<int>(out.items.size()) == limit) {
            out.next_cursor = make_cursor(keys(out.items.back()));
            break;
        }
        AIMPACT_TRY(T item, read());
        out.items.push_back(std::move(item));
    }
    return out;
}

}  // namespace aimpact::agents
