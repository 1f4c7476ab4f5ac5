// Lets stores bind and fetch the types they use: std::optional<T> for columns that may be NULL,
// base::WallTime for {{timestamp}} columns (unix milliseconds), and enums described with BOOST_DESCRIBE_ENUM
// as their names.
//
//   std::optional<base::WallTime> ended; Role role;
//   sql << "SELECT role, ended_at FROM ... WHERE id = :id", soci::into(role), soci::into(ended),
//   soci::use(id);
//
// For many rows write
//   soci::statement rows = (sql.prepare << "SELECT a, b FROM ...", soci::into(a), soci::into(b),
//   soci::use(x)); rows.execute(); while (rows.fetch()) ...
// and not soci::row: SOCI guesses a dynamic column's type from its declaration, and takes SQLite's 64-bit
// INTEGER for a 32-bit one.
#pragma once

#include <soci/soci.h>

#include <boost/describe.hpp>
#include <optional>
#include <string>

#include "base/clock.hpp"

namespace soci {

template <class T>
struct type_conversion<std::optional<T>> {
    using base_type = typename type_conversion<T>::base_type;

    static void from_base(const base_type& in, indicator ind, std::optional<T>& out) {
        if (ind == i_null) {
            out.reset();
            return;
        }
        T value{};
        type_conversion<T>::from_base(in, ind, value);
        out = std::move(value);
    }
    static void to_base(const std::optional<T>& in, base_type& out, indicator& ind) {
        if (in)
            type_conversion<T>::to_base(*in, out, ind);
        else
            ind = i_null;
    }
};

template <>
struct type_conversion<aimpact::base::WallTime> {
    using base_type = long long;

    static void from_base(long long in, indicator ind, aimpact::base::WallTime& out) {
        if (ind == i_null) throw soci_error("a time is NULL where it cannot be");
        out = aimpact::base::from_unix_millis(in);
    }
    static void to_base(const aimpact::base::WallTime& in, long long& out, indicator& ind) {
        out = aimpact::base::unix_millis(in);
        ind = i_ok;
    }
};

template <class E>
    requires boost::describe::has_describe_enumerators<E>::value
struct type_conversion<E> {
    using base_type = std::string;

    static void from_base(const std::string& in, indicator ind, E& out) {
        if (ind == i_null || !boost::describe::enum_from_string(in.c_str(), out))
            throw soci_error("unknown value '" + in + "' of an enumeration");
    }
    static void to_base(const E& in, std::string& out, indicator& ind) {
        out = boost::describe::enum_to_string(in, "");
        ind = i_ok;
    }
};

}  // namespace soci
