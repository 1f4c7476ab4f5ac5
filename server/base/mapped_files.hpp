// Gives back the memory of files that were mapped to be read once.
#pragma once

#include <cstddef>
#include <string_view>

namespace aimpact::base {

// Drops the resident pages of this process's read-only file mappings whose path starts with `path_prefix`;
// they are read again from the file when touched. Returns the bytes covered. For weights that a runtime maps,
// repacks for the CPU and then hardly reads again. Thread-safe.
std::size_t release_mapped_pages(std::string_view path_prefix);

}  // namespace aimpact::base
