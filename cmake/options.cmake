# How everything is compiled. The presets in CMakePresets.json set these.

option(STP_TESTS "Build the unit and integration tests" ON)
option(STP_FUZZ "Build the fuzz targets with libFuzzer (clang only); without it they replay their corpus as tests" OFF)
option(STP_BENCH "Build the benchmarks" OFF)
option(STP_WERROR "Warnings are errors, with the compilers that stp is developed with" OFF)
set(STP_SANITIZE "" CACHE STRING "Sanitizers: empty, address or thread")

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)
if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE RelWithDebInfo)
endif()
# Optimised like a release, with line tables: our own assertions (STP_ASSERT) stay on in every build.
set(CMAKE_CXX_FLAGS_RELWITHDEBINFO "-O2 -g1")

add_compile_options(-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wno-sign-conversion -Wnon-virtual-dtor)
# A multiplication and an addition keep their two roundings, as in IEEE 754: the simulator gives the same run
# everywhere.
add_compile_options(-ffp-contract=off)
add_link_options(-Wl,--as-needed) # what a library brings along and we do not use need not be there at run time
# GCC 12 sees these in correct uses of std::string and std::variant (its bugs 105329, 105562, 105651); the sanitizer builds
# find the real ones.
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  add_compile_options(-Wno-maybe-uninitialized -Wno-array-bounds -Wno-restrict -Wno-stringop-overflow
                      -Wno-stringop-overread)
  if(CMAKE_UNITY_BUILD)  # GCC takes the anonymous namespaces of included .cpp files for those of headers
    add_compile_options(-Wno-subobject-linkage)
  endif()
endif()
# A compiler that we do not test with may have new warnings; they must not break the build.
if(STP_WERROR AND ((CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION MATCHES "^12\\.")
                   OR (CMAKE_CXX_COMPILER_ID STREQUAL "Clang" AND CMAKE_CXX_COMPILER_VERSION MATCHES "^14\\.")))
  add_compile_options(-Werror)
endif()

# -O1: sanitized code at -O2 takes twice as long to compile and runs hardly faster.
if(STP_SANITIZE STREQUAL "address")
  add_compile_options(-O1 -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_compile_definitions(_GLIBCXX_ASSERTIONS)
  add_link_options(-fsanitize=address,undefined)
elseif(STP_SANITIZE STREQUAL "thread")
  add_compile_options(-O1 -fsanitize=thread -fno-omit-frame-pointer)
  add_link_options(-fsanitize=thread)
endif()
# The many large programs of these builds are linked in a fifth of the time.
find_program(LLD ld.lld)
if(STP_SANITIZE AND LLD AND CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  add_link_options(-fuse-ld=lld)
endif()
if(STP_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link) # coverage counters; the other programs of the build have no use for them
endif()

# ccache can key a precompiled header by its content only with these relaxations; its manual lists them.
find_program(CCACHE ccache)
if(CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER
      ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime ${CCACHE})
endif()
