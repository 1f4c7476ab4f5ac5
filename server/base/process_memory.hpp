// How much memory the process holds from the system beyond what it uses. All thread-safe.
#pragma once

#include <cstddef>
#include <string_view>

namespace aimpact::base {

// Blocks of a megabyte or more (tensors) get a mapping of their own, which goes back when they are freed. By
// default glibc raises that bound with every large block that is freed, to 32 MB, and then large blocks leave
// holes in its heaps. For the whole process; call it before threads start.
void keep_heaps_small();

// Gives freed heap memory back to the system. Takes some milliseconds and holds up other threads' allocations
// meanwhile: for moments when much was freed and nobody waits, as after models were loaded.
void release_free_heap();

// Drops the resident pages of this process's read-only file mappings whose path starts with `path_prefix`;
// they are read again from the file when touched. Returns the bytes covered. For weights that a runtime maps,
// repacks for the CPU and then hardly reads again.
std::size_t release_mapped_pages(std::string_view path_prefix);

// The same for the code of the program and its libraries: what only ran at start doesn't stay resident, what
// is used comes back from the page cache at its first call. Returns the bytes covered.
std::size_t release_code_pages();

}  // namespace aimpact::base
