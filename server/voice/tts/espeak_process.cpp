#include "voice/tts/espeak_process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <utility>

namespace aimpact::voice {
namespace {

using base::Error;
using base::ErrorCode;
using Clock = std::chrono::steady_clock;

constexpr std::size_t kOutputMax = 1u << 20;

class Descriptor {
  public:
    explicit Descriptor(int fd = -1) : fd_(fd) {}
    Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
    Descriptor& operator=(Descriptor&&) = delete;
    ~Descriptor() { close(); }
    void close() {
        if (fd_ >= 0) ::close(std::exchange(fd_, -1));
    }
    int get() const { return fd_; }

  private:
    int fd_;
};

Error failed(std::string detail) {
    return Error{
        ErrorCode::unavailable,
        "The text could not be pronounced: espeak-ng, which reads this voice's language, failed. Try "
        "again; if it stays so, reinstall the package espeak-ng.",
        std::move(detail)};
}

// Its end is awaited, whatever happens, so that no zombie is left.
class Child {
  public:
    explicit Child(pid_t id) : id_(id) {}
    Child(const Child&) = delete;
    Child& operator=(const Child&) = delete;
    ~Child() {
        if (id_ > 0) {
            ::kill(id_, SIGKILL);
            (void)wait();
        }
    }
    // Its status as of waitpid().
    int wait() {
        int status = 0;
        while (::waitpid(id_, &status, 0) < 0 && errno == EINTR) {
        }
        id_ = 0;
        return status;
    }

  private:
    pid_t id_;
};

}  // namespace

EspeakProcess EspeakProcess::find() {
    const char* set = std::getenv("PATH");
    std::string_view path = set ? set : "/usr/local/bin:/usr/bin:/bin";
    while (!path.empty()) {
        const std::string_view folder = path.substr(0, path.find(':'));
        path.remove_prefix(std::min(path.size(), folder.size() + 1));
        if (folder.empty() || folder[0] != '/') continue;
        std::filesystem::path program = std::filesystem::path(folder) / "espeak-ng";
        if (::access(program.c_str(), X_OK) == 0) return EspeakProcess(std::move(program));
    }
    return EspeakProcess({});
}

std::string_view EspeakProcess::how_to_install() {
    return "This voice's language is read by the program espeak-ng, which is not installed. Install it "
           "(apt-get install espeak-ng) and start the server again.";
}

base::Result<std::string> EspeakProcess::ipa(std::string_view text, std::string_view language) const {
    if (!installed()) return Error{ErrorCode::unavailable, std::string(how_to_install())};
    // A file in memory as its input: nothing to write while it runs, no broken pipe if it dies.
    Descriptor input(::memfd_create("text", MFD_CLOEXEC));
    if (input.get() < 0 ||
        ::pwrite(input.get(), text.data(), text.size(), 0) != static_cast<ssize_t>(text.size()))
        return failed(std::string("memfd: ") + std::strerror(errno));
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) return failed(std::string("pipe: ") + std::strerror(errno));
    Descriptor output(ends[0]), theirs(ends[1]);

    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, input.get(), STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&actions, theirs.get(), STDOUT_FILENO);
    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    std::string program = program_.string(), voice(language);
    std::array<std::string, 7> words = {program, "-q", "--ipa", "--tie=^", "-b1", "--stdin", "-v" + voice};
    std::array<char*, 8> arguments{};
    for (std::size_t i = 0; i < words.size(); ++i) arguments[i] = words[i].data();
    std::string locale = "LC_ALL=C.UTF-8";
    std::array<char*, 2> environment = {locale.data(), nullptr};
    pid_t id = 0;
    const int started =
        posix_spawn(&id, program.c_str(), &actions, nullptr, arguments.data(), environment.data());
    posix_spawn_file_actions_destroy(&actions);
    if (started != 0) return failed(std::string("start: ") + std::strerror(started));
    Child child(id);
    theirs.close();

    std::string out;
    const Clock::time_point deadline = Clock::now() + time_max_;
    for (std::array<char, 4096> buffer;;) {
        const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now());
        pollfd wait{output.get(), POLLIN, 0};
        const int ready = left.count() > 0 ? ::poll(&wait, 1, static_cast<int>(left.count())) : 0;
        if (ready < 0 && errno == EINTR) continue;
        if (ready <= 0) return failed("no answer within " + std::to_string(time_max_.count()) + " ms");
        const ssize_t got = ::read(output.get(), buffer.data(), buffer.size());
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return failed(std::string("read: ") + std::strerror(errno));
        if (got == 0) break;
        out.append(buffer.data(), static_cast<std::size_t>(got));
        if (out.size() > kOutputMax) return failed("more than a megabyte of phones");
    }
    if (const int status = child.wait(); !WIFEXITED(status) || WEXITSTATUS(status) != 0)
        return failed("it ended with status " + std::to_string(status));
    return out;
}

}  // namespace aimpact::voice
