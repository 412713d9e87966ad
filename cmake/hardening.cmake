# A bug that writes where it must not ends the process instead of giving the sender its way: every
# build has these flags, sanitized ones aside where both would watch the same thing.
# Position-independent executables, but not -fPIC, as CMake would have it for static libraries: what may
# be replaced when a program is linked cannot be inlined.
add_compile_options(-fPIE)
add_link_options(-pie)

add_compile_options(-fstack-protector-strong -fstack-clash-protection)
add_compile_definitions(_GLIBCXX_ASSERTIONS)
# But for the arithmetic on what a span does to accounts, in builds that are shipped: it reads no byte of
# anybody else (names, numbers and meters have been judged by then, and what it indexes with is its own), and
# the checks of each index there are 830 of 9,000 instructions a span, 12 % of a replay's CPU. With sanitizers
# and in Debug builds they are on there too. All other flags hold for it.
set(SPANTOLL_TRUSTED_CODE "")
if(NOT CMAKE_BUILD_TYPE STREQUAL "Debug" AND NOT CMAKE_CXX_FLAGS MATCHES "-fsanitize")
    set(SPANTOLL_TRUSTED_CODE -U_GLIBCXX_ASSERTIONS)
endif()
if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
    add_compile_options(-fcf-protection)
endif()
# glibc checks sizes only where the compiler knows them, which is in optimised builds.
if(NOT CMAKE_BUILD_TYPE STREQUAL "Debug" AND NOT CMAKE_CXX_FLAGS MATCHES "-fsanitize")
    add_compile_options(-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3)
endif()
# Addresses of library functions are resolved at the start, and their table is read-only after it.
add_link_options(-Wl,-z,relro -Wl,-z,now -Wl,-z,noexecstack)
