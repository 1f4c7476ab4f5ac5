# cmake -DFOLDER=... -DOUT=... -P embed_migrations.cmake: writes the C++ table of migrations/*.sql.
cmake_minimum_required(VERSION 3.25)
file(GLOB files RELATIVE "${FOLDER}" "${FOLDER}/*.sql")
list(SORT files)
set(names "")
foreach(file IN LISTS files)
  if(NOT file MATCHES "^[0-9][0-9][0-9]_[a-z0-9_]+(\\.sqlite|\\.postgres)?\\.sql$")
    message(FATAL_ERROR "Name a migration NNN_name.sql, NNN_name.sqlite.sql or NNN_name.postgres.sql, not '${file}'.")
  endif()
  string(REGEX REPLACE "(\\.sqlite|\\.postgres)?\\.sql$" "" name "${file}")
  list(APPEND names "${name}")
endforeach()
list(REMOVE_DUPLICATES names)

set(numbers "")
set(rows "")
foreach(name IN LISTS names)
  string(SUBSTRING "${name}" 0 3 number)
  if(number IN_LIST numbers)
    message(FATAL_ERROR "Two migrations have the number ${number}.")
  endif()
  list(APPEND numbers "${number}")
  set(common "${FOLDER}/${name}.sql")
  foreach(dialect sqlite postgres)
    set(own "${FOLDER}/${name}.${dialect}.sql")
    if(EXISTS "${common}" AND EXISTS "${own}")
      message(FATAL_ERROR "The migration ${name} has both a common file and one for ${dialect}.")
    elseif(EXISTS "${common}")
      file(READ "${common}" ${dialect})
    elseif(EXISTS "${own}")
      file(READ "${own}" ${dialect})
    else()
      message(FATAL_ERROR "The migration ${name} has no file for ${dialect}.")
    endif()
  endforeach()
  string(APPEND rows "    {\"${name}\", R\"sql_(${sqlite})sql_\",\n     R\"sql_(${postgres})sql_\"},\n")
endforeach()

file(WRITE "${OUT}.new" "// Written by embed_migrations.cmake.
#include \"storage/migrations.hpp\"

namespace aimpact::storage {

namespace {
constexpr Migration kMigrations[] = {
${rows}};
}  // namespace

std::span<const Migration> migrations() { return kMigrations; }

}  // namespace aimpact::storage
")
file(RENAME "${OUT}.new" "${OUT}")
