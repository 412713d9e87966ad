# Builds with sanitizers, whose programs the ctest of another build runs beside its own, so that one
# closing line counts them all:
#
#   preset fuzz   clang, AddressSanitizer, UndefinedBehaviorSanitizer; also makes the fuzz targets
#   preset tsan   ThreadSanitizer
#
# Such a build has the target `sanitized`: the tests chosen below, and the fuzz targets. The build
# whose ctest runs them is told their folders by SPANTOLL_FUZZ_BUILD and SPANTOLL_TSAN_BUILD.
set(SPANTOLL_SANITIZER "" CACHE STRING "what this build watches: address, thread, or nothing")
set(SPANTOLL_FUZZ_BUILD "" CACHE PATH "a build of the preset fuzz, whose programs ctest runs too")
set(SPANTOLL_TSAN_BUILD "" CACHE PATH "the same of the preset tsan")
add_custom_target(sanitized)

# Every unit test, but for those that would watch a library of another house or the machine rather than
# our code (also those that open a store some hundred times, which is minutes of RocksDB), or that read
# nothing from outside.
set(SPANTOLL_ADDRESS_TESTS "^(schemas|ingest|window|store|enforce|tools)\\.")
set(SPANTOLL_ADDRESS_TESTS_NOT
    "kafka_|huge_pages|disk_priority|\\.(feed|feed_encoder|top|store_read_fault|row_iterator|wal_damage)_test")
# Where threads of ours meet.
set(SPANTOLL_THREAD_TESTS
    "^(store\\.(topic_log|store_journal|row_finder|store)|tools\\.(http_|append_queue|check_command|metrics|publisher|pipeline|run_backend|flag_board|embedded_source))")

set(sanitizer_environment
    ASAN_OPTIONS=allow_addr2line=1:detect_stack_use_after_return=1:strict_string_checks=1
    UBSAN_OPTIONS=print_stacktrace=1
    SPANTOLL_SEED=2  # of the properties of the engine: many seeds are for the build that is fast
    TSAN_OPTIONS=suppressions=${PROJECT_SOURCE_DIR}/tests/tsan_suppressions.txt:second_deadlock_stack=1)
if(EXISTS /dev/shm)
    list(APPEND sanitizer_environment TMPDIR=/dev/shm)
endif()

# ctest runs `program`, of the build in `directory`, as `name`. In a folder of its own: the same program
# of another build may be running beside it.
function(spantoll_add_sanitized_test name directory folder program)
    set(own ${CMAKE_CURRENT_BINARY_DIR}/${name})
    file(MAKE_DIRECTORY ${own})
    add_test(NAME ${name} COMMAND ${directory}/tests/${folder}/${program} WORKING_DIRECTORY ${own})
    set_tests_properties(${name} PROPERTIES LABELS sanitized TIMEOUT 2400 ENVIRONMENT "${sanitizer_environment}")
endfunction()

# Asked for every unit test.
function(spantoll_sanitized_test folder program)
    set(test ${folder}.${program})
    if(test MATCHES "${SPANTOLL_ADDRESS_TESTS}" AND NOT test MATCHES "${SPANTOLL_ADDRESS_TESTS_NOT}")
        if(SPANTOLL_SANITIZER STREQUAL "address")
            add_dependencies(sanitized ${program})
        elseif(SPANTOLL_FUZZ_BUILD)
            spantoll_add_sanitized_test(asan.${test} ${SPANTOLL_FUZZ_BUILD} ${folder} ${program})
        endif()
    endif()
    if(test MATCHES "${SPANTOLL_THREAD_TESTS}")
        if(SPANTOLL_SANITIZER STREQUAL "thread")
            add_dependencies(sanitized ${program})
        elseif(SPANTOLL_TSAN_BUILD)
            spantoll_add_sanitized_test(tsan.${test} ${SPANTOLL_TSAN_BUILD} ${folder} ${program})
        endif()
    endif()
endfunction()
