# A libFuzzer program NAME_fuzz of the source NAME_fuzz.cc, built in the preset `fuzz`, and the test
# fuzz.NAME where ctest was told of such a build (cmake/sanitized.cmake).
#   spantoll_fuzz(decode_record decode_record_fuzz.cc LINK spantoll_ingest)
# Its corpus lies in corpus/NAME; a dictionary, where there is one, in NAME.dict.
function(spantoll_fuzz name source)
    cmake_parse_arguments(ARG "" "" "LINK" ${ARGN})
    set_property(GLOBAL APPEND PROPERTY SPANTOLL_FUZZ_NAMES ${name})
    if(SPANTOLL_SANITIZER STREQUAL "address")
        add_executable(${name}_fuzz ${source})
        target_compile_options(${name}_fuzz PRIVATE ${SPANTOLL_WARNINGS})
        target_link_options(${name}_fuzz PRIVATE -fsanitize=fuzzer)
        target_link_libraries(${name}_fuzz PRIVATE ${ARG_LINK})
        add_dependencies(sanitized ${name}_fuzz)
    endif()
endfunction()

# After the last spantoll_fuzz: new inputs are tried for `seconds` in all, spread over the targets.
function(spantoll_fuzz_tests seconds)
    if(NOT SPANTOLL_FUZZ_BUILD)
        return()
    endif()
    get_property(names GLOBAL PROPERTY SPANTOLL_FUZZ_NAMES)
    list(LENGTH names count)
    math(EXPR share "(${seconds} + ${count} - 1) / ${count}")
    foreach(name ${names})
        add_test(NAME fuzz.${name}
            COMMAND ${Python3_EXECUTABLE} ${CMAKE_CURRENT_SOURCE_DIR}/run_fuzz.py
                --program ${SPANTOLL_FUZZ_BUILD}/tests/fuzz/${name}_fuzz --seconds ${share} ${name})
        set_tests_properties(fuzz.${name} PROPERTIES LABELS fuzz TIMEOUT 1200
            ENVIRONMENT "${sanitizer_environment}")
    endforeach()
endfunction()
