#include "accounts/signing_key_store.hpp"

#include "storage/types.hpp"

namespace aimpact::accounts {

std::vector<SigningKeyRow> SigningKeyStore::list() const {
    std::vector<SigningKeyRow> out;
    SigningKeyRow row;
    soci::statement rows =
        (sql_.prepare << "SELECT id, private_key_sealed, created_at FROM signing_keys "
                         "WHERE algorithm = 'EdDSA' AND retired_at IS NULL ORDER BY created_at DESC, id DESC",
         soci::into(row.id), soci::into(row.private_key_sealed), soci::into(row.created_at));
    rows.execute();
    while (rows.fetch()) out.push_back(row);
    return out;
}

void SigningKeyStore::insert(const SigningKeyRow& row, const std::string& public_key) {
    sql_ << "INSERT INTO signing_keys (id, algorithm, public_key, private_key_sealed, created_at) "
            "VALUES (:id, 'EdDSA', :public_key, :sealed, :created_at)",
        soci::use(row.id), soci::use(public_key), soci::use(row.private_key_sealed),
        soci::use(row.created_at);
}

}  // namespace aimpact::accounts
