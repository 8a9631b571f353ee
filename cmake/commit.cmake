# cmake -DSOURCE=DIR -DTEMPLATE=FILE -DOUTPUT=FILE -DBUILD_TYPE=NAME -P commit.cmake
# Writes OUTPUT from TEMPLATE with the commit that is checked out in SOURCE; leaves it alone when nothing has changed.
set(COMMIT unknown)
find_program(GIT git)
if(GIT)
  # A copy of the sources inside of another project's tree has no commit of its own.
  execute_process(COMMAND ${GIT} -C ${SOURCE} rev-parse --show-prefix OUTPUT_VARIABLE prefix RESULT_VARIABLE failed
                  OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
  if(NOT failed AND prefix STREQUAL "")
    execute_process(COMMAND ${GIT} -C ${SOURCE} describe --always --dirty --exclude=* --abbrev=7 OUTPUT_VARIABLE described
                    RESULT_VARIABLE failed OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
    if(NOT failed AND NOT described STREQUAL "")
      set(COMMIT ${described})
    endif()
  endif()
endif()
configure_file(${TEMPLATE} ${OUTPUT} @ONLY)
