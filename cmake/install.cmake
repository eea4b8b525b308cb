# What `make install` puts under its prefix, which may be moved afterwards: every
# path from one installed file to another goes from where the first one lies.
#
# In a wheel (SKBUILD) scripts and data are two folders of an archive, which pip
# lays out as bin, lib and share of one prefix.
if(SKBUILD)
  set(CMAKE_INSTALL_BINDIR ${SKBUILD_SCRIPTS_DIR})
  set(CMAKE_INSTALL_LIBDIR ${SKBUILD_DATA_DIR}/lib)
  set(CMAKE_INSTALL_DATADIR ${SKBUILD_DATA_DIR}/share)
  set(dc_to_lib ../lib/deepconf)
  set(dc_to_share ../share/deepconf)
else()
  file(RELATIVE_PATH dc_to_lib ${CMAKE_INSTALL_FULL_BINDIR}
    ${CMAKE_INSTALL_FULL_LIBDIR}/deepconf)
  file(RELATIVE_PATH dc_to_share ${CMAKE_INSTALL_FULL_BINDIR}
    ${CMAKE_INSTALL_FULL_DATADIR}/deepconf)
endif()
install(TARGETS deepconf RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR}
  COMPONENT program)

# The libllama that it was built with, if that is no part of the system: nothing
# installed may hang on a cache folder, least of all on another user's. Its
# libraries find each other in their own folder.
if(DEEPCONF_LLAMA_PREFIX)
  set(dc_llama_to ${CMAKE_INSTALL_LIBDIR}/deepconf)
  set_target_properties(deepconf PROPERTIES INSTALL_RPATH "$ORIGIN/${dc_to_lib}")
  if(SKBUILD) # no links in a wheel: each file by the name that it is asked for
    file(GLOB dc_llama_files ${DEEPCONF_LLAMA_PREFIX}/lib/libggml-cpu-*.so
      ${DEEPCONF_LLAMA_PREFIX}/lib/lib*.so.[0-9])
    foreach(file IN LISTS dc_llama_files)
      get_filename_component(name ${file} NAME)
      file(REAL_PATH ${file} file)
      install(PROGRAMS ${file} RENAME ${name} DESTINATION ${dc_llama_to}
        COMPONENT program)
    endforeach()
  else()
    install(DIRECTORY ${DEEPCONF_LLAMA_PREFIX}/lib/
      DESTINATION ${dc_llama_to} COMPONENT program FILES_MATCHING
      PATTERN "libllama.so*" PATTERN "libggml*.so*"
      PATTERN "cmake" EXCLUDE PATTERN "pkgconfig" EXCLUDE)
  endif()
  install(FILES ${DEEPCONF_LLAMA_PREFIX}/LICENSE.llama.cpp
    DESTINATION ${CMAKE_INSTALL_DATADIR}/deepconf COMPONENT program OPTIONAL)
endif()

# The engine of chat templates is linked into the program.
if(DEEPCONF_JINJA_PREFIX)
  install(FILES ${DEEPCONF_JINJA_PREFIX}/LICENSE.llama.cpp
    ${DEEPCONF_JINJA_PREFIX}/LICENSE.nlohmann-json
    DESTINATION ${CMAKE_INSTALL_DATADIR}/deepconf COMPONENT program)
endif()

# yyjson is linked into the program.
if(DEEPCONF_YYJSON_PREFIX)
  install(FILES ${DEEPCONF_YYJSON_PREFIX}/LICENSE.yyjson
    DESTINATION ${CMAKE_INSTALL_DATADIR}/deepconf COMPONENT program OPTIONAL)
endif()

# What help texts and messages name: documents, experiments and the demo's data
# (src/cli/share.c finds them).
set(dc_share ${CMAKE_INSTALL_DATADIR}/deepconf)
install(FILES LICENSE README.md CHANGELOG.md CITATION.cff DESTINATION ${dc_share}
  COMPONENT program)
install(DIRECTORY docs experiments examples DESTINATION ${dc_share}
  COMPONENT program)
install(FILES data/demo.csv data/README.md data/keywords.rules
  data/keywords-3.rules data/demo_labels.csv data/demo_no_answers.csv
  data/demo_sample.csv
  DESTINATION ${dc_share}/data COMPONENT program)
set_source_files_properties(src/cli/share.c PROPERTIES
  COMPILE_DEFINITIONS "DC_SHARE_PATH=\"${dc_to_share}\"")
