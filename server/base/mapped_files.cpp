#include "base/mapped_files.hpp"

#include <sys/mman.h>

#include <charconv>
#include <fstream>
#include <string>

namespace aimpact::base {

std::size_t release_mapped_pages(std::string_view path_prefix) {
    std::size_t released = 0;
    std::ifstream maps("/proc/self/maps");
    for (std::string line; std::getline(maps, line);) {
        // "7f0c-7f0d r--p 00000000 08:01 1234   /path/of/file"
        const auto path = line.find('/');
        const auto dash = line.find('-'), space = line.find(' ');
        if (path == std::string::npos || dash == std::string::npos || space == std::string::npos ||
            dash > space)
            continue;
        if (!std::string_view(line).substr(path).starts_with(path_prefix) ||
            line.compare(space + 1, 3, "r--") != 0)
            continue;
        std::size_t begin = 0, end = 0;
        const char* text = line.data();
        if (std::from_chars(text, text + dash, begin, 16).ec != std::errc{} ||
            std::from_chars(text + dash + 1, text + space, end, 16).ec != std::errc{})
            continue;
        if (madvise(reinterpret_cast<void*>(begin), end - begin, MADV_DONTNEED) == 0) released += end - begin;
    }
    return released;
}

}  // namespace aimpact::base
