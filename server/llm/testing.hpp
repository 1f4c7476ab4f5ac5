// Where tests find the models: AIMPACT_MODELS_DIR, or var/models of the source tree (tests run there).
#pragma once

#include <cstdlib>
#include <filesystem>
#include <string>

namespace aimpact::llm::test {

// Empty if the file is not there.
inline std::string model_file(const std::string& name) {
    const char* configured = std::getenv("AIMPACT_MODELS_DIR");
    const std::filesystem::path path =
        std::filesystem::path(configured && *configured ? configured : "var/models") / name / "model.gguf";
    return std::filesystem::exists(path) ? path.string() : std::string();
}

}  // namespace aimpact::llm::test
