// SQL of the keys that sign access tokens.
#pragma once

#include <soci/soci.h>

#include <string>
#include <vector>

#include "base/clock.hpp"

namespace aimpact::accounts {

struct SigningKeyRow {
    std::string id;
    std::string private_key_sealed;
    base::WallTime created_at;
};

class SigningKeyStore {
  public:
    explicit SigningKeyStore(soci::session& sql) : sql_(sql) {}

    // Newest first, without the retired ones.
    std::vector<SigningKeyRow> list() const;
    void insert(const SigningKeyRow& row, const std::string& public_key);

  private:
    soci::session& sql_;
};

}  // namespace aimpact::accounts
