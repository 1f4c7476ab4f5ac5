#include "inference/kernel_cache.hpp"

#include <cstdlib>

namespace aimpact::inference {

void limit_kernel_cache() {
    setenv("ONEDNN_PRIMITIVE_CACHE_CAPACITY", "256", /*replace=*/0);
}

}  // namespace aimpact::inference
