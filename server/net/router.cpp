#include "net/router.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>

#include "net/target.hpp"

namespace aimpact::net {

namespace {
constexpr std::size_t kMethods = 7;
constexpr std::size_t kSegmentsMax = 64;  // deeper paths are not known

std::size_t index(Method method) {
    return static_cast<std::size_t>(method);
}

bool is_rest(std::string_view segment) {
    return segment.starts_with('{') && segment.ends_with("...}");
}
bool is_param(std::string_view segment) {
    return segment.starts_with('{') && segment.ends_with('}');
}

std::vector<std::string_view> split(std::string_view path) {
    std::vector<std::string_view> segments;
    if (path.starts_with('/')) path.remove_prefix(1);
    for (;;) {
        const std::size_t end = path.find('/');
        segments.push_back(path.substr(0, end));
        if (end == std::string_view::npos) return segments;
        path.remove_prefix(end + 1);
    }
}
}  // namespace

struct Router::Node {
    std::vector<std::pair<std::string, std::unique_ptr<Node>>> literals;  // few: a linear search is fastest
    std::unique_ptr<Node> param;
    // By method: the route that ends at this node, and the one that takes the rest from here (-1: none).
    std::array<int, kMethods> ends;
    std::array<int, kMethods> rests;
    Node() {
        ends.fill(-1);
        rests.fill(-1);
    }

    Node& child(std::string_view segment) {
        if (is_param(segment)) {
            if (!param) param = std::make_unique<Node>();
            return *param;
        }
        for (auto& [text, node] : literals)
            if (text == segment) return *node;
        return *literals.emplace_back(std::string(segment), std::make_unique<Node>()).second;
    }
};

Router::Router() : root_(std::make_unique<Node>()) {}
Router::~Router() = default;
Router::Router(Router&&) noexcept = default;
Router& Router::operator=(Router&&) noexcept = default;

void Router::add(Route route) {
    const auto fail = [&](const std::string& why) {
        throw std::logic_error("route " + std::string(to_string(route.method)) + " " + route.pattern + ": " +
                               why);
    };
    if (!route.pattern.starts_with('/')) fail("the pattern must start with '/'");
    if (!route.handler && !route.socket) fail("it has no handler");
    if (route.socket && route.method != Method::get) fail("a WebSocket route must be GET");
    const std::vector<std::string_view> segments = split(route.pattern);
    if (segments.size() > kSegmentsMax) fail("it has too many segments");
    std::vector<std::string_view> names;
    Node* node = root_.get();
    const int number = static_cast<int>(routes_.size());
    for (std::size_t i = 0; i < segments.size(); ++i) {
        const std::string_view segment = segments[i];
        const bool last = i + 1 == segments.size();
        if (is_param(segment)) {
            const std::string_view name = segment.substr(1, segment.size() - (is_rest(segment) ? 5 : 2));
            if (name.empty() || name.find_first_of("{}.") != std::string_view::npos)
                fail("a parameter needs a name");
            if (std::find(names.begin(), names.end(), name) != names.end())
                fail("a parameter is named twice");
            names.push_back(name);
        } else if (segment.find_first_of("{}%?#") != std::string_view::npos) {
            fail("a segment is either a literal or one {parameter}");
        }
        if (is_rest(segment)) {
            if (!last) fail("{name...} must be the last segment");
            int& slot = node->rests[index(route.method)];
            if (slot >= 0) fail("it is there already");
            slot = number;
        } else {
            node = &node->child(segment);
            if (last) {
                int& slot = node->ends[index(route.method)];
                if (slot >= 0) fail("it is there already");
                slot = number;
            }
        }
    }
    routes_.push_back(std::move(route));
}

// One walk over the tree, with a way back when a literal leads nowhere.
struct Router::Search {
    const Router& router;
    Method method;
    std::array<std::string_view, kSegmentsMax> segments = {};
    std::size_t count = 0;
    std::array<bool, kMethods> allowed = {};
    std::string scratch = {};

    int pick(const std::array<int, kMethods>& by_method, bool catch_all) {
        int found = by_method[index(method)];
        if (found < 0 && method == Method::head) found = by_method[index(Method::get)];
        if (found < 0 && !catch_all)
            for (std::size_t i = 0; i < kMethods; ++i) allowed[i] = allowed[i] || by_method[i] >= 0;
        return found;
    }

    bool equals(std::string_view raw, const std::string& literal) {
        if (raw.find('%') == std::string_view::npos) return raw == literal;
        return percent_decode(raw, scratch) && scratch == literal;
    }

    int find(const Node& node, std::size_t depth) {
        if (depth == count) return pick(node.ends, false);
        for (const auto& [literal, child] : node.literals)
            if (equals(segments[depth], literal))
                if (const int found = find(*child, depth + 1); found >= 0) return found;
        if (node.param && !segments[depth].empty())
            if (const int found = find(*node.param, depth + 1); found >= 0) return found;
        return pick(node.rests, depth == 0);
    }
};

Router::Match Router::match(Request& request) const {
    Search search{*this, request.method};
    const std::string_view path = request.raw_path.empty() ? request.path : request.raw_path;
    std::string_view rest = path;
    if (rest.starts_with('/')) rest.remove_prefix(1);
    for (bool more = true; more;) {
        if (search.count == kSegmentsMax) return {};
        const std::size_t end = rest.find('/');
        search.segments[search.count++] = rest.substr(0, end);
        more = end != std::string_view::npos;
        if (more) rest.remove_prefix(end + 1);
    }
    Match match;
    const int found = search.find(*root_, 0);
    if (found < 0) {
        for (std::size_t i = 0; i < kMethods; ++i)
            if (search.allowed[i]) match.allowed.push_back(static_cast<Method>(i));
        if (search.allowed[index(Method::get)] && !search.allowed[index(Method::head)])
            match.allowed.push_back(Method::head);
        match.path_known = !match.allowed.empty();
        return match;
    }
    match.route = &routes_[static_cast<std::size_t>(found)];
    match.path_known = true;
    // The names come from the pattern, segment by segment.
    std::string_view pattern = match.route->pattern;
    pattern.remove_prefix(1);
    for (std::size_t i = 0; i < search.count; ++i) {
        const std::size_t end = pattern.find('/');
        const std::string_view segment = pattern.substr(0, end);
        if (is_rest(segment)) {
            // Segments point into one string, so the rest is what lies from this one to the end.
            const auto offset = static_cast<std::size_t>(search.segments[i].data() - path.data());
            const std::string_view raw = path.substr(offset);
            std::string& value = request.params[std::string(segment.substr(1, segment.size() - 5))];
            if (!percent_decode(raw, value)) value = raw;
            break;
        }
        if (is_param(segment)) {
            std::string& value = request.params[std::string(segment.substr(1, segment.size() - 2))];
            const std::string_view raw = search.segments[i];
            if (raw.find('%') == std::string_view::npos || !percent_decode(raw, value)) value = raw;
        }
        if (end == std::string_view::npos) break;
        pattern.remove_prefix(end + 1);
    }
    return match;
}

std::vector<Method> Router::allowed(const Request& request) const {
    std::vector<Method> methods;
    Request probe;
    probe.path = request.path;
    probe.raw_path = request.raw_path;
    for (std::size_t i = 0; i < kMethods; ++i) {
        probe.method = static_cast<Method>(i);
        if (match(probe).route) methods.push_back(probe.method);
    }
    return methods;
}

}  // namespace aimpact::net
