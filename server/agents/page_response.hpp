// One page of a list as the answer to a request.
#pragma once

#include <boost/json.hpp>

#include "agents/cursor.hpp"
#include "base/wire.hpp"
#include "net/http.hpp"

namespace aimpact::agents {

// `render(item)` makes the item's JSON.
template <class T, class Render>
net::Response page_response(const Page<T>& page, Render render) {
    boost::json::array data;
    for (const T& item : page.items) data.push_back(render(item));
    boost::json::object out{{"data", std::move(data)}};
    if (!page.next_cursor.empty()) out["next_cursor"] = page.next_cursor;
    return net::Response::json(base::to_text(out));
}

}  // namespace aimpact::agents
