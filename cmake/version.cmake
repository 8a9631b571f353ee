# The version, from the newest tag "v1.2.3" that this commit contains; without git or a tag it is the one written here.
# STP_VERSION: "1.2.3". STP_PACKAGE_VERSION, in Debian's order (deb-version(7)): "1.2.3" at the tag itself,
# "1.2.3+5.g1a2b3c4" five commits after it, "1.2.3~1234.g1a2b3c4" before the first tag.
set(STP_VERSION 0.1.0)
set(STP_PACKAGE_VERSION ${STP_VERSION})

# git_says(VARIABLE WORDS…): empty if git fails, or if this is a copy of the sources inside another project's tree.
function(git_says variable)
  set(${variable} "" PARENT_SCOPE)
  find_program(GIT git)
  if(NOT GIT OR NOT EXISTS ${CMAKE_SOURCE_DIR}/.git)
    return()
  endif()
  execute_process(COMMAND ${GIT} -C ${CMAKE_SOURCE_DIR} ${ARGN} OUTPUT_VARIABLE output RESULT_VARIABLE failed
                  OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
  if(NOT failed)
    set(${variable} "${output}" PARENT_SCOPE)
  endif()
endfunction()

git_says(described describe --tags --abbrev=7 --match "v[0-9]*.[0-9]*.[0-9]*")
if(described MATCHES "^v([0-9]+\\.[0-9]+\\.[0-9]+)(-([0-9]+)-(g[0-9a-f]+))?$")
  set(STP_VERSION ${CMAKE_MATCH_1})
  set(STP_PACKAGE_VERSION ${STP_VERSION})
  if(CMAKE_MATCH_2)
    string(APPEND STP_PACKAGE_VERSION "+${CMAKE_MATCH_3}.${CMAKE_MATCH_4}")
  endif()
else()
  git_says(commits rev-list --count HEAD)
  git_says(head rev-parse --short=7 HEAD)
  if(commits AND head)
    string(APPEND STP_PACKAGE_VERSION "~${commits}.g${head}")
  endif()
endif()
