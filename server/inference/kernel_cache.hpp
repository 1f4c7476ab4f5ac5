// How many compiled kernels OpenVINO's oneDNN keeps for shapes seen before.
#pragma once

namespace aimpact::inference {

// oneDNN keeps 1024 by default, for the process: with clauses of ever new lengths that grew by 100 MB over
// some hundred conversations (bench_memory, bench/soak.py). 256 hold a clause's layers and cost no more CPU
// time. The variable ONEDNN_PRIMITIVE_CACHE_CAPACITY wins if it is set. Changes the environment: call it
// before there are threads and before an OpenVinoRuntime.
void limit_kernel_cache();

}  // namespace aimpact::inference
