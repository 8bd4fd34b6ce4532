# Makes a source file of a folder of migrations. Included, it defines qinglian_embed_migrations; run as a
# script (cmake -D… -P), it writes the file.

# qinglian_embed_migrations(TARGET FOLDER NAMESPACE): a library TARGET with the header
# "migrations/TARGET.h", which declares `absl::Span<const qinglian::mysql::Migration> NAMESPACE::Migrations()`, and
# `absl::Span<const std::string_view> NAMESPACE::DeletableTables()`, those that FOLDER/deletable.txt names, if it is there.
function(qinglian_embed_migrations target folder namespace)
  get_filename_component(folder ${folder} ABSOLUTE)
  file(GLOB files CONFIGURE_DEPENDS ${folder}/*.sql ${folder}/deletable.txt)
  set(output ${CMAKE_CURRENT_BINARY_DIR}/${target})
  add_custom_command(
    OUTPUT ${output}/migrations/${target}.cc ${output}/migrations/${target}.h
    COMMAND ${CMAKE_COMMAND} -DTARGET=${target} -DFOLDER=${folder} -DNAMESPACE=${namespace}
      -DOUTPUT=${output}/migrations -P ${QINGLIAN_EMBED_MIGRATIONS}
    DEPENDS ${files} ${QINGLIAN_EMBED_MIGRATIONS}
    COMMENT "Embedding the migrations of ${target}"
    VERBATIM)
  qinglian_library(${target} SRCS ${output}/migrations/${target}.cc DEPS qinglian_mysql)
  target_include_directories(${target} PUBLIC ${output})
endfunction()

function(qinglian_write_migrations)
  file(GLOB files ${FOLDER}/*.sql)
  list(SORT files)
  set(entries "")
  foreach(file IN LISTS files)
    get_filename_component(name ${file} NAME)
    if(NOT name MATCHES "^([0-9][0-9][0-9][0-9])_([a-z0-9_]+)\\.sql$")
      message(FATAL_ERROR "${file}: a migration is named NNNN_what_it_does.sql")
    endif()
    set(number ${CMAKE_MATCH_1})
    set(title ${CMAKE_MATCH_2})
    string(REGEX REPLACE "^0+" "" number ${number})
    file(SHA256 ${file} checksum)
    file(READ ${file} text)
    if(NOT text MATCHES "^-- oldest-binary: [0-9]+\r?\n")
      message(FATAL_ERROR "${file}: the first line of a migration is '-- oldest-binary: N'")
    endif()
    string(APPEND entries "    {${number}, \"${title}\", \"${checksum}\", R\"migration(${text})migration\"},\n")
  endforeach()
  set(deletable "")
  if(EXISTS ${FOLDER}/deletable.txt)
    file(STRINGS ${FOLDER}/deletable.txt tables REGEX "^[a-z]")
    foreach(table IN LISTS tables)
      string(APPEND deletable "    \"${table}\",\n")
    endforeach()
  endif()
  string(CONCAT source "#include \"migrations/${TARGET}.h\"\n\nnamespace ${NAMESPACE} {\nnamespace {\n\n"
    "const std::vector<qinglian::mysql::Migration>& All() {\n"
    "  static const auto* all = new std::vector<qinglian::mysql::Migration>{\n${entries}  };\n  return *all;\n}\n\n"
    "}  // namespace\n\nabsl::Span<const qinglian::mysql::Migration> Migrations() { return All(); }\n\n"
    "absl::Span<const std::string_view> DeletableTables() {\n"
    "  static const auto* all = new std::vector<std::string_view>{\n${deletable}  };\n  return *all;\n}\n\n"
    "}  // namespace ${NAMESPACE}\n")
  file(WRITE ${OUTPUT}/${TARGET}.cc "${source}")
  file(WRITE ${OUTPUT}/${TARGET}.h "#pragma once\n\n#include \"common/mysql/migrate.h\"\n\n"
    "namespace ${NAMESPACE} {\n\nabsl::Span<const qinglian::mysql::Migration> Migrations();\n"
    "absl::Span<const std::string_view> DeletableTables();\n\n"
    "}  // namespace ${NAMESPACE}\n")
endfunction()

if(CMAKE_SCRIPT_MODE_FILE)
  qinglian_write_migrations()
endif()
