// Recordings of consents and samples of voices on disk: <data_dir>/voices/<org_id>/<id>.flac, readable by the
// server's user only. FLAC, mono, 24 kHz. A file that is deleted is overwritten first, so that its blocks
// hold nothing of it (as far as the file system writes in place; docs/VOICES.md).
//
// Everything here blocks: call it on a pool. Thread-safe.
#pragma once

#include <filesystem>
#include <span>
#include <string>

#include "base/error.hpp"

namespace aimpact::agents {

class VoiceFiles {
  public:
    explicit VoiceFiles(const std::filesystem::path& data_dir) : root_(data_dir / "voices") {}

    // Whole or not at all. `unavailable` when the disk is full or not writable.
    base::Result<> write(const std::string& org_id, const std::string& id, const std::string& flac) const;
    // not_found if it isn't there.
    base::Result<std::string> read(const std::string& org_id, const std::string& id) const;
    // What isn't there is no error.
    base::Result<> wipe(const std::string& org_id, const std::string& id) const;

    std::filesystem::path path(const std::string& org_id, const std::string& id) const;

  private:
    const std::filesystem::path root_;
};

// Samples at 24 kHz as a FLAC file, with its length in its head.
base::Result<std::string> to_flac(std::span<const float> samples_24k);

}  // namespace aimpact::agents
