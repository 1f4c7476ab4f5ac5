// What was built, from what.
#pragma once

#include <boost/json.hpp>
#include <string>

namespace aimpact::app {

std::string version_text();          // "aimpact 0.1.0 (clang 19.1.7)"
boost::json::object version_json();  // {version, compiler, ...}

}  // namespace aimpact::app
