# The libraries from outside. Each is linked as the system's shared library, and in a portable program (target property
# STP_PORTABLE) from its archive, as far as the system has one that can be used: then the program runs where the library
# is not installed, or in another version.
find_package(Threads REQUIRED)
find_package(OpenSSL REQUIRED COMPONENTS Crypto)
find_package(PkgConfig REQUIRED)
pkg_check_modules(sodium REQUIRED IMPORTED_TARGET libsodium)
find_package(nlohmann_json REQUIRED)
find_package(Boost 1.74 REQUIRED)
find_package(CURL REQUIRED) # its archive needs libraries that have none
find_package(spdlog REQUIRED)
pkg_check_modules(miniupnpc REQUIRED IMPORTED_TARGET miniupnpc)
pkg_check_modules(qrencode REQUIRED IMPORTED_TARGET libqrencode)
find_library(NATPMP_LIBRARY natpmp REQUIRED) # it has no pkg-config file
pkg_check_modules(jemalloc IMPORTED_TARGET jemalloc)

# stp_library(NAME SHARED ARCHIVE): the target stp::NAME. SHARED: a target or file; ARCHIVE: the file's name.
function(stp_library name shared archive)
  find_library(STP_ARCHIVE_${name} ${archive})
  mark_as_advanced(STP_ARCHIVE_${name})
  add_library(stp_library_${name} INTERFACE)
  add_library(stp::${name} ALIAS stp_library_${name})
  if(TARGET ${shared})
    target_include_directories(stp_library_${name} INTERFACE $<TARGET_PROPERTY:${shared},INTERFACE_INCLUDE_DIRECTORIES>)
  endif()
  if(STP_ARCHIVE_${name})
    target_link_libraries(stp_library_${name} INTERFACE
                          $<IF:$<BOOL:$<TARGET_PROPERTY:STP_PORTABLE>>,${STP_ARCHIVE_${name}},${shared}>)
  else()
    target_link_libraries(stp_library_${name} INTERFACE ${shared})
  endif()
endfunction()

stp_library(sodium PkgConfig::sodium libsodium.a)
stp_library(miniupnpc PkgConfig::miniupnpc libminiupnpc.a)
stp_library(qrencode PkgConfig::qrencode libqrencode.a)
stp_library(natpmp ${NATPMP_LIBRARY} libnatpmp.a)
# Headers only, its formatting library too: a log line is not worth a library more that has to be there at run time.
add_library(stp_library_spdlog INTERFACE)
add_library(stp::spdlog ALIAS stp_library_spdlog)
target_include_directories(stp_library_spdlog SYSTEM INTERFACE
                           $<TARGET_PROPERTY:spdlog::spdlog_header_only,INTERFACE_INCLUDE_DIRECTORIES>)
target_compile_definitions(stp_library_spdlog INTERFACE
                           $<TARGET_PROPERTY:spdlog::spdlog_header_only,INTERFACE_COMPILE_DEFINITIONS> FMT_HEADER_ONLY)
if(jemalloc_FOUND)
  stp_library(jemalloc PkgConfig::jemalloc libjemalloc_pic.a)
endif()

# stp_portable(TARGET): links TARGET so that it runs on other systems, too.
function(stp_portable target)
  set_target_properties(${target} PROPERTIES STP_PORTABLE ON)
  target_link_options(${target} PRIVATE -static-libstdc++ -static-libgcc -Wl,--exclude-libs,ALL)
endfunction()
