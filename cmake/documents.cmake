# stp_documents(PROGRAM): its manual pages and its completions for shells, which it prints itself (PROGRAM man, PROGRAM
# completion), are written by the build and installed where man and the shells look for them.
include(GNUInstallDirs)

function(stp_documents program)
  set(directory ${CMAKE_BINARY_DIR}/documents/${program})
  add_custom_command(OUTPUT ${directory}/written
    COMMAND ${CMAKE_COMMAND} -DPROGRAM=$<TARGET_FILE:${program}> -DNAME=${program} -DDIRECTORY=${directory}
            -P ${PROJECT_SOURCE_DIR}/cmake/write_documents.cmake
    DEPENDS ${program} ${PROJECT_SOURCE_DIR}/cmake/write_documents.cmake VERBATIM)
  add_custom_target(${program}_documents ALL DEPENDS ${directory}/written)
  install(DIRECTORY ${directory}/man1 DESTINATION ${CMAKE_INSTALL_MANDIR} COMPONENT ${program})
  install(FILES ${directory}/bash DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions RENAME ${program}
          COMPONENT ${program})
  # Below /usr/local zsh looks into the first of these directories, below /usr Debian's zsh into the second.
  foreach(functions site-functions vendor-completions)
    install(FILES ${directory}/zsh DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/${functions} RENAME _${program}
            COMPONENT ${program})
  endforeach()
  install(FILES ${directory}/fish DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d RENAME ${program}.fish
          COMPONENT ${program})
endfunction()
