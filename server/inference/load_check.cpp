// check_loads: the first load of a model happens in a child process.
#include "inference/load_check.hpp"

#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>

#include <chrono>
#include <cstring>
#include <fstream>
#include <thread>

#include "inference/model_store.hpp"

extern char** environ;

namespace aimpact::inference {

using base::Error;
using base::ErrorCode;
using base::Result;
namespace fs = std::filesystem;

namespace {

constexpr auto kChildTimeout = std::chrono::seconds(60);

// How the child ended, in words; empty on success.
Result<std::string> run_child(const std::vector<std::string>& command) {
    std::vector<char*> argv;
    for (const std::string& word : command) argv.push_back(const_cast<char*>(word.c_str()));
    argv.push_back(nullptr);
    pid_t child = 0;
    if (const int failed = posix_spawnp(&child, argv[0], nullptr, nullptr, argv.data(), environ))
        return base::internal_error("cannot start " + command.front() + ": " + std::strerror(failed));
    const auto deadline = std::chrono::steady_clock::now() + kChildTimeout;
    for (;;) {
        int status = 0;
        const pid_t ended = waitpid(child, &status, WNOHANG);
        if (ended < 0 && errno != EINTR)
            return base::internal_error(std::string("waitpid: ") + std::strerror(errno));
        if (ended == child) {
            if (WIFSIGNALED(status))
                return std::string("ended by signal ") + std::to_string(WTERMSIG(status));
            if (WEXITSTATUS(status) != 0)
                return std::string("exit code ") + std::to_string(WEXITSTATUS(status));
            return std::string();
        }
        if (std::chrono::steady_clock::now() > deadline) {
            kill(child, SIGKILL);
            waitpid(child, &status, 0);
            return std::string("no answer within a minute");
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
}

Result<std::string> fingerprint(const LoadCheck& check) {
    std::string all = check.kind;
    for (const fs::path& file : check.files) {
        AIMPACT_TRY(const std::string sum, sha256_file(file));
        all += "-" + sum.substr(0, 16);
    }
    return all;
}

}  // namespace

Result<> check_loads(const LoadCheck& check) {
    if (check.command.empty())
        return base::invalid_argument("check_loads needs the command of the child process.");
    AIMPACT_TRY(const std::string key, fingerprint(check));
    const fs::path remembered = check.state_folder / (key + ".loads");
    std::error_code ec;
    if (fs::exists(remembered, ec)) return {};
    std::vector<std::string> words = check.command;
    words.push_back(check.folder.string());
    AIMPACT_TRY(const std::string failure, run_child(words));
    if (!failure.empty()) return Error{ErrorCode::unavailable, check.failed, "child process: " + failure};
    fs::create_directories(check.state_folder, ec);
    std::ofstream(remembered) << check.folder.string() << '\n';  // without it the next start checks again
    return {};
}

}  // namespace aimpact::inference
