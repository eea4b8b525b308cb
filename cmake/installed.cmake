# The last of `make install`: writes down what was installed, as ways from the
# prefix, in share/deepconf/installed.txt, which `make uninstall` reads. Lines of
# an older version stay: what it left is ours, too. CMake has set dc_list.
set(dc_to "$ENV{DESTDIR}${CMAKE_INSTALL_PREFIX}")
set(dc_lines "${dc_list}")
if(EXISTS "${dc_to}/${dc_list}")
  file(STRINGS "${dc_to}/${dc_list}" dc_lines)
endif()
foreach(file IN LISTS CMAKE_INSTALL_MANIFEST_FILES)
  file(RELATIVE_PATH file "${CMAKE_INSTALL_PREFIX}" "${file}")
  list(APPEND dc_lines "${file}")
endforeach()
list(REMOVE_DUPLICATES dc_lines)
list(SORT dc_lines)
list(JOIN dc_lines "\n" dc_lines)
file(WRITE "${dc_to}/${dc_list}" "${dc_lines}\n")
