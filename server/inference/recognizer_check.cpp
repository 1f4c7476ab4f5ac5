// check_recognizer: the first load of a model happens in a child process.
#include "inference/load_check.hpp"
#include "inference/sherpa_model_files.hpp"
#include "inference/sherpa_recognizer.hpp"

namespace aimpact::inference {

using base::Result;
namespace fs = std::filesystem;

Result<> check_recognizer(const fs::path& folder, const fs::path& state_folder,
                          const std::vector<std::string>& command) {
    if (command.empty())
        return base::invalid_argument("check_recognizer needs the command of the child process.");
    AIMPACT_TRY(const SherpaModelFiles files, find_sherpa_model(folder));
    return check_loads({.kind = std::string(to_string(files.kind)),
                        .files = files.all(),
                        .folder = folder,
                        .state_folder = state_folder,
                        .command = command,
                        .failed = "The speech recognition model in " + folder.string() +
                                  " does not load. Run scripts/fetch-models to repair it."});
}

}  // namespace aimpact::inference
