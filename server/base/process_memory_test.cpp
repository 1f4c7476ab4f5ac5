#include "base/process_memory.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <malloc.h>
#include <sys/mman.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace aimpact::base {
namespace {

// Resident kB of this process's mappings of `path` with these permissions, by /proc/self/smaps.
std::size_t resident_kb(const std::string& path, const std::string& permissions) {
    std::ifstream smaps("/proc/self/smaps");
    std::size_t total = 0;
    bool ours = false;
    for (std::string line; std::getline(smaps, line);) {
        if (line.find('-') < line.find(':'))
            ours = line.ends_with(path) && line.find(" " + permissions) != std::string::npos;
        if (ours && line.starts_with("Rss:")) total += std::stoul(line.substr(4));
    }
    return total;
}

TEST(ProcessMemory, PagesOfAMappedFileGoAndComeBackWithTheirContent) {
    const std::string path =
        std::filesystem::temp_directory_path() / ("aimpact-map-" + std::to_string(getpid()));
    constexpr std::size_t kSize = 4 << 20;
    {
        std::ofstream file(path, std::ios::binary);
        for (std::size_t i = 0; i < kSize / 16; ++i) file << "0123456789abcdef";
    }
    const int fd = open(path.c_str(), O_RDONLY);
    ASSERT_GE(fd, 0);
    const auto* data = static_cast<const char*>(mmap(nullptr, kSize, PROT_READ, MAP_PRIVATE, fd, 0));
    close(fd);
    ASSERT_NE(data, MAP_FAILED);
    long sum = 0;
    for (std::size_t i = 0; i < kSize; i += 4096) sum += data[i];
    EXPECT_EQ(sum, 1024 * '0');
    EXPECT_EQ(resident_kb(path, "r--"), kSize >> 10);
    EXPECT_EQ(release_mapped_pages(path + "-another"), 0u);
    EXPECT_EQ(resident_kb(path, "r--"), kSize >> 10);
    EXPECT_EQ(release_mapped_pages(path), kSize);
    EXPECT_EQ(resident_kb(path, "r--"), 0u);
    EXPECT_EQ(data[kSize - 1], 'f');
    munmap(const_cast<char*>(data), kSize);
    std::filesystem::remove(path);
}

TEST(ProcessMemory, CodeThatWasReleasedStillRuns) {
    const std::string program = std::filesystem::read_symlink("/proc/self/exe");
    const std::size_t before = resident_kb(program, "r-x");
    EXPECT_GT(release_code_pages(), before << 10) << "libraries count too";
    EXPECT_LE(resident_kb(program, "r-x"), before);
    EXPECT_EQ(std::to_string(1234), "1234");
}

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define AIMPACT_OWN_ALLOCATOR
#endif
#endif
#ifdef AIMPACT_OWN_ALLOCATOR
constexpr bool kOwnAllocator = true;
#else
constexpr bool kOwnAllocator = false;
#endif

TEST(ProcessMemory, LargeBlocksHaveTheirOwnMappingAlsoAfterLargerOnesWereFreed) {
    if (kOwnAllocator) GTEST_SKIP() << "a sanitizer has an allocator of its own in place of the C library's";
    keep_heaps_small();
    // Kept where the compiler can't see that nobody uses them.
    std::vector<std::string> blocks(1, std::string(24 << 20, 'x'));
    blocks.clear();
    const auto before = mallinfo2().hblks;
    blocks.emplace_back(2 << 20, 'x');
    EXPECT_EQ(mallinfo2().hblks, before + 1);
    release_free_heap();
}

}  // namespace
}  // namespace aimpact::base
