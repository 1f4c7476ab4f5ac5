// The options that the benches of models share.
#pragma once

#include <CLI/CLI.hpp>
#include <filesystem>

namespace aimpact::bench {

inline void add_models(CLI::App& app, std::filesystem::path& models) {
    app.add_option("--models", models, "The models folder")
        ->envname("AIMPACT_MODELS_DIR")
        ->capture_default_str();
}

inline void add_cache(CLI::App& app, std::filesystem::path& cache) {
    app.add_option("--cache", cache, "Compiled models")->capture_default_str();
}

inline void add_threads(CLI::App& app, int& threads) {
    app.add_option("--threads", threads, "Threads for models")
        ->check(CLI::Range(1, 256))
        ->capture_default_str();
}

}  // namespace aimpact::bench
