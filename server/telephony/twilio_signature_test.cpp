#include "telephony/twilio_signature.hpp"

#include <gtest/gtest.h>

#include "telephony/twiml.hpp"

namespace aimpact::telephony {
namespace {

// The example of Twilio's documentation ("Validating signatures from Twilio").
const Form kForm{{"CallSid", "CA1234567890ABCDE"},
                 {"Caller", "+12349013030"},
                 {"Digits", "1234"},
                 {"From", "+12349013030"},
                 {"To", "+18005551212"}};
constexpr std::string_view kUrl = "https://mycompany.com/myapp.php?foo=1&bar=2";

TEST(TwilioSignature, IsTheirs) {
    EXPECT_EQ(twilio_signature("12345", kUrl, kForm), "0/KCTR6DLpKmkAf8muzZqo1nDgQ=");
    EXPECT_TRUE(signature_matches("12345", kUrl, kForm, "0/KCTR6DLpKmkAf8muzZqo1nDgQ="));
}

TEST(TwilioSignature, FitsOneRequestOnly) {
    const std::string right = twilio_signature("12345", kUrl, kForm);
    EXPECT_FALSE(signature_matches("12346", kUrl, kForm, right));
    EXPECT_FALSE(signature_matches("12345", "https://mycompany.com/myapp.php?foo=1&bar=3", kForm, right));
    Form other = kForm;
    other["From"] = "+1";
    EXPECT_FALSE(signature_matches("12345", kUrl, other, right));
    EXPECT_FALSE(signature_matches("12345", kUrl, kForm, ""));
    EXPECT_FALSE(signature_matches("12345", kUrl, kForm, right.substr(1)));
}

TEST(TwilioSignature, NamesTheAddressThatWasCalled) {
    net::Request request;
    request.path = "/v1/telephony/twiml/a/b";
    request.headers.set("Host", "here:8080");
    EXPECT_EQ(called_url(request, "", false), "http://here:8080/v1/telephony/twiml/a/b");
    request.secure = true;
    EXPECT_EQ(called_url(request, "", true), "wss://here:8080/v1/telephony/twiml/a/b");
    request.raw_path = "/v1/telephony/twiml/a%20x/b";
    EXPECT_EQ(called_url(request, "https://voice.example.com/", false),
              "https://voice.example.com/v1/telephony/twiml/a%20x/b");
    EXPECT_EQ(own_url(request, "https://voice.example.com", true, "/x"), "wss://voice.example.com/x");
}

TEST(Twiml, ConnectsAStreamAndEscapes) {
    EXPECT_EQ(connect_twiml("wss://h/x?a=1&b=2", {{"from", "<\"Eve\" & 'co'>\x01"}}),
              "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
              "<Response><Connect><Stream url=\"wss://h/x?a=1&amp;b=2\"><Parameter name=\"from\" "
              "value=\"&lt;&quot;Eve&quot; &amp; &apos;co&apos;&gt;\"/></Stream></Connect></Response>\n");
    EXPECT_NE(busy_twiml().find("<Reject reason=\"busy\"/>"), std::string::npos);
}

}  // namespace
}  // namespace aimpact::telephony
