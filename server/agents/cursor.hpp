// Opaque cursors of lists, and a page's size.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "net/http.hpp"

namespace aimpact::agents {

inline constexpr int kPageDefault = 25, kPageMax = 100;

// A page of a list. `next_cursor` is empty on the last page.
template <class T>
struct Page {
    std::vector<T> items;
    std::string next_cursor;
};

// What a cursor stands for: the sort keys of the last row that was shown.
struct PageRequest {
    int limit = kPageDefault;
    std::vector<std::string> after;  // empty: from the start
};

std::string make_cursor(const std::vector<std::string>& keys);

// From ?cursor= and ?limit=; `keys` is how many sort keys this list has. invalid_argument for a bad limit and
// a cursor that this list didn't make.
base::Result<PageRequest> page_request(const net::Request& request, std::size_t keys);

}  // namespace aimpact::agents
