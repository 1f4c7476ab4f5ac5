// For the libFuzzer targets alone: a property that must hold for every input.
#pragma once

#include <cstdlib>

namespace aimpact::base {

inline void require(bool condition) {
    if (!condition) std::abort();  // libFuzzer reports it with the input
}

}  // namespace aimpact::base
