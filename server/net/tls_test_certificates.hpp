// For tests: a certificate authority of our own, made afresh, that signs certificates for one name each.
#pragma once

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <cstdio>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>

namespace aimpact::net::test {

class Authority {
  public:
    Authority()
        : key_(make_key()),
          certificate_(make("aimpact test authority", *key_, nullptr, *key_, "CA:TRUE", "")) {}

    void write_certificate(const std::filesystem::path& path) const {
        write(path, certificate_.get(), nullptr);
    }

    // A leaf certificate for a DNS name, with its key.
    void issue(const std::string& name, const std::filesystem::path& certificate,
               const std::filesystem::path& key) const {
        const Key leaf = make_key();
        const Certificate made = make(name, *leaf, certificate_.get(), *key_, "CA:FALSE", "DNS:" + name);
        write(certificate, made.get(), nullptr);
        write(key, nullptr, leaf.get());
    }

  private:
    struct Free {
        void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
        void operator()(X509* certificate) const { X509_free(certificate); }
    };
    using Key = std::unique_ptr<EVP_PKEY, Free>;
    using Certificate = std::unique_ptr<X509, Free>;

    static Key make_key() { return Key(EVP_EC_gen("P-256")); }

    static void extend(X509* certificate, X509* issuer, int nid, const std::string& value) {
        X509V3_CTX context;
        X509V3_set_ctx_nodb(&context);
        X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
        X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str());
        if (!extension) throw std::runtime_error("bad extension " + value);
        X509_add_ext(certificate, extension, -1);
        X509_EXTENSION_free(extension);
    }

    // `issuer` null: self-signed.
    static Certificate make(const std::string& name, EVP_PKEY& key, X509* issuer, EVP_PKEY& signer,
                            const std::string& constraints, const std::string& names) {
        Certificate made(X509_new());
        X509* x = made.get();
        static long serial = 1;
        X509_set_version(x, 2);
        ASN1_INTEGER_set(X509_get_serialNumber(x), serial++);
        X509_gmtime_adj(X509_getm_notBefore(x), -3600);
        X509_gmtime_adj(X509_getm_notAfter(x), 24L * 3600);
        X509_set_pubkey(x, &key);
        X509_NAME_add_entry_by_txt(X509_get_subject_name(x), "CN", MBSTRING_UTF8,
                                   reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
        X509_set_issuer_name(x, X509_get_subject_name(issuer ? issuer : x));
        extend(x, issuer ? issuer : x, NID_basic_constraints, "critical," + constraints);
        if (!names.empty()) extend(x, issuer ? issuer : x, NID_subject_alt_name, names);
        if (X509_sign(x, &signer, EVP_sha256()) == 0) throw std::runtime_error("cannot sign");
        return made;
    }

    static void write(const std::filesystem::path& path, X509* certificate, EVP_PKEY* key) {
        FILE* file = std::fopen(path.c_str(), "w");
        if (!file) throw std::runtime_error("cannot write " + path.string());
        if (certificate) PEM_write_X509(file, certificate);
        if (key) PEM_write_PrivateKey(file, key, nullptr, nullptr, 0, nullptr, nullptr);
        std::fclose(file);
    }

    Key key_;
    Certificate certificate_;
};

}  // namespace aimpact::net::test
