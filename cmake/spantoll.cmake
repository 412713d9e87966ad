# One static library per folder, with an explicit list of sources.
#   spantoll_library(window SOURCES ema.cc calendar.cc LINK spantoll_schemas fmt::fmt)
set(SPANTOLL_WARNINGS -Wall -Wextra -Wpedantic -Wconversion -Wshadow)

function(spantoll_library folder)
    cmake_parse_arguments(ARG "" "" "SOURCES;LINK" ${ARGN})
    add_library(spantoll_${folder} STATIC ${ARG_SOURCES})
    target_include_directories(spantoll_${folder} PUBLIC ${PROJECT_SOURCE_DIR})
    target_compile_options(spantoll_${folder} PRIVATE ${SPANTOLL_WARNINGS})
    target_link_libraries(spantoll_${folder} PUBLIC ${ARG_LINK})
endfunction()

# A gtest program that ctest runs as one test.
#   spantoll_test(window ema_test.cc LINK spantoll_window)
function(spantoll_test folder source)
    cmake_parse_arguments(ARG "" "" "LINK" ${ARGN})
    cmake_path(GET source STEM name)
    add_executable(${name} ${source})
    target_compile_options(${name} PRIVATE ${SPANTOLL_WARNINGS})
    target_link_libraries(${name} PRIVATE ${ARG_LINK} GTest::gtest GTest::gtest_main)
    add_test(NAME ${folder}.${name} COMMAND ${name} WORKING_DIRECTORY ${CMAKE_CURRENT_BINARY_DIR})
    spantoll_sanitized_test(${folder} ${name})
endfunction()

# C++ from a FlatBuffers schema, into <build>/generated/schemas/generated/NAME_generated.h.
function(spantoll_flatbuffers target schema)
    cmake_path(GET schema STEM name)
    set(directory ${PROJECT_BINARY_DIR}/generated/schemas/generated)
    add_custom_command(
        OUTPUT ${directory}/${name}_generated.h
        COMMAND ${FLATC} --cpp --scoped-enums -o ${directory} ${PROJECT_SOURCE_DIR}/${schema}
        DEPENDS ${PROJECT_SOURCE_DIR}/${schema})
    add_custom_target(${target}_header DEPENDS ${directory}/${name}_generated.h)
    add_library(${target} INTERFACE)
    add_dependencies(${target} ${target}_header)
    target_include_directories(${target} SYSTEM INTERFACE ${PROJECT_BINARY_DIR}/generated)
    target_link_libraries(${target} INTERFACE ${FLATBUFFERS_LIBRARY})
endfunction()
