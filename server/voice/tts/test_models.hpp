// Where tests find the installed models.
#pragma once

#include <cstdlib>
#include <filesystem>

namespace aimpact::voice {

inline std::filesystem::path models_folder() {
    const char* set = std::getenv("AIMPACT_MODELS_DIR");
    return set && *set ? set : "var/models";
}
inline std::filesystem::path kokoro_folder() {
    return models_folder() / "kokoro-82m";
}

}  // namespace aimpact::voice
