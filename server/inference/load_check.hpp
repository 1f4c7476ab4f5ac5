// sherpa-onnx may end the process when a model file is bad. So a set of files is loaded for the first time in
// a child process, and its success is remembered by the files' sha256.
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "base/error.hpp"

namespace aimpact::inference {

struct LoadCheck {
    std::string kind;                          // "moonshine-v2": a part of what is remembered
    std::vector<std::filesystem::path> files;  // of the model
    std::filesystem::path folder;              // what the child is given
    std::filesystem::path state_folder;        // where success is remembered
    std::vector<std::string> command;          // the child; `folder` is added as the last argument
    std::string failed;                        // what to tell people when it doesn't load
};

// `unavailable` if the child fails or takes longer than a minute. Blocks.
base::Result<> check_loads(const LoadCheck& check);

}  // namespace aimpact::inference
