# libdeepconf, shared and static: the pure folders and what they need of base.
#
# The sources are compiled once more, position independent and with every
# symbol hidden, so that the program's own objects stay as they are. What a
# public header declares is exported, and nothing else: a generated header that
# stands before every source includes them all with default visibility, so that
# no prototype carries a mark and a new public header needs no line here.
set(DC_ABI ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR})
set(dc_include ${PROJECT_SOURCE_DIR}/include)

file(GLOB DC_LIB_SOURCES CONFIGURE_DEPENDS
  src/conf/*.c src/stop/*.c src/vote/*.c src/stat/*.c)
# Of base, whatever needs no library; the linker drops what nobody calls.
file(GLOB base CONFIGURE_DEPENDS src/base/*.c)
foreach(source IN LISTS base)
  set(text "")
  string(REGEX REPLACE "c$" "h" header ${source})
  foreach(file ${source} ${header})
    if(EXISTS ${file})
      file(STRINGS ${file} lines
        REGEX "#include <(jansson|utf8proc|sqlite3|popt|curl|openssl|archive|yaml|pcre2)")
      list(APPEND text ${lines})
    endif()
  endforeach()
  if(NOT text)
    list(APPEND DC_LIB_SOURCES ${source})
  endif()
endforeach()

file(GLOB DC_PUBLIC CONFIGURE_DEPENDS RELATIVE ${dc_include}
  ${dc_include}/deepconf/*.h)
list(TRANSFORM DC_PUBLIC REPLACE ".+" "#include <\\0>\n" OUTPUT_VARIABLE lines)
string(CONCAT lines ${lines})
file(CONFIGURE OUTPUT library/exports.h @ONLY CONTENT
"#pragma GCC visibility push(default)\n@lines@#pragma GCC visibility pop\n")

add_library(deepconf_objects OBJECT ${DC_LIB_SOURCES})
target_link_libraries(deepconf_objects PRIVATE dc_flags)
target_compile_options(deepconf_objects PRIVATE
  -ffunction-sections -fdata-sections
  "SHELL:-include ${PROJECT_BINARY_DIR}/library/exports.h")
set_target_properties(deepconf_objects PROPERTIES
  POSITION_INDEPENDENT_CODE ON C_VISIBILITY_PRESET hidden)

add_library(deepconf_shared SHARED $<TARGET_OBJECTS:deepconf_objects>)
add_library(deepconf_static STATIC $<TARGET_OBJECTS:deepconf_objects>)
target_link_libraries(deepconf_shared PRIVATE m)
target_link_options(deepconf_shared PRIVATE -Wl,--gc-sections)
if(DEEPCONF_SANITIZE)
  target_link_options(deepconf_shared PRIVATE -fsanitize=address,undefined)
else()
  target_link_options(deepconf_shared PRIVATE -Wl,--no-undefined)
endif()
set_target_properties(deepconf_shared deepconf_static PROPERTIES
  OUTPUT_NAME deepconf LINKER_LANGUAGE C)
# Before 1.0 every minor version may break callers, and its name says so.
set_target_properties(deepconf_shared PROPERTIES
  VERSION ${PROJECT_VERSION} SOVERSION ${DC_ABI})
add_custom_target(library DEPENDS deepconf_shared deepconf_static)

# The prefix is found from where deepconf.pc lies: it may be chosen, or moved,
# after the build.
file(RELATIVE_PATH DC_PC_PREFIX
  ${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig ${CMAKE_INSTALL_PREFIX})
string(REGEX REPLACE "/$" "" DC_PC_PREFIX ${DC_PC_PREFIX})
configure_file(cmake/deepconf.pc.in library/deepconf.pc @ONLY)
install(TARGETS deepconf_shared deepconf_static
  LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT library
  ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT library)
install(DIRECTORY include/deepconf DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
  COMPONENT library FILES_MATCHING PATTERN "*.h")
install(FILES ${PROJECT_BINARY_DIR}/library/deepconf.pc
  DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig COMPONENT library)

# The Python package with the library in it, in the file that its loader asks
# for by the ABI (python/deepconf_safety/_find.py).
install(DIRECTORY python/deepconf_safety DESTINATION . COMPONENT python
  EXCLUDE_FROM_ALL FILES_MATCHING PATTERN "*.py" PATTERN "py.typed"
  PATTERN "__pycache__" EXCLUDE)
install(FILES $<TARGET_FILE:deepconf_shared> DESTINATION deepconf_safety
  RENAME libdeepconf.so.${DC_ABI} COMPONENT python EXCLUDE_FROM_ALL)
