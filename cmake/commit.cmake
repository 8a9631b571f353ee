# cmake -DSOURCE=DIR -DTEMPLATE=FILE -DOUTPUT=FILE -DBUILD_TYPE=NAME -P commit.cmake
# Writes OUTPUT from TEMPLATE with the commit checked out in SOURCE; leaves it alone if nothing has changed.
set(COMMIT unknown)
set(COMMIT_DATE)
find_program(GIT git)
if(GIT)
  # A copy of the sources inside another project's tree has no commit of its own.
  execute_process(COMMAND ${GIT} -C ${SOURCE} rev-parse --show-prefix OUTPUT_VARIABLE prefix RESULT_VARIABLE failed
                  OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
  if(NOT failed AND prefix STREQUAL "")
    execute_process(COMMAND ${GIT} -C ${SOURCE} rev-parse --short=7 HEAD OUTPUT_VARIABLE head RESULT_VARIABLE failed
                    OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
    # Without locks: a build must not interfere with a commit made at the same time.
    execute_process(COMMAND ${GIT} --no-optional-locks -C ${SOURCE} status --porcelain --untracked-files=no
                    OUTPUT_VARIABLE changes ERROR_QUIET)
    if(NOT failed)
      set(COMMIT ${head})
      execute_process(COMMAND ${GIT} -C ${SOURCE} log -1 --format=%cs OUTPUT_VARIABLE COMMIT_DATE
                      OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
      if(NOT changes STREQUAL "")
        string(APPEND COMMIT -dirty)
      endif()
    endif()
  endif()
endif()
if(NOT COMMIT_DATE)
  string(TIMESTAMP COMMIT_DATE "%Y-%m-%d" UTC)
endif()
configure_file(${TEMPLATE} ${OUTPUT} @ONLY)
