# cmake -DPREFIX=DIR -DLIST=share/deepconf/installed.txt -P uninstall.cmake
# Removes what cmake/installed.cmake wrote down, then the folders of ours that are
# empty. Folders that others use too, such as bin, stay. DESTDIR comes first, as
# with an installation.
set(to "$ENV{DESTDIR}${PREFIX}")
if(NOT EXISTS "${to}/${LIST}")
  message(FATAL_ERROR "${to}/${LIST}: no such file: nothing that `make install` "
    "has written down is installed there. Name the prefix by PREFIX=DIR")
endif()
file(STRINGS "${to}/${LIST}" lines)
set(removed 0)
set(folders)
foreach(line IN LISTS lines)
  # The list lies where its owner may write; it leads nowhere else all the same.
  if(line MATCHES "(^|/)\\.\\.(/|$)" OR IS_ABSOLUTE "${line}")
    message(FATAL_ERROR "${to}/${LIST}: the line \"${line}\" leads out of the "
      "prefix; nothing more is removed")
  endif()
  if(EXISTS "${to}/${line}" OR IS_SYMLINK "${to}/${line}")
    file(REMOVE "${to}/${line}")
    math(EXPR removed "${removed} + 1")
  endif()
  get_filename_component(folder "${line}" DIRECTORY)
  while(folder MATCHES "(^|/)deepconf(/|$)")
    list(APPEND folders "${folder}")
    get_filename_component(folder "${folder}" DIRECTORY)
  endwhile()
endforeach()
list(REMOVE_DUPLICATES folders)
# Longest names first: a folder after those in it.
list(SORT folders ORDER DESCENDING)
foreach(folder IN LISTS folders)
  # rmdir itself sees whether a folder is empty; a pattern would not in a prefix
  # with brackets in its name.
  if(IS_DIRECTORY "${to}/${folder}")
    execute_process(COMMAND rmdir "${to}/${folder}" OUTPUT_QUIET ERROR_QUIET)
  endif()
endforeach()
message("${removed} files removed from ${to}")
