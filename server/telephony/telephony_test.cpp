// Which credentials a telephone provider may hold. The routes are tested end to end (tests/api).
#include "telephony/telephony.hpp"

#include <gtest/gtest.h>

namespace aimpact::telephony {
namespace {

using accounts::CredentialKind;
using accounts::Permission;

accounts::Principal principal(CredentialKind kind, std::vector<Permission> scopes) {
    accounts::Principal out;
    out.org_id = "org_1";
    out.role = accounts::Role::owner;
    out.credential = kind;
    out.scopes = std::move(scopes);
    return out;
}

TEST(FitForProvider, OnlyWhatCanTalkAndNoMore) {
    EXPECT_TRUE(fit_for_provider(principal(CredentialKind::api_key, {Permission::converse})));
    EXPECT_TRUE(fit_for_provider(principal(CredentialKind::client_secret, {})));
    for (const auto& refused :
         {principal(CredentialKind::api_key, {}),
          principal(CredentialKind::api_key, {Permission::agents_write}),
          principal(CredentialKind::api_key, {Permission::converse, Permission::speech}),
          principal(CredentialKind::session, {Permission::converse})})
        EXPECT_EQ(fit_for_provider(refused).error().code, base::ErrorCode::permission_denied);
}

}  // namespace
}  // namespace aimpact::telephony
