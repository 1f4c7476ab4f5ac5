// Rewrites a GGUF model in another quantisation: requantize IN OUT TYPE THREADS
// TYPE is one of the names below. Used by scripts/fetch-models; not part of the product.
#include "llama.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace {

struct NamedType {
    const char* name;
    llama_ftype type;
};

constexpr NamedType kTypes[] = {
    {"f16", LLAMA_FTYPE_MOSTLY_F16},
    {"q4_0", LLAMA_FTYPE_MOSTLY_Q4_0},
    {"q8_0", LLAMA_FTYPE_MOSTLY_Q8_0},
};

}  // namespace

int main(int argc, char** argv) {
    if (argc != 5) {
        std::fprintf(stderr, "usage: requantize IN.gguf OUT.gguf f16|q4_0|q8_0 THREADS\n");
        return 2;
    }
    llama_model_quantize_params params = llama_model_quantize_default_params();
    params.nthread = std::atoi(argv[4]);
    params.allow_requantize = true;  // the published file is already quantised
    for (const NamedType& entry : kTypes) {
        if (std::strcmp(entry.name, argv[3]) != 0) continue;
        params.ftype = entry.type;
        return llama_model_quantize(argv[1], argv[2], &params) == 0 ? 0 : 1;
    }
    std::fprintf(stderr, "requantize: unknown type '%s'\n", argv[3]);
    return 2;
}
